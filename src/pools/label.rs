//! The values that nodes of a pool have for a label that does not follow from their type.

use crate::{
    cluster::Pool,
    json::Text,
    nodes::{Domain, Expression, Offer, Operator, Place, can_meet},
};

/// The label that each node of Karpenter's has, with the name of its pool.
const NODE_POOL: &str = "karpenter.sh/nodepool";

/// Domains of labels that Kubernetes, Karpenter and the cloud give to nodes. A pool need not name them.
const OF_NODES: [&str; 6] = [
    "eks.amazonaws.com",
    "k8s.aws",
    "k8s.io",
    "karpenter.k8s.aws",
    "karpenter.sh",
    "kubernetes.io",
];

/// Domains of labels that agents write onto running nodes: no NodePool names them, and an existing node
/// may have them.
const OF_AGENTS: [&str; 5] =
    ["amazonaws.com", "amd.com", "feature.node.kubernetes.io", "habana.ai", "nvidia.com"];

/// `true` if a node of the pool may meet all of a pod's expressions on a label.
pub(super) fn meets<'p>(pool: &'p Pool<'p>, key: &str, asked: &[Expression<'_>]) -> bool {
    let together = |says: &[Expression<'_>]| {
        let all: Vec<Expression<'_>> = says.iter().chain(asked).copied().collect();
        can_meet(&all)
    };
    if key == NODE_POOL {
        return together(&[is(NODE_POOL, &pool.name)]);
    }
    let own = pool.label(key);
    // Usually the template's label decides, and the requirements need not be read.
    if own.as_ref().is_some_and(|own| !asked.iter().all(|one| one.is_met_by(own))) {
        return false;
    }
    let mut says: Vec<Expression<'_>> = own.iter().map(|value| is(key, value)).collect();
    if pool.may_require(key) {
        says.extend(Offer::of(pool).on_label(key));
    }
    if !says.is_empty() {
        // If a pool only excludes values, the pod may choose any other.
        return together(&says);
    }
    let absent =
        |one: &Expression<'_>| matches!(one.operator, Operator::NotIn | Operator::DoesNotExist);
    may_be_carried(pool, key) || asked.iter().all(absent)
}

/// `true` if nodes of a pool may carry a label that the pool does not mention.
fn may_be_carried(pool: &Pool<'_>, key: &str) -> bool {
    let domain = key.split_once('/').map_or("", |(domain, _)| domain);
    let within = |of: &str| {
        let rest = domain.strip_suffix(of);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let foreign = Domain::AutoMode.prefix();
    let is_of_types =
        || key.get(foreign.len()..).is_some_and(|rest| rest.starts_with("/instance-"));
    // Nodes of Karpenter itself don't have Auto Mode's labels of types.
    let is_foreign = domain == foreign && pool.class.is_of_karpenter() && is_of_types();
    !is_foreign && OF_NODES.iter().chain(&OF_AGENTS).any(|of| within(of))
}

/// The expression that a label has this value.
fn is<'p>(key: &'p str, value: &'p Text<'p>) -> Expression<'p> {
    let (place, values) = (Place::requirement(0), std::slice::from_ref(value));
    Expression { place, key, operator: Operator::In, values }
}
