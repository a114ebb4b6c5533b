//! What Karpenter's own code said of 24,000 generated pods, held against what the policy says
//! (`tests/karpenter/README.md`). No pod that runs may be denied; of those that don't, few may pass
//! in silence.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, io::Read as _};

use eks_aiml_networking::{
    finding::Action,
    host::NoHost,
    json::RawJson,
    nodes::Placement,
    review::assess,
    rules::EditsFor,
    settings::Settings,
    view::{Kind, View},
};
use flate2::read::GzDecoder;
use serde_json::{Value, json};

/// What becomes of a pod in a cluster of Karpenter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Runs,
    /// Karpenter makes a node that the pod can't use.
    WrongNode,
    /// Karpenter knows no type for it.
    NoType,
    /// Karpenter does not look at it.
    Ignored,
}

/// The strongest that the policy says of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    Nothing,
    Warned,
    Denied,
}

/// A pod of the recording.
struct Pod {
    name: String,
    outcome: Outcome,
    /// How many types both Karpenter and the scheduler leave.
    types: u32,
    object: String,
    /// Whether it asks for CPUs, memory or storage.
    asks_for_room: bool,
}

/// A line of the recording: `[name, outcome, types of Karpenter, types of both, spec]`, with the
/// resources of the only container in `resources`.
fn pod(line: &str) -> Pod {
    let (name, outcome, _, types, mut spec): (String, String, u32, u32, Value) =
        serde_json::from_str(line).unwrap();
    let outcome = match (&*outcome, types) {
        ("node", 0) => Outcome::WrongNode,
        ("node", _) => Outcome::Runs,
        ("none", _) => Outcome::NoType,
        _ => Outcome::Ignored,
    };
    let resources = spec.as_object_mut().unwrap().remove("resources").unwrap_or_default();
    let asks = |name: &str| resources.pointer(&format!("/requests/{name}")).is_some();
    let asks_for_room = ["cpu", "memory", "ephemeral-storage"].into_iter().any(asks);
    let container = match resources {
        Value::Null => json!({"name": "main"}),
        resources => json!({"name": "main", "resources": resources}),
    };
    spec["containers"] = json!([container]);
    let object = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "default"}, "spec": spec});
    Pod { name, outcome, types, object: object.to_string(), asks_for_room }
}

fn recorded() -> Vec<Pod> {
    let packed = include_bytes!("karpenter/1.14.1.jsonl.gz");
    let mut text = String::new();
    GzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap();
    text.lines().map(pod).collect()
}

/// Rules about where a pod can run; what others say is no answer to whether it does.
const ABOUT_NODES: [&str; 8] = [
    "bandwidth-value",
    "capacity-pod-eni",
    "efa-count",
    "efa-hugepages",
    "instance-type-unknown",
    "node-label",
    "node-operator",
    "node-unsatisfiable",
];

fn said(object: &str, settings: &str) -> Said {
    let request = testkit::corpus::request(object, None).unwrap();
    let payload = format!("{{\"request\":{request},\"settings\":{settings}}}");
    let assessment = assess(payload.as_bytes(), &NoHost, EditsFor::None).unwrap();
    let about_nodes =
        assessment.findings.iter().filter(|finding| ABOUT_NODES.contains(&finding.rule.name()));
    let said = about_nodes.map(|finding| match finding.action {
        Action::Deny => Said::Denied,
        // That no faster type matches is no reason why the pod does not run.
        _ if finding.rule.name() == "bandwidth-value" => Said::Nothing,
        Action::Warn | Action::Fix => Said::Warned,
    });
    said.max().unwrap_or(Said::Nothing)
}

#[test]
fn no_pod_that_runs_is_denied_and_few_that_do_not_pass_in_silence() {
    let mut table: BTreeMap<(Outcome, Said), Vec<String>> = BTreeMap::new();
    for pod in recorded() {
        let said = said(&pod.object, "{}");
        table.entry((pod.outcome, said)).or_default().push(pod.name);
    }
    let counts: BTreeMap<_, _> = table.iter().map(|(cell, pods)| (cell, pods.len())).collect();
    assert_eq!(table.get(&(Outcome::Runs, Said::Denied)), None, "{counts:?}");
    let silent = [Outcome::WrongNode, Outcome::NoType, Outcome::Ignored]
        .into_iter()
        .filter_map(|outcome| counts.get(&(outcome, Said::Nothing)));
    let silent: usize = silent.sum();
    assert!(silent <= 975, "{silent} silent: {counts:?}");
}

/// Where the release is known, what runs under it is not denied, and what never runs is told.
#[test]
fn small_pods_by_release() {
    let mut told = 0;
    for line in include_str!("karpenter/by-name.jsonl").lines() {
        let mut line: Value = serde_json::from_str(line).unwrap();
        let object = json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": line["name"], "namespace": "default"}, "spec": line["spec"].take()});
        for (release, types) in line["types"].as_object().unwrap() {
            let settings = format!(r#"{{"karpenterVersion": "{release}"}}"#);
            let said = said(&object.to_string(), &settings);
            let runs = types.as_u64().is_some_and(|types| types > 0);
            assert!(!runs || said != Said::Denied, "{} under {release}", line["name"]);
            told += u32::from(!runs && said != Said::Nothing);
        }
    }
    assert!(told >= 150, "{told}");
}

/// Karpenter leaves no type that the policy excludes.
#[test]
fn no_candidate_is_missing() {
    let settings = Settings::read(Some(RawJson("{}"))).unwrap();
    let mut compared = 0;
    for pod in recorded() {
        if pod.asks_for_room || pod.outcome == Outcome::Ignored {
            continue;
        }
        let view = View::read(Kind::Pod, &pod.object).unwrap();
        let pods = view.pods();
        let Some(placement) = pods.first().map(|pod| Placement::of(pod, &settings)) else {
            continue;
        };
        let candidates = placement.candidates().len();
        assert!(candidates >= pod.types, "{}: {candidates} of {}", pod.name, pod.types);
        compared += 1;
    }
    assert!(compared > 18_000, "{compared}");
}
