//! Facts that a finding depends on and that the object doesn't show. A rule names those that it needs;
//! the pod, the settings or the cluster can settle them.

use std::fmt;

use crate::instances;

/// A fact that a finding needs and that no pod shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assumption {
    /// The table has all types that the pod can land on: none is newer.
    Types,
    /// Nodes carry the labels of Karpenter, or of EKS Auto Mode.
    Labels,
    /// The running release of Karpenter gives the type that label.
    Release,
    /// Nodes attach all EFA interfaces of their type.
    Interfaces,
    /// The EFA device plugin runs on these nodes.
    Plugin,
    /// The CNI assigns prefixes.
    Prefixes,
    /// A resource counts whole devices: neither time-slicing nor MIG.
    Devices,
    /// Karpenter makes the nodes: no other provisioner, static pool or overlay.
    Provisioning,
}

impl Assumption {
    /// All of them, in the order in which messages name them.
    pub const ALL: [Self; 8] = [
        Self::Types,
        Self::Labels,
        Self::Release,
        Self::Interfaces,
        Self::Plugin,
        Self::Prefixes,
        Self::Devices,
        Self::Provisioning,
    ];

    /// Its name in the audit annotation.
    pub fn name(self) -> &'static str {
        match self {
            Self::Types => "types",
            Self::Labels => "labels",
            Self::Release => "release",
            Self::Interfaces => "interfaces",
            Self::Plugin => "plugin",
            Self::Prefixes => "prefixes",
            Self::Devices => "devices",
            Self::Provisioning => "provisioning",
        }
    }

    /// The condition in a message, after `if`; `None` if the date of the table expresses it.
    fn condition(self) -> Option<&'static str> {
        Some(match self {
            Self::Types => return None,
            Self::Labels => "nodes have that label",
            Self::Release => "your Karpenter release sets it",
            Self::Interfaces => "nodes offer them all",
            Self::Plugin => "the EFA device plugin runs there",
            Self::Prefixes => "prefix delegation is on",
            Self::Devices => "devices are not shared",
            Self::Provisioning => "Karpenter makes the nodes",
        })
    }
}

/// A set of assumptions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assumptions(u8);

impl Assumptions {
    /// The empty set: a finding without assumptions is proven.
    pub const NONE: Self = Self(0);

    /// These and one more.
    #[must_use]
    pub fn with(self, one: Assumption) -> Self {
        Self(self.0 | 1 << one as u8)
    }

    /// These and one more, if it is needed.
    #[must_use]
    pub fn with_if(self, needed: bool, one: Assumption) -> Self {
        if needed { self.with(one) } else { self }
    }

    /// Both.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// `true` if nothing is assumed.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// `true` if this one is assumed.
    pub fn has(self, one: Assumption) -> bool {
        self.0 >> one as u8 & 1 == 1
    }

    /// Each of them, in the order in which messages name them.
    pub fn iter(self) -> impl Iterator<Item = Assumption> {
        Assumption::ALL.into_iter().filter(move |one| self.has(*one))
    }

    /// Their names in the audit annotation: `interfaces+plugin`.
    pub fn names(self) -> String {
        self.iter().map(Assumption::name).collect::<Vec<_>>().join("+")
    }
}

impl From<Assumption> for Assumptions {
    fn from(one: Assumption) -> Self {
        Self::NONE.with(one)
    }
}

/// Shows the assumptions as the end of a fact: ` (as of 2026-08-21), if nodes offer them all`.
impl fmt::Display for Assumptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.has(Assumption::Types) {
            write!(f, " (as of {})", instances::DATE)?;
        }
        for (index, condition) in self.iter().filter_map(Assumption::condition).enumerate() {
            f.write_str(if index == 0 { ", if " } else { " and " })?;
            f.write_str(condition)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_in() {
        let set = Assumptions::from(Assumption::Plugin).with(Assumption::Interfaces);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Assumption::Interfaces, Assumption::Plugin]);
        assert_eq!(set.names(), "interfaces+plugin");
        assert!(!set.is_empty() && Assumptions::NONE.is_empty());
        for (index, one) in Assumption::ALL.into_iter().enumerate() {
            assert_eq!(one as usize, index);
        }
    }

    #[test]
    fn a_message_names_the_open_ones() {
        let set = Assumptions::from(Assumption::Types).with(Assumption::Plugin);
        let expected = format!(" (as of {}), if the EFA device plugin runs there", instances::DATE);
        assert_eq!(set.to_string(), expected);
        let two = Assumptions::from(Assumption::Interfaces).with(Assumption::Devices);
        let expected = ", if nodes offer them all and devices are not shared";
        assert_eq!(two.to_string(), expected);
    }
}
