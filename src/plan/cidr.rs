//! Ranges of addresses: CIDRs, and the sizes that AWS accepts.
//!
//! Sizes: Amazon VPC User Guide, "VPC CIDR blocks" and "Subnet CIDR blocks".

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use crate::text::Quoted;

/// A range of addresses of either family, as numbers, so that both can be compared and counted alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Net {
    /// `true` if it is IPv6.
    pub v6: bool,
    /// The first address.
    pub first: u128,
    /// The last address.
    pub last: u128,
    /// The prefix length.
    pub len: u8,
}

/// The purpose of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A block of a VPC.
    Block,
    /// A subnet.
    Subnet,
    /// A reservation for prefixes, of any size.
    Reservation,
}

impl Net {
    /// Reads a CIDR.
    ///
    /// # Errors
    /// The reason why AWS does not accept it for this purpose.
    pub fn parse(text: &str, purpose: Purpose) -> Result<Self, String> {
        if text.is_empty() {
            return Err("is missing; write a CIDR, as `10.0.0.0/24`".to_owned());
        }
        let shown = Quoted(text);
        let Ok(net) = text.parse::<IpNet>() else {
            return Err(format!(
                "{shown} is no CIDR; write an address and a prefix length, as `10.0.0.0/24`"
            ));
        };
        if let Some(v4) = unmapped(net) {
            return Err(format!("{shown} is a range of IPv4 mapped into IPv6; write `{v4}`"));
        }
        if net.addr() != net.network() {
            return Err(format!("{shown} has host bits set; write `{}`", net.trunc()));
        }
        let net = Self::of(net, text)?;
        net.sized(text, purpose)
    }

    fn of(net: IpNet, text: &str) -> Result<Self, String> {
        let len = net.prefix_len();
        match (net.network(), net.broadcast()) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                // Some programs read a leading zero as octal.
                if net.to_string() != text {
                    return Err(format!("{} has leading zeros; write `{net}`", Quoted(text)));
                }
                let (first, last) = (u32::from(first).into(), u32::from(last).into());
                Ok(Self { v6: false, first, last, len })
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => {
                Ok(Self { v6: true, first: first.into(), last: last.into(), len })
            }
            _ => Err(format!("{} is no CIDR", Quoted(text))),
        }
    }

    fn sized(self, text: &str, purpose: Purpose) -> Result<Self, String> {
        let (what, longest) = match purpose {
            Purpose::Block => ("VPC block", 60),
            Purpose::Subnet => ("subnet", 64),
            Purpose::Reservation => return Ok(self),
        };
        let right = match self.v6 {
            false => (16..=28).contains(&self.len),
            true => (44..=longest).contains(&self.len) && self.len.is_multiple_of(4),
        };
        match (right, self.v6) {
            (true, _) => Ok(self),
            (_, false) => Err(format!(
                "{} has a size that AWS refuses; an IPv4 {what} is a /16 to /28",
                Quoted(text)
            )),
            (_, true) => Err(format!(
                "{} has a size that AWS refuses; an IPv6 {what} is a /44 to /{longest} in steps of 4",
                Quoted(text)
            )),
        }
    }

    /// Its addresses, as far as they can be counted.
    pub fn addresses(&self) -> u64 {
        let more = self.last.saturating_sub(self.first);
        u64::try_from(more).unwrap_or(u64::MAX).saturating_add(1)
    }

    /// The number of its aligned blocks that can be a prefix of an interface: /28, with IPv6 /80.
    pub fn blocks(&self) -> u64 {
        let unit: u32 = if self.v6 { 80 } else { 28 };
        unit.checked_sub(u32::from(self.len))
            .map_or(0, |bits| 1_u64.checked_shl(bits).unwrap_or(u64::MAX))
    }

    /// The number of its addresses from `first` to `last`.
    pub fn between(&self, first: u128, last: u128) -> u64 {
        let (first, last) = (self.first.max(first), self.last.min(last));
        let count = last.checked_sub(first).map_or(0, |more| more.saturating_add(1));
        u64::try_from(count).unwrap_or(u64::MAX)
    }
}

/// The IPv4 range that an IPv6 one maps, for example `::ffff:10.0.0.0/104`.
fn unmapped(net: IpNet) -> Option<Ipv4Net> {
    let IpNet::V6(net) = net else { return None };
    let len = net.prefix_len().checked_sub(96)?;
    Some(Ipv4Net::new(net.addr().to_ipv4_mapped()?, len).ok()?.trunc())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::missing("", "is missing; write a CIDR, as `10.0.0.0/24`")]
    #[case::no_cidr(
        "10.0.0.0/33",
        "`10.0.0.0/33` is no CIDR; write an address and a prefix length, as `10.0.0.0/24`"
    )]
    #[case::no_length(
        "10.0.0.0",
        "`10.0.0.0` is no CIDR; write an address and a prefix length, as `10.0.0.0/24`"
    )]
    #[case::host_bits("10.0.0.5/24", "`10.0.0.5/24` has host bits set; write `10.0.0.0/24`")]
    #[case::host_bits_v6(
        "2001:db8::1/64",
        "`2001:db8::1/64` has host bits set; write `2001:db8::/64`"
    )]
    #[case::octal("010.0.0.0/24", "`010.0.0.0/24` has leading zeros; write `10.0.0.0/24`")]
    #[case::mapped(
        "::ffff:10.0.0.0/104",
        "`::ffff:10.0.0.0/104` is a range of IPv4 mapped into IPv6; write `10.0.0.0/8`"
    )]
    #[case::everything(
        "0.0.0.0/0",
        "`0.0.0.0/0` has a size that AWS refuses; an IPv4 subnet is a /16 to /28"
    )]
    #[case::single(
        "10.0.0.0/29",
        "`10.0.0.0/29` has a size that AWS refuses; an IPv4 subnet is a /16 to /28"
    )]
    #[case::everything_v6(
        "::/0",
        "`::/0` has a size that AWS refuses; an IPv6 subnet is a /44 to /64 in steps of 4"
    )]
    #[case::no_step_of_four(
        "2001:db8::/58",
        "`2001:db8::/58` has a size that AWS refuses; an IPv6 subnet is a /44 to /64 in steps of 4"
    )]
    fn refuses(#[case] text: &str, #[case] message: &str) {
        assert_eq!(Net::parse(text, Purpose::Subnet), Err(message.to_owned()));
    }

    #[rstest]
    #[case("10.0.0.0/16", 1 << 16, 1 << 12)]
    #[case("10.0.0.16/28", 16, 1)]
    #[case("2001:db8::/64", u64::MAX, 1 << 16)]
    #[case("2001:db8::/44", u64::MAX, 1 << 36)]
    fn accepts(#[case] text: &str, #[case] addresses: u64, #[case] blocks: u64) {
        let net = Net::parse(text, Purpose::Subnet).unwrap();
        assert_eq!((net.addresses(), net.blocks()), (addresses, blocks));
    }

    #[test]
    fn a_vpc_has_other_sizes() {
        let parsed = Net::parse("2001:db8::/64", Purpose::Block);
        assert_eq!(
            parsed,
            Err("`2001:db8::/64` has a size that AWS refuses; an IPv6 VPC block is a /44 to /60 in steps of 4".to_owned())
        );
        assert!(Net::parse("10.0.0.4/30", Purpose::Reservation).is_ok());
        assert_eq!(Net::parse("::/0", Purpose::Reservation).unwrap().blocks(), u64::MAX);
    }
}
