//! Calculates the addresses that a node of a type uses in its subnets.

use crate::{capacity::Capacity, instances::InstanceType};

use super::{Terms, room::Need};

/// The need of a node of this type in its IPv4 subnets, at best, with the recommended number of pods;
/// `None` if too little is known of the type, or of how the CNI assigns addresses.
pub fn of_node(instance: &InstanceType<'_>, terms: &Terms<'_>) -> Option<Need> {
    of_node_with(None, instance, terms)
}

/// The same with this number of pods, if given.
pub fn of_node_with(
    pods: Option<u32>,
    instance: &InstanceType<'_>,
    terms: &Terms<'_>,
) -> Option<Need> {
    let capacity = Capacity::of(instance, &terms.options);
    let taken = capacity.taken(pods.or_else(|| capacity.recommended())?)?;
    let blocks = u64::from(taken.prefixes);
    let single =
        u64::from(taken.addresses).saturating_sub(Need { blocks, addresses: 0 }.in_addresses());
    // The first interface is not in the subnets of the pods.
    let own = u64::from(terms.options.custom_networking);
    Some(Need { blocks, addresses: single.saturating_sub(own) })
}

/// The addresses of all EFA interfaces that a node of this type can have, except its first interface,
/// which is one of them. They are in the same subnet as that one.
pub fn of_efa(instance: &InstanceType<'_>, terms: &Terms<'_>) -> Option<u64> {
    if terms.options.custom_networking {
        return Some(0);
    }
    Some(instance.efa_interfaces()?.saturating_sub(1).into())
}
