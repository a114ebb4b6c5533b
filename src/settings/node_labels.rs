//! `nodeLabels`: the labels that fixes may require, because the cluster's nodes carry them.

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
    /// Those that the pod uses, otherwise a term for each: there are nodes of both kinds.
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
