use rstest::rstest;

use super::*;
use crate::settings::validate;

/// The errors of settings with this network, in a cluster with prefixes.
fn faults(network: &str) -> Vec<String> {
    faults_with(network, PREFIXES)
}

const PREFIXES: &str = r#", "capacity": {"prefixDelegation": true}"#;

fn faults_with(network: &str, more: &str) -> Vec<String> {
    let json = format!(r#"{{"network": {network}{more}}}"#);
    validate(&json).iter().map(ToString::to_string).collect()
}

/// A network with one VPC, `10.0.0.0/16` and `2001:db8::/56`, and these subnets and nodes.
fn network(subnets: &str, nodes: &str) -> String {
    format!(
        r#"{{"vpcs": [{{"name": "v", "cidrs": ["10.0.0.0/16", "2001:db8::/56"]}}],
            "subnets": [{subnets}], "nodes": [{nodes}]}}"#
    )
}

fn subnet(name: &str, cidr: &str) -> String {
    format!(r#"{{"name": "{name}", "vpc": "v", "cidr": "{cidr}", "zone": "us-east-1a"}}"#)
}

fn nodes(instance_type: &str, count: u32, subnets: &str) -> String {
    format!(r#"{{"instanceType": "{instance_type}", "count": {count}, "subnets": {subnets}}}"#)
}

#[rstest]
#[case::nothing("{}")]
#[case::null("null")]
#[case::a_plan_that_fits(&network(
    &[subnet("a", "10.0.0.0/24"), subnet("b", "10.0.1.0/24"), subnet("c", "2001:db8::/64")].join(", "),
    &[nodes("m5.large", 2, r#"["a", "b"]"#), nodes("ml.p5.48xlarge", 65534, r#"["c"]"#)].join(", "),
))]
fn accepts(#[case] network: &str) {
    assert_eq!(faults(network), [""; 0]);
}

#[rstest]
#[case::no_object("[]", "network: must be an object, not a list")]
#[case::unknown_key(r#"{"subnet": []}"#, "network.subnet: unknown key; did you mean `subnets`?")]
#[case::form(
    &network(r#"{"name": "a", "vpc": "v", "cidr": 10}"#, &nodes("m5.large", 1, r#"["a"]"#)),
    "network.subnets[0].cidr: must be a string, not 10"
)]
#[case::count(
    &network(&subnet("a", "10.0.0.0/24"), r#"{"instanceType": "m5.large", "count": -1, "subnets": ["a"]}"#),
    "network.nodes[0].count: must be a whole number from 0 to 4294967295, not -1"
)]
#[case::no_cidr(
    &network(&subnet("a", "10.0.0/24"), &nodes("m5.large", 9, r#"["a"]"#)),
    "network.subnets[0].cidr: `10.0.0/24` is no CIDR; write an address and a prefix length, as `10.0.0.0/24`"
)]
#[case::no_name(
    &network(&subnet("", "10.0.0.0/24"), ""),
    "network.subnets[0].name: is missing; others refer to it by its name"
)]
#[case::two_of_a_name(
    &network(&[subnet("a", "10.0.0.0/24"), subnet("a", "10.0.1.0/24")].join(", "), ""),
    "network.subnets[1].name: `a` is the name of `network.subnets[0]` too; give each its own"
)]
#[case::unknown_vpc(
    r#"{"vpcs": [{"name": "main", "cidrs": ["10.0.0.0/16"]}],
        "subnets": [{"name": "a", "vpc": "mian", "cidr": "10.0.0.0/24"}]}"#,
    "network.subnets[0].vpc: no VPC has the name `mian`; did you mean `main`?"
)]
#[case::no_vpc_at_all(
    r#"{"subnets": [{"name": "a", "vpc": "main", "cidr": "10.0.0.0/24"}]}"#,
    "network.subnets[0].vpc: no VPC has the name `main`; name one in `network.vpcs`"
)]
#[case::no_block(
    r#"{"vpcs": [{"name": "v"}]}"#,
    "network.vpcs[0].cidrs: is missing; write its blocks, as `10.0.0.0/16`"
)]
#[case::unknown_subnet(
    &network(&subnet("pods-a", "10.0.0.0/24"), &nodes("m5.large", 1, r#"["pods-b"]"#)),
    "network.nodes[0].subnets[0]: no subnet has the name `pods-b`; did you mean `pods-a`?"
)]
#[case::no_subnet(
    &network(&subnet("a", "10.0.0.0/24"), &nodes("m5.large", 1, "[]")),
    "network.nodes[0].subnets: is missing; name the subnets that the nodes may be in"
)]
#[case::a_subnet_twice(
    &network(&subnet("a", "10.0.0.0/24"), &nodes("m5.large", 1, r#"["a", "a"]"#)),
    "network.nodes[0].subnets: names a subnet twice; name each once"
)]
#[case::outside(
    &network(&subnet("a", "10.1.0.0/24"), ""),
    "network.subnets[0].cidr: `10.1.0.0/24` is outside the VPC `v` with `10.0.0.0/16`, `2001:db8::/56`; move it inside, or add a block to the VPC"
)]
#[case::overlap(
    &network(&[subnet("a", "10.0.0.0/24"), subnet("b", "10.0.0.0/20")].join(", "), ""),
    "network.subnets[1].cidr: `10.0.0.0/20` overlaps `10.0.0.0/24` of `network.subnets[0]` in the VPC `v`; give each a range of its own"
)]
#[case::overlap_v6(
    &network(&[subnet("a", "2001:db8::/60"), subnet("b", "2001:db8:0:3::/64")].join(", "), ""),
    "network.subnets[1].cidr: `2001:db8:0:3::/64` overlaps `2001:db8::/60` of `network.subnets[0]` in the VPC `v`; give each a range of its own"
)]
#[case::overlap_of_blocks(
    r#"{"vpcs": [{"name": "v", "cidrs": ["10.0.0.0/16", "10.0.0.0/16"]}]}"#,
    "network.vpcs[0].cidrs[1]: `10.0.0.0/16` overlaps `10.0.0.0/16` of the same VPC; leave one of them out"
)]
#[case::reservation_outside(
    &network(r#"{"name": "a", "vpc": "v", "cidr": "10.0.0.0/24", "prefixReservations": ["10.0.1.0/28"]}"#, ""),
    "network.subnets[0].prefixReservations[0]: `10.0.1.0/28` is outside the subnet `a` with `10.0.0.0/24`; move it inside"
)]
#[case::reservations_overlap(
    &network(r#"{"name": "a", "vpc": "v", "cidr": "10.0.0.0/24", "prefixReservations": ["10.0.0.128/25", "10.0.0.192/28"]}"#, ""),
    "network.subnets[0].prefixReservations[1]: `10.0.0.192/28` overlaps `10.0.0.128/25` of the same subnet; leave one of them out"
)]
#[case::unknown_type(
    &network(&subnet("a", "10.0.0.0/24"), &nodes("p9.48xlarge", 1, r#"["a"]"#)),
    "network.nodes[0].instanceType: the instance type `p9.48xlarge` is not known (as of 2026-08-21); check its name, or add it to `instanceTypes.extra`"
)]
#[case::no_type(
    &network(&subnet("a", "10.0.0.0/24"), r#"{"subnets": ["a"]}"#),
    "network.nodes[0].instanceType: is missing; write the name of an instance type"
)]
#[case::a_type_without_facts(
    &network(&subnet("a", "10.0.0.0/24"), &nodes("p6e-gb200.36xlarge", 1, r#"["a"]"#)),
    "network.nodes[0].instanceType: the addresses of `p6e-gb200.36xlarge` are not known; add its `defaultCardEnis`, `ipv4PerEni`, `vcpus`, `hypervisor` and `efaInterfaces` to `instanceTypes.extra`"
)]
#[case::too_many(
    &network(&subnet("pods-a", "10.0.0.0/24"), &nodes("p5.48xlarge", 40, r#"["pods-a"]"#)),
    "network.nodes[0].count: 40 nodes of `p5.48xlarge` take 640 /28 blocks and 40 addresses, 16 /28 blocks and 1 address a node; the subnet `pods-a` has 14 /28 blocks (251 addresses) free, so even at best none of the nodes fits; plan fewer nodes, or subnets with as much room as a /18 has"
)]
#[case::too_many_without_prefixes(
    &network(&subnet("a", "10.0.0.0/24"), &nodes("m4.large", 20, r#"["a"]"#)),
    "network.nodes[0].count: 20 nodes of `m4.large` take 400 addresses, 20 addresses a node; the subnet `a` has 14 /28 blocks (251 addresses) free, so at best 12 of the nodes fit; plan fewer nodes, or subnets with as much room as a /23 has"
)]
#[case::too_many_for_several(
    &network(
        &[subnet("a", "10.0.0.0/24"), subnet("b", "10.0.1.0/24")].join(", "),
        &nodes("m5.large", 5, r#"["a", "b"]"#),
    ),
    "network.nodes[0].count: 5 nodes of `m5.large` take 35 /28 blocks and 5 addresses, 7 /28 blocks and 1 address a node; the subnets `a`, `b` have 28 /28 blocks (502 addresses) free, so at best 4 of the nodes fit; plan fewer nodes, or subnets with as much room as a /22 has"
)]
#[case::too_many_for_the_reservations(
    &network(
        r#"{"name": "a", "vpc": "v", "cidr": "10.0.0.0/24", "prefixReservations": ["10.0.0.128/26", "10.0.0.64/28"]}"#,
        &nodes("m5.large", 1, r#"["a"]"#),
    ),
    "network.nodes[0].count: 1 node of `m5.large` takes 7 /28 blocks and 1 address; the subnet `a` has 5 /28 blocks and, out of reservations, 171 addresses free, so even at best none of the nodes fits; plan fewer nodes, or subnets with as much room as a /24 has"
)]
#[case::too_many_together(
    &network(
        &subnet("a", "10.0.0.0/23"),
        &[nodes("m5.large", 3, r#"["a"]"#), nodes("p5.48xlarge", 1, r#"["a"]"#)].join(", "),
    ),
    "network.nodes[1].count: the 1 node of `p5.48xlarge` and those of `network.nodes[0]` together take 37 /28 blocks and 4 addresses; the subnet `a` has 30 /28 blocks (507 addresses) free, so even at best none of the nodes fits beside the others; plan fewer nodes, or subnets with as much room as a /22 has"
)]
#[case::more_than_any_subnet(
    &network(&subnet("a", "10.0.0.0/16"), &nodes("p5.48xlarge", 1000, r#"["a"]"#)),
    "network.nodes[0].count: 1000 nodes of `p5.48xlarge` take 16000 /28 blocks and 1000 addresses, 16 /28 blocks and 1 address a node; the subnet `a` has 4094 /28 blocks (65531 addresses) free, so at best 254 of the nodes fit; plan fewer nodes, or subnets with as much room as 4 /16 subnets have"
)]
#[case::too_many_of_v6(
    &network(&subnet("a", "2001:db8::/64"), &nodes("m5.large", 65535, r#"["a"]"#)),
    "network.nodes[0].count: 65535 nodes of `m5.large` take 65535 /80 blocks, 1 /80 block a node; the subnet `a` has 65534 /80 blocks free, so at best 65534 of the nodes fit; plan fewer nodes, or more subnets"
)]
#[case::nodes_of_v6_have_an_address_of_v4(
    &network(
        &[subnet("a", "2001:db8::/64"), subnet("b", "10.0.0.0/28")].join(", "),
        &nodes("m5.large", 12, r#"["a", "b"]"#),
    ),
    "network.nodes[0].count: 12 nodes of `m5.large` take 12 addresses, 1 address a node; the subnet `b` has 0 /28 blocks (11 addresses) free, so at best 11 of the nodes fit; plan fewer nodes, or subnets with as much room as a /27 has"
)]
#[case::v6_without_prefixes(
    &network(&subnet("a", "2001:db8::/64"), &nodes("m4.large", 1, r#"["a"]"#)),
    "network.nodes[0].instanceType: pods in IPv6 subnets need a /80 prefix, and `m4.large` takes no prefixes; choose a Nitro type"
)]
fn refuses(#[case] network: &str, #[case] message: &str) {
    assert_eq!(faults(network), [message]);
}

