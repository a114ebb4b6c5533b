//! Compares the address plan with addresses counted one by one, and checks networks that are large or
//! absurd.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, fmt::Write as _};

use eks_aiml_networking::{
    capacity::Options,
    instances::Catalog,
    json::RawJson,
    plan::{self, Network, Plan, Terms},
    validate_settings,
};
use proptest::prelude::*;

/// The addresses of the VPC, 10.0.0.0/22, by their last bits.
const ADDRESSES: u32 = 1 << 10;

/// A range: its beginning and its prefix length.
#[derive(Clone, Copy, Debug)]
struct Range {
    first: u32,
    len: u32,
}

impl Range {
    fn size(self) -> u32 {
        1 << (32 - self.len)
    }

    fn addresses(self) -> std::ops::Range<u32> {
        self.first..self.first + self.size()
    }

    fn cidr(self) -> String {
        let [.., third, fourth] = self.first.to_be_bytes();
        format!("10.0.{third}.{fourth}/{}", self.len)
    }
}

fn range(lens: std::ops::RangeInclusive<u32>) -> impl Strategy<Value = Range> {
    (lens, 0..ADDRESSES).prop_map(|(len, at)| {
        let size = 1 << (32 - len);
        Range { first: at / size * size, len }
    })
}

/// Subnets, a few of them with reservations; most do not overlap.
fn subnets() -> impl Strategy<Value = Vec<(Range, Vec<Range>)>> {
    prop::collection::vec((range(24..=28), prop::collection::vec(range(26..=32), 0..3)), 1..5)
        .prop_map(|mut subnets| {
            for (subnet, reservations) in &mut subnets {
                for reserved in reservations {
                    // Most of them are inside their subnet.
                    if reserved.len >= subnet.len && reserved.first % 7 != 0 {
                        reserved.first = subnet.first + reserved.first % subnet.size();
                    }
                }
            }
            subnets
        })
}

fn json(subnets: &[(Range, Vec<Range>)]) -> String {
    let subnets: Vec<String> = subnets
        .iter()
        .enumerate()
        .map(|(at, (subnet, reservations))| {
            let reserved: Vec<String> = reservations.iter().map(|one| one.cidr()).collect();
            format!(
                r#"{{"name": "s{at}", "vpc": "v", "cidr": "{}", "prefixReservations": {reserved:?}}}"#,
                subnet.cidr()
            )
        })
        .collect();
    format!(
        r#"{{"vpcs": [{{"name": "v", "cidrs": ["10.0.0.0/22"]}}], "subnets": [{}]}}"#,
        subnets.join(", ")
    )
}

/// `true` if ranges share an address, using the set of their addresses.
fn overlap(ranges: impl Iterator<Item = Range>) -> bool {
    let mut taken = BTreeSet::new();
    !ranges.flat_map(Range::addresses).all(|address| taken.insert(address))
}

/// The free addresses of a subnet, as AWS counts them.
fn free(subnet: Range) -> impl Iterator<Item = u32> {
    let last = subnet.first + subnet.size() - 1;
    subnet.addresses().filter(move |address| *address >= subnet.first + 4 && *address != last)
}

