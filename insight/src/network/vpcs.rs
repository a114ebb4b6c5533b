//! The described VPCs, and what is known of those that only subnets name.

use std::net::Ipv6Addr;

use super::Described;

/// The ids of all VPCs, including those that only subnets name.
pub fn ids(described: &Described) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let all = described.vpcs.iter().map(|vpc| &vpc.id);
    for id in all.chain(described.subnets.iter().map(|subnet| &subnet.vpc)) {
        if !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    ids
}

/// `true` if no two VPCs have this name.
pub fn is_only(described: &Described, name: &str) -> bool {
    described.vpcs.iter().filter(|vpc| vpc.tags.name() == Some(name)).count() < 2
}

/// The ranges that a VPC certainly has, judging by its subnets. No IPv6 block is smaller than a /60.
pub fn of_subnets(described: &Described, id: &str) -> Vec<String> {
    let subnets = described.subnets.iter().filter(|subnet| subnet.vpc == id);
    let mut ranges: Vec<String> = Vec::new();
    for subnet in subnets {
        let v6 = subnet.v6.iter().filter_map(|cidr| {
            let address: Ipv6Addr = cidr.split_once('/')?.0.parse().ok()?;
            Some(format!("{}/60", Ipv6Addr::from_bits(address.to_bits() >> 68 << 68)))
        });
        for range in subnet.cidr.clone().into_iter().chain(v6) {
            if !ranges.contains(&range) {
                ranges.push(range);
            }
        }
    }
    ranges
}
