//! `efa-zone`: training over EFA whose pods are spread over Availability Zones.
//!
//! EFA traffic can't leave a zone. A topology spread constraint or an anti-affinity by zone splits the job.
//!
//! Source: AWS documentation, "Elastic Fabric Adapter", limitations.

use super::shared::{Context, Findings};
use crate::{
    finding::Report,
    json::{self, List, Text},
    kubernetes::EFA,
    text,
    view::PodView,
    workload::Class,
};

const ZONES: [&str; 3] = [
    "failure-domain.beta.kubernetes.io/zone",
    "topology.k8s.aws/zone-id",
    "topology.kubernetes.io/zone",
];

/// A topology spread constraint, or a term of an anti-affinity; a preferred one contains another.
#[derive(Default)]
struct Spread<'a> {
    topology_key: Text<'a>,
    expressions: List<Expression<'a>>,
}

#[derive(Default)]
struct Expression<'a> {
    operator: Text<'a>,
}

impl Spread<'_> {
    /// `true` if it only keeps pods of another group away. That is exclusive placement, which brings a
    /// job into one zone instead of splitting it.
    fn leaves_own_group_out(&self) -> bool {
        self.expressions.iter().any(|one| &*one.operator == "NotIn")
    }
}

#[derive(Default)]
struct AntiAffinity<'a> {
    required: List<Spread<'a>>,
    preferred: List<Spread<'a>>,
}

json::readable! {
    Spread<'a> {
        "topologyKey" => topology_key,
        "labelSelector": { "matchExpressions" => expressions },
        "podAffinityTerm": {
            "topologyKey" => topology_key,
            "labelSelector": { "matchExpressions" => expressions },
        },
    }
    Expression<'a> { "operator" => operator }
    AntiAffinity<'a> {
        "requiredDuringSchedulingIgnoredDuringExecution" => required,
        "preferredDuringSchedulingIgnoredDuringExecution" => preferred,
    }
}

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(pod) = context.pod.filter(|pod| pod.total(EFA) > 0 && spreads(pod)) else { return };
    if context.workload().is_none_or(|workload| workload.class != Class::Training) {
        return;
    }
    let constraints: List<Spread<'_>> = pod.spec.topology_spread.get();
    report(
        &constraints,
        &|index| format!("{}/topologySpreadConstraints/{index}", pod.place),
        findings,
    );
    let affinity = pod.spec.affinity.as_ref();
    let anti: AntiAffinity<'_> =
        affinity.map(|affinity| affinity.pod_anti_affinity.get()).unwrap_or_default();
    for (list, spreads) in [
        ("requiredDuringSchedulingIgnoredDuringExecution", &anti.required),
        ("preferredDuringSchedulingIgnoredDuringExecution", &anti.preferred),
    ] {
        let place = |index| format!("{}/affinity/podAntiAffinity/{list}/{index}", pod.place);
        report(spreads, &place, findings);
    }
}

/// `true` if it may spread by zone; a cheap check that most pods fail.
fn spreads(pod: &PodView<'_>) -> bool {
    let anti = pod.spec.affinity.as_ref().map(|affinity| affinity.pod_anti_affinity);
    let texts = [Some(pod.spec.topology_spread), anti];
    texts.iter().flatten().any(|list| text::find(list.text(), "zone").is_some())
}

fn report(spreads: &[Spread<'_>], place: &dyn Fn(usize) -> String, findings: &mut Findings<'_>) {
    for (index, spread) in spreads.iter().enumerate() {
        if let Some(key) = ZONES.iter().find(|zone| **zone == &*spread.topology_key)
            && !spread.leaves_own_group_out()
        {
            findings.report(
                Report::warn(
                    place(index),
                    format!(
                        "the pods are spread by `{key}`, but EFA does not work across Availability Zones"
                    ),
                )
                .about(*key)
                .remedy("remove it, and set `topology.kubernetes.io/zone` in `nodeSelector`"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::finds_under;

    fn pod(label: &str, spec: &str) -> String {
        format!(
            r#"{{"metadata": {{"labels": {{{label}}}}}, "spec": {{{spec}, "containers": [
                {{"resources": {{"limits": {{"nvidia.com/gpu": 8, "vpc.amazonaws.com/efa": 32}}}}}}]}}}}"#
        )
    }

    const SPREAD: &str = r#""topologySpreadConstraints": [{"topologyKey": "topology.kubernetes.io/zone", "maxSkew": 1}]"#;
    const ANTI: &str = r#""affinity": {"podAntiAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "kubernetes.io/hostname"}],
        "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": {"topologyKey": "topology.k8s.aws/zone-id"}}]}}"#;
    const TRAINS: &str = r#""HPJob": "llm""#;

    #[test]
    fn one_zone_or_no_training() {
        finds_under("efa-zone", "{}", &pod(r#""ray.io/serve": "true""#, SPREAD), &[]);
        let hostname = SPREAD.replace("topology.kubernetes.io/zone", "kubernetes.io/hostname");
        finds_under("efa-zone", "{}", &pod(TRAINS, &hostname), &[]);
        let without_efa = pod(TRAINS, SPREAD).replace(r#", "vpc.amazonaws.com/efa": 32"#, "");
        finds_under("efa-zone", "{}", &without_efa, &[]);
    }

    #[test]
    fn spread_over_zones() {
        finds_under(
            "efa-zone",
            "{}",
            &pod(TRAINS, SPREAD),
            &["warn /spec/topologySpreadConstraints/0: topology.kubernetes.io/zone"],
        );
        finds_under(
            "efa-zone",
            "{}",
            &pod(TRAINS, ANTI),
            &[
                "warn /spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/0: topology.k8s.aws/zone-id",
            ],
        );
    }
}
