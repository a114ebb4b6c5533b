//! The calls that are measured, with their budgets.

use std::sync::Arc;

use insight::snapshot::Snapshot;
use serde_json::{Value, json};
use testkit::{corpus::case, files};

/// A call of the guest.
pub struct Call {
    /// Its row in the table.
    pub what: &'static str,
    /// The function that is called.
    pub operation: &'static str,
    /// The payload: sorted and without white space, as Kubewarden sends it.
    pub payload: Vec<u8>,
    /// The cluster that it can query.
    pub cluster: Option<Arc<Snapshot>>,
    /// The maximum fuel; `None` for a call that is only made when the policy starts.
    pub budget: Option<u64>,
}

/// Fuel for a call that has nothing to say, for one that tells what is wrong, and for one that repairs it.
const ALLOW: u64 = 80_000;
const VALIDATE: u64 = 120_000;
const MUTATE: u64 = 200_000;
/// Fuel with 50 NodePools and 20 node classes to look through.
const WITH_CLUSTER: u64 = 600_000;
/// Fuel per byte of a large payload.
const A_BYTE: u64 = 60;

/// A case of the corpus, its row in the table, and its budget.
const CASES: [(&str, &str, u64); 10] = [
    ("request/web-pod", "a plain web pod", ALLOW),
    ("request/training-pod", "a training pod, allowed", ALLOW),
    ("bandwidth-required/no-known-label-domain", "a training pod over all types, warned", VALIDATE),
    ("node-unsatisfiable/aws-example", "AWS's example pod, denied", VALIDATE),
    ("bandwidth-value/aws-example-becomes-a-minimum", "AWS's example pod, repaired", MUTATE),
    ("efa-limits/requests-alone", "a pod with EFA requests alone, repaired", MUTATE),
    ("efa-required/worker-gets-all-interfaces", "a training pod without EFA, repaired", MUTATE),
    ("efa-required/pytorch-job-object", "a PyTorchJob with two roles, warned", VALIDATE),
    ("prefix-delegation/as-shipped", "the aws-node DaemonSet, repaired", MUTATE),
    ("prefix-delegation/correct-already", "the aws-node DaemonSet, allowed", ALLOW),
];

/// A manifest of `e2e/good`, its API group, and its row in the table.
const MANIFESTS: [(&str, &str, &str); 2] = [
    ("system/fluent-bit.yaml", "apps", "another DaemonSet, allowed"),
    ("training/raycluster-p5e.yaml", "ray.io", "a RayCluster, allowed"),
];

/// Returns every call that is measured.
pub fn all() -> Vec<Call> {
    let mut calls = Vec::new();
    for (name, what, budget) in CASES {
        let case = case(name);
        let payload = payload(case.request(), case.settings());
        calls.push(Call {
            what,
            operation: "validate",
            payload,
            cluster: None,
            budget: Some(budget),
        });
    }
    for (file, group, what) in MANIFESTS {
        let object = files::yaml(files::root().join("e2e/good").join(file));
        let kind = json!({ "group": group, "kind": object.get("kind") });
        let request = json!({ "kind": kind, "operation": "CREATE", "object": object });
        let payload = payload(request, json!({}));
        calls.push(Call {
            what,
            operation: "validate",
            payload,
            cluster: None,
            budget: Some(ALLOW),
        });
    }
    let pod = case("request/training-pod").request();
    for (what, bytes) in
        [("a training pod of 100 KB", 100_000), ("a training pod of 1 MB", 1_000_000)]
    {
        let payload = payload(grown(pod.clone(), bytes), json!({}));
        let budget = Some(A_BYTE * payload.len() as u64);
        calls.push(Call { what, operation: "validate", payload, cluster: None, budget });
    }
    let settings = json!({ "network": plan(1_000) });
    let budget = Some(VALIDATE + A_BYTE * settings.to_string().len() as u64);
    calls.push(Call {
        what: "a training pod, a plan of 1,000 subnets",
        operation: "validate",
        payload: payload(pod.clone(), settings.clone()),
        cluster: None,
        budget,
    });
    calls.push(Call {
        what: "the settings with that plan, checked",
        operation: "validate_settings",
        payload: settings.to_string().into_bytes(),
        cluster: None,
        budget: None,
    });
    let cluster = Some(Arc::new(Snapshot::of(&cluster(50, 20))));
    let settings = json!({ "clusterContext": true, "provisioning": "karpenter" });
    for (what, team) in [
        ("a training pod, 50 NodePools, allowed", Some("team-25")),
        ("a training pod, 50 NodePools, denied", Some("team-50")),
        ("a training pod, 50 NodePools, on any of ten", None),
    ] {
        let mut pod = pod.clone();
        let mut selector = json!({ "node.kubernetes.io/instance-type": "p5.48xlarge" });
        if let (Some(team), Some(labels)) = (team, selector.as_object_mut()) {
            labels.insert("example.com/team".to_owned(), json!(team));
        }
        if let Some(spec) = pod.pointer_mut("/object/spec").and_then(Value::as_object_mut) {
            spec.insert("nodeSelector".to_owned(), selector);
        }
        let payload = payload(pod, settings.clone());
        let (cluster, budget) = (cluster.clone(), Some(WITH_CLUSTER));
        calls.push(Call { what, operation: "validate", payload, cluster, budget });
    }
    calls
}

