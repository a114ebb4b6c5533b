//! What a call costs grows with the payload and no faster, whatever is large or deep in it: in fuel,
//! which is the same on every machine. And nothing large makes the module trap.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../src/engine.rs"]
mod engine;

use std::fs;

use engine::Guests;

/// What is made large: a name, the text of an object of this size, and how large it is at first.
type Large = (&'static str, fn(usize) -> String, usize);

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const TRAINS: &str = r#"{"labels":{"HPJob":"llm"}}"#;

/// `count` items in a list.
fn many(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(",")
}

fn pod(metadata: &str, spec: &str) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{metadata},"spec":{{"containers":[{{"name":"a","resources":{{"limits":{{"nvidia.com/gpu":8,"vpc.amazonaws.com/efa":32}}}}}}]{spec}}}}}"#
    )
}

/// A pod with one container.
fn containing(container: &str) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{TRAINS},"spec":{{"containers":[{{"name":"a","resources":{{"limits":{{"nvidia.com/gpu":8,"vpc.amazonaws.com/efa":32}}}}{container}}}],"nodeSelector":{{"node.kubernetes.io/instance-type":"p5.48xlarge"}}}}}}"#
    )
}

fn terms(terms: &str) -> String {
    pod(
        TRAINS,
        &format!(
            r#","affinity":{{"nodeAffinity":{{"{REQUIRED}":{{"nodeSelectorTerms":[{terms}]}}}}}}"#
        ),
    )
}

