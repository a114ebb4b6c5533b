//! The address plan of the settings in numbers: the reserved, used and free addresses of each subnet.

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
    /// The subnets, in the order of the settings.
    pub subnets: Vec<Subnet>,
    /// The groups of nodes, in the order of the settings.
    pub nodes: Vec<Nodes>,
    /// Notes about the plan.
    pub notes: Vec<String>,
}

/// A subnet and its nodes. IPv6 addresses are not counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Subnet {
    /// Its name.
    pub name: String,
    /// The name of its VPC.
    pub vpc: String,
    /// The name of its zone.
    pub zone: String,
    /// Its range.
    pub cidr: String,
    /// The prefix length of a block: 28, or 80 for IPv6.
    pub block_prefix_length: u8,
    /// All addresses.
    pub addresses: Option<u64>,
    /// The reserved addresses.
    pub reserved: Reserved,
    /// The addresses that nodes use, including those of their prefixes.
    pub taken: Amount,
    /// The free addresses, including those reserved for prefixes.
    pub free: Amount,
    /// The whole subnet, in parts that add up.
    pub parts: Parts,
    /// The number of additional nodes of each planned type that fit at best.
    pub would_fit: Vec<Fit>,
    /// The addresses that are unused now, if AWS's output is at hand. AWS counts those of reservations as
    /// used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_now: Option<u64>,
}

/// The reserved addresses of a subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Reserved {
    /// Reserved by AWS.
    pub aws: u64,
    /// Reserved for prefixes.
    pub for_prefixes: Option<u64>,
}

/// Blocks, and addresses if they are counted.
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
    /// The unit: `addresses`, or `/80 blocks` for IPv6.
    pub unit: &'static str,
    /// Reserved by AWS.
    pub aws: u64,
    /// Used by nodes.
    pub taken: u64,
    /// Free, but only for prefixes.
    pub free_for_prefixes: u64,
    /// Free for every use.
    pub free: u64,
}

/// The number of nodes of a type that fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Fit {
    /// The type.
    pub instance_type: String,
    /// The number.
    pub nodes: u64,
}

/// A group of nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Nodes {
    /// The type.
    pub instance_type: String,
    /// The number of planned nodes.
    pub count: u64,
    /// The addresses that each uses.
    pub each: Each,
    /// The subnets they are in.
    pub placed: Vec<Placed>,
    /// The number of nodes that do not fit in this spread.
    pub without_room: u64,
    /// The origin of the plan, if it is not only the settings: `NodePool gpu`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned_by: Option<String>,
}

/// The addresses that a node uses in the subnets of its pods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Each {
    /// Prefixes.
    pub blocks: u64,
    /// Addresses in addition to the prefixes.
    pub single_addresses: u64,
}

/// Nodes in a subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Placed {
    /// The subnet's name.
    pub subnet: String,
    /// The number.
    pub nodes: u64,
}

/// Returns the plan of valid settings in JSON; `None` if they have no subnets.
///
/// # Errors
/// If they are not valid.
pub fn of(settings: &str, terms: &Terms<'_>) -> Result<Option<AddressPlan>> {
    let all: Value = serde_json::from_str(settings)?;
    let network = all.get("network").map(Value::to_string).unwrap_or_default();
    let Some(network) = Network::read(RawJson(&network)).filter(|one| !one.subnets.is_empty())
    else {
        return Ok(None);
    };
    of_network(&network, &Plan::of(&network, terms)).map(Some)
}

/// Returns the plan of a network with valid ranges, as data.
///
/// # Errors
/// If a subnet can't be read.
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
