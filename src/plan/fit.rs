//! Whether planned nodes have room in their subnets.
//!
//! Nodes of a group may be spread over the subnets of the group as one likes. A group by itself is
//! judged exactly at best: its count against the nodes that each subnet holds. Groups that share
//! subnets are judged for each set of subnets that a group names, and for each set that groups
//! connect: what needs those subnets and no others against what they have together. What is
//! refused so can't fit; what is not may still turn out too tight.

use crate::sort::{order, ordered};

use super::room::{Need, Room};

/// What nodes of a group take of its subnets of one family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The position of the group.
    pub group: usize,
    /// The positions of the subnets, in order.
    pub subnets: Vec<usize>,
    /// What a node takes.
    pub each: Need,
    /// How many nodes.
    pub count: u64,
}

/// A demand that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Short {
    /// The position of the demand.
    pub demand: usize,
    /// The positions of all that share the subnets, this one included.
    pub sharing: Vec<usize>,
    /// The subnets.
    pub subnets: Vec<usize>,
    /// What all take together.
    pub need: Need,
    /// What the subnets have together.
    pub room: Room,
    /// How many nodes fit, beside the others.
    pub fits: u64,
}

impl Demand {
    /// What all nodes take.
    pub fn total(&self) -> Need {
        self.each.times(self.count)
    }
}

/// The demands that can't be met, by the rooms of all subnets.
pub fn short(demands: &[Demand], rooms: &[Option<Room>]) -> Vec<Short> {
    let room = |subnet: &usize| rooms.get(*subnet).copied().flatten().unwrap_or_default();
    let all = |subnets: &[usize]| subnets.iter().map(room).fold(Room::default(), Room::and);
    let mut faulty = vec![false; demands.len()];
    let mut found = Vec::new();
    for ((position, demand), faulty) in demands.iter().enumerate().zip(&mut faulty) {
        if demand.subnets.iter().any(|subnet| room(subnet).holds(demand.total())) {
            continue;
        }
        let each = demand.subnets.iter().map(|one| room(one).fits(Need::default(), demand.each));
        let fits = each.fold(0, u64::saturating_add);
        *faulty = fits < demand.count;
        if *faulty {
            found.push(Short {
                demand: position,
                sharing: vec![position],
                subnets: demand.subnets.clone(),
                need: demand.total(),
                room: all(&demand.subnets),
                fits,
            });
        }
    }
    let mut within = Within::of(demands, rooms.len());
    for subnets in sets(demands, rooms.len()) {
        let sharing = within.all(demands, &subnets);
        let blamed = sharing.last().copied().and_then(|last| Some((last, demands.get(last)?)));
        let Some((position, last)) = blamed.filter(|_| sharing.len() > 1) else { continue };
        let is_faulty = |demand: &usize| faulty.get(*demand).copied().unwrap_or_default();
        let (room, totals) = (all(&subnets), || sharing.iter().filter_map(|at| demands.get(*at)));
        let need = totals().map(Demand::total).fold(Need::default(), Need::and);
        if room.holds(need) || sharing.iter().any(is_faulty) {
            continue;
        }
        let others = totals().filter(|one| one.group != last.group).map(Demand::total);
        let others = others.fold(Need::default(), Need::and);
        let fits = room.fits(others, last.each).min(last.count);
        for demand in &sharing {
            if let Some(faulty) = faulty.get_mut(*demand) {
                *faulty = true;
            }
        }
        found.push(Short { demand: position, sharing, subnets, need, room, fits });
    }
    found
}

/// The sets of subnets that are looked at, each once, small ones first.
fn sets(demands: &[Demand], subnets: usize) -> Vec<Vec<usize>> {
    let mut links: Vec<usize> = (0..subnets).collect();
    for demand in demands {
        let first = demand.subnets.first().map(|first| root(&mut links, *first));
        for subnet in demand.subnets.iter().skip(1) {
            let other = root(&mut links, *subnet);
            if let Some((first, link)) = first.zip(links.get_mut(other)) {
                *link = first;
            }
        }
    }
    let mut used = vec![false; subnets];
    for subnet in demands.iter().flat_map(|demand| &demand.subnets) {
        used.get_mut(*subnet).into_iter().for_each(|used| *used = true);
    }
    let mut sets: Vec<Vec<usize>> = vec![Vec::new(); subnets];
    for (subnet, _) in used.into_iter().enumerate().filter(|(_, used)| *used) {
        let root = root(&mut links, subnet);
        sets.get_mut(root).into_iter().for_each(|set| set.push(subnet));
    }
    sets.extend(demands.iter().map(|demand| demand.subnets.clone()));
    let key = |at: &usize| sets.get(*at).map(|set| (set.len(), set));
    let sorted = order(sets.len(), &mut |a, b| key(a).cmp(&key(b)));
    let mut sets = ordered(sorted, sets);
    sets.dedup();
    sets
}

