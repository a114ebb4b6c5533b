//! A network made from numbers, and its free addresses.

use arbitrary::Arbitrary;
use serde_json::{Value, json};

/// Types with prefixes, without prefixes, with a single interface, and with incomplete data.
const TYPES: [&str; 8] = [
    "m5.large",
    "p5.48xlarge",
    "m4.large",
    "t3.nano",
    "m5.metal",
    "ml.trn1.32xlarge",
    "u-12tb1.112xlarge",
    "x9.large",
];

/// The numbers that a network is made from, with those of the other relevant settings.
#[derive(Arbitrary, Debug)]
pub struct Input {
    pub prefix_delegation: bool,
    pub custom_networking: bool,
    pub recommended_cap: bool,
    pub max_enis: Option<u8>,
    pub reserved_enis: u8,
    efa_addresses: u8,
    vpcs: Vec<Vec<At>>,
    subnets: Vec<Subnet>,
    nodes: Vec<Nodes>,
}

#[derive(Arbitrary, Debug)]
struct Subnet {
    vpc: u8,
    at: At,
    reservations: Vec<At>,
}

#[derive(Arbitrary, Debug)]
struct Nodes {
    instance_type: u8,
    count: u16,
    subnets: u8,
}

/// The position of a range: mostly inside the range that contains it.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct At {
    len: u8,
    at: u16,
    how: u8,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Range {
    v6: bool,
    first: u128,
    len: u8,
}

const BASE_V4: u128 = 0x0a00_0000;
const BASE_V6: u128 = 0x2001_0db8 << 96;

impl Range {
    fn of(at: At, outer: Option<Range>, lens: [(u8, u8); 2]) -> Self {
        let outer = outer.filter(|_| !at.how.is_multiple_of(8));
        let v6 = outer.map_or(at.how % 4 == 3, |outer| outer.v6);
        let (shortest, longest) = lens[usize::from(v6)];
        let shortest = outer.map_or(shortest, |outer| outer.len.clamp(shortest, longest));
        let mut len = shortest + at.len % (longest - shortest + 1);
        if v6 && at.how % 16 != 5 {
            len -= len % 4;
        }
        let bits = if v6 { 128 } else { 32 };
        let size = 1_u128 << (bits - u32::from(len));
        let base = outer.map_or(if v6 { BASE_V6 } else { BASE_V4 }, |outer| outer.first);
        let steps = match outer {
            Some(outer) => u128::from(at.at) % (outer.size() / size).max(1),
            None => u128::from(at.at) % 64,
        };
        // Sometimes the range is not aligned to its size.
        let odd = if at.how % 32 == 17 { size / 2 } else { 0 };
        Self { v6, first: base + steps * size + odd, len }
    }

    fn size(self) -> u128 {
        1 << ((if self.v6 { 128 } else { 32 }) - u32::from(self.len))
    }

    fn last(self) -> u128 {
        self.first + (self.size() - 1)
    }

    fn is_aligned(self) -> bool {
        self.first.is_multiple_of(self.size())
    }

    fn holds(self, other: Self) -> bool {
        self.v6 == other.v6 && self.first <= other.first && other.last() <= self.last()
    }

    fn meets(self, other: Self) -> bool {
        self.v6 == other.v6 && self.first <= other.last() && other.first <= self.last()
    }

    fn text(self) -> String {
        if self.v6 {
            return format!("{}/{}", std::net::Ipv6Addr::from(self.first), self.len);
        }
        let first = u32::try_from(self.first).unwrap();
        format!("{}/{}", std::net::Ipv4Addr::from(first), self.len)
    }

    /// `true` if AWS accepts a VPC block, or a subnet, of this size.
    fn is_sized(self, longest_v6: u8) -> bool {
        match self.v6 {
            false => (16..=28).contains(&self.len),
            true => (44..=longest_v6).contains(&self.len) && self.len.is_multiple_of(4),
        }
    }

    /// The blocks that can be a prefix: those without an address reserved by AWS.
    fn blocks(self, subnet: Self) -> u64 {
        let unit = Self { len: if self.v6 { 80 } else { 28 }, ..self };
        if self.len > unit.len {
            return 0;
        }
        let own = [(subnet.first, subnet.first + 3), (subnet.last(), subnet.last())];
        let is_free = |at: u128| {
            let block = Self { first: self.first + at * unit.size(), ..unit };
            own.iter().all(|(first, last)| block.last() < *first || *last < block.first)
        };
        let count = self.size() / unit.size();
        // Only the outermost blocks can contain such an address.
        let spoiled = (0..count.min(1)).chain(count.max(2) - 1..count).filter(|at| !is_free(*at));
        u64::try_from(count).unwrap() - spoiled.map(|_| 1).sum::<u64>()
    }

    /// The addresses that AWS does not reserve.
    fn addresses(self, subnet: Self) -> u64 {
        let within = |first: u128, last: u128| {
            (last.min(self.last()) + 1).saturating_sub(first.max(self.first))
        };
        let own = within(subnet.first, subnet.first + 3) + within(subnet.last(), subnet.last());
        u64::try_from(self.size() - own).unwrap_or(u64::MAX)
    }
}

/// Nodes of a type, and the positions of their subnets.
pub struct Group {
    pub instance_type: &'static str,
    pub count: u64,
    pub efa_addresses: bool,
    pub subnets: Vec<usize>,
}

