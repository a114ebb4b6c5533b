//! `nodeLabels`: the labels that fixes may ask for, because the cluster's nodes carry them.

use crate::form::words;

/// `nodeLabels`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NodeLabels {
    /// Those that the pod itself uses.
    #[default]
    Auto,
    /// `karpenter.k8s.aws/`
    Karpenter,
    /// `eks.amazonaws.com/`
    AutoMode,
    /// Those that the pod uses, else a term for each: nodes of both kinds are there.
    Both,
    /// None.
    None,
}

words! {
    NodeLabels {
        "auto" => Auto,
        "karpenter" => Karpenter,
        "autoMode" => AutoMode,
        "both" => Both,
        "none" => None,
    }
}
