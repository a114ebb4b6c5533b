//! `admit plan FILE…`: the plan from AWS's output and Karpenter's objects.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::Path;

use common::{Ran, admit, run};
use serde_json::{Value, json};
use testkit::files::{root, write as file};

const SUBNETS: &str = "admit/tests/aws/describe-subnets.json";
const VPCS: &str = "admit/tests/aws/describe-vpcs.json";
const POOLS: &str = "admit/tests/aws/nodepools.yaml";
const CLASSES: &str = "admit/tests/aws/ec2nodeclasses.yaml";

/// Copies a fixture into a folder of the test, with some of its text replaced.
fn changed(folder: &Path, of: &str, from: &str, to: &str) -> String {
    let text = std::fs::read_to_string(root().join(of)).unwrap();
    assert!(text.contains(from), "{from}");
    let name = Path::new(of).file_name().unwrap().to_str().unwrap();
    file(folder, name, &text.replace(from, to))
}

fn plan(arguments: &[&str]) -> Ran {
    run(admit(&["plan"]).args(arguments))
}

#[test]
fn where_the_room_ends_for_each_node_pool() {
    let ran = plan(&[SUBNETS, VPCS, POOLS, CLASSES]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(
        ran.stdout.lines().collect::<Vec<_>>(),
        [
            "subnet          range          zone        AWS's own  for prefixes     used       used    free       free  unused now",
            "                                           addresses     addresses   blocks  addresses  blocks  addresses   addresses",
            "train-nodes-a   10.0.0.0/20    us-west-2a          5             0  252 /28       4068   1 /28         23        3561",
            "train-nodes-b   10.0.16.0/20   us-west-2b          5             0  252 /28       4068   1 /28         23        3802",
            "train-gpu-a     100.64.0.0/22  us-west-2a          5             0   56 /28        904   6 /28        115         499",
            "train-gpu-b     100.64.4.0/22  us-west-2b          5             0   42 /28        678  20 /28        341        1019",
            "train-public-a  10.0.128.0/24  us-west-2a          5             0    0 /28          0  14 /28        251         240",
            "services        10.0.64.0/24   us-west-2a          5             0    0 /28          0  14 /28        251         201",
            "",
            "NodePool     nodes  limited by                 counted as   of types  room for  unused now for",
            "           at most                                                       nodes           nodes",
            "general        250  limits.cpu 1000            m6i.xlarge          4        72              64",
            "train           32  limits.nvidia.com/gpu 256  p5.48xlarge         2         8               4",
            "inference        6  replicas 6                 g6.12xlarge         1         8               8",
            "burst            -  nothing                    m7i.xlarge          1        72              64",
            "",
            "instance type    nodes  a node uses  a node uses  subnets: nodes (and how many more fit)          without room  planned by",
            "               planned       blocks    addresses                                                         nodes",
            "g6.12xlarge          6            7            1  train-gpu-b: 6 (+2)                                        0  NodePool inference",
            "m6i.xlarge         250            7            1  train-nodes-a: 36 (+0), train-nodes-b: 36 (+0)           178  NodePool general",
            "p5.48xlarge         32            7            1  train-gpu-a: 8 (+0)                                       24  NodePool train",
            "m7i.xlarge           0            7            1  train-nodes-a: 0 (+0), train-nodes-b: 0 (+0)               0  NodePool burst",
            "",
            "`10.0.64.0/18` of the VPC `services` overlaps `10.0.0.0/16` of the VPC `train`: only private NAT gateways can connect them, and AWS advises against it",
            "nodes are counted with prefixes: `capacity.prefixDelegation` is `auto`",
            "the NodePool `general` can outgrow its subnets: `limits.cpu 1000` allows 250 nodes of `m6i.xlarge`, but at best 72 fit in `train-nodes-a`, `train-nodes-b`",
            "the NodePool `train` can outgrow its subnets: `limits.nvidia.com/gpu 256` allows 32 nodes of `p5.48xlarge`, but at best 8 fit in `train-gpu-a`",
            "the NodePool `train`: a node whose pods request EFA uses up to 31 more addresses for the interfaces, which are not counted",
            "at best 72 nodes of `m7i.xlarge` fit for the NodePool `burst`, if no other nodes use the subnets",
            "the NodePool `burst` has no limits; only the free addresses limit its nodes",
        ]
    );
    // A folder gives the same; other files in it are skipped.
    assert_eq!(plan(&["admit/tests/aws"]).stdout, ran.stdout);
}

#[test]
fn as_json_and_as_a_picture() {
    let ran = plan(&["-o", "json", SUBNETS, VPCS, POOLS, CLASSES]);
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        answer["nodePools"][1],
        json!({
            "name": "train",
            "nodesAtMost": 32,
            "boundedBy": "limits.nvidia.com/gpu 256",
            "instanceType": "p5.48xlarge",
            "types": 2,
            "roomFor": 8,
            "roomNowFor": 4,
        })
    );
    assert_eq!(answer["subnets"][2]["freeNow"], 499);
    assert_eq!(answer["nodes"][0]["plannedBy"], "NodePool inference");
    let ran = plan(&["-o", "svg", SUBNETS, VPCS, POOLS, CLASSES]);
    assert!(ran.stdout.contains("<title>train-gpu-a: 904 addresses used</title>"));
}

