//! Generates objects of every kind that the policy checks.

use eks_aiml_networking::view::KINDS;
use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};

use super::{at_times, members, nodes, one_of, pods, unknown, with};

/// An object of any kind; most often one that is repaired, or one that trains.
pub fn object() -> BoxedStrategy<Value> {
    let pod = (pods::template(), any::<bool>()).prop_map(|(template, is_made)| {
        let pod = made("", "Pod", vec![template], 1);
        if is_made { made_by_a_job(pod) } else { pod }
    });
    let any_kind = (prop::sample::select(KINDS), vec(pods::template(), 1..3), 0_u64..5)
        .prop_map(|((group, name, ..), templates, count)| made(group, name, templates, count));
    let daemon_set =
        pods::template().prop_map(|template| made("apps", "DaemonSet", vec![template], 1));
    prop_oneof![
        8 => pod,
        2 => daemon_set,
        3 => aws_node(),
        1 => device_plugin(),
        6 => any_kind,
        3 => of_nodes(),
        1 => serving(),
    ]
    .boxed()
}

/// Groups of serving pods, with and without EFA, requested in one way or in both, on types of one
/// generation or of two.
fn serving() -> BoxedStrategy<Value> {
    let asked = prop::sample::select(&[[0_u64, 0], [4, 0], [32, 0], [0, 4], [4, 4]][..]);
    let types =
        prop::sample::select(vec![vec!["p5.48xlarge"], vec!["p4d.24xlarge", "p5.48xlarge"]]);
    (asked, types, 1_u64..4, 1_u64..9)
        .prop_map(|([plugin, class], types, size, gpus)| {
            let limits = members([
                ("nvidia.com/gpu", Some(gpus.into())),
                ("vpc.amazonaws.com/efa", (plugin > 0).then(|| plugin.into())),
                (
                    "deviceclass.resource.kubernetes.io/efa.networking.k8s.aws",
                    (class > 0).then(|| class.into()),
                ),
            ]);
            let types = json!({ "key": "node.kubernetes.io/instance-type", "operator": "In", "values": types });
            let terms = json!([{ "matchExpressions": [types] }]);
            let affinity = json!({ "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": terms } } });
            let container = json!({ "name": "vllm", "image": "vllm", "resources": { "limits": limits } });
            let spec = json!({ "affinity": affinity, "containers": [container] });
            let template = json!({ "size": size, "workerTemplate": { "spec": spec } });
            named("LeaderWorkerSet", json!({ "leaderWorkerTemplate": template }), json!({}))
        })
        .boxed()
}

/// The pod as created by a Job.
pub fn made_by_a_job(mut pod: Value) -> Value {
    let owner = json!({ "apiVersion": "batch/v1", "kind": "Job", "name": "llm", "uid": "1", "controller": true });
    pod["metadata"]["ownerReferences"] = json!([owner]);
    pod
}

