//! How the cluster gives out addresses: the settings of `capacity`, and what the VPC CNI's DaemonSet
//! shows beside them.

use crate::{
    form::{Known, form},
    instances::InstanceType,
};

/// How the cluster gives out addresses: `settings.capacity`, and what the CNI's DaemonSet shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// `prefixDelegation`: the CNI assigns prefixes where the type takes them.
    pub prefix_delegation: Known,
    /// `securityGroupsForPods`: a trunk interface takes the place of one for pods.
    pub security_groups_for_pods: Known,
    /// `minimumPodsPerNode`: what a node should hold at least; 0 asks for nothing.
    pub minimum_pods_per_node: u32,
    /// `customNetworking`: pods have subnets of their own, and the node's first interface no pods.
    pub custom_networking: bool,
    /// `reservedEnis`: interfaces that are not for pods.
    pub reserved_enis: u16,
    /// `maxEnis`: the CNI's `MAX_ENI`.
    pub max_enis: Option<u16>,
    /// `recommendedCap`: no more than 110 pods a node, 250 above 30 vCPUs.
    pub recommended_cap: bool,
    /// Which types have a trunk; only the DaemonSet shows it.
    pub trunks: Trunks,
    /// The family of pods' addresses; only the DaemonSet shows it.
    pub family: Family,
}

/// The types on which the CNI keeps an interface for a trunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trunks {
    /// Those that can trunk, as far as is known (from 1.20.4 on).
    #[default]
    Able,
    /// All.
    All,
}

/// The family of pods' addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// Addresses or prefixes of IPv4, as many as interfaces hold.
    #[default]
    V4,
    /// One prefix of IPv6, enough for any number of pods.
    V6,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            prefix_delegation: Known::default(),
            security_groups_for_pods: Known::default(),
            minimum_pods_per_node: 0,
            custom_networking: false,
            reserved_enis: 0,
            max_enis: None,
            recommended_cap: true,
            trunks: Trunks::default(),
            family: Family::default(),
        }
    }
}

form! {
    Options {
        "customNetworking" => custom_networking,
        "maxEnis" => max_enis in 1..=16,
        "minimumPodsPerNode" => minimum_pods_per_node in 0..=100_000,
        "prefixDelegation" => prefix_delegation,
        "recommendedCap" => recommended_cap,
        "reservedEnis" => reserved_enis in 0..=16,
        "securityGroupsForPods" => security_groups_for_pods,
    }
}

impl Options {
    /// The options with prefix delegation on, or off.
    #[must_use]
    pub fn with_prefixes(self, on: bool) -> Self {
        Self { prefix_delegation: Known(Some(on)), ..self }
    }

    /// The ways in which the CNI may give out addresses: one where it is known whether it assigns
    /// prefixes, else both.
    pub fn ways(self) -> impl DoubleEndedIterator<Item = Self> {
        let known = self.prefix_delegation.0;
        [false, true]
            .into_iter()
            .filter(move |on| known.is_none_or(|known| known == *on))
            .map(move |on| self.with_prefixes(on))
    }

    /// The way in words, behind a number of pods.
    pub fn in_words(&self) -> &'static str {
        match self.prefix_delegation.0 {
            Some(true) => "with prefixes",
            Some(false) => "without prefixes",
            None => "even with prefixes",
        }
    }

    /// The interfaces of the default card that are not for pods on a node of this type.
    pub(super) fn others(&self, instance: &InstanceType<'_>) -> u16 {
        let can_trunk = self.trunks == Trunks::All || instance.branch_enis() != Some(0);
        let trunk = self.security_groups_for_pods == Known::YES && can_trunk;
        let own = u16::from(self.custom_networking).saturating_add(trunk.into());
        own.saturating_add(self.reserved_enis)
    }
}