#[test]
fn replicas_without_room_are_a_fault_and_limits_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let pools = changed(folder.path(), POOLS, "replicas: 6", "replicas: 60");
    let ran = plan(&[SUBNETS, VPCS, CLASSES, &pools]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    let start = format!("{pools} /items/2 NodePool `inference`: 60 nodes of `g6.12xlarge` take ");
    assert!(ran.stderr.starts_with(&start), "{}", ran.stderr);
    assert!(ran.stderr.contains("at best 9 of the nodes fit"), "{}", ran.stderr);
    // Without the class, the number of pods on a node and their subnets are unknown.
    assert_eq!(plan(&[SUBNETS, VPCS, &pools]).code, 0);
}

#[test]
fn what_can_not_be_known_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let said = |files: &[&str], expected: &str| {
        let ran = plan(files);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stdout.contains(expected), "{expected}: {}", ran.stdout);
    };
    said(&[POOLS], "no file describes subnets, so the free addresses are unknown");
    said(&[SUBNETS, POOLS], "the EC2NodeClass `default`, which no file describes");
    said(
        &[SUBNETS],
        "the CIDR blocks of the VPC `vpc-0123456789abcdef0` are unknown, only its subnets",
    );
    assert!(!plan(&[SUBNETS]).stdout.contains("overlaps another"));
    let changed_pools = |from: &str, to: &str, expected: &str| {
        let pools = changed(folder.path(), POOLS, from, to);
        said(&[SUBNETS, VPCS, CLASSES, &pools], expected);
    };
    changed_pools(
        "p5en.48xlarge",
        "p9.48xlarge",
        "the NodePool `train` names unknown types (`p9.48xlarge`); such nodes are not counted",
    );
    changed_pools(
        "p5en.48xlarge",
        "p6e-gb200.36xlarge",
        "the NodePool `train` may have nodes of `p6e-gb200.36xlarge`, but it is unknown how many addresses they use",
    );
    changed_pools(
        "nvidia.com/gpu: \"256\"",
        "example.com/tpu: \"256\"",
        "a limit of `example.com/tpu`, but it is unknown how much of it a node has",
    );
    changed_pools(
        "nvidia.com/gpu: \"256\"",
        "aws.amazon.com/neuron: \"256\"",
        "has limits that don't limit its nodes of `p5.48xlarge`",
    );
    changed_pools(
        "nvidia.com/gpu: \"256\"",
        "nvidia.com/gpu: \"7\"",
        "the NodePool `train` makes no node: its `limits.nvidia.com/gpu` of `7` is less than any of its types has",
    );
    changed_pools(
        "group: karpenter.k8s.aws, kind: EC2NodeClass, name: gpu",
        "group: eks.amazonaws.com, kind: NodeClass, name: default",
        "the NodePool `train` belongs to EKS Auto Mode",
    );
    changed_pools("[us-west-2a]", "[us-west-2c]", "selects no subnet in its zones");
    let custom = file(folder.path(), "custom.yml", "capacity: {customNetworking: true}");
    said(&["-s", &custom, SUBNETS, VPCS, POOLS, CLASSES], "the subnets of ENIConfigs");
}

#[test]
fn with_custom_networking_pods_are_in_the_subnets_of_eni_configs() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "capacity: {customNetworking: true, prefixDelegation: true}";
    let settings = file(folder.path(), "settings.yml", settings);
    let config = "apiVersion: crd.k8s.amazonaws.com/v1alpha1\nkind: ENIConfig\nmetadata: {name: us-west-2b}\n\
                  spec: {subnet: subnet-0123456789abcdef3}\n";
    let config = file(folder.path(), "eniconfig.yml", config);
    let arguments = ["-o", "json", "-s", &settings, SUBNETS, VPCS, POOLS, CLASSES, &config];
    let answer: Value = serde_json::from_str(&plan(&arguments).stdout).unwrap();
    let placed = |at: usize| answer["nodes"][at]["placed"][0]["subnet"].clone();
    assert_eq!((placed(0), placed(1)), ("train-gpu-b".into(), "train-gpu-b".into()));
    // Its zone has no ENIConfig.
    assert_eq!(answer["nodePools"][1]["roomFor"], Value::Null);
}

