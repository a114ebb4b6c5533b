//! `admit --cluster` and `admit cluster`: the contents of a snapshot, and checks against it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;

use common::{admit, run};
use serde_json::Value;
use testkit::files::{root, write as file};

const CLUSTER: &str = "examples/cluster";
const WORKLOAD: &str = "e2e/cases/cluster/pretraining-without-a-toleration/object.json";
const SETTINGS: &str = "e2e/cases/cluster/pretraining-without-a-toleration/settings.json";

#[test]
fn a_snapshot_is_understood_as_data() {
    let ran = run(&mut admit(&["cluster", CLUSTER, "-o", "json"]));
    assert_eq!((ran.code, &*ran.stderr), (0, ""));
    let cluster: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(cluster["prefixDelegation"], true);
    assert_eq!(cluster["unseen"], Value::Array(Vec::new()));
    let reserved = &cluster["pools"][2];
    assert_eq!((&reserved["name"], &reserved["fixed"]), (&"reserved".into(), &true.into()));
    assert_eq!(reserved["types"], serde_json::json!(["p4d.24xlarge"]));
    assert_eq!(reserved["efa"], serde_json::json!({"least": 4, "most": 4}));
}

#[test]
fn a_snapshot_is_drawn() {
    let ran = run(&mut admit(&["cluster", CLUSTER, "-o", "svg"]));
    assert!(ran.stdout.starts_with("<svg ") && ran.stdout.ends_with("</svg>\n"));
    for name in ["general", "gpu", "reserved", "train"] {
        assert!(ran.stdout.contains(&format!(">{name}</text>")), "{name}");
    }
}

#[test]
fn what_is_not_seen_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let pools = fs::read_to_string(root().join(CLUSTER).join("nodepools.yaml")).unwrap();
    let file = file(folder.path(), "pool.yaml", pools.split("---").next().unwrap());
    let ran = run(&mut admit(&["cluster", &file]));
    let last: Vec<&str> = ran.stdout.lines().rev().take(3).collect();
    assert_eq!(
        last,
        [
            "not in the snapshot: the node class `default` of `general`",
            "not in the snapshot: the VPC CNI's DaemonSet `aws-node`",
            "it is unknown whether the VPC CNI assigns prefixes",
        ]
    );
}

#[test]
fn workloads_are_judged_by_a_snapshot() {
    let judge = |more: &[&str]| {
        let mut command = admit(&["-s", SETTINGS, WORKLOAD]);
        run(command.args(more))
    };
    let ran = judge(&["--cluster", CLUSTER]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("the closest, `train`, has the taint"), "{}", ran.stdout);
    // The files one by one give the same cluster.
    let files = ["nodepools", "nodeclasses", "overlays", "cni"];
    let files = files.map(|name| format!("{CLUSTER}/{name}.yaml"));
    let each: Vec<&str> = files.iter().flat_map(|file| ["--cluster", file]).collect();
    assert_eq!(judge(&each).stdout, ran.stdout);
    let both = judge(&["--cluster", CLUSTER, "--replay-host-capabilities-interactions", "x"]);
    assert_eq!(both.code, 2);
    let missing = judge(&["--cluster", "no/such/folder"]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("no/such/folder"), "{}", missing.stderr);
}