/// An object of this kind that creates pods from these templates, or is a pod.
fn made(group: &str, kind: &str, templates: Vec<Value>, count: u64) -> Value {
    let first = templates.first().cloned().unwrap_or_default();
    let job = |template: &Value| json!({ "completionMode": "Indexed", "parallelism": count, "completions": 4, "template": template });
    let replicas = |template: &Value| json!({ "replicas": count, "template": template });
    let each = |with: &dyn Fn(&Value) -> Value| {
        Value::from(templates.iter().map(with).collect::<Vec<_>>())
    };
    let spec = match kind {
        "Pod" => {
            return with(
                named(kind, json!({}), first["metadata"].clone()),
                json!({ "spec": first["spec"] }),
            );
        }
        "Job" if group == "batch.volcano.sh" => {
            json!({ "plugins": { "pytorch": [] }, "tasks": each(&replicas) })
        }
        "Job" => job(&first),
        "HyperPodPyTorchJob" => json!({ "replicaSpecs": each(&replicas) }),
        "TrainingRuntime" | "ClusterTrainingRuntime" => {
            let jobs = each(
                &|template| json!({ "name": "node", "template": { "spec": { "template": template } } }),
            );
            json!({ "mlPolicy": { "numNodes": count }, "template": { "spec": { "replicatedJobs": jobs } } })
        }
        "RayService" => json!({ "rayClusterConfig": ray(&first, &each(&replicas)) }),
        "RayCronJob" => {
            json!({ "jobTemplate": { "rayClusterSpec": ray(&first, &each(&replicas)), "submitterPodTemplate": first } })
        }
        "DisaggregatedSet" => {
            json!({ "roles": each(&|template| json!({ "spec": { "leaderWorkerTemplate": { "size": count, "workerTemplate": template } } })) })
        }
        "LLMInferenceService" => {
            json!({ "parallelism": { "pipeline": count }, "template": first["spec"], "worker": first["spec"] })
        }
        "DynamoGraphDeployment" if count > 2 => {
            json!({ "components": each(&|template| json!({ "multinode": { "nodeCount": count }, "podTemplate": template })) })
        }
        "DynamoGraphDeployment" => {
            let main = &first["spec"]["containers"][0];
            let service = |own: bool| {
                let main =
                    with(main.clone(), if own { json!({}) } else { json!({ "resources": null }) });
                let resources =
                    json!({ "limits": { "gpu": "8", "custom": main["resources"]["limits"] } });
                json!({ "multinode": { "nodeCount": count }, "envs": main["env"],
                        "resources": if own { json!(null) } else { resources },
                        "extraPodSpec": with(first["spec"].clone(), json!({ "mainContainer": main })) })
            };
            json!({ "services": { "Worker": service(true), "Other/One": service(false) } })
        }
        "ResourceClaim" => json!({ "devices": { "requests": efa_claim(count) } }),
        "ResourceClaimTemplate" => {
            json!({ "spec": { "devices": { "requests": efa_claim(count) } } })
        }
        "NodeOverlay" => {
            json!({ "requirements": [], "capacity": { "hugepages-2Mi": "1Gi", "vpc.amazonaws.com/efa": count } })
        }
        "NodeClass" => {
            let interfaces: Vec<Value> = (0..count * 12)
                .map(|card| json!({ "networkCardIndex": card, "interfaceType": "efa-only" }))
                .collect();
            json!({ "advancedNetworking": { "networkInterfaces": interfaces } })
        }
        "CronJob" => json!({ "jobTemplate": { "spec": job(&first) } }),
        "JobSet" => {
            json!({ "replicatedJobs": each(&|template| json!({ "name": "node", "replicas": count, "template": { "spec": job(template) } })) })
        }
        "LeaderWorkerSet" => {
            json!({ "leaderWorkerTemplate": { "size": count, "leaderTemplate": first, "workerTemplate": templates.last() } })
        }
        "RayCluster" => ray(&first, &each(&replicas)),
        "RayJob" => {
            json!({ "rayClusterSpec": ray(&first, &each(&replicas)), "submitterPodTemplate": first })
        }
        "TrainJob" => {
            let container = &first["spec"]["containers"][0];
            let trainer = json!({ "numNodes": count, "image": container["image"], "command": container["command"],
                                  "env": container["env"], "resourcesPerNode": container["resources"] });
            json!({ "trainer": trainer, "podTemplateOverrides": each(&|template| json!({ "spec": template["spec"] })) })
        }
        "JAXJob" => roles("jaxReplicaSpecs", &["Worker"], &each(&replicas)),
        "MPIJob" => roles("mpiReplicaSpecs", &["Worker", "Launcher"], &each(&replicas)),
        "PaddleJob" => roles("paddleReplicaSpecs", &["Master", "Worker"], &each(&replicas)),
        "PyTorchJob" => roles("pytorchReplicaSpecs", &["Worker", "Master"], &each(&replicas)),
        "TFJob" => roles("tfReplicaSpecs", &["Chief", "PS"], &each(&replicas)),
        "XGBoostJob" => roles("xgbReplicaSpecs", &["Master", "Worker"], &each(&replicas)),
        "ConfigMap" => {
            return with(
                named(
                    kind,
                    json!(null),
                    json!({ "name": "amazon-vpc-cni", "namespace": "kube-system" }),
                ),
                json!({ "data": { "enable-windows-ipam": "true", "enable-windows-prefix-delegation": (count > 1).to_string(),
                              "warm-prefix-target": "1", "minimum-ip-target": "3" } }),
            );
        }
        "PodTemplate" => {
            return with(named(kind, json!(null), json!({})), json!({ "template": first }));
        }
        "ENIConfig" => json!({ "subnet": if count > 2 { "subnet-0123456789abcdef0" } else { "" } }),
        _ => json!({ "template": first }),
    };
    of_group(group, kind, spec, json!({}))
}

fn efa_claim(count: u64) -> Value {
    json!([{ "name": "efa", "exactly": { "deviceClassName": "efa.networking.k8s.aws", "count": count * 10 } }])
}

fn ray(head: &Value, workers: &Value) -> Value {
    json!({ "headGroupSpec": { "template": head }, "workerGroupSpecs": workers })
}

fn roles(field: &str, names: &[&str], replicas: &Value) -> Value {
    let sets = replicas.as_array().into_iter().flatten();
    let sets = names.iter().zip(sets).map(|(name, set)| ((*name).to_owned(), set.clone()));
    json!({ field: Value::Object(sets.collect()), "elasticPolicy": { "maxReplicas": 3 } })
}

