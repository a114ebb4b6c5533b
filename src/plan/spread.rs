//! Calculates the plan in numbers, for people: the nodes in each subnet if each group is spread evenly.

use crate::{instances::instance_type, sort::sorted_by};

use super::{
    Network, Terms,
    check::{Faults, Subnets, across_vpcs},
    cidr::Net,
    fit::{Demand, short},
    room::{Need, OWN, Room},
    space::Space,
};

/// A network with its nodes in their subnets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The subnets, as the settings list them.
    pub subnets: Vec<Planned>,
    /// The groups of nodes, as the settings list them.
    pub groups: Vec<Group>,
    /// Notes on the plan.
    pub notes: Vec<String>,
}

/// A subnet with the nodes in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its position in the settings.
    pub position: usize,
    /// `true` if it is IPv6.
    pub v6: bool,
    /// All addresses, as far as they can be counted.
    pub addresses: u64,
    /// Addresses that are AWS's own.
    pub own: u64,
    /// Addresses of its reservations for prefixes.
    pub reserved: u64,
    /// The room in it when it is empty.
    pub room: Room,
    /// The need of the nodes in it.
    pub taken: Need,
    /// The room that is left, at best.
    pub free: Room,
    /// The number of additional nodes of each planned type that would fit, at best.
    pub fits: Vec<(String, u64)>,
}

/// A group of nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its position in the settings; a group with subnets of both families is listed once for each.
    pub position: usize,
    /// The instance type.
    pub instance_type: String,
    /// The number of planned nodes.
    pub count: u64,
    /// The need of a node in the subnets of its pods.
    pub each: Need,
    /// The positions of the subnets, each with the number of nodes in it.
    pub placed: Vec<(usize, u64)>,
    /// The number of nodes without room in this spread, which does not prove that there is none.
    pub unplaced: u64,
}

impl Plan {
    /// The plan of a network: nodes spread evenly over the subnets of their group, as far as there is
    /// room; groups with the fewest subnets go first.
    pub fn of(network: &Network<'_>, terms: &Terms<'_>) -> Self {
        let mut faults = Faults::default();
        let known = Subnets::of(network, &mut faults);
        let demands = |terms: &Terms<'_>| known.demands(network, terms, &mut Faults::default());
        // If both ways are possible: with prefixes, unless the nodes only fit without.
        let mut ways = terms.ways().rev().map(|terms| (terms.options, demands(&terms)));
        let first = ways.next();
        let second = ways.next().filter(|(_, demands)| {
            let fit = |demands: &[Demand<'_>]| short(demands).is_empty();
            fit(demands) && !first.as_ref().is_some_and(|(_, first)| fit(first))
        });
        let Some((options, demands)) = second.or(first) else { return Self::default() };
        let mut notes = across_vpcs(network);
        if terms.options.prefix_delegation.0.is_none() && !demands.is_empty() {
            let way = options.in_words();
            notes.push(format!("nodes are counted {way}: `capacity.prefixDelegation` is `auto`"));
        }
        let mut subnets: Vec<Option<Planned>> =
            known.spaces.iter().map(|space| space.as_ref().map(Planned::empty)).collect();
        let mut groups: Vec<Group> = demands.iter().map(Group::of).collect();
        let turns: Vec<(&mut Group, &Demand<'_>)> = groups.iter_mut().zip(&demands).collect();
        let turns = sorted_by(turns, |(_, a), (_, b)| a.subnets.len().cmp(&b.subnets.len()));
        for (group, demand) in turns {
            group.spread(&demand.subnets, &mut subnets);
        }
        let mut subnets: Vec<Planned> = subnets.into_iter().flatten().collect();
        for subnet in &mut subnets {
            subnet.free = subnet.room.without(subnet.taken);
            let names = |demand: &Demand<'_>| {
                demand.subnets.iter().any(|named| named.subnet.position == subnet.position)
            };
            for (_, group) in demands.iter().zip(&groups).filter(|(demand, _)| names(demand)) {
                let known = subnet.fits.iter().any(|(name, _)| *name == group.instance_type);
                if !known {
                    let fits = subnet.room.fits(subnet.taken, group.each);
                    subnet.fits.push((group.instance_type.clone(), fits));
                }
            }
        }
        Self { subnets, groups, notes }
    }
}

impl Planned {
    fn empty(space: &Space<'_>) -> Self {
        let Space { subnet, net, reservations, room } = space;
        Self {
            position: subnet.position,
            v6: net.v6,
            addresses: net.addresses(),
            own: OWN,
            reserved: reservations.iter().map(Net::addresses).fold(0, u64::saturating_add),
            room: *room,
            taken: Need::default(),
            free: *room,
            fits: Vec::new(),
        }
    }
}

impl Group {
    fn of(demand: &Demand<'_>) -> Self {
        Self {
            position: demand.nodes.position,
            instance_type: instance_type(&demand.nodes.item.instance_type).to_owned(),
            count: demand.count(),
            each: demand.each,
            placed: Vec::new(),
            unplaced: demand.count(),
        }
    }

    /// Puts the nodes into subnets: each subnet in turn gets an even share of the remaining nodes, the
    /// tightest first, so that nodes that it can't hold go to the others.
    fn spread(&mut self, named: &[&Space<'_>], subnets: &mut [Option<Planned>]) {
        let fits = |space: &&Space<'_>| {
            let subnet = subnets.get(space.subnet.position)?.as_ref()?;
            Some((subnet.room.fits(subnet.taken, self.each), subnet.position))
        };
        let open = sorted_by(named.iter().filter_map(fits).collect(), Ord::cmp);
        let left = (1..=open.len()).rev();
        for ((fits, position), left) in open.into_iter().zip(left) {
            let share = u64::try_from(left).map_or(1, |left| self.unplaced.div_ceil(left));
            let nodes = share.min(fits);
            let Some(Some(subnet)) = subnets.get_mut(position) else { continue };
            subnet.taken = subnet.taken.and(self.each.times(nodes));
            self.unplaced = self.unplaced.saturating_sub(nodes);
            self.placed.push((position, nodes));
        }
        self.placed = sorted_by(std::mem::take(&mut self.placed), Ord::cmp);
    }
}
