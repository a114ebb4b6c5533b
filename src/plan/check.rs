//! Checks the ranges of a network, and reads its subnets as far as they are right.

mod names;
mod nodes;
mod short;

use std::fmt;

use crate::{error::Fault, text::Quoted};

use self::names::{Names, first_of};
use super::{
    Item, Network, Room, Subnet, Vpc,
    cidr::{Net, Purpose},
    space::{Listed, Space},
    sweep::{Found, Range, Role, sweep},
};

/// The errors found so far.
#[derive(Debug, Default)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    #[inline(never)]
    fn add(&mut self, path: fmt::Arguments<'_>, what: String) {
        self.0.push(Fault { path: format!("network.{path}"), what });
    }

    fn parse(&mut self, path: fmt::Arguments<'_>, text: &str, purpose: Purpose) -> Option<Net> {
        Net::parse(text, purpose).map_err(|what| self.add(path, what)).ok()
    }
}

/// The subnets of a network.
#[derive(Debug)]
pub struct Subnets<'n> {
    names: Names<'n, Subnet<'n>>,
    /// As the settings list them; `None` for each whose range or reservations are wrong.
    pub spaces: Vec<Option<Space<'n>>>,
}

impl<'n> Subnets<'n> {
    /// Checks the ranges of a network.
    pub fn of(network: &'n Network<'n>, faults: &mut Faults) -> Self {
        let vpcs = Names::of("vpcs", &network.vpcs, |vpc| &vpc.name, faults);
        let names = Names::of("subnets", &network.subnets, |subnet| &subnet.name, faults);
        let blocks = blocks(&network.vpcs, faults);
        let nets = nets(&network.subnets, &vpcs, &blocks, faults);
        Self { names, spaces: spaces(&network.subnets, nets, faults) }
    }
}

/// A block of a VPC.
struct Block<'n> {
    vpc: Listed<'n, Vpc<'n>>,
    cidr: Listed<'n, str>,
    net: Net,
}

/// The blocks of the VPCs, which must be apart in each.
fn blocks<'n>(vpcs: &'n [Item<Vpc<'n>>], faults: &mut Faults) -> Vec<Block<'n>> {
    let mut blocks = Vec::new();
    for vpc in Listed::read(vpcs) {
        let at = vpc.position;
        if vpc.item.cidrs.is_empty() {
            let what = "is missing; write its blocks, as `10.0.0.0/16`".to_owned();
            faults.add(format_args!("vpcs[{at}].cidrs"), what);
        }
        for cidr in Listed::texts(&vpc.item.cidrs) {
            let path = format_args!("vpcs[{at}].cidrs[{}]", cidr.position);
            let net = faults.parse(path, cidr.item, Purpose::Block);
            blocks.extend(net.map(|net| Block { vpc, cidr, net }));
        }
    }
    for (one, other) in overlaps(&blocks, |block| block.vpc.position) {
        let (cidr, other_cidr) = (Quoted(one.cidr.item), Quoted(other.cidr.item));
        let what = format!("{cidr} overlaps {other_cidr} of the same VPC; leave one of them out");
        let path = format_args!("vpcs[{}].cidrs[{}]", one.vpc.position, one.cidr.position);
        faults.add(path, what);
    }
    blocks
}

/// The blocks of an owner that overlap, each with an earlier one.
fn overlaps<'b, 'n>(
    blocks: &'b [Block<'n>],
    owner: impl Fn(&Block<'n>) -> usize,
) -> impl Iterator<Item = (&'b Block<'n>, &'b Block<'n>)> {
    let range = |block: &'b Block<'n>| Range {
        owner: owner(block),
        net: block.net,
        role: Role::Inner(block),
    };
    let found = sweep(&blocks.iter().map(range).collect::<Vec<_>>());
    found.into_iter().filter_map(|found| match found {
        Found::Overlap { later, earlier } => Some((later, earlier)),
        Found::Outside(_) => None,
    })
}

/// Notes on VPCs that overlap each other.
pub fn across_vpcs(network: &Network<'_>) -> Vec<String> {
    let blocks = blocks(&network.vpcs, &mut Faults::default());
    let apart =
        overlaps(&blocks, |_| 0).filter(|(one, other)| one.vpc.position != other.vpc.position);
    let told = apart.map(|(one, other)| {
        format!(
            "{} of the VPC {} overlaps {} of the VPC {}: only private NAT gateways can connect them, and AWS advises against it",
            Quoted(one.cidr.item),
            Quoted(&one.vpc.item.name),
            Quoted(other.cidr.item),
            Quoted(&other.vpc.item.name)
        )
    });
    told.collect()
}

/// The ranges of the subnets, each of which must be in its VPC and apart from the others there; `None`
/// for each that can't be read.
fn nets<'n>(
    subnets: &'n [Item<Subnet<'n>>],
    vpcs: &Names<'n, Vpc<'n>>,
    blocks: &[Block<'n>],
    faults: &mut Faults,
) -> Vec<Option<Net>> {
    let outer =
        |block: &Block<'n>| Range { owner: block.vpc.position, net: block.net, role: Role::Outer };
    let mut ranges: Vec<Range<(Listed<'n, Vpc<'n>>, Listed<'n, Subnet<'n>>)>> =
        Vec::with_capacity(blocks.len().saturating_add(subnets.len()));
    ranges.extend(blocks.iter().map(outer));
    let mut nets = Vec::with_capacity(subnets.len());
    for listed in Listed::all(subnets) {
        nets.push(listed.and_then(|subnet| {
            let Listed { position, item } = subnet;
            let path = format_args!("subnets[{position}].cidr");
            let net = faults.parse(path, &item.cidr, Purpose::Subnet);
            let vpc = vpcs.find(&item.vpc, "VPC").unwrap_or_else(|what| {
                faults.add(format_args!("subnets[{position}].vpc"), what);
                None
            });
            let range = net.zip(vpc).map(|(net, vpc)| {
                let role = Role::Inner((vpc, subnet));
                Range { owner: vpc.position, net, role }
            });
            ranges.extend(range);
            net
        }));
    }
    for found in sweep(&ranges) {
        let (subnet, what) = match found {
            Found::Outside((vpc, subnet)) => {
                if vpc.item.cidrs.is_empty() {
                    continue;
                }
                let what = format!(
                    "{} is outside the VPC {} with {}; move it inside, or add a block to the VPC",
                    Quoted(&subnet.item.cidr),
                    Quoted(&subnet.item.vpc),
                    first_of(vpc.item.cidrs.iter().map(|cidr| &**cidr))
                );
                (subnet, what)
            }
            Found::Overlap { later: (vpc, subnet), earlier: (_, other) } => {
                let what = format!(
                    "{} overlaps {} of `network.subnets[{}]` in the VPC {}; give each a range of its own",
                    Quoted(&subnet.item.cidr),
                    Quoted(&other.item.cidr),
                    other.position,
                    Quoted(&vpc.item.name)
                );
                (subnet, what)
            }
        };
        faults.add(format_args!("subnets[{}].cidr", subnet.position), what);
    }
    nets
}

