//! Decides whether planned nodes have room in their subnets.
//!
//! The nodes of a group may be spread over its subnets in any way. A single group is checked exactly, at
//! best: its count against the nodes that each subnet holds. Groups that share subnets are checked for
//! each set of subnets that a group names, and for each set that groups connect: the groups that need
//! only those subnets, against the room in all of them. A refused plan can't fit; one that passes may
//! still turn out too tight.

use std::cell::Cell;

use crate::sort::sorted_by;

use super::{
    Nodes,
    room::{Need, Room},
    space::{Listed, Space},
};

/// The need of a group of nodes in its subnets of one IP family.
#[derive(Debug)]
pub struct Demand<'s> {
    /// The group.
    pub nodes: Listed<'s, Nodes<'s>>,
    /// The subnets, in order.
    pub subnets: Vec<&'s Space<'s>>,
    /// The need of a node.
    pub each: Need,
}

/// A demand that does not fit.
#[derive(Debug)]
pub struct Short<'d> {
    /// The demand.
    pub demand: &'d Demand<'d>,
    /// The others that share the subnets, in order.
    pub others: Vec<&'d Demand<'d>>,
    /// The subnets.
    pub subnets: Vec<&'d Space<'d>>,
    /// The need of all of them together.
    pub need: Need,
    /// The room in the subnets together.
    pub room: Room,
    /// The number of nodes that fit next to the others.
    pub fits: u64,
}

impl Demand<'_> {
    /// The number of nodes.
    pub fn count(&self) -> u64 {
        self.nodes.item.count.into()
    }

    /// The need of all nodes.
    pub fn total(&self) -> Need {
        self.each.times(self.count())
    }
}

/// The demands that can't be met: first of single groups, then of groups together.
pub fn short<'d>(demands: &'d [Demand<'d>]) -> Vec<Short<'d>> {
    let judged = |demand| Judged { demand, is_short: Cell::new(false) };
    let demands = Demands(demands.iter().map(judged).collect());
    let mut found = demands.alone();
    found.extend(demands.sharing());
    found
}

/// A demand, and whether it already has an error.
struct Judged<'d> {
    demand: &'d Demand<'d>,
    is_short: Cell<bool>,
}

struct Demands<'d>(Vec<Judged<'d>>);

impl<'d> Demands<'d> {
    /// Demands that don't fit even with their subnets to themselves.
    fn alone(&self) -> Vec<Short<'d>> {
        let short = |one: &Judged<'d>| {
            let demand = one.demand;
            let (need, subnets) = (demand.total(), &demand.subnets);
            if subnets.iter().any(|subnet| subnet.room.holds(need)) {
                return None;
            }
            let fits = subnets.iter().map(|subnet| subnet.room.fits(Need::default(), demand.each));
            let fits = fits.fold(0, u64::saturating_add);
            if fits >= demand.count() {
                return None;
            }
            one.is_short.set(true);
            let (subnets, room) = (subnets.clone(), together(subnets));
            Some(Short { demand, others: Vec::new(), subnets, need, room, fits })
        };
        self.0.iter().filter_map(short).collect()
    }

    /// Demands that don't fit together; the last one of them gets the error. A demand that is short in a
    /// small set of subnets is not reported again for a larger one.
    fn sharing(&self) -> Vec<Short<'d>> {
        let mut found = Vec::new();
        let within = Within::of(&self.0);
        let connected = self.connected();
        let sets = self.0.iter().map(|one| &*one.demand.subnets);
        let sets = sets.chain(connected.iter().map(Vec::as_slice)).collect();
        // Each set once, small ones first.
        let by_size = |a: &&[_], b: &&[_]| a.len().cmp(&b.len()).then_with(|| a.cmp(b));
        let mut sets: Vec<&[&Space<'_>]> = sorted_by(sets, by_size);
        sets.dedup();
        for subnets in sets {
            let all = within.all(subnets);
            let Some((last, others)) = all.split_last().filter(|(_, others)| !others.is_empty())
            else {
                continue;
            };
            let others: Vec<&Demand<'_>> = others.iter().map(|one| one.demand).collect();
            let taken = others.iter().map(|other| other.total()).fold(Need::default(), Need::and);
            let (demand, room) = (last.demand, together(subnets));
            let need = taken.and(demand.total());
            if room.holds(need) || all.iter().any(|one| one.is_short.get()) {
                continue;
            }
            all.iter().for_each(|one| one.is_short.set(true));
            let fits = room.fits(taken, demand.each).min(demand.count());
            found.push(Short { demand, others, subnets: subnets.to_vec(), need, room, fits });
        }
        found
    }

    /// The sets of several subnets that demands connect.
    fn connected(&self) -> Vec<Vec<&'d Space<'d>>> {
        let mut links = Links(PerSubnet::of(&self.0));
        let mut named: PerSubnet<Option<&Space<'_>>> = PerSubnet::of(&self.0);
        for Judged { demand, .. } in &self.0 {
            if let Some((first, rest)) = demand.subnets.split_first() {
                rest.iter().for_each(|other| links.join(first, other));
            }
            demand.subnets.iter().for_each(|one| named.change(one, |named| *named = Some(one)));
        }
        let mut connected: PerSubnet<Vec<&Space<'_>>> = PerSubnet::of(&self.0);
        for subnet in named.0.into_iter().flatten() {
            connected.change(links.root(subnet), |set| set.push(subnet));
        }
        connected.0.into_iter().filter(|set| set.len() > 1).collect()
    }
}

