//! What the nodes of a pool carry of a label that does not follow from their type.

use crate::{
    cluster::Pool,
    json::Text,
    nodes::{Domain, Expression, Offer, Operator, Place, can_meet},
};

/// The label with the name of its pool that each node of Karpenter's carries.
const NODE_POOL: &str = "karpenter.sh/nodepool";

/// Domains of labels that Kubernetes, Karpenter and the cloud give their nodes. A pool need not name them.
const OF_NODES: [&str; 6] = [
    "eks.amazonaws.com",
    "k8s.aws",
    "k8s.io",
    "karpenter.k8s.aws",
    "karpenter.sh",
    "kubernetes.io",
];

/// Domains of labels that agents write onto nodes that run: no NodePool names them, and an existing node
/// may have them.
const OF_AGENTS: [&str; 5] =
    ["amazonaws.com", "amd.com", "feature.node.kubernetes.io", "habana.ai", "nvidia.com"];

/// Whether a node of the pool may meet all of a pod's expressions on a label.
pub(super) fn meets<'p>(pool: &'p Pool<'p>, key: &str, asked: &[Expression<'_>]) -> bool {
    let together = |says: &[Expression<'_>]| {
        let all: Vec<Expression<'_>> = says.iter().chain(asked).copied().collect();
        can_meet(&all)
    };
    if key == NODE_POOL {
        return together(&[is(NODE_POOL, &pool.name)]);
    }
    let own = pool.label(key);
    // Mostly the label of the template decides, and the requirements need not be read.
    if own.as_ref().is_some_and(|own| !asked.iter().all(|one| one.is_met_by(own))) {
        return false;
    }
    let mut says: Vec<Expression<'_>> = own.iter().map(|value| is(key, value)).collect();
    if pool.may_require(key) {
        says.extend(Offer::of(pool).on_label(key));
    }
    if !says.is_empty() {
        // A pool that only excludes values leaves the rest to the pod.
        return together(&says);
    }
    let absent =
        |one: &Expression<'_>| matches!(one.operator, Operator::NotIn | Operator::DoesNotExist);
    may_be_carried(pool, key) || asked.iter().all(absent)
}

/// Whether nodes of a pool that says nothing of a label may carry it all the same.
fn may_be_carried(pool: &Pool<'_>, key: &str) -> bool {
    let domain = key.split_once('/').map_or("", |(domain, _)| domain);
    let within = |of: &str| {
        let rest = domain.strip_suffix(of);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let foreign = Domain::AutoMode.prefix();
    let is_of_types =
        || key.get(foreign.len()..).is_some_and(|rest| rest.starts_with("/instance-"));
    // Auto Mode's labels of types are none to Karpenter.
    let is_foreign = domain == foreign && pool.class.is_of_karpenter() && is_of_types();
    !is_foreign && OF_NODES.iter().chain(&OF_AGENTS).any(|of| within(of))
}

/// That a label has this value.
fn is<'p>(key: &'p str, value: &'p Text<'p>) -> Expression<'p> {
    let (place, values) = (Place::requirement(0), std::slice::from_ref(value));
    Expression { place, key, operator: Operator::In, values }
}
