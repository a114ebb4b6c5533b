//! What holds for every request: a patch is a fixpoint and changes nothing else, an update that
//! adds no fault is not denied, and no input makes the policy fail.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use eks_aiml_networking::{host::NoHost, review, validate_settings};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const TYPE: &str = "node.kubernetes.io/instance-type";
const EFA: &str = "vpc.amazonaws.com/efa";
const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    prop::sample::select(words).prop_map(str::to_owned)
}

fn label() -> impl Strategy<Value = (String, String)> {
    prop_oneof![
        (
            one_of(&[TYPE, "beta.kubernetes.io/instance-type"]),
            one_of(&["p5.48xlarge", "ml.p4d.24xlarge", "m5.large", "p3.2xlarge", "p9.48xlarge"]),
        ),
        (
            one_of(&[
                "karpenter.k8s.aws/instance-network-bandwidth",
                "eks.amazonaws.com/instance-network-bandwidth",
            ]),
            one_of(&["100000", "3200000", "100Gbps", "0", "077", "123456"]),
        ),
        (
            one_of(&[
                "karpenter.k8s.aws/instance-family",
                "kubernetes.io/arch",
                "zone",
                "karpenter.k8s.aws/instance-cpu",
            ]),
            one_of(&["p5", "amd64", "arm64", "192", "a"]),
        ),
    ]
}

fn requirement() -> impl Strategy<Value = Value> {
    let operator = one_of(&["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte"]);
    (label(), operator, 0_usize..3).prop_map(|((key, value), operator, count)| {
        json!({ "key": key, "operator": operator, "values": vec![value; count] })
    })
}

fn affinity() -> impl Strategy<Value = Value> {
    let term = prop::collection::vec(requirement(), 0..3)
        .prop_map(|expressions| json!({ "matchExpressions": expressions }));
    prop::collection::vec(term, 0..3)
        .prop_map(|terms| json!({ "nodeAffinity": { REQUIRED: { "nodeSelectorTerms": terms } } }))
}

fn resources() -> impl Strategy<Value = Value> {
    let quantity = one_of(&["0", "1", "4", "32", "33", "0.5", "1e30", "9Ei", "-1"]);
    let list = prop::collection::btree_map(one_of(&[EFA, "nvidia.com/gpu", "cpu"]), quantity, 0..3);
    (list.clone(), list)
        .prop_map(|(requests, limits)| json!({ "requests": requests, "limits": limits }))
}

fn container() -> impl Strategy<Value = Value> {
    let env = prop::collection::vec(
        (
            one_of(&["ENABLE_PREFIX_DELEGATION", "WARM_PREFIX_TARGET", "WARM_IP_TARGET", "X"]),
            one_of(&["true", "false", "yes", "0", "1", ""]),
        )
            .prop_map(|(name, value)| json!({ "name": name, "value": value })),
        0..4,
    );
    let name = one_of(&["aws-node", "train"]);
    let policy = prop::option::of(Just("Always"));
    (name, resources(), env, policy, prop::sample::select(&[1.5, -0.25, 1e21, 0.1][..])).prop_map(
        |(name, resources, env, policy, number)| {
            json!({ "name": name, "resources": resources, "env": env, "restartPolicy": policy,
                "unknownField": { "number": number, "order": [3, 1, 2] } })
        },
    )
}

fn spec() -> impl Strategy<Value = Value> {
    (
        prop::collection::vec(label(), 0..3),
        prop::option::of(affinity()),
        prop::collection::vec(container(), 0..3),
        prop::collection::vec(container(), 0..2),
    )
        .prop_map(|(selector, affinity, containers, init)| {
            let selector: Map<String, Value> =
                selector.into_iter().map(|(key, value)| (key, value.into())).collect();
            json!({ "nodeSelector": selector, "affinity": affinity, "containers": containers,
                    "initContainers": init, "futureField": [1.50, null, { "a": "ü\n" }] })
        })
}

/// A Pod, or a DaemonSet that may be the CNI's.
fn object() -> impl Strategy<Value = Value> {
    let name = one_of(&["aws-node", "other"]);
    (spec(), any::<bool>(), name).prop_map(|(spec, pod, name)| {
        let metadata = json!({ "name": name, "namespace": "kube-system" });
        if pod {
            json!({ "kind": "Pod", "metadata": metadata, "spec": spec })
        } else {
            let spec = json!({ "template": { "spec": spec } });
            json!({ "kind": "DaemonSet", "metadata": metadata, "spec": spec })
        }
    })
}

