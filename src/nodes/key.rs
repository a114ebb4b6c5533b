//! Node labels derived from the instance type, and the operators on them.

use crate::{
    instances::{Carrier, Catalog, Label, TypeSet},
    view::ClassRef,
};

/// The label of the baseline bandwidth in Mbps, without its domain.
pub const NETWORK_BANDWIDTH: &str = "instance-network-bandwidth";

/// A group of labels that the same nodes carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Carried by every node.
    Node,
    /// The name of the type, carried by EC2 nodes.
    InstanceType,
    /// `karpenter.k8s.aws/`, carried by nodes that Karpenter made.
    Karpenter,
    /// `eks.amazonaws.com/`, carried by nodes of EKS Auto Mode.
    AutoMode,
}

impl Domain {
    /// The domain of the labels that the nodes of a NodePool carry.
    pub fn of_nodes_of(class: &ClassRef<'_>) -> Self {
        if class.is_auto_mode() { Self::AutoMode } else { Self::Karpenter }
    }

    /// `true` if its labels follow from the type on nodes with the labels of this provisioner.
    pub fn is_carried_with(self, provisioner: Self) -> bool {
        matches!(self, Self::Node | Self::InstanceType) || self == provisioner
    }

    /// The part of its labels before the slash.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::AutoMode => "eks.amazonaws.com",
            Self::Karpenter => "karpenter.k8s.aws",
            Self::Node | Self::InstanceType => "node.kubernetes.io",
        }
    }
}

/// A set of domains, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Domains(u8);

impl Domains {
    fn bit(domain: Domain) -> u8 {
        1 << domain as u8
    }

    /// The domains that nodes with the labels of this provisioner carry.
    pub fn with(provisioner: Domain) -> Self {
        Self::from_iter([Domain::Node, Domain::InstanceType, provisioner])
    }

    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub fn contains(self, domain: Domain) -> bool {
        self.0 & Self::bit(domain) != 0
    }
}

impl Extend<Domain> for Domains {
    fn extend<I: IntoIterator<Item = Domain>>(&mut self, domains: I) {
        for domain in domains {
            self.0 |= Self::bit(domain);
        }
    }
}

impl FromIterator<Domain> for Domains {
    fn from_iter<I: IntoIterator<Item = Domain>>(domains: I) -> Self {
        let mut set = Self::default();
        set.extend(domains);
        set
    }
}

/// A label derived from the type.
#[derive(Clone, Copy, Debug)]
pub struct Key<'c> {
    /// The nodes that carry it.
    pub domain: Domain,
    /// Its value for each type; `None` for the name of the type itself.
    pub label: Option<Label<'c>>,
}

impl<'c> Key<'c> {
    /// The label with this full name; `None` if it is not derived from the type.
    pub fn of(key: &str, catalog: &'c Catalog) -> Option<Self> {
        let carried = |name, carrier| Some(Some(catalog.carried(name, carrier)?));
        let (domain, label) = match key {
            "node.kubernetes.io/instance-type" | "beta.kubernetes.io/instance-type" => {
                (Domain::InstanceType, None)
            }
            "kubernetes.io/arch" | "beta.kubernetes.io/arch" => {
                (Domain::Node, Some(catalog.arch()))
            }
            _ => {
                let of_karpenter = key.strip_prefix("karpenter.k8s.aws/");
                match (of_karpenter, key.strip_prefix("eks.amazonaws.com/")) {
                    (Some(name), _) => (Domain::Karpenter, carried(name, Carrier::Karpenter)?),
                    (None, Some(name)) => (Domain::AutoMode, carried(name, Carrier::AutoMode)?),
                    (None, None) => return None,
                }
            }
        };
        Some(Self { domain, label })
    }

    /// An upper bound of the number of values among these types; `None` if a value is unknown.
    pub fn distinct(self, types: &TypeSet) -> Option<u32> {
        self.label.map_or_else(|| Some(types.len()), |label| label.distinct(types))
    }

    /// `true` if its value is the baseline bandwidth.
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
    /// The label is present.
    Exists,
    /// The label is absent.
    DoesNotExist,
    /// The label is an integer above the value.
    Gt,
    /// The label is an integer below the value.
    Lt,
    /// The label is an integer of at least the value; only in Karpenter's NodePool.
    Gte,
    /// The label is an integer of at most the value; only in Karpenter's NodePool.
    Lte,
}

impl Operator {
    /// The operators that the API server accepts in a pod's affinity.
    pub const ALL: [(&str, Self); 6] = [
        ("In", Self::In),
        ("NotIn", Self::NotIn),
        ("Exists", Self::Exists),
        ("DoesNotExist", Self::DoesNotExist),
        ("Gt", Self::Gt),
        ("Lt", Self::Lt),
    ];

    /// The further operators of a NodePool.
    const OF_POOLS: [(&str, Self); 2] = [("Gte", Self::Gte), ("Lte", Self::Lte)];

    /// The operator with this name in a pod's affinity.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, operator)| *operator)
    }

    /// The operator with this name in a NodePool.
    pub fn of_pool(name: &str) -> Option<Self> {
        let own = Self::OF_POOLS.iter().find(|(known, _)| *known == name);
        own.map(|(_, operator)| *operator).or_else(|| Self::of(name))
    }

    /// Its name in manifests.
    pub fn name(self) -> &'static str {
        let mut all = Self::ALL.iter().chain(&Self::OF_POOLS);
        all.find(|(_, operator)| *operator == self).map_or("", |(name, _)| name)
    }
}
