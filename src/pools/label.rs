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

/// What a pool says of the label that an expression is about.
enum Says<'p> {
    /// Nothing, and that settles it: Karpenter makes no node with the label.
    Nothing,
    /// Nothing, but nodes may have it all the same.
    Unknown,
    /// This, as expressions on it.
    This(Vec<Expression<'p>>),
}

/// What a pool says of a label.
fn says<'p>(pool: &'p Pool<'p>, key: &str) -> Says<'p> {
    if key == NODE_POOL {
        return Says::This(vec![is(NODE_POOL, &pool.name)]);
    }
    let own = pool.labels().0.iter().filter(|(name, _)| **name == *key);
    let mut this: Vec<Expression<'p>> = own.map(|(name, value)| is(name, value)).collect();
    if pool.may_require(key) {
        this.extend(Offer::of(pool).on_label(key));
    }
    if !this.is_empty() {
        return Says::This(this);
    }
    let domain = key.split_once('/').map_or("", |(domain, _)| domain);
    let within = |of: &str| {
        let rest = domain.strip_suffix(of);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let foreign = Domain::AutoMode.prefix();
    let is_of_types =
        || key.get(foreign.len()..).is_some_and(|rest| rest.starts_with("/instance-"));
    match domain {
        // Auto Mode's labels of types are none to Karpenter.
        _ if domain == foreign && pool.is_of_karpenter() && is_of_types() => Says::Nothing,
        _ if OF_NODES.iter().chain(&OF_AGENTS).any(|of| within(of)) => Says::Unknown,
        _ => Says::Nothing,
    }
}

/// Whether a node of the pool may meet all of a pod's expressions on a label.
pub(super) fn meets<'p>(pool: &'p Pool<'p>, key: &str, asked: &[Expression<'p>]) -> bool {
    let together = |says: &[Expression<'_>]| {
        let all: Vec<Expression<'_>> = says.iter().chain(asked).copied().collect();
        can_meet(&all)
    };
    // Mostly the label of the template decides, and the requirements need not be read.
    let own = pool.labels().0.iter().find(|(name, _)| **name == *key);
    if own.is_some_and(|(name, value)| !together(&[is(name, value)])) {
        return false;
    }
    match says(pool, key) {
        Says::Unknown => true,
        Says::Nothing => {
            asked.iter().all(|one| matches!(one.operator, Operator::NotIn | Operator::DoesNotExist))
        }
        // A pool that only excludes values leaves the rest to the pod.
        Says::This(this) => together(&this),
    }
}

/// That a label has this value.
fn is<'p>(key: &'p str, value: &'p Text<'p>) -> Expression<'p> {
    let (place, values) = (Place::requirement(0), std::slice::from_ref(value));
    Expression { place, key, operator: Operator::In, values }
}
