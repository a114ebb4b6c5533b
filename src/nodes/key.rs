//! The labels that tell of the type, and what can be asked of one.

use crate::instances::{Catalog, Label};

/// The label of the baseline bandwidth, Mbps, without its domain.
pub const NETWORK_BANDWIDTH: &str = "instance-network-bandwidth";

/// Who sets a label, and with it whether a node may be without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Every node of EC2 has it.
    Node,
    /// The name of the type: nodes outside EC2 have none.
    InstanceType,
    /// `karpenter.k8s.aws/`: nodes that Karpenter made.
    Karpenter,
    /// `eks.amazonaws.com/`: nodes of EKS Auto Mode.
    AutoMode,
}

impl Domain {
    pub(super) const COUNT: usize = 4;

    /// As it stands before a label of a provisioner.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::AutoMode => "eks.amazonaws.com",
            Self::Karpenter => "karpenter.k8s.aws",
            Self::Node | Self::InstanceType => "node.kubernetes.io",
        }
    }
}

/// A label that tells of the type.
#[derive(Clone, Copy, Debug)]
pub struct Key<'c> {
    /// Who sets it.
    pub domain: Domain,
    /// What it says of each type; nothing for the name of the type itself.
    pub label: Option<Label<'c>>,
}

impl<'c> Key<'c> {
    /// The label of this full name; nothing for labels of the cluster's own.
    pub fn of(key: &str, catalog: &'c Catalog) -> Option<Self> {
        let (domain, label) = match key.split_once('/')? {
            ("node.kubernetes.io" | "beta.kubernetes.io", "instance-type") => {
                (Domain::InstanceType, None)
            }
            ("kubernetes.io" | "beta.kubernetes.io", "arch") => {
                (Domain::Node, Some(catalog.arch()))
            }
            ("karpenter.k8s.aws", name) => (Domain::Karpenter, Some(catalog.label(name)?)),
            ("eks.amazonaws.com", name) => (Domain::AutoMode, Some(catalog.label(name)?)),
            _ => return None,
        };
        Some(Self { domain, label })
    }

    /// Whether it holds the baseline bandwidth.
    pub fn is_network_bandwidth(self) -> bool {
        self.label.is_some_and(|label| label.name() == NETWORK_BANDWIDTH)
    }
}

/// An operator of a node selector requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// The label has one of the values.
    In,
    /// The label has none of the values, or is absent.
    NotIn,
    /// The label is there.
    Exists,
    /// The label is absent.
    DoesNotExist,
    /// The label is an integer above the value.
    Gt,
    /// The label is an integer below the value.
    Lt,
    /// The label is at least the integer; only Karpenter's NodePool has it.
    Gte,
    /// The label is at most the integer; only Karpenter's NodePool has it.
    Lte,
}

impl Operator {
    /// The operators that the API server takes in a pod's affinity.
    pub const ALL: [(&str, Self); 6] = [
        ("In", Self::In),
        ("NotIn", Self::NotIn),
        ("Exists", Self::Exists),
        ("DoesNotExist", Self::DoesNotExist),
        ("Gt", Self::Gt),
        ("Lt", Self::Lt),
    ];

    /// The operators that only a NodePool has.
    const OF_POOLS: [(&str, Self); 2] = [("Gte", Self::Gte), ("Lte", Self::Lte)];

    /// The operator of this name in a pod's affinity.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, operator)| *operator)
    }

    /// The operator of this name in a NodePool.
    pub fn of_pool(name: &str) -> Option<Self> {
        let own = Self::OF_POOLS.iter().find(|(known, _)| *known == name);
        own.map(|(_, operator)| *operator).or_else(|| Self::of(name))
    }

    /// As manifests spell it.
    pub fn name(self) -> &'static str {
        let mut all = Self::ALL.iter().chain(&Self::OF_POOLS);
        all.find(|(_, operator)| *operator == self).map_or("", |(name, _)| name)
    }
}
