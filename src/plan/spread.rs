//! The plan in numbers, for people: where nodes would be if each group were spread evenly.

use crate::instances::instance_type;

use super::{
    Network, Terms,
    check::Checked,
    cidr::Net,
    fit::Demand,
    room::{Need, OWN, Room},
};

/// A network with its nodes in their subnets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The subnets, as the settings list them.
    pub subnets: Vec<Planned>,
    /// The groups of nodes, as the settings list them.
    pub groups: Vec<Group>,
}

/// A subnet with the nodes that are in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its position in the settings.
    pub position: usize,
    /// Whether it is of IPv6.
    pub v6: bool,
    /// All addresses, as far as they can be counted.
    pub addresses: u64,
    /// Addresses that are AWS's own.
    pub own: u64,
    /// Addresses of its reservations for prefixes.
    pub reserved: u64,
    /// What is free when it is empty.
    pub room: Room,
    /// What the nodes in it take.
    pub taken: Need,
    /// What is free then, at best.
    pub free: Room,
    /// How many nodes of each planned type would fit besides, at best.
    pub fits: Vec<(String, u64)>,
}

/// A group of nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its position in the settings; one with subnets of both families is there for each of them.
    pub position: usize,
    /// The instance type.
    pub instance_type: String,
    /// How many nodes are planned.
    pub count: u64,
    /// What a node takes of the subnets of its pods.
    pub each: Need,
    /// Where they are: positions of subnets, and nodes.
    pub placed: Vec<(usize, u64)>,
    /// How many found no room in this spread; none of it proves that they have none.
    pub unplaced: u64,
}

impl Plan {
    /// The plan of a network: nodes spread evenly over the subnets of their group, those with the
    /// fewest subnets first, as far as there is room.
    pub fn of(network: &Network<'_>, terms: &Terms<'_>) -> Self {
        let checked = Checked::of(network, Some(terms));
        let mut subnets: Vec<Option<Planned>> =
            (0..network.subnets.len()).map(|position| Planned::empty(&checked, position)).collect();
        let mut groups: Vec<Group> =
            checked.demands.iter().filter_map(|demand| Group::of(network, demand)).collect();
        let mut order: Vec<(usize, usize)> =
            checked.demands.iter().map(|demand| demand.subnets.len()).zip(0..).collect();
        order.sort_unstable();
        for at in order.into_iter().map(|(_, at)| at) {
            if let Some((group, demand)) = groups.get_mut(at).zip(checked.demands.get(at)) {
                group.spread(&demand.subnets, &mut subnets);
            }
        }
        let mut subnets: Vec<Planned> = subnets.into_iter().flatten().collect();
        for subnet in &mut subnets {
            subnet.free = subnet.room.without(subnet.taken);
            let here = checked.demands.iter().zip(&groups);
            let here = here.filter(|(demand, _)| demand.subnets.contains(&subnet.position));
            for (_, group) in here {
                let known = subnet.fits.iter().any(|(name, _)| *name == group.instance_type);
                if !known {
                    let fits = subnet.room.fits(subnet.taken, group.each);
                    subnet.fits.push((group.instance_type.clone(), fits));
                }
            }
        }
        Self { subnets, groups }
    }
}

impl Planned {
    fn empty(checked: &Checked<'_, '_>, position: usize) -> Option<Self> {
        let net = checked.nets.get(position).copied().flatten()?;
        let room = checked.rooms.get(position).copied().flatten()?;
        let reservations = checked.reservations.get(position).into_iter().flatten();
        let reserved = reservations.map(Net::addresses).fold(0, u64::saturating_add);
        Some(Self {
            position,
            v6: net.v6,
            addresses: net.addresses(),
            own: OWN,
            reserved,
            room,
            taken: Need::default(),
            free: room,
            fits: Vec::new(),
        })
    }
}

impl Group {
    fn of(network: &Network<'_>, demand: &Demand) -> Option<Self> {
        let nodes = network.nodes.get(demand.group)?.0.as_ref()?;
        Some(Self {
            position: demand.group,
            instance_type: instance_type(&nodes.instance_type).to_owned(),
            count: demand.count,
            each: demand.each,
            placed: Vec::new(),
            unplaced: demand.count,
        })
    }

    /// Puts the nodes into subnets: each in turn gets an even share of those that are left, the
    /// tightest first, so that what it can't hold goes to the others.
    fn spread(&mut self, named: &[usize], subnets: &mut [Option<Planned>]) {
        let fits = |subnet: &usize| {
            let subnet = subnets.get(*subnet)?.as_ref()?;
            Some((subnet.room.fits(subnet.taken, self.each), subnet.position))
        };
        let mut open: Vec<(u64, usize)> = named.iter().filter_map(fits).collect();
        open.sort_unstable();
        let left = (1..=open.len()).rev();
        for ((fits, position), left) in open.into_iter().zip(left) {
            let share = u64::try_from(left).map_or(1, |left| self.unplaced.div_ceil(left));
            let nodes = share.min(fits);
            let Some(Some(subnet)) = subnets.get_mut(position) else { continue };
            subnet.taken = subnet.taken.and(self.each.times(nodes));
            self.unplaced = self.unplaced.saturating_sub(nodes);
            self.placed.push((position, nodes));
        }
        self.placed.sort_unstable();
    }
}
