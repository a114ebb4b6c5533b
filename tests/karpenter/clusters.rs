//! Clusters of all forms, with pods that request accelerators or EFA: compares `node-pool` with Karpenter.

use eks_aiml_networking::{
    cluster::Cluster,
    json::RawJson,
    nodes::Placement,
    pools::{Landing, Pools},
    settings::Settings,
    view::{Kind, View},
};
use insight::snapshot::Snapshot;
use serde_json::{Value, json};
use testkit::referee::{Scenario, Set};

use super::{
    causes::{Cause, Exceptions},
    pods::described,
    recording::{Outcome, recorded},
    said::{Said, each, said},
    table::Confusion,
};

fn settings(release: &str) -> Value {
    json!({"clusterContext": true, "provisioning": "karpenter", "accelerators": {"whole": true},
        "karpenterVersion": release})
}

/// The objects as an API server with that release's definitions stores them: unknown fields are pruned.
fn kept(objects: &[Value], release: &str) -> Vec<Value> {
    let mut objects = objects.to_vec();
    if release != "1.14" {
        objects.iter_mut().filter(|one| one["kind"] == "EC2NodeClass").for_each(|class| {
            class["spec"].as_object_mut().unwrap().remove("networkInterfaces");
        });
    }
    if release == "1.0" {
        objects.retain(|one| one["kind"] != "NodeOverlay");
        objects.iter_mut().filter(|one| one["kind"] == "NodePool").for_each(|pool| {
            pool["spec"].as_object_mut().unwrap().remove("replicas");
        });
    }
    objects
}

#[test]
fn no_pod_that_a_pool_runs_is_denied_and_each_that_passes_in_silence_has_a_cause() {
    let (scenarios, recordings) = recorded(Set::Clusters);
    let mut exceptions = Exceptions::default();
    for recording in recordings {
        let release = recording.release;
        let judged = each(&scenarios, |Scenario { objects, pods }| {
            let snapshot = Snapshot::of(&kept(objects, release));
            let say = |release: &str, pod| said(pod, &settings(release), &snapshot);
            let all = pods.iter().map(|pod| (say(release, pod), say("auto", pod)));
            all.collect::<Vec<_>>()
        });
        let mut table = Confusion::default();
        let pods = scenarios.iter().flat_map(|one| one.pods.iter().map(|pod| (&one.objects, pod)));
        for (((objects, pod), verdict), (said, auto)) in
            pods.zip(&recording.verdicts).zip(judged.into_iter().flatten())
        {
            let runs = verdict.outcome == Outcome::Runs;
            assert!(!runs || said != Said::Denied, "{release} runs it, and it is denied: {pod}");
            assert!(!runs || auto != Said::Denied, "denied for all, and {release} runs it: {pod}");
            table.count(said, verdict.outcome);
            if let Some(cause) = Cause::of(release, pod, objects, verdict, said) {
                exceptions.count(release, cause, pod, verdict);
            }
        }
        println!("Karpenter {release}, in clusters\n{table}");
    }
    exceptions.hold(Set::Clusters);
}

/// The pools that can create a node for a pod cover all types that run it.
#[test]
fn what_runs_a_pod_is_among_what_pools_make_for_it() {
    let (scenarios, recordings) = recorded(Set::Clusters);
    // If pools name no types, types with little data do not count.
    let described = described();
    for recording in recordings {
        let (release, mut verdicts) = (recording.release, recording.verdicts.iter());
        let text = settings(release).to_string();
        let settings = Settings::read(Some(RawJson(&text))).unwrap();
        let mut compared = 0;
        for Scenario { objects, pods } in &scenarios {
            let snapshot = Snapshot::of(&kept(objects, release));
            for pod in pods {
                let verdict = verdicts.next().unwrap();
                if verdict.outcome != Outcome::Runs {
                    continue;
                }
                let (text, cluster) = (pod.to_string(), Cluster::new(&snapshot, true));
                let view = View::read(Kind::Pod, &text).unwrap();
                let all = view.pods();
                let one = all.first().unwrap();
                let (placement, pools) = (Placement::of(one, &settings), Pools::new(&cluster));
                let landing = Landing::of(&view, one, &placement, &pools).unwrap();
                let told = verdict.types.and(&described);
                let left = landing.lands().iter().fold(told, |left, land| left.minus(&land.types));
                assert!(
                    left.is_empty(),
                    "{release}: no pool makes {} of {}: {pod}",
                    left.len(),
                    verdict.types.len()
                );
                compared += 1;
            }
        }
        assert!(compared > 400, "{compared}");
    }
}
