//! Draws clusters: NodePools around real types, the classes and overlays that change what their nodes have,
//! the daemons on them, and pods with accelerators or EFA.

use serde_json::{Map, Value, json};

use super::{
    Draw, Scenario,
    expressions::{expression, require, selector, term},
    facts::{Facts, Row, TYPE},
    objects::{class, object, pool},
    pods::named,
    resources::{containers, devices, room},
};

const TEAM: &str = "example.com/team";
const ZONE: &str = "topology.kubernetes.io/zone";
const CAPACITY: &str = "karpenter.sh/capacity-type";
const ARCH: &str = "kubernetes.io/arch";
const FAMILY: &str = "karpenter.k8s.aws/instance-family";
const CATEGORY: &str = "karpenter.k8s.aws/instance-category";
const CPU: &str = "karpenter.k8s.aws/instance-cpu";
const GPUS: &str = "karpenter.k8s.aws/instance-gpu-count";
const GENERATION: &str = "karpenter.k8s.aws/instance-generation";

/// The classes of a cluster; pools reference one of them.
fn classes(draw: &mut Draw) -> Vec<Value> {
    let efa = |card: u64| json!({"networkCardIndex": card, "deviceIndex": u64::from(card == 0), "interfaceType": "efa-only"});
    let mut interfaces =
        vec![json!({"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"})];
    interfaces.extend((draw.below(2)..draw.one(&[1, 2, 4, 8, 16, 32])).map(efa));
    let volume = json!([{"deviceName": "/dev/xvda", "ebs": {"volumeSize": "200Gi"}}]);
    vec![
        class("default", json!({})),
        class("interfaces", json!({ "networkInterfaces": interfaces })),
        class("few-pods", json!({"kubelet": {"maxPods": draw.one(&[1, 2, 8, 110])}})),
        class(
            "disks",
            draw.one(&[
                json!({"instanceStorePolicy": "RAID0"}),
                json!({ "blockDeviceMappings": volume }),
            ]),
        ),
        class("bottlerocket", json!({"amiSelectorTerms": [{"alias": "bottlerocket@latest"}]})),
    ]
}

fn taint(draw: &mut Draw) -> Value {
    let key = draw.one(&["nvidia.com/gpu", "nvidia.com/gpu", "dedicated", "example.com/team"]);
    let effect = draw.one(&["NoSchedule", "NoSchedule", "NoExecute", "PreferNoSchedule"]);
    let mut one = json!({"key": key, "effect": effect});
    if draw.at_times(60) {
        one["value"] = draw.one(&["a", "b", "true"]).into();
    }
    one
}

fn toleration(draw: &mut Draw) -> Value {
    match draw.below(5) {
        0 => json!({"operator": "Exists"}),
        1 => json!({"key": "nvidia.com/gpu", "operator": "Exists"}),
        2 => json!({"key": "dedicated", "operator": "Equal", "value": draw.one(&["a", "b"])}),
        3 => {
            json!({"key": "dedicated", "value": "a", "effect": draw.one(&["NoSchedule", "NoExecute"])})
        }
        _ => {
            json!({"key": draw.one(&["nvidia.com/gpu", "example.com/team"]), "operator": "Exists"})
        }
    }
}