/// A network in ranges.
pub struct Plotted {
    vpcs: Vec<Vec<Range>>,
    subnets: Vec<(usize, Range, Vec<Range>)>,
    /// The groups of nodes.
    pub groups: Vec<Group>,
}

impl Plotted {
    /// Makes the network of an input.
    pub fn of(input: &Input) -> Self {
        let vpcs: Vec<Vec<Range>> = input
            .vpcs
            .iter()
            .take(4)
            .map(|blocks| {
                blocks.iter().take(3).map(|at| Range::of(*at, None, [(15, 29), (43, 61)])).collect()
            })
            .collect();
        let subnets: Vec<(usize, Range, Vec<Range>)> = input
            .subnets
            .iter()
            .take(8)
            .map(|subnet| {
                let vpc = usize::from(subnet.vpc) % vpcs.len().max(1);
                let blocks: &[Range] = vpcs.get(vpc).map_or(&[], Vec::as_slice);
                let outer = blocks.get(usize::from(subnet.at.how) % blocks.len().max(1));
                let range = Range::of(subnet.at, outer.copied(), [(15, 29), (43, 65)]);
                let reservations = subnet.reservations.iter().take(4);
                let reserved = |at: &At| Range::of(*at, Some(range), [(15, 32), (43, 96)]);
                (vpc, range, reservations.map(reserved).collect())
            })
            .collect();
        let groups = input
            .nodes
            .iter()
            .take(6)
            .enumerate()
            .map(|(at, nodes)| {
                let named = (0..subnets.len()).filter(|at| nodes.subnets >> at & 1 == 1);
                let instance_type = TYPES[usize::from(nodes.instance_type) % TYPES.len()];
                Group {
                    instance_type,
                    count: nodes.count.into(),
                    efa_addresses: input.efa_addresses >> at & 1 == 1,
                    subnets: named.collect(),
                }
            })
            .collect();
        Self { vpcs, subnets, groups }
    }

    /// The network in the format of the settings.
    pub fn json(&self) -> Value {
        let texts = |ranges: &[Range]| ranges.iter().map(|one| one.text()).collect::<Vec<_>>();
        let vpcs: Vec<Value> = self
            .vpcs
            .iter()
            .enumerate()
            .map(|(at, blocks)| json!({ "name": format!("v{at}"), "cidrs": texts(blocks) }))
            .collect();
        let subnets: Vec<Value> = self
            .subnets
            .iter()
            .enumerate()
            .map(|(at, (vpc, range, reserved))| {
                json!({ "name": format!("s{at}"), "vpc": format!("v{vpc}"), "cidr": range.text(),
                        "prefixReservations": texts(reserved) })
            })
            .collect();
        let nodes: Vec<Value> = self
            .groups
            .iter()
            .map(|Group { instance_type, count, efa_addresses, subnets }| {
                let subnets: Vec<String> = subnets.iter().map(|at| format!("s{at}")).collect();
                json!({ "instanceType": instance_type, "count": count, "subnets": subnets,
                        "efaAddresses": efa_addresses })
            })
            .collect();
        json!({ "vpcs": vpcs, "subnets": subnets, "nodes": nodes })
    }

    /// `true` if all ranges are valid.
    pub fn is_sound(&self) -> bool {
        let apart = |ranges: &[Range]| {
            let meets =
                |at: usize| ranges.iter().skip(at + 1).any(|other| ranges[at].meets(*other));
            !(0..ranges.len()).any(meets)
        };
        let blocks: Vec<Range> = self.vpcs.iter().flatten().copied().collect();
        self.vpcs.iter().all(|blocks| !blocks.is_empty())
            && blocks.iter().all(|block| block.is_aligned() && block.is_sized(60))
            && self.vpcs.iter().all(|blocks| apart(blocks))
            && self.subnets.iter().all(|(vpc, range, _)| {
                let here = self.subnets.iter().filter(|(other, ..)| other == vpc);
                here.filter(|(_, other, _)| range.meets(*other)).count() == 1
            })
            && self.subnets.iter().all(|(vpc, range, reserved)| {
                let blocks = self.vpcs.get(*vpc).into_iter().flatten();
                range.is_aligned()
                    && range.is_sized(64)
                    && { blocks }.any(|block| block.holds(*range))
                    && reserved.iter().all(|one| one.is_aligned() && range.holds(*one))
                    && apart(reserved)
            })
    }

    /// The free space of each subnet.
    pub fn rooms(&self) -> Vec<Space> {
        let space = |(_, range, reserved): &(usize, Range, Vec<Range>)| Space {
            v6: range.v6,
            reserved: reserved.iter().map(|one| one.blocks(*range)).sum(),
            blocks: if reserved.is_empty() { range.blocks(*range) } else { 0 },
            addresses: reserved.iter().fold(range.addresses(*range), |left, one| {
                left.saturating_sub(one.addresses(*range))
            }),
        };
        self.subnets.iter().map(space).collect()
    }
}

/// The free space of a subnet.
#[derive(Clone, Copy, Debug)]
pub struct Space {
    pub v6: bool,
    pub reserved: u64,
    pub blocks: u64,
    pub addresses: u64,
}

impl Space {
    /// Places a node if there is room: blocks from reservations first.
    pub fn put(&mut self, blocks: u64, addresses: u64) -> bool {
        let common = blocks.saturating_sub(self.reserved);
        let taken = common * 16 + addresses;
        if common > self.blocks || taken > self.addresses {
            return false;
        }
        self.reserved -= blocks - common;
        self.blocks -= common;
        self.addresses -= taken;
        true
    }
}
