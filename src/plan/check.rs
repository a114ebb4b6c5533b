//! The faults of a network, and what is known of its subnets and nodes when they are found.

mod names;
mod nodes;

use std::fmt;

use crate::{error::Fault, text::Quoted};

use self::names::{Names, first_of};
use super::{
    Item, Network, Room, Subnet, Terms, Vpc,
    cidr::{Net, Purpose},
    fit::{self, Demand},
    sweep::{Found, Range, sweep},
};

/// A network that was looked through.
pub struct Checked<'n, 'a> {
    network: &'n Network<'a>,
    /// All faults.
    pub faults: Vec<Fault>,
    /// The subnets' ranges, where they can be read.
    pub nets: Vec<Option<Net>>,
    /// The subnets' reservations.
    pub reservations: Vec<Vec<Net>>,
    /// What the subnets have room for, where that can be told.
    pub rooms: Vec<Option<Room>>,
    /// What the nodes take.
    pub demands: Vec<Demand>,
}

impl<'n, 'a> Checked<'n, 'a> {
    /// Looks through a network.
    pub fn of(network: &'n Network<'a>, terms: Option<&Terms<'_>>) -> Self {
        let (nets, reservations) = (Vec::new(), Vec::new());
        let (rooms, demands) = (Vec::new(), Vec::new());
        let mut checked = Self { network, faults: Vec::new(), nets, reservations, rooms, demands };
        let named = |vpc: &'n Vpc<'a>| &vpc.name;
        let vpcs = Names::of("vpcs", &network.vpcs, named, &mut checked.faults);
        let named = |subnet: &'n Subnet<'a>| &subnet.name;
        let subnets = Names::of("subnets", &network.subnets, named, &mut checked.faults);
        let blocks = checked.blocks();
        checked.subnets(&vpcs, blocks);
        checked.reservations();
        if let Some(terms) = terms {
            checked.nodes(&subnets, terms);
            for short in fit::short(&checked.demands, &checked.rooms) {
                checked.short(&short);
            }
        }
        checked
    }

    #[inline(never)]
    fn fault(&mut self, path: fmt::Arguments<'_>, what: String) {
        self.faults.push(Fault { path: format!("network.{path}"), what });
    }

    fn parsed(&mut self, path: fmt::Arguments<'_>, text: &str, purpose: Purpose) -> Option<Net> {
        Net::parse(text, purpose).map_err(|what| self.fault(path, what)).ok()
    }

    /// The blocks of the VPCs, which are apart.
    fn blocks(&mut self) -> Vec<Range> {
        let network = self.network;
        let (mut ranges, mut places) = (Vec::new(), Vec::new());
        for (vpc, item) in read(&network.vpcs) {
            if item.cidrs.is_empty() {
                let what = "is missing; write its blocks, as `10.0.0.0/16`".to_owned();
                self.fault(format_args!("vpcs[{vpc}].cidrs"), what);
            }
            for (at, cidr) in item.cidrs.iter().enumerate() {
                let path = format_args!("vpcs[{vpc}].cidrs[{at}]");
                if let Some(net) = self.parsed(path, cidr, Purpose::Block) {
                    ranges.push(Range { owner: vpc, net, inner: None });
                    places.push((vpc, at, cidr, &item.name));
                }
            }
        }
        // All of them together: VPCs that are to be connected can't overlap.
        let all = ranges.iter().enumerate();
        let all = all.map(|(at, range)| Range { owner: 0, net: range.net, inner: Some(at) });
        for found in sweep(all.collect()) {
            let Found::Overlap(later, earlier) = found else { continue };
            let Some((one, other)) = places.get(later).zip(places.get(earlier)) else { continue };
            let (cidr, name) = (Quoted(one.2), Quoted(one.3));
            let (other_cidr, other_name) = (Quoted(other.2), Quoted(other.3));
            let what = match one.0 == other.0 {
                true => {
                    format!("{cidr} overlaps {other_cidr} of the same VPC; leave one of them out")
                }
                false => format!(
                    "{cidr} of the VPC {name} overlaps {other_cidr} of the VPC {other_name}, so they can't be connected; give each a range of its own"
                ),
            };
            self.fault(format_args!("vpcs[{}].cidrs[{}]", one.0, one.1), what);
        }
        ranges
    }

