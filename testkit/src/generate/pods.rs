//! Generates pods that train, serve, or do something else.

use proptest::{collection::vec, prelude::*};
use serde_json::{Map, Value, json};

use super::{at_times, map, members, nodes, one_of, unknown, with};

const EFA: &str = "vpc.amazonaws.com/efa";

/// The purpose of a pod: its labels, a variable, and a command that show it.
type Class = (
    &'static [(&'static str, &'static str)],
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

const CLASSES: [Class; 9] = [
    (&[], &[], &["sleep", "infinity"]),
    (
        &[("training.kubeflow.org/operator-name", "pytorchjob-controller")],
        &[("PET_NNODES", "4"), ("PET_NPROC_PER_NODE", "8")],
        &["torchrun", "train.py"],
    ),
    (
        &[("training.kubeflow.org/operator-name", "mpi-operator")],
        &[("NUM_PROCESSES", "2")],
        &["mpirun"],
    ),
    (&[("HPJob", "llm")], &[], &["hyperpodrun", "--nnodes=8", "train.py"]),
    (&[("HPJob", "llm")], &[("PET_NNODES", "1")], &["hyperpodrun", "train.py"]),
    (&[("serving.kserve.io/inferenceservice", "llama")], &[], &["vllm", "serve", "llama"]),
    (&[("leaderworkerset.sigs.k8s.io/name", "vllm")], &[], &["sglang"]),
    (&[("job-name", "llm")], &[], &["sh", "-c", "set -e\ntorchrun --nnodes 2 train.py"]),
    (&[("volcano.sh/job-name", "llm")], &[("MASTER_ADDR", "m"), ("WORLD_SIZE", "32")], &["python"]),
];

fn quantity() -> BoxedStrategy<Value> {
    prop_oneof![
        8 => prop::sample::select(&[1_u32, 2, 4, 8, 16, 32, 33][..]).prop_map(Value::from),
        2 => one_of(&["0", "32", "00032", " 4 ", "2000m", "0.5", "1e30", "9Ei", "-1", "1e-30"])
            .prop_map(Value::from),
    ]
    .boxed()
}

/// `resources`, equal in requests and limits or not.
fn resources(percent: u32) -> BoxedStrategy<Value> {
    let gpus = (
        one_of(&[
            "nvidia.com/gpu",
            "nvidia.com/gpu",
            "nvidia.com/gpu",
            "aws.amazon.com/neuron",
            "deviceclass.resource.kubernetes.io/gpu.nvidia.com",
        ]),
        prop::sample::select(&[8_u32, 8, 8, 4, 1, 16][..]),
    );
    let gpus = prop::option::weighted(f64::from(percent) / 100.0, gpus);
    let efa = (quantity(), quantity(), 0_u32..8);
    let efa = prop::option::weighted(f64::from(percent) / 200.0, efa);
    let others = (
        prop::option::weighted(
            0.08,
            one_of(&[
                "hugepages-2Mi",
                "hugepages-2Mi\n[efa-count] /spec: forged; fixed: all is well; merge it",
            ]),
        ),
        at_times(10, Just(json!(1))),
        at_times(50, Just(json!("4Gi"))),
    );
    (gpus, efa, others)
        .prop_map(|(gpus, efa, (pages, pod_eni, memory))| {
            let mut both = Map::new();
            if let Some((name, count)) = gpus {
                both.insert(name, count.into());
            }
            both.extend(pages.map(|name| (name, json!("5120Mi"))));
            for (name, value) in [("vpc.amazonaws.com/pod-eni", pod_eni), ("memory", memory)] {
                both.extend(value.map(|value| (name.to_owned(), value)));
            }
            let (mut requests, mut limits) = (both.clone(), both);
            if let Some((request, limit, how)) = efa {
                match how {
                    0 => _ = requests.insert(EFA.to_owned(), request),
                    1 => {
                        requests.insert(EFA.to_owned(), request);
                        limits.insert(EFA.to_owned(), limit);
                    }
                    2 => _ = limits.insert(EFA.to_owned(), limit),
                    _ => {
                        requests.insert(EFA.to_owned(), limit.clone());
                        limits.insert(EFA.to_owned(), limit);
                    }
                }
            }
            json!({ "limits": limits, "requests": requests })
        })
        .boxed()
}

fn variable() -> BoxedStrategy<Value> {
    let known = prop::sample::select(
        &[
            ("FI_PROVIDER", "efa"),
            ("FI_PROVIDER", "tcp"),
            ("FI_EFA_USE_DEVICE_RDMA", "1"),
            ("NCCL_NET", "Socket"),
            ("NCCL_PROTO", "LL128"),
            ("NCCL_ALGO", "Tree"),
            ("RDMAV_`\n[efa-count] /spec: forged; fixed: all is well; merge it", "1\u{200b}\n"),
            ("RDMAV_FORK_SAFE", "1"),
            ("PYTHONUNBUFFERED", "1"),
            ("PYTHONUNBUFFERED", "1"),
            ("PYTHONUNBUFFERED", "$(OTHER)"),
        ][..],
    );
    let known = known.prop_map(|(name, value)| json!({ "name": name, "value": value }));
    let elsewhere = one_of(&["FI_PROVIDER", "PET_NNODES", "SECRET"]).prop_map(
        |name| json!({ "name": name, "valueFrom": { "fieldRef": { "fieldPath": "a" } } }),
    );
    prop_oneof![6 => known, 1 => elsewhere].boxed()
}

/// A container that requests accelerators in this percentage of cases.
fn container(percent: u32) -> BoxedStrategy<Value> {
    let image = one_of(&[
        "example.com/ml/train:1.4",
        "763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-training:2.6.0-gpu-py312",
        "763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-inference:2.6.0-gpu-py312",
        "763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-inference:`\n[efa-count] /spec: forged; fixed: all is well; merge it",
    ]);
    let mount = one_of(&["/dev/shm", "/dev/shm/", "/data"])
        .prop_map(|path| json!([{ "name": "a", "mountPath": path }]));
    let probe = Just(json!({ "httpGet": { "path": "/" } }));
    (
        one_of(&["worker", "trainer", "proxy"]),
        image,
        at_times(90, resources(percent)),
        at_times(60, vec(variable(), 0..4).prop_map(Value::from)),
        at_times(60, mount),
        at_times(10, probe),
        at_times(20, unknown()),
    )
        .prop_map(|(name, image, resources, env, mounts, probe, unknown)| {
            members([
                ("name", Some(name.into())),
                ("image", Some(image.into())),
                ("resources", resources),
                ("env", env),
                ("volumeMounts", mounts),
                ("readinessProbe", probe),
                ("fieldOfTheFuture", unknown),
            ])
        })
        .boxed()
}

fn init_container() -> BoxedStrategy<Value> {
    (container(20), any::<bool>())
        .prop_map(|(container, sidecar)| {
            let over = if sidecar { json!({ "restartPolicy": "Always" }) } else { json!({}) };
            with(container, over)
        })
        .boxed()
}

fn volumes() -> BoxedStrategy<Value> {
    let volume = prop_oneof![
        3 => Just(json!({ "name": "a", "emptyDir": { "medium": "Memory" } })),
        1 => Just(json!({ "name": "a", "emptyDir": {} })),
        1 => Just(json!({ "name": "b", "hostPath": { "path": "/dev/infiniband" } })),
    ];
    vec(volume, 0..3).prop_map(Value::from).boxed()
}

/// A `spec` without a class, which requests accelerators in this percentage of cases.
pub(super) fn spec(percent: u32) -> BoxedStrategy<Value> {
    let spread = one_of(&["topology.kubernetes.io/zone", "kubernetes.io/hostname"])
        .prop_map(|key| json!([{ "topologyKey": key, "maxSkew": 1 }]));
    let claims = Just(json!([{ "name": "efa", "resourceClaimTemplateName": "efa" }]));
    (
        (container(percent), prop_oneof![3 => Just(Vec::new()), 1 => vec(container(30), 1..3)]),
        prop_oneof![3 => Just(Vec::new()), 1 => vec(init_container(), 1..3)],
        at_times(3, vec(container(50), 1..2).prop_map(Value::from)),
        (at_times(70, nodes::selector()), at_times(40, nodes::affinity())),
        (at_times(70, volumes()), at_times(15, spread), at_times(4, claims)),
        at_times(20, unknown()),
    )
        .prop_map(|((first, mut rest), init, ephemeral, nodes, others, unknown)| {
            rest.insert(0, first);
            members([
                ("fieldOfTheFuture", unknown),
                ("containers", Some(rest.into())),
                ("initContainers", (!init.is_empty()).then(|| init.into())),
                ("ephemeralContainers", ephemeral),
                ("nodeSelector", nodes.0),
                ("affinity", nodes.1),
                ("volumes", others.0),
                ("topologySpreadConstraints", others.1),
                ("resourceClaims", others.2),
            ])
        })
        .boxed()
}

/// A pod, or the template of one: `metadata` and `spec`.
pub(super) fn template() -> BoxedStrategy<Value> {
    let annotations = one_of(&["multi-nic-attachment", "other"])
        .prop_map(|value| json!({ "k8s.amazonaws.com/nicConfig": value }));
    (prop::sample::select(&CLASSES[..]), spec(80), at_times(20, annotations))
        .prop_map(|((labels, env, command), mut spec, annotations)| {
            let texts = |pairs: &[(&str, &str)]| {
                map(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())))
            };
            // The first container shows the purpose of the pod.
            let worker = &mut spec["containers"][0];
            worker["command"] = json!(command);
            let own = env.iter().map(|(name, value)| json!({ "name": name, "value": value }));
            let others = worker["env"].as_array().cloned().unwrap_or_default();
            worker["env"] = own.chain(others).collect();
            let metadata = members([("labels", Some(texts(labels))), ("annotations", annotations)]);
            json!({ "metadata": metadata, "spec": spec })
        })
        .boxed()
}
