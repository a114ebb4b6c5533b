//! Calculates the room in a subnet, and the need of nodes.
//!
//! The first four addresses and the last one of a subnet are AWS's own, so the first and the last /28
//! block can't be a prefix (Amazon VPC User Guide, "Subnet sizing"). A single address can make any block
//! unusable as a prefix; at best it is in a block with AWS's addresses, or shares a block with other
//! single addresses. A plan that does not fit at best can't fit at all, and only such a plan is refused.
//!
//! If a subnet has reservations for prefixes, prefixes come from those, and single addresses from the
//! rest (Amazon EKS Best Practices Guide, "Prefix Mode for Linux").

use crate::capacity::PREFIX;

use super::cidr::Net;

/// Addresses of a subnet that are AWS's own: the first four and the last one.
pub const OWN: u64 = 5;

/// Free addresses of a subnet, or of several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Blocks that only prefixes use.
    pub reserved: u64,
    /// Blocks that prefixes or single addresses use.
    pub blocks: u64,
    /// Addresses outside reservations, including those of `blocks`.
    pub addresses: u64,
}

/// Addresses that nodes use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// Prefixes: /28 blocks, with IPv6 /80 blocks.
    pub blocks: u64,
    /// Single addresses.
    pub addresses: u64,
}

impl Room {
    /// The room in an empty subnet with these reservations, which don't overlap.
    pub fn of(subnet: &Net, reservations: &[Net]) -> Self {
        let fourth = subnet.first.saturating_add(3);
        let own = |net: &Net| {
            net.between(subnet.first, fourth).saturating_add(net.between(subnet.last, subnet.last))
        };
        // Blocks with addresses of AWS: the first and the last one.
        let spoiled = |net: &Net| {
            u64::from(net.first == subnet.first).saturating_add((net.last == subnet.last).into())
        };
        let free = |net: &Net| {
            (net.blocks().saturating_sub(spoiled(net)), net.addresses().saturating_sub(own(net)))
        };
        let (blocks, addresses) = free(subnet);
        if reservations.is_empty() {
            return Self { reserved: 0, blocks, addresses };
        }
        let reserved = reservations.iter().map(free);
        reserved.fold(Self { reserved: 0, blocks: 0, addresses }, |room, (blocks, addresses)| {
            Self {
                reserved: room.reserved.saturating_add(blocks),
                blocks: 0,
                addresses: room.addresses.saturating_sub(addresses),
            }
        })
    }

    /// The sum of both rooms.
    pub fn and(self, other: Self) -> Self {
        Self {
            reserved: self.reserved.saturating_add(other.reserved),
            blocks: self.blocks.saturating_add(other.blocks),
            addresses: self.addresses.saturating_add(other.addresses),
        }
    }

    /// Blocks that prefixes can take.
    pub fn all_blocks(&self) -> u64 {
        self.reserved.saturating_add(self.blocks)
    }

    /// `true` if the need has room here at best.
    pub fn holds(&self, need: Need) -> bool {
        let (shared, addresses) = self.shared(need);
        shared <= self.blocks && addresses <= self.addresses
    }

    /// The blocks outside reservations that a need uses, and all addresses that it uses there.
    fn shared(&self, need: Need) -> (u64, u64) {
        let blocks = need.blocks.saturating_sub(self.reserved);
        (blocks, blocks.saturating_mul(PREFIX.into()).saturating_add(need.addresses))
    }

    /// The number of times that `each` has room at best next to `taken`.
    pub fn fits(&self, taken: Need, each: Need) -> u64 {
        if !self.holds(taken) {
            return 0;
        }
        let prefix = u64::from(PREFIX);
        let of = |all: u64, taken: u64, each: u64| {
            all.saturating_sub(taken).checked_div(each).unwrap_or(u64::MAX)
        };
        // Prefixes only use the common addresses once the reserved blocks are used up.
        let all = self.addresses.saturating_add(self.reserved.saturating_mul(prefix));
        of(self.all_blocks(), taken.blocks, each.blocks)
            .min(of(self.addresses, taken.addresses, each.addresses))
            .min(of(all, taken.in_addresses(), each.in_addresses()))
    }

    /// The room that remains after `taken`.
    pub fn without(&self, taken: Need) -> Self {
        let (shared, addresses) = self.shared(taken);
        let addresses = self.addresses.saturating_sub(addresses);
        Self {
            reserved: self.reserved.saturating_sub(taken.blocks),
            blocks: self.blocks.saturating_sub(shared).min(addresses / u64::from(PREFIX)),
            addresses,
        }
    }
}

impl Need {
    /// This need, `count` times.
    pub fn times(self, count: u64) -> Self {
        Self {
            blocks: self.blocks.saturating_mul(count),
            addresses: self.addresses.saturating_mul(count),
        }
    }

