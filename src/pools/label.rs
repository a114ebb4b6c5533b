//! What the nodes of a pool carry of a label that does not follow from their type.

use crate::{
    cluster::Pool,
    instances::Catalog,
    json::Text,
    nodes::{Domain, Expression, Key, Operator, Place, can_meet, on_label, provisioner},
};

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
pub(super) enum Says<'p> {
    /// Nothing, and that settles it: Karpenter makes no node with the label.
    Nothing,
    /// Nothing, but nodes may have it all the same.
    Unknown,
    /// This, as expressions on it.
    This(Vec<Expression<'p>>),
}

/// Whether the label follows from the type of a node of this pool.
pub(super) fn is_of_type(pool: &Pool<'_>, key: &str, catalog: &Catalog) -> bool {
    let known = [Domain::Node, Domain::InstanceType, provisioner(&pool.spec)];
    Key::of(key, catalog).is_some_and(|key| known.contains(&key.domain))
}

/// What a pool says of a label. `own` are the labels of its template.
pub(super) fn says<'p>(pool: &'p Pool<'p>, own: &'p [(Text<'p>, Text<'p>)], key: &str) -> Says<'p> {
    let is = |key: &'static str, value: &'p Text<'p>| {
        let place = Place::requirement(0);
        let values = std::slice::from_ref(value);
        Says::This(vec![Expression { place, key, operator: Operator::In, values }])
    };
    if key == "karpenter.sh/nodepool" {
        return is("karpenter.sh/nodepool", &pool.name);
    }
    let mut this = on_label(&pool.spec, key);
    this.extend(own.iter().filter(|(name, _)| **name == *key).map(|(name, value)| Expression {
        place: Place::requirement(0),
        key: name,
        operator: Operator::In,
        values: std::slice::from_ref(value),
    }));
    if !this.is_empty() {
        return Says::This(this);
    }
    let domain = key.split_once('/').map_or("", |(domain, _)| domain);
    let within = |of: &str| {
        let rest = domain.strip_suffix(of);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let foreign = Domain::AutoMode.prefix();
    match domain {
        // Auto Mode's labels of types are none to Karpenter.
        _ if domain == foreign
            && pool.spec.is_of_karpenter()
            && key.get(foreign.len()..).is_some_and(|rest| rest.starts_with("/instance-")) =>
        {
            Says::Nothing
        }
        _ if OF_NODES.iter().chain(&OF_AGENTS).any(|of| within(of)) => Says::Unknown,
        _ => Says::Nothing,
    }
}

/// Whether a node of which the pool says this may meet all of a pod's expressions on the label.
pub(super) fn meets(says: &Says<'_>, asked: &[Expression<'_>]) -> bool {
    match says {
        Says::Unknown => true,
        Says::Nothing => {
            asked.iter().all(|one| matches!(one.operator, Operator::NotIn | Operator::DoesNotExist))
        }
        Says::This(this) => {
            // A pool that only excludes values leaves the rest to the pod.
            let all: Vec<Expression<'_>> = this.iter().chain(asked).copied().collect();
            can_meet(&all)
        }
    }
}