/// The requirements of a pool: mostly those that lead to the type, and some others. Only one per label: a
/// pool that contradicts itself says nothing about pods.
fn requirements(facts: &Facts, row: &Row, draw: &mut Draw) -> Vec<Value> {
    let listed = |key: &str, operator: &str, values: &[&str]| json!({"key": key, "operator": operator, "values": values});
    let mut all = Vec::new();
    for key in [TYPE, FAMILY, CATEGORY] {
        if draw.at_times(40) && !row.label(key).is_empty() {
            let mut values = vec![row.label(key)];
            for _ in 0..draw.below(4) {
                values.push(facts.other(key, "", draw));
            }
            values.sort_unstable();
            values.dedup();
            let mut one = listed(key, "In", &values);
            if draw.at_times(12) {
                one["minValues"] = draw.between(1, u64::try_from(values.len()).unwrap()).into();
            }
            all.push(one);
        }
    }
    for (key, share) in [(ARCH, 25), (CPU, 20), (GPUS, 20), (GENERATION, 20)] {
        if draw.at_times(share) {
            let broken = draw.at_times(15);
            let mut one = expression(facts, key, row.label(key), broken, draw);
            if one["operator"] == "Exists" && draw.at_times(30) {
                one["minValues"] = draw.between(1, 3).into();
            }
            all.push(one);
        }
    }
    if draw.at_times(25) {
        all.push(listed(
            ZONE,
            draw.one(&["In", "In", "NotIn"]),
            &[draw.one(&["us-west-2a", "us-west-2b"])],
        ));
    }
    if draw.at_times(25) {
        all.push(listed(
            CAPACITY,
            "In",
            draw.one(&[&["on-demand"][..], &["spot"][..], &["spot", "on-demand"][..]]),
        ));
    }
    if draw.at_times(25) {
        all.push(match draw.below(3) {
            0 => json!({"key": TEAM, "operator": "Exists"}),
            1 => listed(TEAM, "In", &["red", "blue"]),
            _ => listed(TEAM, "NotIn", &["red"]),
        });
    }
    all
}

fn node_pool(facts: &Facts, row: &Row, name: &str, draw: &mut Draw) -> Value {
    let class = draw.one(&[
        "default",
        "default",
        "default",
        "interfaces",
        "few-pods",
        "disks",
        "bottlerocket",
    ]);
    let requirements = requirements(facts, row, draw);
    let names_team = requirements.iter().any(|one| one["key"] == TEAM);
    let mut made = pool(name, class, requirements.into());
    let spec = &mut made["spec"];
    if draw.at_times(30) && !names_team {
        spec["template"]["metadata"]["labels"][TEAM] = draw.one(&["red", "blue"]).into();
    }
    let taints: Vec<Value> = (0..draw.one(&[0, 0, 0, 1, 1, 2])).map(|_| taint(draw)).collect();
    spec["template"]["spec"]["taints"] = taints.into();
    if draw.at_times(20) {
        spec["template"]["spec"]["startupTaints"] = json!([taint(draw)]);
    }
    if draw.at_times(30) {
        spec["weight"] = draw.between(1, 100).into();
    }
    if draw.at_times(8) {
        let limit = [
            ("cpu", "8"),
            ("cpu", "1000"),
            ("memory", "64Gi"),
            ("nvidia.com/gpu", "4"),
            ("nodes", "0"),
        ];
        let (name, most) = draw.one(&limit);
        spec["limits"] = json!({ name: most });
    }
    if draw.at_times(10) {
        spec["replicas"] = draw.between(1, 4).into();
        // Karpenter allows neither together with `replicas`.
        let spec = spec.as_object_mut().unwrap();
        spec.remove("weight");
        spec.remove("limits");
    }
    made
}

/// An overlay that adds resources to types.
fn overlay(facts: &Facts, row: &Row, draw: &mut Draw) -> Value {
    let key = draw.one(&[TYPE, FAMILY, CATEGORY]);
    let requirements = match row.label(key) {
        "" => json!([]),
        _ => json!([expression(facts, key, row.label(key), false, draw)]),
    };
    let capacity = draw.one(&[
        json!({"example.com/fpga": "4"}),
        json!({"smarter-devices/fuse": "8"}),
        json!({"hugepages-2Mi": "5Gi"}),
        json!({"example.com/fpga": "1"}),
    ]);
    object(
        "karpenter.sh/v1alpha1",
        "NodeOverlay",
        "overlay",
        json!({"requirements": requirements, "capacity": capacity}),
    )
}

