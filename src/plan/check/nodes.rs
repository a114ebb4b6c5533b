//! The node groups of a network: what they take, and where that does not fit.

use crate::{
    instances::{DATE, InstanceType, instance_type},
    plan::{
        Mode, Need, Nodes, Room, Terms,
        fit::{Demand, Short, in_order},
        need::of_node,
    },
    text::Quoted,
};

use super::{
    Checked,
    names::{Names, first_of},
    read,
};

impl Checked<'_, '_> {
    /// What each group takes of which subnets.
    pub(super) fn nodes(&mut self, subnets: &Names<'_>, terms: &Terms<'_>) {
        let network = self.network;
        for (group, item) in read(&network.nodes) {
            let instance = self.instance(group, item, terms);
            let Some(named) = self.subnets_of(group, item, subnets) else { continue };
            let Some(instance) = instance else { continue };
            let (v6, v4): (Vec<usize>, Vec<usize>) =
                named.into_iter().partition(|at| self.is_v6(*at));
            let count = u64::from(item.count);
            if v6.is_empty() {
                match of_node(&instance, Mode::Configured, terms) {
                    Some(each) => self.demands.push(Demand { group, subnets: v4, each, count }),
                    None => self.unknown_facts(group, item),
                }
                continue;
            }
            if instance.takes_prefixes() == Some(false) {
                let what = format!(
                    "pods in IPv6 subnets need a /80 prefix, and {} takes no prefixes; choose a Nitro type",
                    Quoted(&item.instance_type)
                );
                self.fault(format_args!("nodes[{group}].instanceType"), what);
                continue;
            }
            let each = Need { blocks: 1, addresses: 0 };
            self.demands.push(Demand { group, subnets: v6, each, count });
            if !v4.is_empty() {
                let each = Need { blocks: 0, addresses: 1 };
                self.demands.push(Demand { group, subnets: v4, each, count });
            }
        }
    }

    fn instance<'t>(
        &mut self,
        group: usize,
        item: &Nodes<'_>,
        terms: &Terms<'t>,
    ) -> Option<InstanceType<'t>> {
        let name = instance_type(&item.instance_type);
        let instance = terms.catalog.named(name);
        if instance.is_none() {
            let what = match name {
                "" => "is missing; write the name of an instance type".to_owned(),
                _ => format!(
                    "the instance type {} is not known (as of {DATE}); check its name, or add it to `instanceTypes.extra`",
                    Quoted(name)
                ),
            };
            self.fault(format_args!("nodes[{group}].instanceType"), what);
        }
        instance
    }

    fn unknown_facts(&mut self, group: usize, item: &Nodes<'_>) {
        let what = format!(
            "the addresses of {} are not known; add its `defaultCardEnis`, `ipv4PerEni`, `vcpus` and `hypervisor` to `instanceTypes.extra`",
            Quoted(&item.instance_type)
        );
        self.fault(format_args!("nodes[{group}].instanceType"), what);
    }

    /// The subnets of a group, where there is room to be told of each.
    fn subnets_of(
        &mut self,
        group: usize,
        item: &Nodes<'_>,
        subnets: &Names<'_>,
    ) -> Option<Vec<usize>> {
        if item.subnets.is_empty() {
            let what = "is missing; name the subnets that the nodes may be in".to_owned();
            self.fault(format_args!("nodes[{group}].subnets"), what);
        }
        let mut named = Vec::with_capacity(item.subnets.len());
        let mut whole = !item.subnets.is_empty();
        for (at, name) in item.subnets.iter().enumerate() {
            match subnets.position(name, "subnet") {
                Ok(Some(subnet)) => named.push(subnet),
                Ok(None) => whole = false,
                Err(what) => {
                    self.fault(format_args!("nodes[{group}].subnets[{at}]"), what);
                    whole = false;
                }
            }
        }
        let count = named.len();
        let mut named = in_order(named);
        named.dedup();
        if named.len() < count {
            let what = "names a subnet twice; name each once".to_owned();
            self.fault(format_args!("nodes[{group}].subnets"), what);
        }
        let known = |at: &usize| self.rooms.get(*at).copied().flatten().is_some();
        (whole && named.iter().all(known)).then_some(named)
    }

    fn is_v6(&self, subnet: usize) -> bool {
        self.nets.get(subnet).copied().flatten().is_some_and(|net| net.v6)
    }

    /// Tells that a group does not fit: what it takes, what is free, and how many of its nodes do.
    pub(super) fn short(&mut self, short: &Short) {
        let network = self.network;
        let Some(demand) = self.demands.get(short.demand) else { return };
        let group = demand.group;
        let Some(nodes) = network.nodes.get(group).and_then(|item| item.0.as_ref()) else { return };
        let v6 = demand.subnets.first().is_some_and(|subnet| self.is_v6(*subnet));
        let others: Vec<String> = short
            .sharing
            .iter()
            .filter(|at| **at != short.demand)
            .filter_map(|at| Some(format!("network.nodes[{}]", self.demands.get(*at)?.group)))
            .collect();
        let names = short.subnets.iter().filter_map(|at| network.subnets.get(*at)?.0.as_ref());
        let names: Vec<&str> = names.map(|subnet| &*subnet.name).collect();
        let (count, need) = (u64::from(nodes.count), needed(short.need, v6));
        let who = format!("{} of {}", counted(count, "node"), Quoted(&nodes.instance_type));
        let take = match &*others {
            [] if count == 1 => format!("{who} takes {need}"),
            [] => format!("{who} take {need}, {} a node", needed(demand.each, v6)),
            _ => {
                let others = first_of(others.iter().map(String::as_str));
                format!("the {who} and those of {others} together take {need}")
            }
        };
        let have = match &*names {
            [one] => format!("the subnet {} has", Quoted(one)),
            _ => format!("the subnets {} have", first_of(names.iter().copied())),
        };
        let fit = match short.fits {
            0 => "even at best none of the nodes fits".to_owned(),
            1 => "at best 1 of the nodes fits".to_owned(),
            fits => format!("at best {fits} of the nodes fit"),
        };
        let beside = if others.is_empty() { "" } else { " beside the others" };
        let (free, remedy) = (free(&short.room, v6), remedy(short.need, v6));
        let what = format!("{take}; {have} {free} free, so {fit}{beside}; {remedy}");
        self.fault(format_args!("nodes[{group}].count"), what);
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

/// What is free: blocks, and addresses, those of the blocks included unless they are reserved.
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
