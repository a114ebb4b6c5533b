//! The resources of every node: CPUs and memory.

use crate::instances::{Catalog, InstanceType, TypeSet};

/// A resource of every node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compute {
    /// `cpu`, in thousandths.
    Cpu,
    /// `memory`, in bytes.
    Memory,
}

impl Compute {
    /// Both, in their order.
    pub const ALL: [Self; 2] = [Self::Cpu, Self::Memory];

    /// Its name in manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
        }
    }

    /// The resource of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "cpu" => Some(Self::Cpu),
            "memory" => Some(Self::Memory),
            _ => None,
        }
    }

    /// An amount as manifests write it: `96`, `95690m`, `512Gi`.
    pub fn in_words(self, amount: u64) -> String {
        match self {
            Self::Cpu if amount.is_multiple_of(1000) => (amount / 1000).to_string(),
            Self::Cpu => format!("{amount}m"),
            // With this much memory, the part below a GiB doesn't matter to anybody.
            Self::Memory if amount >> 30 >= 16 => format!("{}Gi", amount >> 30),
            Self::Memory => format!("{}Mi", amount >> 20),
        }
    }

    /// The amount that a type has; `None` if it is unknown.
    pub fn of(self, instance: &InstanceType<'_>) -> Option<u64> {
        match self {
            Self::Cpu => instance.vcpus().map(|cpus| u64::from(cpus) * 1000),
            Self::Memory => instance.memory_mib().map(|mib| u64::from(mib) << 20),
        }
    }

    /// `true` if a node of the type may have more than this much. Pods never get all of it, because the
    /// kubelet keeps some (kubernetes.io, "Reserve Compute Resources for System Daemons").
    pub fn may_exceed(self, instance: &InstanceType<'_>, amount: u64) -> bool {
        self.of(instance).is_none_or(|all| all > amount)
    }

    /// The types whose nodes may have more than this much.
    pub fn types_above(self, amount: u64, catalog: &Catalog) -> TypeSet {
        let mut types = TypeSet::none();
        for row in catalog.all().rows() {
            if catalog.get(row).is_some_and(|instance| self.may_exceed(&instance, amount)) {
                types.insert(row);
            }
        }
        types
    }
}
