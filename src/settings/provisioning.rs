//! `provisioning`: the source of the nodes that have accelerators.

use crate::form::words;

/// `provisioning`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Provisioning {
    /// Unknown: node groups, HyperPod and others may make some of them.
    #[default]
    Auto,
    /// The NodePools of the cluster make all of them.
    Karpenter,
}

words! {
    Provisioning { "auto" => Auto, "karpenter" => Karpenter }
}
