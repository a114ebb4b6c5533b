//! Differences between NodePools of EKS Auto Mode and those of Karpenter.
//!
//! Sources: EKS User Guide, "Create a Node Pool for EKS Auto Mode" (its labels differ from
//! Karpenter's); aws/containers-roadmap issue 2516 (the types that it does not launch).

use super::label_names::{EKS, KARPENTER};
use crate::{
    instances::{Catalog, instance_type},
    text::Quoted,
    view::{NodePool, NodeSelectorRequirement},
};

/// Labels of types that Karpenter has, and that Auto Mode's documentation does not mention.
const KARPENTER_ONLY: [&str; 4] = [
    "instance-accelerator-count",
    "instance-accelerator-manufacturer",
    "instance-accelerator-name",
    "instance-capability-flex",
];

/// The problem with a label of a type in the domain of the other provisioner, and the remedy.
pub fn other_domain(pool: &NodePool<'_>, key: &str) -> Option<(String, String)> {
    let (domain, name) = key.split_once('/')?;
    let (whose, right, wrong) = match pool.class.is_auto_mode() {
        true => ("EKS Auto Mode", EKS, KARPENTER),
        false => ("Karpenter", KARPENTER, EKS),
    };
    if domain != wrong
        || !(pool.class.is_auto_mode() || pool.class.is_of_karpenter())
        || Catalog::label_names().all(|known| known != name)
    {
        return None;
    }
    let fact = format!("the NodePool is one of {whose}, whose nodes don't have the label `{key}`");
    let remedy = match pool.class.is_auto_mode() && KARPENTER_ONLY.contains(&name) {
        true => format!("use a label in `{right}/`"),
        false => format!("use `{right}/{name}`"),
    };
    Some((fact, remedy))
}

/// The problem with types or sizes that EKS Auto Mode never launches, and the remedy.
pub fn too_small(
    requirement: &NodeSelectorRequirement<'_>,
    catalog: &Catalog,
) -> Option<(String, String)> {
    let is_small = |size: &str| matches!(size, "nano" | "micro" | "small");
    let is_never_launched = |value: &str| match &*requirement.key {
        "node.kubernetes.io/instance-type" | "beta.kubernetes.io/instance-type" => {
            let name = instance_type(value);
            let vcpus = catalog.row(name).and_then(|row| catalog.get(row)?.vcpus());
            name.split_once('.').is_some_and(|(_, size)| is_small(size)) || vcpus == Some(1)
        }
        "eks.amazonaws.com/instance-size" => is_small(value),
        _ => false,
    };
    let values = &requirement.values;
    let none = !values.is_empty() && values.iter().all(|value| is_never_launched(value));
    none.then(|| {
        let few = values.iter().take(3).map(|value| Quoted(value).to_string());
        let more = if values.len() > 3 { ", …" } else { "" };
        let few = few.collect::<Vec<_>>().join(", ");
        let fact = format!("EKS Auto Mode never launches {few}{more}");
        (
            fact,
            "choose larger types: it offers none with one vCPU, and no nano, micro or small"
                .to_owned(),
        )
    })
}