    /// The subnets, each in its VPC and apart from the others there.
    fn subnets(&mut self, vpcs: &Names<'_>, blocks: Vec<Range>) {
        let network = self.network;
        let mut ranges = blocks;
        let mut owners = vec![None; network.subnets.len()];
        for (at, item) in network.subnets.iter().enumerate() {
            let net = item.0.as_ref().and_then(|subnet| {
                let net =
                    self.parsed(format_args!("subnets[{at}].cidr"), &subnet.cidr, Purpose::Subnet);
                let vpc = vpcs.position(&subnet.vpc, "VPC");
                let vpc = vpc.map_err(|what| self.fault(format_args!("subnets[{at}].vpc"), what));
                let vpc = vpc.ok().flatten();
                if let Some((net, owner)) = net.zip(vpc) {
                    ranges.push(Range { owner, net, inner: Some(at) });
                }
                owners.get_mut(at).into_iter().for_each(|owner| *owner = vpc);
                net
            });
            self.nets.push(net);
        }
        let subnet = |at: usize| network.subnets.get(at)?.0.as_ref();
        for found in sweep(ranges) {
            match found {
                Found::Outside(at) => {
                    let Some(one) = subnet(at) else { continue };
                    let vpc = owners.get(at).copied().flatten();
                    let vpc = vpc.and_then(|vpc| network.vpcs.get(vpc)?.0.as_ref());
                    let Some(vpc) = vpc.filter(|vpc| !vpc.cidrs.is_empty()) else { continue };
                    let what = format!(
                        "{} is outside the VPC {} with {}; move it inside, or add a block to the VPC",
                        Quoted(&one.cidr),
                        Quoted(&one.vpc),
                        first_of(vpc.cidrs.iter().map(|cidr| &**cidr))
                    );
                    self.fault(format_args!("subnets[{at}].cidr"), what);
                }
                Found::Overlap(later, earlier) => {
                    let Some((one, other)) = subnet(later).zip(subnet(earlier)) else { continue };
                    let what = format!(
                        "{} overlaps {} of `network.subnets[{earlier}]` in the VPC {}; give each a range of its own",
                        Quoted(&one.cidr),
                        Quoted(&other.cidr),
                        Quoted(&one.vpc)
                    );
                    self.fault(format_args!("subnets[{later}].cidr"), what);
                }
            }
        }
    }

    /// The reservations, each in its subnet and apart from the others there.
    fn reservations(&mut self) {
        let network = self.network;
        let (mut ranges, mut places) = (Vec::new(), Vec::new());
        let mut faulty = vec![false; network.subnets.len()];
        self.reservations = vec![Vec::new(); network.subnets.len()];
        for (subnet, item) in read(&network.subnets) {
            let net = self.nets.get(subnet).copied().flatten();
            if let Some(net) = net.filter(|_| !item.reservations.is_empty()) {
                ranges.push(Range { owner: subnet, net, inner: None });
            }
            for (at, cidr) in item.reservations.iter().enumerate() {
                let path = format_args!("subnets[{subnet}].prefixReservations[{at}]");
                let reserved = self.parsed(path, cidr, Purpose::Reservation);
                match net.and(reserved) {
                    Some(reserved) => {
                        let inner = Some(places.len());
                        ranges.push(Range { owner: subnet, net: reserved, inner });
                        places.push((subnet, at, cidr, item));
                        self.reservations
                            .get_mut(subnet)
                            .into_iter()
                            .for_each(|all| all.push(reserved));
                    }
                    None => faulty.get_mut(subnet).into_iter().for_each(|faulty| *faulty = true),
                }
            }
        }
        for found in sweep(ranges) {
            let (at, what) = match found {
                Found::Outside(at) => {
                    let Some((.., cidr, subnet)) = places.get(at) else { continue };
                    let (name, range) = (Quoted(&subnet.name), Quoted(&subnet.cidr));
                    (
                        at,
                        format!(
                            "{} is outside the subnet {name} with {range}; move it inside",
                            Quoted(cidr)
                        ),
                    )
                }
                Found::Overlap(later, earlier) => {
                    let Some((one, other)) = places.get(later).zip(places.get(earlier)) else {
                        continue;
                    };
                    let (one, other) = (Quoted(one.2), Quoted(other.2));
                    (
                        later,
                        format!("{one} overlaps {other} of the same subnet; leave one of them out"),
                    )
                }
            };
            let Some((subnet, position, ..)) = places.get(at) else { continue };
            faulty.get_mut(*subnet).into_iter().for_each(|faulty| *faulty = true);
            self.fault(format_args!("subnets[{subnet}].prefixReservations[{position}]"), what);
        }
        let rooms = self.nets.iter().zip(&self.reservations).zip(faulty);
        self.rooms = rooms
            .map(|((net, reservations), faulty)| {
                net.filter(|_| !faulty).map(|net| Room::of(&net, reservations))
            })
            .collect();
    }
}

/// The items that have the right form, with their positions.
fn read<T>(items: &[Item<T>]) -> impl Iterator<Item = (usize, &T)> {
    items.iter().enumerate().filter_map(|(at, item)| Some((at, item.0.as_ref()?)))
}