/// The room in subnets together.
fn together(subnets: &[&Space<'_>]) -> Room {
    subnets.iter().map(|subnet| subnet.room).fold(Room::default(), Room::and)
}

/// A value for each subnet.
struct PerSubnet<V>(Vec<V>);

impl<V: Clone + Default> PerSubnet<V> {
    /// The default for each subnet that a demand names.
    fn of(demands: &[Judged<'_>]) -> Self {
        let last = demands.iter().filter_map(|one| one.demand.subnets.last()).max();
        Self(vec![V::default(); last.map_or(0, |last| last.subnet.position.saturating_add(1))])
    }

    fn get(&self, subnet: &Space<'_>) -> Option<&V> {
        self.0.get(subnet.subnet.position)
    }

    fn change(&mut self, subnet: &Space<'_>, change: impl FnOnce(&mut V)) {
        if let Some(value) = self.0.get_mut(subnet.subnet.position) {
            change(value);
        }
    }
}

/// Connected subnets: each links to another one of its set, except the one at its root.
struct Links<'d>(PerSubnet<Option<&'d Space<'d>>>);

impl<'d> Links<'d> {
    fn next(&self, subnet: &Space<'_>) -> Option<&'d Space<'d>> {
        self.0.get(subnet).copied().flatten()
    }

    fn root(&mut self, mut subnet: &'d Space<'d>) -> &'d Space<'d> {
        while let Some(next) = self.next(subnet) {
            // Shortens the path for later calls.
            if let Some(after) = self.next(next) {
                self.0.change(subnet, |link| *link = Some(after));
            }
            subnet = next;
        }
        subnet
    }

    fn join(&mut self, one: &'d Space<'d>, other: &'d Space<'d>) {
        let (one, other) = (self.root(one), self.root(other));
        if one != other {
            self.0.change(other, |link| *link = Some(one));
        }
    }
}

/// The demands of each subnet, where a demand belongs to the one of its subnets that the fewest name:
/// it is then only looked at with that subnet, not with one that all groups share.
struct Within<'j, 'd>(PerSubnet<Vec<&'j Judged<'d>>>);

impl<'j, 'd> Within<'j, 'd> {
    fn of(demands: &'j [Judged<'d>]) -> Self {
        let mut named: PerSubnet<u32> = PerSubnet::of(demands);
        for subnet in demands.iter().flat_map(|one| &one.demand.subnets) {
            named.change(subnet, |count| *count = count.saturating_add(1));
        }
        let mut by_rarest: PerSubnet<Vec<&Judged<'_>>> = PerSubnet::of(demands);
        for one in demands {
            if let Some(rarest) = one.demand.subnets.iter().min_by_key(|subnet| named.get(subnet)) {
                by_rarest.change(rarest, |list| list.push(one));
            }
        }
        Self(by_rarest)
    }

    /// The demands that need only these subnets, in order.
    fn all(&self, subnets: &[&Space<'_>]) -> Vec<&'j Judged<'d>> {
        let is_in = |subnet: &&Space<'_>| subnets.binary_search(subnet).is_ok();
        let candidates = subnets.iter().filter_map(|subnet| self.0.get(subnet)).flatten().copied();
        let all = candidates.filter(|one| one.demand.subnets.iter().all(is_in)).collect();
        sorted_by(all, |a, b| a.demand.nodes.position.cmp(&b.demand.nodes.position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Subnet, cidr::Net};

    /// Subnets with these numbers of free blocks.
    fn spaces(blocks: &[u64]) -> Vec<Space<'static>> {
        let space = |(position, blocks): (usize, &u64)| Space {
            subnet: Listed { position, item: Box::leak(Box::new(Subnet::default())) },
            net: Net { v6: false, first: 0, last: 0, len: 24 },
            reservations: Vec::new(),
            room: Room { reserved: 0, blocks: *blocks, addresses: blocks * 16 + 27 },
        };
        blocks.iter().enumerate().map(space).collect()
    }

    /// The short groups among those of `(subnets, blocks a node, nodes)`: each with all groups that
    /// share the subnets, and the number of its nodes that fit.
    fn found(groups: &[(&[usize], u64, u32)], free: &[u64]) -> Vec<(usize, Vec<usize>, u64)> {
        let spaces = spaces(free);
        let demand = |(position, (subnets, blocks, count)): (usize, &(&[usize], u64, u32))| {
            let item = Box::leak(Box::new(Nodes { count: *count, ..Nodes::default() }));
            Demand {
                nodes: Listed { position, item },
                subnets: subnets.iter().map(|at| &spaces[*at]).collect(),
                each: Need { blocks: *blocks, addresses: 1 },
            }
        };
        let demands: Vec<Demand<'_>> = groups.iter().enumerate().map(demand).collect();
        let group = |demand: &Demand<'_>| demand.nodes.position;
        let short = short(&demands).into_iter().map(|short| {
            let others = short.others.iter().map(|other| group(other));
            let sharing = others.chain([group(short.demand)]).collect();
            (group(short.demand), sharing, short.fits)
        });
        short.collect()
    }

    #[test]
    fn nodes_are_whole() {
        assert_eq!(found(&[(&[0, 1], 8, 2)], &[14, 14]), []);
        // 28 blocks are enough for three nodes, but a subnet holds at most one.
        assert_eq!(found(&[(&[0, 1], 8, 3)], &[14, 14]), [(0, vec![0], 2)]);
    }

    #[test]
    fn those_that_share_a_subnet_are_counted_together() {
        assert_eq!(found(&[(&[0], 8, 1), (&[0], 4, 3)], &[14]), [(1, vec![0, 1], 1)]);
        // The other groups have a way out.
        assert_eq!(found(&[(&[0], 8, 1), (&[0, 1], 4, 3)], &[14, 14]), []);
    }

    #[test]
    fn those_that_are_connected_are_counted_together() {
        let ring: [(&[usize], u64, u32); 3] = [(&[0, 1], 7, 3), (&[1, 2], 7, 3), (&[0, 2], 7, 1)];
        assert_eq!(found(&ring, &[14, 14, 14]), [(2, vec![0, 1, 2], 0)]);
        assert_eq!(found(&ring, &[14, 14, 28]), []);
    }

    #[test]
    fn a_small_set_that_is_short_hides_a_larger_one() {
        let all: [(&[usize], u64, u32); 3] = [(&[0], 8, 1), (&[0], 8, 1), (&[0, 1], 8, 9)];
        assert_eq!(found(&all, &[14, 100]), [(1, vec![0, 1], 0)]);
    }
}
