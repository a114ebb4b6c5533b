//! `admit plan` as people and pipelines use it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{admit, run};
use serde_json::{Value, json};
use testkit::files::write as file;

const SETTINGS: &str = "\
capacity: {prefixDelegation: true}
network:
  vpcs: [{name: main, cidrs: [10.0.0.0/16]}]
  subnets:
    - {name: pods-a, vpc: main, cidr: 10.0.0.0/20, zone: us-east-1a}
    - {name: <pods-b>, vpc: main, cidr: 10.0.16.0/20, prefixReservations: [10.0.24.0/21]}
  nodes:
    - {instanceType: p5.48xlarge, count: 8, subnets: [pods-a]}
    - {instanceType: m5.large, count: 18, subnets: [pods-a, <pods-b>]}
";

/// Runs `admit plan` with settings: its exit code, standard output and standard error.
fn plan(settings: &str, arguments: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let settings = file(folder.path(), "settings.yml", settings);
    let ran = run(admit(&["plan", "-s", &settings]).args(arguments));
    (ran.code, ran.stdout, ran.stderr)
}

#[test]
fn what_a_person_is_shown() {
    let (code, shown, errors) = plan(SETTINGS, &[]);
    assert_eq!((code, errors.as_str()), (0, ""));
    assert_eq!(
        shown.lines().collect::<Vec<_>>(),
        [
            "subnet    range         zone        AWS's own  for prefixes     used       used    free       free",
            "                                    addresses     addresses   blocks  addresses  blocks  addresses",
            "pods-a    10.0.0.0/20   us-east-1a          5             0  191 /28       3073  63 /28       1018",
            "<pods-b>  10.0.16.0/20                      5          2048   63 /28       1017  64 /28       3074",
            "",
            "instance type    nodes  a node uses  a node uses  subnets: nodes (and how many more fit)  without room",
            "               planned       blocks    addresses                                                 nodes",
            "p5.48xlarge          8           16            1  pods-a: 8 (+3)                                     0",
            "m5.large            18            7            1  pods-a: 9 (+9), <pods-b>: 9 (+9)                   0",
        ]
    );
}

#[test]
fn what_is_to_be_known_beside_the_plan() {
    let (_, shown, _) = plan(SETTINGS, &[]);
    assert!(!shown.contains("counted"), "{shown}");
    let settings = SETTINGS
        .replace("prefixDelegation: true", "prefixDelegation: auto")
        .replace("count: 8, ", "count: 8, efaAddresses: true, ")
        .replace("[10.0.0.0/16]}]", "[10.0.0.0/16]}, {name: other, cidrs: [10.0.0.0/16]}]");
    let (code, shown, errors) = plan(&settings, &[]);
    assert_eq!((code, errors.as_str()), (0, ""));
    assert!(shown.contains("p5.48xlarge          8           16           32"), "{shown}");
    assert!(
        shown.ends_with(
            "\n\n`10.0.0.0/16` of the VPC `other` overlaps `10.0.0.0/16` of the VPC `main`: \
             only private NAT gateways can connect them, and AWS advises against it\n\
             nodes are counted with prefixes: `capacity.prefixDelegation` is `auto`\n"
        ),
        "{shown}"
    );
}

#[test]
fn as_json_all_addresses_are_accounted_for() {
    let (code, text, _) = plan(SETTINGS, &["-o", "json"]);
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(code, 0);
    assert_eq!(
        answer["subnets"][1],
        json!({
            "name": "<pods-b>",
            "vpc": "main",
            "zone": "",
            "cidr": "10.0.16.0/20",
            "blockPrefixLength": 28,
            "addresses": 4096,
            "reserved": { "aws": 5, "forPrefixes": 2048 },
            "taken": { "blocks": 63, "addresses": 1017 },
            "free": { "blocks": 64, "addresses": 3074 },
            "parts": {
                "unit": "addresses",
                "aws": 5,
                "taken": 1017,
                "freeForPrefixes": 1024,
                "free": 2050,
            },
            "wouldFit": [{ "instanceType": "m5.large", "nodes": 9 }],
        })
    );
    assert_eq!(answer["nodes"][0]["placed"], json!([{ "subnet": "pods-a", "nodes": 8 }]));
}

#[test]
fn as_a_picture_every_part_has_a_title() {
    let (code, svg, _) = plan(SETTINGS, &["-o", "svg"]);
    assert_eq!(code, 0);
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    for told in [
        "<title>pods-a: 3073 addresses used</title>",
        "<title>&lt;pods-b&gt;: 1024 addresses free for prefixes only</title>",
        "1018 addresses free; fits: 3 more of p5.48xlarge, 9 more of m5.large",
        "prefers-color-scheme:dark",
    ] {
        assert!(svg.contains(told), "{told}: {svg}");
    }
}

#[test]
fn faults_are_told_all_at_once() {
    let settings = SETTINGS.replace("count: 8", "count: 80").replace("10.0.16.0", "10.0.16.1");
    let (code, shown, errors) = plan(&settings, &[]);
    assert_eq!((code, shown.as_str()), (1, ""));
    assert_eq!(
        errors.lines().collect::<Vec<_>>(),
        [
            "network.subnets[1].cidr: `10.0.16.1/20` has host bits set; write `10.0.16.0/20`",
            "network.nodes[0].count: 80 nodes of `p5.48xlarge` take 1280 /28 blocks and 80 addresses, 16 /28 blocks and 1 address a node; the subnet `pods-a` has 254 /28 blocks (4091 addresses) free, so at best 15 of the nodes fit; plan fewer nodes, or subnets with as much room as a /17 has",
        ]
    );
}

#[test]
fn nodes_alone_tell_how_large_subnets_must_be() {
    let ran = run(&mut admit(&["plan", "--nodes", "p5.48xlarge=40,m5.large=200"]));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(
        ran.stdout.lines().collect::<Vec<_>>(),
        [
            "instance type  nodes      secondary  secondary        secondary       prefixes    prefixes   prefixes         prefixes",
            "                      pods per node  addresses  smallest subnet  pods per node  /28 blocks  addresses  smallest subnet",
            "p5.48xlarge       40            100       4000              /20            250         640      10280              /18",
            "m5.large         200             29       6000              /19            110        1400      22600              /17",
            "all              240                     10000              /18                       2040      32880              /16",
        ]
    );
    let ran = run(&mut admit(&["plan", "-o", "json", "--nodes", "p5.48xlarge=4000"]));
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    let prefix = json!({ "blocks": 64000, "addresses": 1_028_000, "smallestSubnet": null, "subnetsOf16AtLeast": 16 });
    assert_eq!(answer["all"]["prefix"], prefix);
}

#[test]
fn what_can_not_be_answered_exits_with_2_and_says_why() {
    let cases: [(&[&str], &str); 5] = [
        (&["plan"], "--settings"),
        (
            &["plan", "--nodes", "p5.48xlarge"],
            "the number of nodes is missing in `p5.48xlarge`; write `p5.48xlarge=40`",
        ),
        (&["plan", "--nodes", "p5.84xlarge=1"], "did you mean `p5.48xlarge`?"),
        (&["plan", "--nodes", "p6e-gb200.36xlarge=1"], "add the type to `instanceTypes.extra`"),
        (&["plan", "--nodes", "m5.large=1", "-o", "svg"], "can't be used with --nodes"),
    ];
    for (arguments, message) in cases {
        let ran = run(&mut admit(arguments));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.stderr.contains(message), "{arguments:?}: {}", ran.stderr);
    }
    let (code, _, errors) = plan("mutate: true", &[]);
    assert_eq!((code, errors.contains("have no `network`")), (2, true), "{errors}");
}
