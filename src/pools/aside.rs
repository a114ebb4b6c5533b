//! Reasons why the NodePools of a cluster don't decide where a pod runs.

use std::fmt;

use crate::{
    kubernetes::{EFA, Resource},
    nodes::Placement,
    view::{Kind, PodView, View},
};

/// A reason why the NodePools don't decide where a pod runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aside {
    /// It requests neither accelerators nor EFA.
    Ordinary,
    /// It is a pod of a DaemonSet.
    DaemonSet,
    /// Most of its spec is in another object.
    Partial,
    /// It has resource claims, or its only devices come through the resource that stands for their class.
    Claims,
    /// It is bound to a node already, or can't land on EC2.
    Placed,
    /// No term of its required node affinity matches any node.
    DeadAffinity,
}

impl Aside {
    /// The reason that the pod itself shows.
    pub fn of(view: &View<'_>, pod: &PodView<'_>) -> Option<Self> {
        if view.kind == Kind::DaemonSet || pod.metadata.is_owned_by("\"DaemonSet\"") {
            Some(Self::DaemonSet)
        } else if pod.job.is_partial {
            Some(Self::Partial)
        } else if pod.spec.resource_claims.is_some() {
            Some(Self::Claims)
        } else if pod.total(EFA) > 0 {
            None
        } else if !pod.takes_accelerators() {
            Some(Self::Ordinary)
        } else {
            let by_dra = |one: Resource| pod.total(one) == 0 || one.is_by_dra();
            Resource::accelerators().all(by_dra).then_some(Self::Claims)
        }
    }

    /// The reason that the constraints on its node show.
    pub fn of_placement(placement: &Placement<'_>) -> Option<Self> {
        if placement.is_decided {
            Some(Self::Placed)
        } else {
            placement.dead_affinity.is_some().then_some(Self::DeadAffinity)
        }
    }
}

/// A sentence about the pod.
impl fmt::Display for Aside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ordinary => {
                "it asks for neither accelerators nor EFA, so a node of no NodePool may take it too"
            }
            Self::DaemonSet => "Karpenter makes no nodes for the pods of a DaemonSet",
            Self::Partial => "most of its spec is in another object",
            Self::Claims => {
                "it asks for devices by DRA, and Karpenter passes over such pods unless it is told otherwise"
            }
            Self::Placed => "it has its node, or goes where no EC2 type is",
            Self::DeadAffinity => "no term of its required node affinity matches any node",
        })
    }
}
