//! The addresses that a node of a type takes of its subnets.

use crate::{capacity::Capacity, instances::InstanceType};

use super::{Terms, room::Need};

/// How a node's pods get their addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As the settings say: by prefixes, if the cluster and the type do.
    Configured,
    /// Single secondary addresses.
    Secondary,
    /// Prefixes of 16.
    Prefix,
}

/// Whether pods of nodes of this type can have prefixes in this mode; `None` if that is unknown.
fn by_prefixes(instance: &InstanceType<'_>, mode: Mode, terms: &Terms<'_>) -> Option<bool> {
    match mode {
        Mode::Secondary => Some(false),
        Mode::Configured if !terms.options.prefix_delegation => Some(false),
        Mode::Configured | Mode::Prefix => instance.takes_prefixes(),
    }
}

/// The need of a node of this type in its IPv4 subnets, with the recommended number of pods; `None`
/// if too little is known of the type.
pub fn of_node(instance: &InstanceType<'_>, mode: Mode, terms: &Terms<'_>) -> Option<Need> {
    let mut options = terms.options;
    options.prefix_delegation = by_prefixes(instance, mode, terms)?;
    let capacity = Capacity::of(instance, &options);
    let pods = capacity.recommended()?;
    let taken = match options.prefix_delegation {
        true => capacity.taken_by_prefixes(pods, terms.warm_prefixes.into())?,
        false => capacity.taken_by_secondary(pods)?,
    };
    let blocks = u64::from(taken.prefixes);
    let single =
        u64::from(taken.addresses).saturating_sub(Need { blocks, addresses: 0 }.in_addresses());
    // The first interface is not in the subnets of the pods.
    let own = u64::from(options.custom_networking);
    Some(Need { blocks, addresses: single.saturating_sub(own) })
}