/// A reservation of a subnet.
type Reservation<'n> = (Listed<'n, str>, Net);

/// The subnets with their reservations, each of which must be in its subnet and apart from the others there.
fn spaces<'n>(
    subnets: &'n [Item<Subnet<'n>>],
    nets: Vec<Option<Net>>,
    faults: &mut Faults,
) -> Vec<Option<Space<'n>>> {
    let read = |subnet: Option<Listed<'n, Subnet<'n>>>| {
        subnet.map_or_else(Vec::new, |subnet| reservations(subnet, faults))
    };
    let read: Vec<Vec<Reservation<'_>>> = Listed::all(subnets).map(read).collect();
    let all = Listed::all(subnets).zip(nets).zip(read);
    all.map(|((subnet, net), read)| space(subnet?, net?, &read, faults)).collect()
}

/// The reservations of a subnet that can be read.
fn reservations<'n>(subnet: Listed<'n, Subnet<'n>>, faults: &mut Faults) -> Vec<Reservation<'n>> {
    let read = |cidr: Listed<'n, str>| {
        let (at, position) = (subnet.position, cidr.position);
        let path = format_args!("subnets[{at}].prefixReservations[{position}]");
        Some((cidr, faults.parse(path, cidr.item, Purpose::Reservation)?))
    };
    Listed::texts(&subnet.item.reservations).filter_map(read).collect()
}

/// A subnet with its reservations, if all of them could be read and none is wrong.
fn space<'n>(
    subnet: Listed<'n, Subnet<'n>>,
    net: Net,
    reservations: &[Reservation<'n>],
    faults: &mut Faults,
) -> Option<Space<'n>> {
    let Listed { position: owner, item } = subnet;
    let mut is_right = reservations.len() == item.reservations.len();
    let range = |net, role| Range { owner, net, role };
    let inner = reservations.iter().map(|(cidr, net)| range(*net, Role::Inner(*cidr)));
    let found = match reservations {
        [] => Vec::new(),
        _ => sweep(&inner.chain([range(net, Role::Outer)]).collect::<Vec<_>>()),
    };
    for found in found {
        let (cidr, what) = match found {
            Found::Outside(cidr) => {
                let what = format!(
                    "{} is outside the subnet {} with {}; move it inside",
                    Quoted(cidr.item),
                    Quoted(&item.name),
                    Quoted(&item.cidr)
                );
                (cidr, what)
            }
            Found::Overlap { later, earlier } => {
                let (one, other) = (Quoted(later.item), Quoted(earlier.item));
                let what =
                    format!("{one} overlaps {other} of the same subnet; leave one of them out");
                (later, what)
            }
        };
        let position = cidr.position;
        faults.add(format_args!("subnets[{owner}].prefixReservations[{position}]"), what);
        is_right = false;
    }
    let reservations: Vec<Net> = reservations.iter().map(|(_, net)| *net).collect();
    let room = Room::of(&net, &reservations);
    is_right.then_some(Space { subnet, net, reservations, room })
}
