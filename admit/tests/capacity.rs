//! Compares `admit capacity` with the formulas, recomputed from the facts of every type.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use admit::commands::capacity::{Command, Flags, Output, run};
use rstest::rstest;

const CSV: &str = include_str!("../../tablegen/data/instance-types.csv");

/// The facts, one cell each; empty if unknown.
fn facts() -> Vec<BTreeMap<&'static str, &'static str>> {
    let mut lines = CSV.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines.map(|line| header.iter().copied().zip(line.split(',')).collect()).collect()
}

fn text(number: Option<u32>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

/// awslabs/amazon-eks-ami templates/al2/runtime/max-pods-calculator.sh
fn expected(fact: &BTreeMap<&str, &str>, flags: Flags) -> String {
    let number = |column: &str| fact[column].parse::<u32>().ok();
    let own = u32::from(flags.custom_networking == Some(true));
    // A type counts as able to trunk unless the facts say otherwise.
    let trunk = flags.security_groups_for_pods == Some(true) && fact["branch_enis"] != "0";
    let own = own + u32::from(trunk) + u32::from(flags.reserved_enis.unwrap_or(0));
    let slots = number("default_card_enis").zip(number("ipv4_per_eni")).map(|(enis, addresses)| {
        let enis = flags.max_enis.map_or(enis, |most| enis.min(most.into()));
        enis.saturating_sub(own) * (addresses - 1)
    });
    let pods = |slots: u32| if slots == 0 { 0 } else { slots + 2 };
    let secondary = slots.map(pods);
    let takes_prefixes = match (fact["hypervisor"], fact["bare_metal"]) {
        ("nitro", _) | (_, "true") => Some(true),
        ("", _) => None,
        _ => Some(false),
    };
    let prefix = slots.filter(|_| takes_prefixes == Some(true)).map(|slots| pods(slots * 16));
    let with_prefixes = match takes_prefixes {
        Some(true) => prefix,
        Some(false) => secondary,
        None => None,
    };
    let capped = |pods: Option<u32>| {
        pods.and_then(|pods| match number("vcpus") {
            _ if flags.recommended_cap == Some(false) => Some(pods),
            Some(vcpus) => Some(pods.min(if vcpus > 30 { 250 } else { 110 })),
            None => Some(pods).filter(|pods| *pods <= 110),
        })
    };
    let recommended = match flags.prefix_delegation {
        Some(false) => capped(secondary),
        Some(true) => capped(with_prefixes),
        None => capped(secondary).filter(|pods| capped(with_prefixes) == Some(*pods)),
    };
    [
        fact["instance_type"].to_owned(),
        text(secondary),
        text(prefix),
        text(recommended),
        fact["network_bandwidth_mbps"].to_owned(),
        fact["efa_interfaces"].to_owned(),
    ]
    .join(",")
}

#[rstest]
#[case::nothing_is_known(Flags::default())]
#[case::prefixes(Flags { prefix_delegation: Some(true), ..Flags::default() })]
#[case::trunk(Flags { security_groups_for_pods: Some(true), ..Flags::default() })]
#[case::secondary(Flags { prefix_delegation: Some(false), ..Flags::default() })]
#[case::custom_networking(Flags { custom_networking: Some(true), ..Flags::default() })]
#[case::without_cap(Flags { recommended_cap: Some(false), ..Flags::default() })]
#[case::few_interfaces(Flags { max_enis: Some(3), reserved_enis: Some(2), ..Flags::default() })]
#[case::none_left(Flags { reserved_enis: Some(16), ..Flags::default() })]
fn every_type_follows_the_formulas(#[case] flags: Flags) {
    let command = Command { all: true, output: Output::Csv, flags, ..Command::default() };
    let csv = run(&command).unwrap();
    let mut lines = csv.lines();
    assert_eq!(
        lines.next().unwrap(),
        "instance_type,max_pods_secondary,max_pods_prefix,max_pods_recommended,network_bandwidth_mbps,efa_interfaces"
    );
    let mut expected: Vec<String> = facts().iter().map(|fact| expected(fact, flags)).collect();
    expected.sort_by(|a, b| a.split(',').next().cmp(&b.split(',').next()));
    for (line, expected) in lines.clone().zip(&expected) {
        assert_eq!(line, expected);
    }
    assert_eq!(lines.count(), expected.len());
}
