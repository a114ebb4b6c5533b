//! What the page shows of NodePools is what the policy decides by, for every workload of the example cluster.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use insight::{
    landing::{Answer, Answered},
    snapshot::Snapshot,
};
use playground::{Judgement, Verdict};
use serde_json::Value;
use testkit::{
    corpus::{Case, cases_of},
    files::{entries, text},
};

/// The folder of the case's cluster as a snapshot.
fn cluster(case: &Case) -> Snapshot {
    let files: Vec<String> = entries(case.folder.join("cluster")).iter().map(text).collect();
    let documents = files.iter().flat_map(|file| file.split("\n---\n"));
    let documents: Vec<Value> =
        documents.map(|document| yaml_serde::from_str(document).unwrap()).collect();
    Snapshot::of(&documents)
}

fn makes(pool: &Answered) -> bool {
    matches!(pool.answer, Answer::Makes(_))
}

#[test]
fn what_is_shown_of_node_pools_is_what_decides() {
    let (mut nowhere, mut landing) = (0, 0);
    for case in cases_of("cluster") {
        let (name, snapshot) = (&case.name, cluster(&case));
        let all = Judgement::all(&case.request, &case.settings, Some(&snapshot)).unwrap();
        let [judged] = all.try_into().unwrap();
        let expected: Value = serde_json::from_str(&text(case.response_file())).unwrap();
        assert_eq!(judged.verdict == Verdict::Allowed, expected["allowed"] == true, "{name}");
        let [pod] = judged.pools.try_into().unwrap();
        if pod.aside.is_some() {
            continue;
        }
        let told = judged.findings.iter().find(|one| one.fact.starts_with("no NodePool can make"));
        match told {
            Some(finding) => {
                assert!(!pod.pools.iter().any(makes), "{name}: {:?}", pod.pools);
                let nearest = format!("the closest, `{}`, ", pod.pools.first().unwrap().name);
                assert!(finding.fact.contains(&nearest), "{name}: {}", finding.fact);
                nowhere += 1;
            }
            None => {
                assert!(makes(pod.pools.first().unwrap()), "{name}: {:?}", pod.pools);
                landing += 1;
            }
        }
    }
    assert!(nowhere >= 8 && landing >= 8, "{nowhere} and {landing}");
}