/// The number of aligned blocks of 16 addresses that are completely in `addresses`.
fn blocks(addresses: &[u32]) -> u64 {
    let whole = |block: &u32| (block * 16..block * 16 + 16).all(|at| addresses.contains(&at));
    (0..ADDRESSES / 16).filter(whole).map(|_| 1).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_plan_without_faults_has_no_overlaps_and_one_with_them_has(subnets in subnets()) {
        let text = json(&subnets);
        let network = Network::read(RawJson(&text)).unwrap();
        let faults = plan::faults(&network, None);
        let apart = |(subnet, reservations): &(Range, Vec<Range>)| {
            let inside = |one: &Range| {
                one.addresses().all(|address| subnet.addresses().contains(&address))
            };
            reservations.iter().all(inside) && !overlap(reservations.iter().copied())
        };
        let aligned = subnets.iter().flat_map(|(_, all)| all).all(|one| one.first % one.size() == 0);
        let sound = aligned
            && !overlap(subnets.iter().map(|(subnet, _)| *subnet))
            && subnets.iter().all(apart);
        prop_assert_eq!(faults.is_empty(), sound, "{}: {:?}", text, faults);
    }

    #[test]
    fn free_blocks_and_addresses_are_those_that_are_counted(subnets in subnets()) {
        let text = json(&subnets);
        let network = Network::read(RawJson(&text)).unwrap();
        let catalog = Catalog::default();
        let terms = Terms { options: Options::default(), catalog: &catalog };
        for planned in Plan::of(&network, &terms).subnets {
            let (subnet, reservations) = &subnets[planned.position];
            let is_reserved = |address: &u32| {
                reservations.iter().any(|one| one.addresses().contains(address))
            };
            let (reserved, rest): (Vec<u32>, Vec<u32>) = free(*subnet).partition(is_reserved);
            prop_assert_eq!(planned.room.addresses, rest.iter().map(|_| 1).sum::<u64>());
            let (all, common) = match reservations.is_empty() {
                true => (blocks(&rest), blocks(&rest)),
                // A block that spans two reservations is in neither.
                false => (reservations.iter().map(|one| {
                    let own: Vec<u32> =
                        reserved.iter().copied().filter(|at| one.addresses().contains(at)).collect();
                    blocks(&own)
                }).sum(), 0),
            };
            prop_assert_eq!((planned.room.all_blocks(), planned.room.blocks), (all, common));
        }
    }

    #[test]
    fn no_text_makes_the_plan_fail(cidr in "[0-9a-f.:/]{0,24}", count in any::<u32>()) {
        let text = format!(
            r#"{{"network": {{"vpcs": [{{"name": "v", "cidrs": ["{cidr}", "0.0.0.0/0", "::/0"]}}],
                "subnets": [{{"name": "a", "vpc": "v", "cidr": "{cidr}", "prefixReservations": ["{cidr}", "::/0", "0.0.0.0/0"]}},
                            {{"name": "b", "vpc": "v", "cidr": "10.0.0.0/24", "prefixReservations": ["{cidr}"]}}],
                "nodes": [{{"instanceType": "m5.large", "count": {count}, "subnets": ["a", "b"]}}]}}}}"#
        );
        let answer = validate_settings(text.as_bytes());
        prop_assert!(answer.contains("AWS refuses"), "{}", answer);
    }
}

/// Settings with this many subnets of 16 addresses, each with a group of nodes.
fn many(count: u32, cidr: impl Fn(u32) -> String, nodes: u32) -> String {
    let (mut subnets, mut groups) = (String::new(), String::new());
    for at in 0..count {
        let comma = if at == 0 { "" } else { ", " };
        write!(subnets, r#"{comma}{{"name": "s{at}", "vpc": "v", "cidr": "{}"}}"#, cidr(at))
            .unwrap();
        write!(
            groups,
            r#"{comma}{{"instanceType": "m4.large", "count": {nodes}, "subnets": ["s{at}"]}}"#
        )
        .unwrap();
    }
    format!(
        r#"{{"network": {{"vpcs": [{{"name": "v", "cidrs": ["10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16"]}}],
            "subnets": [{subnets}], "nodes": [{groups}]}}}}"#
    )
}

fn in_turn(at: u32) -> String {
    let [_, second, third, fourth] = (at * 16).to_be_bytes();
    format!("10.{second}.{third}.{fourth}/28")
}

#[test]
fn ten_thousand_subnets_are_answered() {
    let answer = |text: String| validate_settings(text.as_bytes());
    assert_eq!(answer(many(10_000, in_turn, 0)), r#"{"valid":true}"#);
    let overlaps = answer(many(10_000, |_| "10.0.0.0/28".to_owned(), 0));
    assert_eq!(overlaps.matches(" overlaps ").count(), 9_999);
    let outside = answer(many(10_000, |at| in_turn(at).replacen("10.", "11.", 1), 0));
    assert_eq!(outside.matches(" is outside ").count(), 10_000);
    let short = answer(many(10_000, in_turn, 1));
    assert_eq!(short.matches("even at best none of the nodes fits").count(), 10_000);
    let absurd = answer(many(10_000, |_| "0.0.0.0/0".to_owned(), u32::MAX));
    assert_eq!(absurd.matches("has a size that AWS refuses").count(), 10_000);
    let mapped = answer(many(10_000, |_| "::ffff:10.0.0.0/104".to_owned(), 1));
    assert_eq!(mapped.matches("is a range of IPv4 mapped into IPv6").count(), 10_000);
    let twice = many(10_000, in_turn, 0).replace(r#""name": "s"#, r#""name": "x", "zone": "s"#);
    assert_eq!(answer(twice).matches(" is the name of ").count(), 9_999);
}

#[test]
fn a_subnet_that_all_groups_share_is_counted_once() {
    let groups: Vec<String> = (1..2_000)
        .map(|at| {
            format!(r#"{{"instanceType": "m4.large", "count": 0, "subnets": ["s0", "s{at}"]}}"#)
        })
        .collect();
    let text = many(2_000, in_turn, 0);
    let (network, _) = text.split_once(r#""nodes""#).unwrap();
    let text = format!(r#"{network}"nodes": [{}]}}}}"#, groups.join(", "));
    assert_eq!(validate_settings(text.as_bytes()), r#"{"valid":true}"#);
}
