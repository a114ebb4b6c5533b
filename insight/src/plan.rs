//! The address plan of the settings in numbers: what is reserved, taken and free in each subnet.

use anyhow::{Context, Result};
use eks_aiml_networking::{
    json::RawJson,
    plan::{self, Group, Network, Plan, Planned, Terms},
};
use serde::Serialize;
use serde_json::Value;

/// An address plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct AddressPlan {
    /// The subnets, as the settings list them.
    pub subnets: Vec<Subnet>,
    /// The groups of nodes, as the settings list them.
    pub nodes: Vec<Nodes>,
    /// What is to be known beside them.
    pub notes: Vec<String>,
}

/// A subnet with the nodes that are in it. Of IPv6, addresses are not counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Subnet {
    /// Its name.
    pub name: String,
    /// The name of its VPC.
    pub vpc: String,
    /// Its zone, for people.
    pub zone: String,
    /// Its range.
    pub cidr: String,
    /// What a prefix is: 28, of IPv6 80.
    pub block_prefix_length: u8,
    /// All addresses.
    pub addresses: Option<u64>,
    /// What is not for everyone.
    pub reserved: Reserved,
    /// What nodes take, the addresses of their prefixes included.
    pub taken: Amount,
    /// What is free, the addresses that are reserved for prefixes included.
    pub free: Amount,
    /// All of it, in parts that add up.
    pub parts: Parts,
    /// How many nodes of each planned type would fit besides, at best.
    pub would_fit: Vec<Fit>,
    /// Addresses that nothing uses now, where AWS was asked. It counts those of reservations as used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_now: Option<u64>,
}

/// What is reserved in a subnet, in addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Reserved {
    /// AWS's own.
    pub aws: u64,
    /// For prefixes.
    pub for_prefixes: Option<u64>,
}

/// Blocks, and addresses where they are counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Amount {
    /// Prefixes.
    pub blocks: u64,
    /// Addresses.
    pub addresses: Option<u64>,
}

/// A subnet in parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Parts {
    /// What is counted: `addresses`, of IPv6 `/80 blocks`.
    pub unit: &'static str,
    /// AWS's own.
    pub aws: u64,
    /// Taken by nodes.
    pub taken: u64,
    /// Free for prefixes only.
    pub free_for_prefixes: u64,
    /// Free for all.
    pub free: u64,
}

/// How many nodes of a type would fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Fit {
    /// The type.
    pub instance_type: String,
    /// So many.
    pub nodes: u64,
}

/// A group of nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Nodes {
    /// The type.
    pub instance_type: String,
    /// How many are planned.
    pub count: u64,
    /// What each takes.
    pub each: Each,
    /// Where they are.
    pub placed: Vec<Placed>,
    /// How many found no room in this spread.
    pub without_room: u64,
    /// What plans them, where that is not the settings alone: `NodePool gpu`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned_by: Option<String>,
}

/// What a node takes of the subnets of its pods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Each {
    /// Prefixes.
    pub blocks: u64,
    /// Addresses beside them.
    pub single_addresses: u64,
}

/// Nodes in a subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Placed {
    /// The subnet's name.
    pub subnet: String,
    /// So many.
    pub nodes: u64,
}

/// The plan of settings that are valid, written as JSON; nothing where they have no subnets.
///
/// # Errors
/// Where they are not valid.
pub fn of(settings: &str, terms: &Terms<'_>) -> Result<Option<AddressPlan>> {
    let all: Value = serde_json::from_str(settings)?;
    let network = all.get("network").map(Value::to_string).unwrap_or_default();
    let Some(network) = Network::read(RawJson(&network)).filter(|one| !one.subnets.is_empty())
    else {
        return Ok(None);
    };
    of_network(&network, &Plan::of(&network, terms)).map(Some)
}

/// The plan of a network whose ranges are right, as data.
///
/// # Errors
/// Where a subnet could not be read.
pub fn of_network(network: &Network<'_>, plan: &Plan) -> Result<AddressPlan> {
    let subnets = network.subnets.iter().enumerate().map(|(position, item)| {
        let planned = plan.subnets.iter().find(|planned| planned.position == position);
        item.0.as_ref().zip(planned).map(|(subnet, planned)| Subnet::of(subnet, planned))
    });
    let subnets: Option<Vec<Subnet>> = subnets.collect();
    let nodes = plan.groups.iter().map(|group| Nodes::of(group, network));
    Ok(AddressPlan {
        subnets: subnets.context("can't read a subnet")?,
        nodes: nodes.collect(),
        notes: plan.notes.clone(),
    })
}

impl Subnet {
    fn of(subnet: &plan::Subnet<'_>, planned: &Planned) -> Self {
        let counted = |addresses: u64| (!planned.v6).then_some(addresses);
        let taken = counted(planned.taken.in_addresses());
        let used = taken.map(|taken| planned.own.saturating_add(taken));
        let free = used.map(|used| planned.addresses.saturating_sub(used));
        let fits = planned.fits.iter();
        Self {
            name: subnet.name.to_string(),
            vpc: subnet.vpc.to_string(),
            zone: subnet.zone.to_string(),
            cidr: subnet.cidr.to_string(),
            block_prefix_length: if planned.v6 { 80 } else { 28 },
            addresses: counted(planned.addresses),
            reserved: Reserved { aws: planned.own, for_prefixes: counted(planned.reserved) },
            taken: Amount { blocks: planned.taken.blocks, addresses: taken },
            free: Amount { blocks: planned.free.all_blocks(), addresses: free },
            parts: match taken.zip(free) {
                Some((taken, free)) => Parts::in_addresses(planned, taken, free),
                None => Parts::in_blocks(planned),
            },
            would_fit: fits
                .map(|(name, nodes)| Fit { instance_type: name.clone(), nodes: *nodes })
                .collect(),
            free_now: None,
        }
    }
}

impl Parts {
    fn in_addresses(planned: &Planned, taken: u64, free: u64) -> Self {
        let free_for_prefixes = planned.free.reserved.saturating_mul(16).min(free);
        let free = free - free_for_prefixes;
        Self { unit: "addresses", aws: planned.own, taken, free_for_prefixes, free }
    }

    fn in_blocks(planned: &Planned) -> Self {
        let taken = planned.taken.blocks;
        let free = planned.room.all_blocks().saturating_sub(taken);
        Self { unit: "/80 blocks", aws: 0, taken, free_for_prefixes: 0, free }
    }
}

impl Nodes {
    fn of(group: &Group, network: &Network<'_>) -> Self {
        let name = |position: usize| {
            let subnet = network.subnets.get(position).and_then(|item| item.0.as_ref());
            subnet.map_or_else(String::new, |subnet| subnet.name.to_string())
        };
        let placed = group.placed.iter();
        Self {
            instance_type: group.instance_type.clone(),
            count: group.count,
            each: Each { blocks: group.each.blocks, single_addresses: group.each.addresses },
            placed: placed
                .map(|(position, nodes)| Placed { subnet: name(*position), nodes: *nodes })
                .collect(),
            without_room: group.unplaced,
            planned_by: None,
        }
    }
}