fn named(kind: &str, spec: Value, metadata: Value) -> Value {
    let group = KINDS.iter().find(|(_, name, ..)| *name == kind).map_or("", |(group, ..)| group);
    of_group(group, kind, spec, metadata)
}

fn of_group(group: &str, kind: &str, spec: Value, metadata: Value) -> Value {
    let version = if group.is_empty() { "v1".to_owned() } else { format!("{group}/v1") };
    let metadata = with(json!({ "name": "llm-0", "namespace": "ml" }), metadata);
    json!({ "apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec })
}

/// The DaemonSet of the VPC CNI.
fn aws_node() -> BoxedStrategy<Value> {
    let version = one_of(&["v1.7.5", "v1.9.0", "v1.12.2", "v1.18.1", "v1.20.4", "latest"]);
    let name = one_of(&[
        "ENABLE_PREFIX_DELEGATION",
        "WARM_PREFIX_TARGET",
        "WARM_IP_TARGET",
        "MINIMUM_IP_TARGET",
        "WARM_ENI_TARGET",
        "ENABLE_IPv4",
        "ENABLE_IPv6",
        "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG",
        "ENABLE_POD_ENI",
        "MAX_ENI",
    ]);
    let value = one_of(&["true", "true", "false", "yes", "0", "1", "2", "", "$(X)"]);
    let variable = prop_oneof![
        9 => (name, value).prop_map(|(name, value)| json!({ "name": name, "value": value })),
        1 => Just(json!({ "name": "ENABLE_PREFIX_DELEGATION", "valueFrom": { "fieldRef": {} } })),
    ];
    (version, vec(variable, 0..7), at_times(30, unknown()))
        .prop_map(|(version, env, unknown)| {
            let image =
                format!("602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni:{version}");
            let cni = members([
                ("fieldOfTheFuture", unknown),
                ("name", Some("aws-node".into())),
                ("image", Some(image.into())),
                ("env", (!env.is_empty()).then(|| env.into())),
            ]);
            let agent = json!({ "name": "aws-eks-nodeagent", "image": "agent:v1" });
            let spec = json!({ "template": { "spec": { "containers": [agent, cni] } } });
            named("DaemonSet", spec, json!({ "name": "aws-node", "namespace": "kube-system" }))
        })
        .boxed()
}

/// The DaemonSet of the EFA device plugin.
fn device_plugin() -> BoxedStrategy<Value> {
    let version = one_of(&["v0.4.4", "v0.5.3", "v0.5.10"]);
    (version, at_times(60, nodes::affinity()), any::<bool>()).prop_map(|(version, affinity, whole)| {
        let image = format!("602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/aws-efa-k8s-device-plugin:{version}");
        let keys: &[&str] = if whole { &["nvidia.com/gpu"] } else { &["CriticalAddonsOnly"] };
        let tolerations: Vec<Value> = keys.iter().map(|key| json!({ "key": key, "operator": "Exists" })).collect();
        let path = if whole { "/dev/infiniband" } else { "/var/lib/kubelet/device-plugins" };
        let spec = members([
            ("affinity", affinity),
            ("containers", Some(json!([{ "name": "plugin", "image": image }]))),
            ("tolerations", Some(tolerations.into())),
            ("volumes", Some(json!([{ "name": "devices", "hostPath": { "path": path } }]))),
        ]);
        let spec = json!({ "template": { "spec": spec } });
        named("DaemonSet", spec, json!({ "name": "efa", "namespace": "kube-system" }))
    })
.boxed()
}

/// Karpenter's objects.
fn of_nodes() -> BoxedStrategy<Value> {
    let pool = nodes::requirements().prop_map(|requirements| {
        let spec = json!({ "template": { "spec": { "requirements": requirements } } });
        named("NodePool", spec, json!({ "namespace": "" }))
    });
    let pods = prop_oneof![
        prop::sample::select(&[8_u32, 29, 110, 250, 2000][..]).prop_map(Value::from),
        Just(json!("{{ x }}"))
    ];
    let interface = (0_u32..48).prop_map(
        |card| json!({ "networkCardIndex": card, "deviceIndex": 0, "interfaceType": "efa-only" }),
    );
    let interfaces = at_times(40, vec(interface, 0..4).prop_map(Value::from));
    let class = (at_times(70, pods), interfaces).prop_map(|(pods, interfaces)| {
        let kubelet = members([("maxPods", pods)]);
        let spec = members([("kubelet", Some(kubelet)), ("networkInterfaces", interfaces)]);
        named("EC2NodeClass", spec, json!({ "namespace": "" }))
    });
    prop_oneof![1 => pool, 1 => class].boxed()
}
