//! What every node has some of: CPUs and memory.

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

    /// As manifests spell it.
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

    /// An amount as manifests spell it: `96`, `95690m`, `512Gi`.
    pub fn in_words(self, amount: u64) -> String {
        match self {
            Self::Cpu if amount.is_multiple_of(1000) => (amount / 1000).to_string(),
            Self::Cpu => format!("{amount}m"),
            // Of much memory the rest below a GiB tells nobody anything.
            Self::Memory if amount >> 30 >= 16 => format!("{}Gi", amount >> 30),
            Self::Memory => format!("{}Mi", amount >> 20),
        }
    }

    /// How much of it a type has; `None` where that is not known.
    pub fn of(self, instance: &InstanceType<'_>) -> Option<u64> {
        match self {
            Self::Cpu => instance.vcpus().map(|cpus| u64::from(cpus) * 1000),
            Self::Memory => instance.memory_mib().map(|mib| u64::from(mib) << 20),
        }
    }

    /// Whether a node of the type may have more than this much; pods never get all, since the
    /// kubelet keeps some (kubernetes.io, "Reserve Compute Resources for System Daemons").
    pub fn may_exceed(self, instance: &InstanceType<'_>, amount: u64) -> bool {
        self.of(instance).is_none_or(|all| all > amount)
    }

    /// The types of which that is so.
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
