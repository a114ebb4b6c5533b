//! `admit plan`, as a person or a pipeline meets it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{admit, file, run};
use serde_json::{Value, json};

const SETTINGS: &str = "\
network:
  vpcs: [{name: main, cidrs: [10.0.0.0/16]}]
  subnets:
    - {name: pods-a, vpc: main, cidr: 10.0.0.0/20, zone: us-east-1a}
    - {name: <pods-b>, vpc: main, cidr: 10.0.16.0/20, prefixReservations: [10.0.24.0/21]}
  nodes:
    - {instanceType: p5.48xlarge, count: 8, subnets: [pods-a]}
    - {instanceType: m5.large, count: 18, subnets: [pods-a, <pods-b>]}
";

/// What `admit plan` says of settings: its exit code, standard output and error.
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
            "subnet    range         zone        AWS's own  for prefixes    taken      taken    free       free",
            "                                    addresses     addresses   blocks  addresses  blocks  addresses",
            "pods-a    10.0.0.0/20   us-east-1a          5             0  208 /28       3345  46 /28        746",
            "<pods-b>  10.0.16.0/20                      5          2048   72 /28       1161  55 /28       2930",
            "",
            "instance type    nodes  a node takes  a node takes  subnets: nodes there, and how many more would fit  without room",
            "               planned        blocks     addresses                                                            nodes",
            "p5.48xlarge          8            17             1  pods-a: 8 (+2)                                                0",
            "m5.large            18             8             1  pods-a: 9 (+5), <pods-b>: 9 (+6)                              0",
        ]
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
            "taken": { "blocks": 72, "addresses": 1161 },
            "free": { "blocks": 55, "addresses": 2930 },
            "parts": {
                "unit": "addresses",
                "aws": 5,
                "taken": 1161,
                "freeForPrefixes": 880,
                "free": 2050,
            },
            "wouldFit": [{ "instanceType": "m5.large", "nodes": 6 }],
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
        "<title>pods-a: 3345 addresses taken</title>",
        "<title>&lt;pods-b&gt;: 880 addresses free for prefixes only</title>",
        "746 addresses free; would fit: 2 more of p5.48xlarge, 5 more of m5.large",
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
            "network.nodes[0].count: 80 nodes of `p5.48xlarge` take 1360 /28 blocks and 80 addresses, 17 /28 blocks and 1 address a node; the subnet `pods-a` has 254 /28 blocks (4091 addresses) free, so at best 14 of the nodes fit; plan fewer nodes, or subnets with as much room as a /17 has",
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
            "instance type  nodes    secondary  secondary        secondary     prefixes    prefixes   prefixes         prefixes",
            "                      pods a node  addresses  smallest subnet  pods a node  /28 blocks  addresses  smallest subnet",
            "p5.48xlarge       40          100       4000              /20          250         680      10920              /18",
            "m5.large         200           29       6000              /19          110        1600      25800              /17",
            "all              240                   10000              /18                     2280      36720              /16",
        ]
    );
    let ran = run(&mut admit(&["plan", "-o", "json", "--nodes", "p5.48xlarge=4000"]));
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    let prefix = json!({ "blocks": 68000, "addresses": 1_092_000, "smallestSubnet": null, "subnetsOf16AtLeast": 17 });
    assert_eq!(answer["all"]["prefix"], prefix);
}

#[test]
fn what_can_not_be_answered_exits_with_2_and_says_why() {
    let cases: [(&[&str], &str); 5] = [
        (&["plan"], "--settings"),
        (&["plan", "--nodes", "p5.48xlarge"], "`p5.48xlarge` is not as `p5.48xlarge=40`"),
        (&["plan", "--nodes", "p5.84xlarge=1"], "did you mean `p5.48xlarge`?"),
        (&["plan", "--nodes", "p6e-gb200.36xlarge=1"], "add them to `instanceTypes.extra`"),
        (&["plan", "--nodes", "m5.large=1", "-o", "svg"], "a picture of subnets only"),
    ];
    for (arguments, message) in cases {
        let ran = run(&mut admit(arguments));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.stderr.contains(message), "{arguments:?}: {}", ran.stderr);
    }
    let (code, _, errors) = plan("mutate: true", &[]);
    assert_eq!((code, errors.contains("have no `network`")), (2, true), "{errors}");
}
