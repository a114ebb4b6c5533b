//! The policy's verdict on a pod.

use eks_aiml_networking::{Host, finding::Action, review::assess, rules::EditsFor};
use serde_json::Value;

/// The strongest finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    Nothing,
    Warned,
    Denied,
}

/// Rules about where a pod can run; other rules don't predict whether it does.
const ABOUT_NODES: [&str; 9] = [
    "bandwidth-value",
    "capacity-pod-eni",
    "efa-count",
    "efa-hugepages",
    "instance-type-unknown",
    "node-label",
    "node-operator",
    "node-pool",
    "node-unsatisfiable",
];

/// Returns the policy's verdict on the pod under these settings.
pub fn said(pod: &Value, settings: &Value, host: &dyn Host) -> Said {
    let payload = testkit::generate::payload(&pod.to_string(), None, settings);
    let assessment = assess(payload.as_bytes(), host, EditsFor::None).unwrap();
    let about_nodes =
        assessment.findings.iter().filter(|finding| ABOUT_NODES.contains(&finding.rule.name()));
    let said = about_nodes.map(|finding| match finding.action {
        Action::Deny => Said::Denied,
        // A pod still runs if no faster type matches.
        _ if finding.rule.name() == "bandwidth-value" => Said::Nothing,
        Action::Warn | Action::Fix => Said::Warned,
    });
    said.max().unwrap_or(Said::Nothing)
}

/// Computes the answers for all of them in parallel.
pub fn each<T: Sync, A: Send>(all: &[T], answer: impl Fn(&T) -> A + Sync) -> Vec<A> {
    let share = all.len().div_ceil(std::thread::available_parallelism().map_or(1, usize::from));
    std::thread::scope(|scope| {
        let answer = &answer;
        let parts: Vec<_> = all
            .chunks(share.max(1))
            .map(|part| scope.spawn(move || part.iter().map(answer).collect::<Vec<A>>()))
            .collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    })
}