#[test]
fn all_faults_are_reported_at_once() {
    let network = network(
        &[subnet("a", "10.0.0.7/24"), subnet("b", "10.9.0.0/24"), r#"{"name": 1}"#.to_owned()]
            .join(", "),
        &[nodes("m5.large", 100, r#"["b", "c"]"#), nodes("m5.large", 100, r#"["b"]"#)].join(", "),
    );
    let all = faults(&network);
    let paths: Vec<&str> = all.iter().filter_map(|fault| fault.split(": ").next()).collect();
    assert_eq!(
        paths,
        [
            "network.subnets[2].name",
            "network.subnets[0].cidr",
            "network.subnets[1].cidr",
            "network.nodes[1].count"
        ]
    );
}

#[test]
fn the_other_settings_count() {
    let network = network(&subnet("a", "10.0.0.0/24"), &nodes("m5.large", 3, r#"["a"]"#));
    let told = |capacity: &str| {
        faults_with(&network, &format!(r#", "capacity": {{{capacity}}}"#)).concat()
    };
    assert!(told(r#""prefixDelegation": true"#).contains("take 21 /28 blocks and 3 addresses"));
    // Prefixes may be off, and then the nodes fit.
    assert_eq!(told(""), "");
    assert_eq!(told(r#""prefixDelegation": false"#), "");
    // A node's first interface is in another subnet, and only that of its pods in this one.
    let custom = told(r#""prefixDelegation": true, "customNetworking": true"#);
    assert!(custom.contains("and 3 addresses"));
    let extra = r#", "instanceTypes": {"extra": [{"name": "m5.large", "ipv4PerEni": 2, "defaultCardEnis": 2}]}"#;
    assert_eq!(faults_with(&network, &format!("{PREFIXES}{extra}")).concat(), "");
    // If another setting can't be read, only the ranges are checked.
    assert_eq!(
        faults_with(&network, r#", "mutate": 1"#).concat(),
        "mutate: must be `true` or `false`, not 1"
    );
}

#[test]
fn what_fits_neither_way_is_told_of_the_first() {
    let network = network(&subnet("a", "10.0.0.0/24"), &nodes("m5.large", 9, r#"["a"]"#));
    assert_eq!(
        faults_with(&network, ""),
        ["network.nodes[0].count: 9 nodes of `m5.large` take 270 addresses, 30 addresses a node; \
          the subnet `a` has 14 /28 blocks (251 addresses) free, so at best 8 of the nodes fit; \
          plan fewer nodes, or subnets with as much room as a /23 has; with prefixes not all fit either"]
    );
}

/// A type with 32 EFA interfaces, the first of which is the node's own.
#[rstest]
#[case::efa_only(false, &["10.0.0.0/24"], "7 nodes of `p5.48xlarge` take 112 /28 blocks and 7 addresses")]
#[case::with_addresses(true, &["10.0.0.0/24"], "7 nodes of `p5.48xlarge` take 112 /28 blocks and 224 addresses")]
#[case::of_ipv6(false, &["2001:db8::/64", "10.0.0.0/28"], "")]
#[case::of_ipv6_with_addresses(true, &["2001:db8::/64", "10.0.0.0/28"], "7 nodes of `p5.48xlarge` take 224 addresses")]
fn addresses_of_efa(#[case] efa: bool, #[case] cidrs: &[&str], #[case] told: &str) {
    let names = ["a", "b"];
    let subnets: Vec<String> =
        names.iter().zip(cidrs).map(|(name, cidr)| subnet(name, cidr)).collect();
    let names: Vec<&str> = names.iter().zip(cidrs).map(|(name, _)| *name).collect();
    let nodes = format!(
        r#"{{"instanceType": "p5.48xlarge", "count": 7, "subnets": {names:?}, "efaAddresses": {efa}}}"#
    );
    let faults = faults(&network(&subnets.join(", "), &nodes)).concat();
    assert!(faults.contains(told), "{faults}");
    assert_eq!(faults.is_empty(), told.is_empty(), "{faults}");
}

/// Private NAT gateways can connect VPCs that overlap, so that is a note and not an error.
#[test]
fn vpcs_that_overlap_each_other() {
    let network = r#"{"vpcs": [{"name": "v", "cidrs": ["10.0.0.0/16"]},
                               {"name": "w", "cidrs": ["10.1.0.0/16", "10.0.64.0/20"]}],
        "subnets": [{"name": "a", "vpc": "v", "cidr": "10.0.64.0/24"}, {"name": "b", "vpc": "w", "cidr": "10.0.64.0/24"}]}"#;
    assert_eq!(faults(network), [""; 0]);
    let (network, catalog) = (Network::read(RawJson(network)).unwrap(), Catalog::default());
    let plan = Plan::of(&network, &Terms { options: Options::default(), catalog: &catalog });
    assert_eq!(
        plan.notes,
        ["`10.0.64.0/20` of the VPC `w` overlaps `10.0.0.0/16` of the VPC `v`: \
          only private NAT gateways can connect them, and AWS advises against it"]
    );
}

#[test]
fn nodes_are_spread_evenly_and_those_with_little_choice_first() {
    let network = network(
        &[subnet("a", "10.0.0.0/24"), subnet("b", "10.0.4.0/22"), subnet("c", "10.0.8.0/24")]
            .join(", "),
        &[nodes("m5.large", 6, r#"["a", "b", "c"]"#), nodes("m5.large", 1, r#"["a"]"#)].join(", "),
    );
    let network = Network::read(RawJson(&network)).unwrap();
    let catalog = Catalog::default();
    let terms = Terms { options: Options::default().with_prefixes(true), catalog: &catalog };
    let plan = Plan::of(&network, &terms);
    let placed: Vec<_> = plan.groups.iter().map(|group| group.placed.clone()).collect();
    assert_eq!(placed, [vec![(0, 1), (1, 3), (2, 2)], vec![(0, 1)]]);
    assert!(plan.groups.iter().all(|group| group.unplaced == 0));
    let a = &plan.subnets[0];
    assert_eq!(a.taken, Need { blocks: 14, addresses: 2 });
    assert_eq!(a.free, Room { reserved: 0, blocks: 0, addresses: 25 });
    assert_eq!(plan.subnets[1].fits, [("m5.large".to_owned(), 5)]);
}