/// Positions, the first one first.
pub fn in_order(positions: Vec<usize>) -> Vec<usize> {
    let sorted = order(positions.len(), &mut |a, b| positions.get(*a).cmp(&positions.get(*b)));
    ordered(sorted, positions)
}

/// The subnet that stands for all that are connected with this one.
fn root(links: &mut [usize], mut at: usize) -> usize {
    while let Some(next) = links.get(at).copied().filter(|next| *next != at) {
        // Halves the way for those that come after.
        let after = links.get(next).copied().unwrap_or(next);
        if let Some(link) = links.get_mut(at) {
            *link = after;
        }
        at = after;
    }
    at
}

/// Finds the demands that need certain subnets and no others.
struct Within {
    /// For each subnet, the demands of which it is the one that the fewest name: a demand is looked
    /// at with that subnet alone, and not with one that all groups share.
    by_rarest: Vec<Vec<usize>>,
    /// The number of the last set in which each subnet was.
    seen: Vec<u32>,
    set: u32,
}

impl Within {
    fn of(demands: &[Demand], subnets: usize) -> Self {
        let mut named = vec![0_u32; subnets];
        for subnet in demands.iter().flat_map(|demand| &demand.subnets) {
            if let Some(count) = named.get_mut(*subnet) {
                *count = count.saturating_add(1);
            }
        }
        let mut by_rarest = vec![Vec::new(); subnets];
        for (position, demand) in demands.iter().enumerate() {
            let rarest = demand.subnets.iter().min_by_key(|subnet| named.get(**subnet));
            if let Some(list) = rarest.and_then(|rarest| by_rarest.get_mut(*rarest)) {
                list.push(position);
            }
        }
        Self { by_rarest, seen: vec![0; subnets], set: 0 }
    }

    fn all(&mut self, demands: &[Demand], subnets: &[usize]) -> Vec<usize> {
        self.set = self.set.saturating_add(1);
        for subnet in subnets {
            if let Some(seen) = self.seen.get_mut(*subnet) {
                *seen = self.set;
            }
        }
        let is_in = |subnet: &usize| self.seen.get(*subnet) == Some(&self.set);
        let candidates = subnets.iter().filter_map(|subnet| self.by_rarest.get(*subnet)).flatten();
        let held =
            |at: &&usize| demands.get(**at).is_some_and(|demand| demand.subnets.iter().all(is_in));
        let all: Vec<usize> = candidates.filter(held).copied().collect();
        in_order(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(group: usize, subnets: &[usize], blocks: u64, count: u64) -> Demand {
        Demand { group, subnets: subnets.to_vec(), each: Need { blocks, addresses: 1 }, count }
    }

    fn rooms(blocks: &[u64]) -> Vec<Option<Room>> {
        let room =
            |blocks: &u64| Room { reserved: 0, blocks: *blocks, addresses: blocks * 16 + 27 };
        blocks.iter().map(|blocks| Some(room(blocks))).collect()
    }

    fn found(demands: &[Demand], blocks: &[u64]) -> Vec<(usize, Vec<usize>, u64)> {
        let short = short(demands, &rooms(blocks));
        short.into_iter().map(|short| (short.demand, short.sharing, short.fits)).collect()
    }

    #[test]
    fn nodes_are_whole() {
        assert_eq!(found(&[demand(0, &[0, 1], 8, 2)], &[14, 14]), []);
        // 28 blocks are enough for three nodes, but no subnet holds more than one.
        assert_eq!(found(&[demand(0, &[0, 1], 8, 3)], &[14, 14]), [(0, vec![0], 2)]);
    }

    #[test]
    fn those_that_share_a_subnet_are_counted_together() {
        let two = [demand(0, &[0], 8, 1), demand(1, &[0], 4, 3)];
        assert_eq!(found(&two, &[14]), [(1, vec![0, 1], 1)]);
        // Others have a way out.
        assert_eq!(found(&[demand(0, &[0], 8, 1), demand(1, &[0, 1], 4, 3)], &[14, 14]), []);
    }

    #[test]
    fn those_that_are_connected_are_counted_together() {
        let ring = [demand(0, &[0, 1], 7, 3), demand(1, &[1, 2], 7, 3), demand(2, &[0, 2], 7, 1)];
        assert_eq!(found(&ring, &[14, 14, 14]), [(2, vec![0, 1, 2], 0)]);
        assert_eq!(found(&ring, &[14, 14, 28]), []);
    }

    #[test]
    fn what_a_small_set_shows_is_not_told_of_a_large_one() {
        let all = [demand(0, &[0], 8, 1), demand(1, &[0], 8, 1), demand(2, &[0, 1], 8, 9)];
        assert_eq!(found(&all, &[14, 100]), [(1, vec![0, 1], 0)]);
    }
}
