//! The message about nodes that don't fit: their need, the room, and how many fit.

use crate::{
    plan::{Need, Room, fit::Short},
    text::Quoted,
};

use super::{Faults, names::first_of};

impl Faults {
    /// Adds the error about nodes that don't fit.
    pub fn add_short(&mut self, short: &Short<'_>) {
        let demand = short.demand;
        let (group, nodes) = (demand.nodes.position, demand.nodes.item);
        let v6 = demand.subnets.iter().any(|subnet| subnet.net.v6);
        let (count, need) = (demand.count(), needed(short.need, v6));
        let who = format!("{} of {}", counted(count, "node"), Quoted(&nodes.instance_type));
        let others = short.others.iter().map(|other| other.nodes.position);
        let others: Vec<String> = others.map(|at| format!("network.nodes[{at}]")).collect();
        let take = match &*others {
            [] if count == 1 => format!("{who} takes {need}"),
            [] => format!("{who} take {need}, {} a node", needed(demand.each, v6)),
            _ => {
                let others = first_of(others.iter().map(String::as_str));
                format!("the {who} and those of {others} together take {need}")
            }
        };
        let names = short.subnets.iter().map(|subnet| &*subnet.subnet.item.name);
        let have = match &*short.subnets {
            [_] => format!("the subnet {} has", first_of(names)),
            _ => format!("the subnets {} have", first_of(names)),
        };
        let fit = match short.fits {
            0 => "even at best none of the nodes fits".to_owned(),
            1 => "at best 1 of the nodes fits".to_owned(),
            fits => format!("at best {fits} of the nodes fit"),
        };
        let beside = if others.is_empty() { "" } else { " beside the others" };
        let (free, remedy) = (free(&short.room, v6), remedy(short.need, v6));
        let what = format!("{take}; {have} {free} free, so {fit}{beside}; {remedy}");
        self.add(format_args!("nodes[{group}].count"), what);
    }
}

/// `1 node`, `2 nodes`.
fn counted(count: u64, what: &str) -> String {
    let (s, es) = (if count == 1 { "" } else { "s" }, if count == 1 { "" } else { "es" });
    format!("{count} {what}{}", if what.ends_with('s') { es } else { s })
}

fn unit(v6: bool) -> &'static str {
    if v6 { "/80 block" } else { "/28 block" }
}

fn needed(need: Need, v6: bool) -> String {
    match (need.blocks, need.addresses) {
        (0, addresses) => counted(addresses, "address"),
        (blocks, 0) => counted(blocks, unit(v6)),
        (blocks, addresses) => {
            format!("{} and {}", counted(blocks, unit(v6)), counted(addresses, "address"))
        }
    }
}

/// The room: blocks, and addresses, those of the blocks included unless they are reserved.
fn free(room: &Room, v6: bool) -> String {
    let blocks = counted(room.all_blocks(), unit(v6));
    if v6 {
        return blocks;
    }
    let addresses = counted(room.addresses, "address");
    match room.reserved {
        0 => format!("{blocks} ({addresses})"),
        _ => format!("{blocks} and, out of reservations, {addresses}"),
    }
}

fn remedy(need: Need, v6: bool) -> String {
    if v6 {
        return "plan fewer nodes, or more subnets".to_owned();
    }
    match need.smallest_subnet() {
        Some(len) => format!("plan fewer nodes, or subnets with as much room as a /{len} has"),
        None => format!(
            "plan fewer nodes, or subnets with as much room as {} have",
            counted(need.largest_subnets(), "/16 subnet")
        ),
    }
}