/// A cluster with this many NodePools, a few of them for training, and this many node classes.
fn cluster(pools: u32, classes: u32) -> Vec<Value> {
    let expression =
        |key: &str, values: &[&str]| json!({ "key": key, "operator": "In", "values": values });
    let pool = |at: u32| {
        let mut requirements = vec![
            expression("karpenter.sh/capacity-type", &["on-demand", "reserved"]),
            expression("topology.kubernetes.io/zone", &["us-west-2a", "us-west-2b"]),
        ];
        let (taints, group) = match at % 5 {
            0 => (true, expression("karpenter.k8s.aws/instance-family", &["p5", "p5en"])),
            1 => (true, expression("karpenter.k8s.aws/instance-family", &["g5", "g6", "g6e"])),
            _ => (false, expression("karpenter.k8s.aws/instance-category", &["c", "m", "r"])),
        };
        requirements.push(group);
        let taints = match taints {
            true => {
                json!([{ "key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule" }])
            }
            false => json!([]),
        };
        json!({
            "apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": { "name": format!("pool-{at}") },
            "spec": {
                "limits": { "cpu": "2000", "memory": "8000Gi" },
                "disruption": { "consolidationPolicy": "WhenEmptyOrUnderutilized", "consolidateAfter": "5m" },
                "template": {
                    "metadata": { "labels": { "example.com/team": format!("team-{at}") } },
                    "spec": {
                        "expireAfter": "336h", "taints": taints, "requirements": requirements,
                        "nodeClassRef": { "group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": format!("class-{}", at % classes) },
                    },
                },
            },
            "status": {
                "conditions": [{ "type": "Ready", "status": "True" }, { "type": "NodeClassReady", "status": "True" }],
                "resources": { "cpu": "96", "memory": "384Gi", "nodes": "2", "pods": "220" },
            },
        })
    };
    let class = |at: u32| {
        json!({
            "apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": { "name": format!("class-{at}") },
            "spec": {
                "amiSelectorTerms": [{ "alias": "al2023@latest" }], "role": "nodes",
                "subnetSelectorTerms": [{ "tags": { "example.com/discovery": "ml", "example.com/tier": "private" } }],
                "securityGroupSelectorTerms": [{ "tags": { "example.com/discovery": "ml" } }],
                "blockDeviceMappings": [{ "deviceName": "/dev/xvda", "ebs": { "volumeSize": "500Gi", "volumeType": "gp3" } }],
            },
        })
    };
    (0..pools).map(pool).chain((0..classes).map(class)).collect()
}

fn payload(request: Value, settings: Value) -> Vec<u8> {
    let mut payload = json!({ "request": request, "settings": settings });
    payload.sort_all_objects();
    payload.to_string().into_bytes()
}

/// The pod with this many bytes more: one half is variables, the other half fields that no rule reads.
fn grown(mut pod: Value, bytes: usize) -> Value {
    let variable = |at: usize| json!({ "name": format!("APP_OPTION_{at}"), "value": "a value of a usual length" });
    let field = |at: usize| (format!("f:option-{at}"), json!({ "f:value": {}, ".": ["a", 1] }));
    let count = bytes / 2 / variable(1000).to_string().len();
    if let Some(env) =
        pod.pointer_mut("/object/spec/containers/0/env").and_then(Value::as_array_mut)
    {
        env.extend((0..count).map(variable));
    }
    let count = bytes / 2 / json!([field(1000)]).to_string().len();
    let fields: serde_json::Map<String, Value> = (0..count).map(field).collect();
    if let Some(metadata) = pod.pointer_mut("/object/metadata") {
        metadata["managedFields"] = json!([{ "manager": "kubectl", "fieldsV1": fields }]);
    }
    pod
}

/// A plan with this many subnets, each a /24, and nodes in all of them.
fn plan(count: u32) -> Value {
    let subnets: Vec<Value> = (0..count)
        .map(|at| {
            let cidr = format!("10.{}.{}.0/24", at / 256, at % 256);
            json!({ "name": format!("pods-{at}"), "vpc": "train", "cidr": cidr, "zone": "us-east-1a" })
        })
        .collect();
    let nodes: Vec<Value> = (0..count)
        .map(|at| json!({ "instanceType": "m5.large", "count": 1, "subnets": [format!("pods-{at}")] }))
        .collect();
    let cidrs: Vec<String> = (0..=count / 256).map(|at| format!("10.{at}.0.0/16")).collect();
    json!({ "vpcs": [{ "name": "train", "cidrs": cidrs }], "subnets": subnets, "nodes": nodes })
}