fn settings() -> impl Strategy<Value = Value> {
    let choice = one_of(&["off", "warn", "deny", "fix"]);
    let rules = prop::collection::btree_map(
        one_of(&["bandwidth-value", "efa-limits", "prefix-delegation", "prefix-warm-targets"]),
        choice,
        0..4,
    );
    (rules, any::<bool>()).prop_map(|(rules, mutate)| json!({ "rules": rules, "mutate": mutate }))
}

fn answer(object: &Value, old: Option<&Value>, settings: &Value) -> Value {
    let kind = object["kind"].as_str().unwrap();
    let group = if kind == "Pod" { "" } else { "apps" };
    let operation = if old.is_some() { "UPDATE" } else { "CREATE" };
    let request = json!({ "kind": { "group": group, "kind": kind }, "operation": operation,
                          "object": object, "oldObject": old });
    let payload = json!({ "request": request, "settings": settings }).to_string();
    serde_json::from_str(&review(payload.as_bytes(), &NoHost).to_json()).unwrap()
}

/// The places of the patch between two objects.
fn changed(before: &Value, after: &Value) -> Vec<String> {
    json_patch::diff(before, after).iter().map(|operation| operation.path().to_string()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn a_patch_is_a_fixpoint_and_changes_nothing_else(object in object(), settings in settings()) {
        let first = answer(&object, None, &settings);
        if let Some(repaired) = first.get("mutated_object") {
            prop_assert!(settings["mutate"] == true);
            let second = answer(repaired, None, &settings);
            prop_assert_eq!(second.get("mutated_object"), None);
            prop_assert_eq!(&second["accepted"], true);
            for place in changed(&object, repaired) {
                let known = ["/nodeSelector", "/affinity", "/env", "/resources/"];
                prop_assert!(known.iter().any(|part| place.contains(part)), "{}", place);
                prop_assert!(!place.contains("uture") && !place.contains("unknown"), "{}", place);
            }
        }
    }

    #[test]
    fn answers_are_the_same_whatever_the_order_of_keys(object in object(), settings in settings()) {
        fn reversed(value: &Value) -> String {
            match value {
                Value::Object(members) => {
                    let members: Vec<String> = members.iter().rev()
                        .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), reversed(value)))
                        .collect();
                    format!("{{{}}}", members.join(","))
                }
                Value::Array(items) => {
                    format!("[{}]", items.iter().map(reversed).collect::<Vec<_>>().join(" , "))
                }
                other => other.to_string(),
            }
        }
        let kind = object["kind"].as_str().unwrap();
        let group = if kind == "Pod" { "" } else { "apps" };
        let request = json!({ "kind": { "group": group, "kind": kind }, "operation": "CREATE", "object": object });
        let payload = json!({ "request": request, "settings": settings });
        let [one, other] = [payload.to_string(), reversed(&payload)].map(|payload| {
            serde_json::from_str::<Value>(&review(payload.as_bytes(), &NoHost).to_json()).unwrap()
        });
        prop_assert_eq!(one, other);
    }

    #[test]
    fn an_update_that_changes_nothing_is_neither_denied_nor_repaired(object in object(), settings in settings()) {
        let answer = answer(&object, Some(&object), &settings);
        prop_assert_eq!(&answer["accepted"], true);
        prop_assert_eq!(answer.get("mutated_object"), None);
    }

    #[test]
    fn warnings_are_short_lines_and_denials_say_why(object in object(), settings in settings()) {
        let answer = answer(&object, None, &settings);
        for warning in answer["warnings"].as_array().into_iter().flatten() {
            let warning = warning.as_str().unwrap();
            prop_assert!(warning.len() <= 256 && !warning.contains('\n'), "{}", warning);
        }
        if answer["accepted"] == false {
            for line in answer["message"].as_str().unwrap().lines() {
                prop_assert!(line.starts_with('[') && line.contains("] /spec"), "{}", line);
            }
        }
    }

    #[test]
    fn no_bytes_make_it_fail(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(!review(&bytes, &NoHost).accepted);
        let _ = validate_settings(&bytes);
    }

    #[test]
    fn no_damage_to_a_request_makes_it_fail(object in object(), cut in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let request = json!({ "kind": { "kind": "Pod" }, "operation": "CREATE", "object": object });
        let mut payload = json!({ "request": request, "settings": {} }).to_string().into_bytes();
        let at = cut.index(payload.len());
        payload[at] = byte;
        let _ = review(&payload, &NoHost).to_json();
        payload.truncate(at);
        prop_assert!(!review(&payload, &NoHost).accepted);
    }
}