    /// The sum of both needs.
    pub fn and(self, other: Self) -> Self {
        Self {
            blocks: self.blocks.saturating_add(other.blocks),
            addresses: self.addresses.saturating_add(other.addresses),
        }
    }

    /// All addresses, including those of the prefixes.
    pub fn in_addresses(&self) -> u64 {
        self.blocks.saturating_mul(PREFIX.into()).saturating_add(self.addresses)
    }

    /// The prefix length of the smallest IPv4 subnet that holds this at best; `None` if even the largest
    /// that AWS accepts does not.
    pub fn smallest_subnet(&self) -> Option<u8> {
        (16..=28_u8).rev().find(|len| Self::empty(*len).holds(*self))
    }

    /// The least number of subnets of the largest size that hold this.
    pub fn largest_subnets(&self) -> u64 {
        let room = Self::empty(16);
        let of = |need: u64, room: u64| need.div_ceil(room.max(1));
        of(self.blocks, room.blocks).max(of(self.in_addresses(), room.addresses)).max(1)
    }

    /// An empty subnet of IPv4.
    fn empty(len: u8) -> Room {
        let addresses = 1_u128 << (32_u8.saturating_sub(len).min(32));
        Room::of(&Net { v6: false, first: 0, last: addresses.saturating_sub(1), len }, &[])
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{super::cidr::Purpose, *};

    fn net(cidr: &str) -> Net {
        Net::parse(cidr, Purpose::Reservation).unwrap()
    }

    #[rstest]
    #[case::smallest("10.0.0.0/28", &[], (0, 0, 11))]
    #[case::two_blocks("10.0.0.0/27", &[], (0, 0, 27))]
    #[case::usual("10.0.0.0/24", &[], (0, 14, 251))]
    #[case::largest("10.0.0.0/16", &[], (0, 4094, 65531))]
    #[case::reserved_in_the_middle("10.0.0.0/24", &["10.0.0.64/26"], (4, 0, 187))]
    #[case::reserved_at_the_start("10.0.0.0/24", &["10.0.0.0/25"], (7, 0, 127))]
    #[case::all_reserved("10.0.0.0/24", &["10.0.0.0/24"], (14, 0, 0))]
    #[case::too_small_for_a_block("10.0.0.0/24", &["10.0.0.2/32", "10.0.0.32/29"], (0, 0, 243))]
    #[case::v6("2001:db8::/64", &[], (0, 65534, u64::MAX - 5))]
    fn room(
        #[case] subnet: &str,
        #[case] reservations: &[&str],
        #[case] expected: (u64, u64, u64),
    ) {
        let reservations: Vec<Net> = reservations.iter().map(|cidr| net(cidr)).collect();
        let Room { reserved, blocks, addresses } = Room::of(&net(subnet), &reservations);
        assert_eq!((reserved, blocks, addresses), expected);
    }

    #[test]
    fn fits_is_the_last_count_that_is_held() {
        let need = |blocks, addresses| Need { blocks, addresses };
        for room in [(0, 0, 11), (0, 14, 251), (4, 0, 187), (7, 3, 60), (14, 0, 0)] {
            let room = Room { reserved: room.0, blocks: room.1, addresses: room.2 };
            for each in [need(1, 1), need(8, 1), need(0, 30), need(3, 0), need(1, 9)] {
                for taken in [need(0, 0), need(2, 5), need(5, 0), need(0, 40)] {
                    let fits = room.fits(taken, each);
                    if room.holds(taken) {
                        assert!(room.holds(taken.and(each.times(fits))), "{room:?} {each:?}");
                    }
                    assert!(!room.holds(taken.and(each.times(fits + 1))), "{room:?} {each:?}");
                }
            }
        }
    }

    #[rstest]
    #[case::nothing((0, 0), Some(28))]
    #[case::just((14, 27), Some(24))]
    #[case::one_more((14, 28), Some(23))]
    #[case::addresses((0, 65531), Some(16))]
    #[case::too_many((0, 65532), None)]
    fn smallest(#[case] (blocks, addresses): (u64, u64), #[case] expected: Option<u8>) {
        assert_eq!(Need { blocks, addresses }.smallest_subnet(), expected);
    }

    #[test]
    fn nothing_overflows() {
        let most = Need { blocks: u64::MAX, addresses: u64::MAX };
        let room = Room { reserved: u64::MAX, blocks: u64::MAX, addresses: u64::MAX };
        assert!(room.fits(Need::default(), most.times(u64::MAX)) >= 1);
        assert_eq!(most.smallest_subnet(), None);
        assert_eq!(Room::of(&net("::/0"), &[]).fits(most, most), 0);
    }
}
