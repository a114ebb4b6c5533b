//! Single pods, in a cluster with one NodePool that accepts all.

use eks_aiml_networking::{
    host::NoHost,
    instances::{self, Catalog, InstanceType, TypeSet},
    json::RawJson,
    nodes::{Alternative, Domain, Keep, Placement},
    settings::Settings,
    view::{Kind, View},
};
use serde_json::{Value, json};
use testkit::referee::{self, Set};

use super::{
    causes::{Cause, Exceptions},
    recording::{Outcome, recorded},
    said::{Said, each, said},
    table::Confusion,
};

fn of(release: &str) -> Value {
    json!({ "karpenterVersion": release })
}

fn pods() -> Vec<Value> {
    Set::Pods.scenarios().into_iter().flat_map(|one| one.pods).collect()
}

#[test]
fn no_pod_that_runs_is_denied_and_each_that_passes_in_silence_has_a_cause() {
    let (scenarios, recordings) = recorded(Set::Pods);
    let pods: Vec<Value> = scenarios.into_iter().flat_map(|one| one.pods).collect();
    let whatever = each(&pods, |pod| said(pod, &json!({}), &NoHost));
    let mut exceptions = Exceptions::default();
    for recording in recordings {
        let release = recording.release;
        let known = each(&pods, |pod| said(pod, &of(release), &NoHost));
        let mut table = Confusion::default();
        for (((pod, verdict), said), auto) in
            pods.iter().zip(&recording.verdicts).zip(known).zip(&whatever)
        {
            let runs = verdict.outcome == Outcome::Runs;
            assert!(!runs || said != Said::Denied, "{release} runs it, and it is denied: {pod}");
            assert!(!runs || *auto != Said::Denied, "denied for all, and {release} runs it: {pod}");
            table.count(said, verdict.outcome);
            if let Some(cause) = Cause::of(release, pod, &[], verdict, said) {
                exceptions.count(release, cause, pod, verdict);
            }
        }
        println!("Karpenter {release}, pods alone\n{table}");
    }
    exceptions.hold(Set::Pods);
}

/// The types that run a pod are among its candidates, with few others: if the pod only uses labels, in a
/// single term, the candidates are mostly exactly these types.
#[test]
fn what_runs_a_pod_is_among_its_candidates() {
    let pods = pods();
    let (_, recordings) = recorded(Set::Pods);
    let (described, mut all_loose) = (described(), Vec::new());
    for recording in recordings {
        let release = recording.release;
        let known = of(release).to_string();
        let [known, auto] =
            [&*known, "{}"].map(|text| Settings::read(Some(RawJson(text))).unwrap());
        let (mut exact, mut loose) = (0, 0);
        for (pod, verdict) in pods.iter().zip(&recording.verdicts) {
            let text = pod.to_string();
            let view = View::read(Kind::Pod, &text).unwrap();
            let all = view.pods();
            let of = |settings| Placement::of(all.first().unwrap(), settings);
            let (placement, any) = (of(&known), of(&auto));
            if verdict.outcome == Outcome::Runs {
                for placement in [&placement, &any] {
                    let missing = verdict.types.minus(placement.candidates());
                    assert!(missing.is_empty(), "{release}: {} missing: {pod}", named(&missing));
                    let may = placement.is_satisfiable(Keep::All) || !placement.is_proven();
                    assert!(may, "{release}: {pod}");
                }
            }
            if asks_for_labels_alone(pod) && verdict.outcome != Outcome::Ignored {
                let on_nodes = |one: Alternative<'_, '_>| one.on_nodes_of(Domain::Karpenter);
                let mut left = TypeSet::none();
                placement.alternatives().for_each(|one| left |= &on_nodes(one));
                let missing = verdict.types.minus(&left);
                assert!(missing.is_empty(), "{release}: {} missing: {pod}", named(&missing));
                match left.and(&described) == verdict.types.and(&described) {
                    true => exact += 1,
                    false => loose += 1,
                }
            }
        }
        println!("Karpenter {release}: {exact} exact, {loose} loose");
        all_loose.push(loose);
    }
    assert_eq!(all_loose, LOOSE, "more are a defect, fewer are to be written down");
}

/// The types with complete data, except a1, which can't run the AL2023 of the NodePool's class.
pub fn described() -> TypeSet {
    let catalog = Catalog::default();
    let mut known = TypeSet::none();
    referee::types().iter().for_each(|name| known.insert(catalog.row(name).unwrap()));
    known.and(&catalog.described()).minus(&catalog.matching("a1.*"))
}

/// The number of pods with further candidates, by release; it may only fall.
const LOOSE: [usize; 3] = [13, 72, 12];

fn named(types: &TypeSet) -> String {
    let is_in = |(row, one): (u16, InstanceType<'static>)| types.contains(row).then(|| one.name());
    let names = (0..).zip(instances::all()).filter_map(is_in);
    names.collect::<Vec<_>>().join(" ")
}

/// `true` if only the type decides, and the table can know it: the pod uses only Karpenter's labels, in one
/// term, and excludes no type, because that would exclude HyperPod's spelling too.
fn asks_for_labels_alone(pod: &Value) -> bool {
    let spec = &pod["spec"];
    let affinity = &spec["affinity"]["nodeAffinity"];
    let required = &affinity["requiredDuringSchedulingIgnoredDuringExecution"];
    let terms = required["nodeSelectorTerms"].as_array().map_or(0, Vec::len);
    let containers = spec["containers"].as_array().unwrap();
    let excludes_types = format!(r#""key":"{TYPE}","operator":"NotIn""#);
    ["selector", "term", "one-label", "open"].contains(&pod["metadata"]["name"].as_str().unwrap())
        && terms < 2
        && containers.iter().all(|one| one.get("resources").is_none())
        && !required.to_string().contains(&excludes_types)
}

const TYPE: &str = "node.kubernetes.io/instance-type";