fn daemon(name: &str, draw: &mut Draw) -> Value {
    let requests = draw.one(&[
        json!({"cpu": "100m", "memory": "128Mi"}),
        json!({"cpu": "2", "memory": "4Gi"}),
        json!({"memory": "16Gi"}),
        json!({"ephemeral-storage": "5Gi"}),
    ]);
    let mut pod = json!({"containers": [{"name": "agent", "image": "example.com/agent:1", "resources": {"requests": requests}}]});
    if draw.at_times(70) {
        pod["tolerations"] = json!([{"operator": "Exists"}]);
    }
    if draw.at_times(20) {
        pod["nodeSelector"] = json!({ ARCH: draw.one(&["amd64", "arm64"]) });
    }
    let labels = json!({ "app": name });
    let template = json!({"metadata": {"labels": labels}, "spec": pod});
    let spec = json!({"selector": {"matchLabels": labels}, "template": template});
    let mut made = object("apps/v1", "DaemonSet", name, spec);
    made["metadata"]["namespace"] = "kube-system".into();
    made
}

/// A pod around a type, mostly a type of one of the pools.
fn pod(facts: &Facts, row: &Row, draw: &mut Draw) -> Value {
    let mut spec = json!({});
    let broken = draw.at_times(25);
    match draw.below(6) {
        0 | 1 => {
            let count = draw.between(1, 2);
            spec["nodeSelector"] = selector(facts, row, count, broken, draw).into();
        }
        2 | 3 => require(&mut spec, vec![term(facts, row, broken, draw)]),
        4 => {
            let other = facts.accelerated(draw).clone();
            let terms = vec![term(facts, &other, true, draw), term(facts, row, broken, draw)];
            require(&mut spec, terms);
        }
        _ => {}
    }
    let mut select = |key: &str, value: &str| spec["nodeSelector"][key] = value.into();
    if draw.at_times(10) {
        select(TEAM, draw.one(&["red", "red", "blue", "green"]));
    }
    if draw.at_times(10) {
        select(ZONE, draw.one(&["us-west-2a", "us-west-2b"]));
    }
    if draw.at_times(10) {
        select(CAPACITY, draw.one(&["on-demand", "spot"]));
    }
    if draw.at_times(6) {
        select("karpenter.sh/nodepool", draw.one(&["pool-0", "pool-1"]));
    }
    let tolerations: Vec<Value> = (0..draw.one(&[0, 1, 1, 2])).map(|_| toleration(draw)).collect();
    if !tolerations.is_empty() {
        spec["tolerations"] = tolerations.into();
    }
    let mut asked: Map<String, Value> = devices(row, 15, draw);
    if asked.is_empty() {
        // The policy only looks at pools for pods with devices.
        let device = match (row.number("gpu_count"), row.number("neuron_devices")) {
            (0, 0) => "vpc.amazonaws.com/efa",
            (0, _) => "aws.amazon.com/neuron",
            _ if row.text("gpu_manufacturer") == "amd" => "amd.com/gpu",
            _ => "nvidia.com/gpu",
        };
        asked.insert(device.to_owned(), "1".into());
    }
    if draw.at_times(30) {
        asked.extend(room(row, 15, draw));
    }
    if draw.at_times(8) {
        asked
            .insert(draw.one(&["example.com/fpga", "smarter-devices/fuse"]).to_owned(), "2".into());
    }
    spec["containers"] = containers(asked, draw);
    named("worker", spec)
}

/// A cluster with the pods that arrive.
pub fn scenario(facts: &Facts, draw: &mut Draw) -> Scenario {
    let rows: Vec<Row> = (0..draw.between(1, 4)).map(|_| facts.devices(draw).clone()).collect();
    let mut objects = classes(draw);
    for (index, row) in rows.iter().enumerate() {
        objects.push(node_pool(facts, row, &format!("pool-{index}"), draw));
    }
    if draw.at_times(30) {
        objects.push(overlay(facts, &rows[0], draw));
    }
    for index in 0..draw.one(&[0, 0, 1, 2]) {
        objects.push(daemon(&format!("agent-{index}"), draw));
    }
    let pods = (0..10).map(|_| {
        let row = if draw.at_times(90) { draw.one(&rows) } else { facts.devices(draw).clone() };
        pod(facts, &row, draw)
    });
    let pods = pods.collect();
    Scenario { objects, pods }
}