fn term(expressions: &str) -> String {
    format!(r#"{{"matchExpressions":[{expressions}]}}"#)
}

fn expression(key: &str, values: &str) -> String {
    format!(r#"{{"key":"{key}","operator":"In","values":[{values}]}}"#)
}

fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("{}{}", open.repeat(depth), close.repeat(depth))
}

const MBPS: &str = "karpenter.k8s.aws/instance-network-bandwidth";
const TYPE: &str = "node.kubernetes.io/instance-type";

const LARGE: &[Large] = &[
    (
        "lists in an unknown field",
        |n| pod("{}", &format!(r#","x":{}"#, nested("[", "]", n))),
        10_000,
    ),
    (
        "objects in an unknown field",
        |n| pod("{}", &format!(r#","x":{}{{}}{}"#, r#"{"a":"#.repeat(n), "}".repeat(n))),
        10_000,
    ),
    (
        "lists where an object is read",
        |n| pod("{}", &format!(r#","affinity":{}"#, nested("[", "]", n))),
        10_000,
    ),
    (
        "objects where a list is read",
        |n| {
            pod(
                "{}",
                &format!(r#","initContainers":{}{{}}{}"#, r#"{"a":"#.repeat(n), "}".repeat(n)),
            )
        },
        10_000,
    ),
    (
        "lists in the volumes",
        |n| {
            pod(
                "{}",
                &format!(
                    r#","volumes":[{{"x":"infiniband"}},{{"hostPath":{}}}]"#,
                    nested("[", "]", n)
                ),
            )
        },
        10_000,
    ),
    (
        "affinity in affinity",
        |n| {
            pod(
                "{}",
                &format!(r#","affinity":{}{{}}{}"#, r#"{"nodeAffinity":"#.repeat(n), "}".repeat(n)),
            )
        },
        10_000,
    ),
    (
        "labels",
        |n| {
            pod(
                &format!(
                    r#"{{"labels":{{{}}}}}"#,
                    many(n, |i| format!(r#""example.com/l{i}":"v{i}""#))
                ),
                "",
            )
        },
        4_000,
    ),
    (
        "labels in another order",
        |n| {
            pod(
                &format!(
                    r#"{{"labels":{{{}}}}}"#,
                    many(n, |i| format!(
                        r#""{}":"v{i}""#,
                        i.wrapping_mul(2_654_435_761) % 1_000_003
                    ))
                ),
                "",
            )
        },
        4_000,
    ),
    (
        "annotations",
        |n| {
            pod(
                &format!(
                    r#"{{"annotations":{{{}}}}}"#,
                    many(n, |i| format!(r#""example.com/l{i}":"v{i}""#))
                ),
                "",
            )
        },
        4_000,
    ),
    (
        "owners",
        |n| {
            pod(
                &format!(
                    r#"{{"ownerReferences":[{}]}}"#,
                    many(n, |i| format!(r#"{{"kind":"DaemonSets","name":"{i}"}}"#))
                ),
                "",
            )
        },
        4_000,
    ),
    (
        "a value",
        |n| containing(&format!(r#","env":[{{"name":"PET_NNODES","value":"{}"}}]"#, "1".repeat(n))),
        50_000,
    ),
    (
        "a value with escapes",
        |n| {
            containing(&format!(
                r#","env":[{{"name":"RDMAV_X","value":"{}"}}]"#,
                r#"\n\"`"#.repeat(n)
            ))
        },
        10_000,
    ),
    (
        "variables",
        |n| {
            containing(&format!(
                r#","env":[{}]"#,
                many(n, |i| format!(r#"{{"name":"A{i}","value":"{i}"}}"#))
            ))
        },
        2_000,
    ),
    (
        "variables of one name",
        |n| {
            containing(&format!(
                r#","env":[{}]"#,
                many(n, |i| format!(r#"{{"name":"FI_PROVIDER","value":"tcp{i}"}}"#))
            ))
        },
        2_000,
    ),
    (
        "variables that hurt",
        |n| {
            containing(&format!(
                r#","env":[{}]"#,
                many(n, |i| format!(r#"{{"name":"RDMAV_{i}","value":"1"}}"#))
            ))
        },
        2_000,
    ),
    (
        "hosts of TensorFlow",
        |n| {
            containing(&format!(
                r#","env":[{{"name":"TF_CONFIG","value":"{{\"cluster\":{{\"worker\":[{}]}}}}"}}]"#,
                many(n, |i| format!(r#"\"w{i}\""#))
            ))
        },
        4_000,
    ),
    (
        "arguments",
        |n| {
            containing(&format!(
                r#","args":["--nnodes",{}]"#,
                many(n, |i| format!(r#""--nnodes accelerate a{i}""#))
            ))
        },
        2_000,
    ),
    (
        "a script",
        |n| {
            format!(
                r#"{{"metadata":{{"labels":{{"job-name":"a"}}}},"spec":{{"containers":[{{"args":["{}"],"resources":{{"limits":{{"nvidia.com/gpu":8}}}}}}]}}}}"#,
                r"xtorchrun\naccelerate ".repeat(n)
            )
        },
        4_000,
    ),
    (
        "containers",
        |n| {
            pod(
                TRAINS,
                &format!(
                    r#","initContainers":[{}]"#,
                    many(n, |i| format!(
                        r#"{{"name":"c{i}","restartPolicy":"Always","resources":{{"limits":{{"vpc.amazonaws.com/efa":1}}}}}}"#
                    ))
                ),
            )
        },
        1_000,
    ),
    (
        "containers to repair",
        |n| {
            pod(
                TRAINS,
                &format!(
                    r#","initContainers":[{}]"#,
                    many(n, |i| format!(
                        r#"{{"name":"c{i}","resources":{{"requests":{{"vpc.amazonaws.com/efa":1}}}}}}"#
                    ))
                ),
            )
        },
        1_000,
    ),
    (
        "containers to refuse",
        |n| {
            pod(
                TRAINS,
                &format!(
                    r#","initContainers":[{}]"#,
                    many(n, |i| format!(
                        r#"{{"name":"c{i}","resources":{{"limits":{{"vpc.amazonaws.com/efa":"0.{i}1"}}}}}}"#
                    ))
                ),
            )
        },
        1_000,
    ),
    (
        "resources",
        |n| {
            containing(&format!(
                r#","resources":{{"limits":{{"nvidia.com/gpu":8,{0}}},"requests":{{{0}}}}}"#,
                many(n, |i| format!(r#""example.com/r{i}":1"#))
            ))
        },
        2_000,
    ),
    (
        "sizes of huge pages",
        |n| {
            containing(&format!(
                r#","resources":{{"limits":{{"memory":"1Gi",{0}}},"requests":{{{0}}}}}"#,
                many(n, |i| format!(r#""hugepages-{i}":1"#))
            ))
        },
        500,
    ),
    (
        "sizes of huge pages to warn of",
        |n| {
            containing(&format!(
                r#","resources":{{"requests":{{{}}}}}"#,
                many(n, |i| format!(r#""hugepages-{i}":1"#))
            ))
        },
        500,
    ),
    (
        "quantities of many digits",
        |n| {
            containing(&format!(
                r#","resources":{{"limits":{{"vpc.amazonaws.com/efa":"{}","hugepages-2Mi":"1.{}"}}}}"#,
                "1".repeat(n),
                "0".repeat(n)
            ))
        },
        20_000,
    ),
    (
        "volumes and their mounts",
        |n| {
            let mounts = many(n, |i| {
                format!(
                    r#"{{"name":"m{i}","resources":{{"limits":{{"nvidia.com/gpu":2}}}},"volumeMounts":[{{"name":"v","mountPath":"/dev/shm"}}]}}"#
                )
            });
            let volumes =
                many(n, |i| format!(r#"{{"name":"v{i}","emptyDir":{{"medium":"Memory"}}}}"#));
            pod(
                "{}",
                &format!(
                    r#","initContainers":[{mounts}],"volumes":[{volumes},{{"name":"v","emptyDir":{{"medium":"Memory"}}}}]"#
                ),
            )
        },
        250,
    ),
    (
        "mounts",
        |n| {
            containing(&format!(
                r#","volumeMounts":[{}]"#,
                many(n, |i| format!(r#"{{"name":"v{i}","mountPath":"/{i}"}}"#))
            ))
        },
        2_000,
    ),
    (
        "paths of the host",
        |n| {
            pod(
                "{}",
                &format!(
                    r#","volumes":[{}]"#,
                    many(n, |i| format!(
                        r#"{{"name":"v{i}","hostPath":{{"path":"/dev/infiniband"}}}}"#
                    ))
                ),
            )
        },
        1_000,
    ),
    (
        "zones",
        |n| {
            pod(
                TRAINS,
                &format!(
                    r#","topologySpreadConstraints":[{}]"#,
                    many(n, |_| r#"{"topologyKey":"topology.kubernetes.io/zone"}"#.to_owned())
                ),
            )
        },
        1_000,
    ),
    (
        "claims",
        |n| {
            pod(
                TRAINS,
                &format!(r#","resourceClaims":[{}]"#, many(n, |i| format!(r#"{{"name":"c{i}"}}"#))),
            )
        },
        2_000,
    ),
    (
        "labels of nodes",
        |n| {
            pod(
                TRAINS,
                &format!(
                    r#","nodeSelector":{{{}}}"#,
                    many(n, |i| format!(r#""karpenter.k8s.aws/instance-cpx{i}":"1""#))
                ),
            )
        },
        500,
    ),
    ("terms", |n| terms(&many(n, |_| term(&expression(TYPE, r#""p5.48xlarge""#)))), 500),
    (
        "terms that match nothing",
        |n| terms(&many(n, |_| term(&expression(TYPE, r#""m5.large""#)))),
        500,
    ),
    ("terms that are empty", |n| terms(&many(n, |_| "{}".to_owned())), 2_000),
    (
        "terms without a minimum",
        |n| terms(&many(n, |_| term(&expression("karpenter.k8s.aws/instance-cpu", r#""192""#)))),
        500,
    ),
    ("gigabits", |n| terms(&many(n, |_| term(&expression(MBPS, r#""100Gbps""#)))), 500),
    ("exact bandwidths", |n| terms(&many(n, |_| term(&expression(MBPS, r#""100000""#)))), 500),
    ("expressions of a term", |n| terms(&term(&many(n, |_| expression(MBPS, r#""100000""#)))), 500),
    (
        "expressions that conflict",
        |n| {
            terms(&term(&many(n, |i| {
                expression(TYPE, if i % 2 == 0 { r#""m5.large""# } else { r#""p5.48xlarge""# })
            })))
        },
        500,
    ),
    (
        "types of an expression",
        |n| terms(&term(&expression(TYPE, &many(n, |i| format!(r#""m5.{i}xlarge""#))))),
        2_000,
    ),
    (
        "expressions with slips",
        |n| terms(&term(&many(n, |i| expression(TYPE, &format!(r#""m5.{i}xlrge""#))))),
        500,
    ),
    (
        "operators",
        |n| terms(&term(&many(n, |i| format!(r#"{{"key":"a","operator":"Gte{i}"}}"#)))),
        1_000,
    ),
    (
        "preferences",
        |n| {
            pod(
                "{}",
                &format!(
                    r#","affinity":{{"nodeAffinity":{{"preferredDuringSchedulingIgnoredDuringExecution":[{}]}}}}"#,
                    many(n, |_| format!(
                        r#"{{"preference":{}}}"#,
                        term(&expression("karpenter.k8s.aws/x", r#""1""#))
                    ))
                ),
            )
        },
        500,
    ),
    (
        "jobs of a set",
        |n| {
            format!(
                r#"{{"kind":"JobSet","apiVersion":"jobset.x-k8s.io/v1alpha2","spec":{{"replicatedJobs":[{}]}}}}"#,
                many(n, |i| format!(
                    r#"{{"name":"j{i}","template":{{"spec":{{"template":{{"spec":{{"nodeSelector":{{"{TYPE}":"p5.48xlarge","{MBPS}":"1"}}}}}}}}}}}}"#
                ))
            )
        },
        200,
    ),
    (
        "roles of a job",
        |n| {
            format!(
                r#"{{"kind":"PyTorchJob","apiVersion":"kubeflow.org/v1","spec":{{"pytorchReplicaSpecs":{{{}}}}}}}"#,
                many(n, |i| format!(
                    r#""Worker{i}":{{"template":{{"spec":{{"containers":[{{"resources":{{"limits":{{"nvidia.com/gpu":8}}}}}}]}}}}}}"#
                ))
            )
        },
        200,
    ),
    (
        "requirements of a pool",
        |n| {
            format!(
                r#"{{"kind":"NodePool","apiVersion":"karpenter.sh/v1","spec":{{"template":{{"spec":{{"requirements":[{}]}}}}}}}}"#,
                many(n, |_| {
                    r#"{"key":"karpenter.k8s.aws/instance-family","operator":"Exists","minValues":999}"#.to_owned()
                })
            )
        },
        200,
    ),
    (
        "one key again and again",
        |n| {
            pod(
                "{}",
                &format!(
                    r#",{}"#,
                    many(n, |i| format!(r#""nodeSelector":{{"a":"{i}"}},"affinity":{{"x":{i}}}"#))
                ),
            )
        },
        1_000,
    ),
    (
        "a fault behind all else",
        |n| pod("{}", &format!(r#","x":[{}],"nodeSelector":7"#, many(n, |i| i.to_string()))),
        10_000,
    ),
];

fn payload(object: &str, update: bool) -> Vec<u8> {
    let field = |name: &str| {
        let start = object.find(&format!(r#""{name}":""#)).map(|at| at + name.len() + 4);
        start.and_then(|at| object.get(at..)?.split('"').next()).unwrap_or_default().to_owned()
    };
    let version = field("apiVersion");
    let (group, _) = version.split_once('/').unwrap_or_default();
    let kind = if object.starts_with(r#"{"kind"#) { field("kind") } else { "Pod".to_owned() };
    let (old, operation) = if update { (object, "UPDATE") } else { ("null", "CREATE") };
    format!(
        r#"{{"request":{{"kind":{{"group":"{group}","kind":"{kind}"}},"namespace":"ml","object":{object},"oldObject":{old},"operation":"{operation}"}},"settings":{{"rules":{{"bandwidth-value":"fix"}},"efa":{{"devicePlugin":true}},"nodeLabels":"both"}}}}"#
    )
    .into_bytes()
}

#[test]
fn twice_the_payload_costs_twice_as_much() {
    let guests = Guests::compile(&fs::read("../policy.wasm").unwrap()).unwrap();
    let mut guest = guests.instantiate().unwrap();
    let mut faults = Vec::new();
    for (name, object, size) in LARGE {
        for update in [false, true] {
            let mut call = |times: usize| {
                let payload = payload(&object(size * times), update);
                let outcome = guest.call("validate", &payload).unwrap();
                assert!(!outcome.response.is_empty(), "{name}");
                (outcome.fuel, payload.len() as u64)
            };
            call(1);
            let [(one, bytes), (two, _), (four, _)] = [1, 2, 4].map(&mut call);
            println!(
                "{name:<34} {update:<6}{bytes:>8} bytes{:>8} a byte {:.2} {:.2}",
                one / bytes,
                two as f64 / one as f64,
                four as f64 / two as f64
            );
            // A sort, and what a growing memory takes, may add a little.
            if two * 10 > one * 23 || four * 10 > two * 23 {
                faults.push(format!("{name}: {one}, {two}, {four}"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