#[test]
fn nodes_of_a_cluster_of_ipv6_take_a_prefix_of_it_and_an_address() {
    let folder = tempfile::tempdir().unwrap();
    let dns = "kubelet: { clusterDNS: [\"fd00:ec2::a\"] }";
    let classes = changed(folder.path(), CLASSES, "kubelet: { maxPods: 110 }", dns);
    let ran = plan(&["-o", "json", SUBNETS, VPCS, POOLS, &classes]);
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    let nodes = answer["nodes"].as_array().unwrap();
    let of_train = nodes.iter().filter(|nodes| nodes["plannedBy"] == "NodePool train");
    let placed: Vec<_> = of_train.map(|nodes| nodes["placed"][0].clone()).collect();
    assert_eq!(
        placed,
        [
            json!({ "subnet": "train-gpu-a IPv6", "nodes": 32 }),
            json!({ "subnet": "train-gpu-a", "nodes": 32 })
        ]
    );
    assert_eq!(answer["nodePools"][1]["roomFor"], 1019);
}

#[test]
fn a_plan_by_hand_is_joined_to_what_aws_has() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "\
capacity: {prefixDelegation: true}
network:
  vpcs: [{name: train, cidrs: [10.0.0.0/16, 10.1.0.0/16]}]
  subnets:
    - {name: mine, vpc: train, cidr: 10.0.0.0/20, prefixReservations: [10.0.8.0/21]}
    - {name: planned, vpc: train, cidr: 10.1.0.0/18}
  nodes:
    - {instanceType: m5.large, count: 90, subnets: [subnet-0123456789abcdef1, planned]}
";
    let mine = file(folder.path(), "plan.yml", settings);
    let ran = plan(&["-o", "json", SUBNETS, VPCS, &mine]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    let subnets = answer["subnets"].as_array().unwrap();
    assert_eq!(subnets.len(), 7, "the first of AWS is the plan's");
    assert_eq!((&subnets[0]["zone"], &subnets[0]["freeNow"]), (&"us-west-2a".into(), &3561.into()));
    assert_eq!(
        answer["nodes"][0]["placed"],
        json!([{ "subnet": "planned", "nodes": 54 }, { "subnet": "train-nodes-b", "nodes": 36 }])
    );
    let notes = answer["notes"].to_string();
    assert!(
        notes.contains("AWS does not have the block `10.1.0.0/16` of the VPC `train` yet"),
        "{notes}"
    );
    // `--settings` gives the same.
    assert_eq!(plan(&["-o", "json", SUBNETS, VPCS, "-s", &mine]).stdout, ran.stdout);

    let faults = |from: &str, to: &str| {
        let other = file(folder.path(), "other.yml", &settings.replace(from, to));
        let ran = plan(&[SUBNETS, VPCS, &other]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
        ran.stderr
    };
    assert_eq!(
        faults(
            "name: mine, vpc: train, cidr: 10.0.0.0/20, prefixReservations: [10.0.8.0/21]",
            "name: train-nodes-a, vpc: train, cidr: 10.0.0.0/19"
        ),
        format!(
            "network.subnets[0].cidr: `10.0.0.0/19` is planned, but subnet-0123456789abcdef0 in AWS has `10.0.0.0/20`; plan the existing subnet, or another one\n\
             {SUBNETS} /Subnets/1/CidrBlock: `10.0.16.0/20` overlaps `10.0.0.0/19` of `network.subnets[0]` in the VPC `train`; give each a range of its own\n"
        )
    );
    let ran = faults("count: 90", "count: 9000");
    assert!(ran.starts_with("network.nodes[0].count: 9000 nodes of `m5.large` take "), "{ran}");
}

#[test]
fn what_is_no_such_file_exits_with_2_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let other = file(folder.path(), "other.json", r#"{"Reservations": []}"#);
    let bad = file(folder.path(), "bad.json", r#"{"Subnets": [{"SubnetId": "subnet-0"}]}"#);
    let service = file(folder.path(), "service.yml", "apiVersion: v1\nkind: Service\n");
    let strict = "policy-settings/strict.yml";
    let planned = "playground/plans/address-plan.yml";
    let cases: [(&[&str], &str); 5] = [
        (&[&other], "line 1: not the output of `aws ec2 describe-subnets`"),
        (&[&bad], "/Subnets/0 does not have the format of AWS's output: missing field `VpcId`"),
        (&[&service], "no file describes subnets"),
        (&["--nodes", "m5.large=1", SUBNETS], "cannot be used with"),
        (&["-s", strict, planned], "the files contain different settings"),
    ];
    for (arguments, message) in cases {
        let ran = plan(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.stderr.contains(message), "{arguments:?}: {}", ran.stderr);
    }
    let ran = run(admit(&["plan", "-"]).write_stdin("Vpcs: []\nNextToken: abc\n"));
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "nothing is in it: {}", ran.stderr);
}
