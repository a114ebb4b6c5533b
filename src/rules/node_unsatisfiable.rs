//! `node-unsatisfiable`: no instance type meets everything that the pod requires of its node.
//!
//! Such a pod stays Pending forever. It is denied if that is proven: it names types that the table knows, or
//! families that lack what all of their sizes have in common, or it contradicts itself. Otherwise a newer
//! type could match, and it is a warning. The finding names the smallest set of conflicting constraints, and
//! what would fit without each of them. More accelerators than any type has are a warning too, because
//! time-slicing offers more; and so are claims for more GPUs than any type has.
//!
//! Source: kubernetes/component-helpers scheduling/corev1/nodeaffinity/nodeaffinity.go; labels as
//! in computeRequirements of aws/karpenter-provider-aws pkg/providers/instancetype/types.go.

use super::shared::{
    Context, Findings,
    bandwidth::{self, Minimum},
    conflict_words::{Contradiction, Instead, Together, remedies},
    ignored, label_values, min_values, room,
};
use crate::{
    cluster::GPU_CLASS,
    finding::{Action, Assumption, Assumptions, Report},
    instances,
    kubernetes::Resource,
    nodes::{
        self, Conflict, Constraint, Expression, Keep, Nearest, Operator, Place, Placement, Subject,
    },
    pools::Landing,
    text,
    view::{Kind, NodeSelectorRequirement, PodView},
};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(placement) = context.placement() else { return };
    if let Some(pod) = context.pod {
        ignored::report(context, pod, findings);
    }
    if let Some(pod) = context.pod.filter(|_| !placement.is_decided)
        && let Some(found) = nodes::contradictions(pod)
    {
        return contradictory(&found, findings);
    }
    for (index, one) in
        context.pool().into_iter().flat_map(|pool| pool.requirements.iter()).enumerate()
    {
        let one = &one.requirement;
        if &*one.operator == "In" && label_values::makes_invalid(&one.key, &one.values) {
            never_ready(one, Place::requirement(index).pointer(), placement, findings);
        }
    }
    if placement.is_free() {
        return;
    }
    if let Some(place) = &placement.dead_affinity {
        findings.report(
            Report::deny(
                place.clone(),
                "no term of the required node affinity has an expression, so none matches any node",
            )
            .about("nodeSelectorTerms")
            .remedy("give a term an expression, or remove the affinity"),
        );
        return;
    }
    if placement.is_satisfiable(Keep::All) {
        // If no NodePool fits, `node-pool` says what the nearest one lacks.
        if matches!(context.landing(), None | Some(Landing::On(_))) {
            too_many_accelerators(context, placement, findings);
            if let Some(pod) = context.pod {
                claimed_gpus(context, pod, placement, findings);
                room::check(context, pod, placement, findings);
            }
        }
        if let Some(pool) = context.pool() {
            min_values::check(pool, placement, findings);
        }
        return;
    }
    // If only the number of EFA interfaces is too much, `efa-count` says so.
    if placement.is_satisfiable(Keep::WithoutEfa) {
        return;
    }
    if findings.is_full() {
        // The finding is only counted, so its reason is not searched.
        let members: Vec<_> = placement.constraints().collect();
        let action = action(context, placement, &members);
        let mut places = placement.constraints().map(|constraint| constraint.place.pointer());
        let place = places.find(|place| !place.is_empty()).unwrap_or_default();
        findings.report(
            Report::new(action, place, "no instance type meets the constraints")
                .remedy("remove one of them"),
        );
    } else if let Some(conflict) = placement.conflict() {
        // `bandwidth-value` reports a bandwidth that no type has.
        let told = |one: &Constraint<'_>| {
            matches!(one.subject, Subject::Label { operator: Operator::In, .. })
                && one.is_network_bandwidth()
        };
        if placement.is_proven() || !matches!(conflict.members.as_slice(), [one] if told(one)) {
            unsatisfiable(context, placement, &conflict, findings);
        }
    }
}

/// Reports that Karpenter makes no node of a NodePool of whose values it knows none.
fn never_ready(
    one: &NodeSelectorRequirement<'_>,
    place: String,
    placement: &Placement<'_>,
    findings: &mut Findings<'_>,
) {
    if let Some(unknown) = label_values::unknown(&one.key, &one.values, placement.catalog) {
        let words = label_values::words(&one.key, &unknown);
        let fact = format!("{words}, so the NodePool never becomes ready");
        let report = Report::deny(place, fact).about(one.key.to_string());
        findings.report(report.remedy(unknown.remedy));
    }
}

/// Reports a contradiction: no node ever meets it, whatever types exist.
fn contradictory(found: &[Vec<Expression<'_>>], findings: &mut Findings<'_>) {
    let Some(first) = found.first() else { return };
    let more = match found.len() {
        1 => String::new(),
        _ => ", and each other term contradicts itself too".to_owned(),
    };
    let fact = format!("no node meets {}, so the pod stays Pending{more}", Contradiction(first));
    let mut keys: Vec<&str> = found.iter().flatten().map(|one| one.key).collect();
    keys.dedup();
    let places: Vec<String> = found.iter().flatten().map(|one| one.place.pointer()).collect();
    let report = Report::deny(places, fact).about(keys.join(","));
    findings.report(report.remedy("remove one of them, or put them into separate terms"));
}

/// Bytes that are enough for most facts.
const ROOM: usize = 768;

/// The action on a conflict. DaemonSets of charts name the types of all clusters; if this cluster has
/// few of them, it has no such nodes, and no pod waits.
fn action(context: &Context<'_>, placement: &Placement<'_>, members: &[&Constraint<'_>]) -> Action {
    let few = members.iter().any(|constraint| constraint.is_allowed());
    let waits = context.view.kind != Kind::DaemonSet || !few;
    if placement.is_proven() && waits { Action::Deny } else { Action::Warn }
}

fn unsatisfiable<'v>(
    context: &Context<'v>,
    placement: &Placement<'v>,
    conflict: &Conflict<'_, 'v>,
    findings: &mut Findings<'_>,
) {
    let members = &conflict.members;
    let proven = placement.is_proven();
    let so = match context.view.kind {
        Kind::NodePool => ", so it can make no nodes",
        Kind::DaemonSet => ", so its pods run on no node",
        _ => ", so the pod stays Pending",
    };
    let fact = if proven {
        let together = Together(members, conflict.complete);
        match placement.alternatives().len() {
            1 => text::written(
                ROOM,
                format_args!(
                    "no instance type meets {together}{}{so}",
                    Instead(members, placement.catalog)
                ),
            ),
            _ => text::written(ROOM, format_args!("no instance type meets {together}{so}")),
        }
    } else {
        let date = instances::DATE;
        format!(
            "no known instance type meets {} (as of {date})",
            Together(members, conflict.complete)
        )
    };
    let fitting = members.iter().filter_map(|member| {
        // A value that was written in Gbps is not meant as a minimum in Mbps.
        let in_gbps = |value: &str| bandwidth::meant_in_gbps(value, placement.catalog).is_some();
        if let Subject::Label { values: [value], .. } = member.subject
            && in_gbps(value)
        {
            return None;
        }
        let minimum = bandwidth::minimum(context.pod?, member)?;
        let fits = placement.survivors_with_minimum_bandwidth(minimum.above);
        (!fits.is_empty()).then(|| (minimum, Nearest::of(&fits, placement.catalog)))
    });
    let fitting: Vec<(Minimum<'_>, Nearest<'_>)> = fitting.collect();
    let nearest = placement.nearest(conflict);
    let mut places: Vec<String> = members.iter().map(|member| member.place.pointer()).collect();
    places.retain(|place| !place.is_empty());
    let action = action(context, placement, members);
    let mut report = Report::new(action, places, fact).about(subject(members));
    report.remedies = remedies(members, &nearest, &fitting);
    match fitting.first() {
        None => findings.report(report),
        Some((minimum, _)) => findings.report_with_fix(report, || minimum.edits()),
    }
}

/// The names of the conflicting constraints, by which an update is compared with the object before it.
fn subject(members: &[&Constraint<'_>]) -> String {
    let names: Vec<&str> = members.iter().map(|member| member.name()).collect();
    names.join(",")
}

/// Reports more accelerators than any type has that the pod can land on.
fn too_many_accelerators(
    context: &Context<'_>,
    placement: &Placement<'_>,
    findings: &mut Findings<'_>,
) {
    let candidates = placement.likely();
    if placement.names_unknown() || candidates.is_empty() {
        return;
    }
    for constraint in placement.constraints() {
        let Subject::Resource(demand) = constraint.subject else { continue };
        let label = demand.resource.count_label(placement.catalog);
        let most = label.and_then(|label| label.greatest(candidates));
        let Some(most) = most.filter(|most| demand.count > u64::from(*most)) else { continue };
        // It is unknown what a DRA driver offers on types with a fraction of a GPU.
        if most == 0 && demand.resource.is_by_dra() {
            continue;
        }
        if most == 0 {
            let fact = format!(
                "the types that the pod can run on have a fraction of a GPU, which Karpenter does not offer as `{}`",
                demand.resource
            );
            let report =
                Report::warn(constraint.place.pointer(), fact).about(demand.resource.name());
            let report = report.assuming(context.assumed(Assumption::Provisioning));
            findings.report(report.remedy(
                "choose a type with a whole GPU, or ask your platform team for a NodeOverlay",
            ));
        } else {
            let fact = format!(
                "the pod requests {} × `{}`, but the types it can run on have at most {most}",
                demand.count, demand.resource
            );
            let report = Report::warn(constraint.place.pointer(), fact);
            let remedy = match demand.resource.is_by_dra() {
                true => format!("request at most {most}"),
                false => format!(
                    "choose a type with more, or request at most {most}, unless they are time-sliced"
                ),
            };
            findings.report(report.about(demand.resource.name()).remedy(remedy));
        }
    }
}

/// Reports claims for more GPUs than any type has that the pod can land on. Another claim may get that
/// name before the pod is scheduled, so this is not a reason to refuse it.
fn claimed_gpus(
    context: &Context<'_>,
    pod: &PodView<'_>,
    placement: &Placement<'_>,
    findings: &mut Findings<'_>,
) {
    let claims = pod.spec.resource_claims.is_some();
    let asked = if claims { context.claims().node_gpus } else { 0 };
    if asked == 0 || placement.names_unknown() || placement.likely().is_empty() {
        return;
    }
    let (gpu, catalog) = (Resource::NvidiaGpuClass, placement.catalog);
    let Some((with, label)) = gpu.types_with(catalog).zip(gpu.count_label(catalog)) else { return };
    let hosts = placement.likely().and(&with);
    let (words, remedy) = match label.greatest(&hosts) {
        _ if hosts.is_empty() => {
            ("have none".to_owned(), "choose a type with NVIDIA GPUs".to_owned())
        }
        Some(most) if most > 0 && asked > u64::from(most) => {
            (format!("have at most {most}"), format!("claim at most {most}"))
        }
        _ => return,
    };
    let fact =
        format!("the pod claims {asked} × `{GPU_CLASS}`, but the types it can run on {words}");
    let types = Assumptions::NONE.with_if(!placement.is_closed(), Assumption::Types);
    let report = Report::warn(format!("{}/resourceClaims", pod.place), fact).about(GPU_CLASS);
    findings.report(report.assuming(types).remedy(remedy));
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use testkit::build;

    use crate::rules::testing::{
        accepts, devices, finds, finds_claimed, finds_in_pool, finds_under, pod_on,
    };

    fn selector(entries: &[(&str, &str)]) -> String {
        let entries: Vec<String> =
            entries.iter().map(|(key, value)| format!("\"{key}\": \"{value}\"")).collect();
        format!("{{\"nodeSelector\": {{{}}}}}", entries.join(", "))
    }

    fn terms(terms: &[&str]) -> String {
        let terms: Vec<String> =
            terms.iter().map(|term| format!("{{\"matchExpressions\": [{term}]}}")).collect();
        format!(
            r#"{{"affinity": {{"nodeAffinity": {{"requiredDuringSchedulingIgnoredDuringExecution":
                {{"nodeSelectorTerms": [{}]}}}}}}}}"#,
            terms.join(", ")
        )
    }

    fn expression(key: &str, operator: &str, values: &str) -> String {
        format!(r#"{{"key": "{key}", "operator": "{operator}", "values": [{values}]}}"#)
    }

    const TYPE: &str = "node.kubernetes.io/instance-type";

    #[rstest]
    #[case::nothing_asked(r#"{"containers": []}"#.to_owned())]
    #[case::a_type_that_exists(selector(&[(TYPE, "p5.48xlarge")]))]
    #[case::a_type_of_hyperpod(selector(&[(TYPE, "ml.p5.48xlarge"), ("kubernetes.io/arch", "amd64")]))]
    #[case::an_unknown_type(selector(&[(TYPE, "p9.48xlarge"), ("karpenter.k8s.aws/instance-cpu", "7")]))]
    #[case::the_clusters_own_labels(selector(&[("NodeGroupType", "gpu"), ("topology.kubernetes.io/zone", "mars")]))]
    #[case::an_unknown_cell(selector(&[(TYPE, "p3.2xlarge"), ("karpenter.k8s.aws/instance-cpu", "8")]))]
    #[case::one_term_of_two(terms(&[
        &expression(TYPE, "In", r#""m5.large""#),
        &[expression(TYPE, "In", r#""m5.large""#), expression("kubernetes.io/arch", "In", r#""arm64""#)].join(","),
    ]))]
    #[case::absence_of_a_provisioners_label(terms(&[
        &[expression(TYPE, "In", r#""m5.large""#),
          expression("karpenter.k8s.aws/instance-cpu", "DoesNotExist", "")].join(","),
    ]))]
    #[case::a_node_outside_ec2(terms(&[&expression(TYPE, "DoesNotExist", "")]))]
    #[case::a_field(
        r#"{"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms":
            [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-1"]}]}]}}}}"#.to_owned()
    )]
    #[case::a_node_already(
        r#"{"nodeName": "node-1", "nodeSelector": {"kubernetes.io/arch": "riscv64",
            "node.kubernetes.io/instance-type": "m5.large"}}"#.to_owned()
    )]
    #[case::a_new_size_of_a_known_family(selector(&[
        (TYPE, "p5.72xlarge"), ("karpenter.k8s.aws/instance-family", "p5"), ("karpenter.k8s.aws/instance-cpu", "7"),
    ]))]
    #[case::steering_off_hyperpod(terms(&[
        &[expression(TYPE, "In", r#""p5.48xlarge""#), expression(TYPE, "NotIn", r#""ml.p5.48xlarge""#)].join(","),
    ]))]
    #[case::more_cores_than_devices(pod_on(
        "trn1.32xlarge",
        r#"{"limits": {"aws.amazon.com/neuroncore": 32}}"#
    ))]
    #[case::values_are_missing(terms(&[&expression(TYPE, "In", "")]))]
    #[case::its_gpus(pod_on("p5.48xlarge", r#"{"limits": {"nvidia.com/gpu": 8}}"#))]
    fn accepted(#[case] spec: String) {
        accepts("node-unsatisfiable", &spec);
    }

    #[rstest]
    #[case::on_arm("m7g.large", "windows", true)]
    #[case::on_amd64("m7i.large", "windows", false)]
    #[case::of_another_system("m7g.large", "linux", false)]
    fn systems_on_architectures(#[case] name: &str, #[case] system: &str, #[case] found: bool) {
        let expected = format!(
            "deny /spec/nodeSelector/kubernetes.io~1os /spec/nodeSelector/node.kubernetes.io~1instance-type: kubernetes.io/os,{TYPE}"
        );
        let expected = if found { vec![&*expected] } else { vec![] };
        let spec = selector(&[("kubernetes.io/os", system), (TYPE, name)]);
        finds("node-unsatisfiable", &spec, &expected);
    }

    #[test]
    fn cpus_and_memory_at_once() {
        let requests = r#"{"requests": {"cpu": 192, "memory": "4Ti"}}"#;
        let place = "/spec/containers/0/resources/requests";
        let expected = format!(
            "deny /spec/nodeSelector/node.kubernetes.io~1instance-type {place}/cpu {place}/memory: {TYPE},cpu,memory"
        );
        finds("node-unsatisfiable", &pod_on("p4d.24xlarge", requests), &[&expected]);
    }

    #[test]
    fn a_fraction_of_a_gpu() {
        finds(
            "node-unsatisfiable",
            &pod_on("g6f.large", r#"{"limits": {"nvidia.com/gpu": 1}}"#),
            &["warn /spec/containers/0/resources/limits/nvidia.com~1gpu: nvidia.com/gpu"],
        );
    }

    #[rstest]
    #[case::as_many_as_there_are("dl1.24xlarge", 8, "")]
    #[case::more(
        "dl1.24xlarge",
        9,
        "warn /spec/containers/0/resources/limits/habana.ai~1gaudi: habana.ai/gaudi"
    )]
    #[case::elsewhere(
        "p5.48xlarge",
        8,
        "deny /spec/nodeSelector/node.kubernetes.io~1instance-type /spec/containers/0/resources/limits/habana.ai~1gaudi: node.kubernetes.io/instance-type,habana.ai/gaudi"
    )]
    fn gaudi(#[case] name: &str, #[case] count: u8, #[case] expected: &str) {
        let resources = format!(r#"{{"limits": {{"habana.ai/gaudi": {count}}}}}"#);
        let expected = if expected.is_empty() { vec![] } else { vec![expected] };
        finds("node-unsatisfiable", &pod_on(name, &resources), &expected);
    }

    /// Values that the settings leave out are unknown.
    #[test]
    fn gaudi_on_a_type_of_the_settings() {
        let settings = r#"{"instanceTypes": {"extra": [{"name": "dl3.24xlarge", "vcpus": 96}]}}"#;
        let spec = pod_on("dl3.24xlarge", r#"{"limits": {"habana.ai/gaudi": 8}}"#);
        finds_under("node-unsatisfiable", settings, &format!(r#"{{"spec": {spec}}}"#), &[]);
    }

    /// Some of a node is never left for pods; a family may get a larger size.
    #[rstest]
    #[case::as_many_cpus_as_the_type(&[(TYPE, "p4d.24xlarge")], r#"{"cpu": 96}"#, "deny")]
    #[case::one_cpu_fewer(&[(TYPE, "p4d.24xlarge")], r#"{"cpu": 95}"#, "")]
    #[case::more_memory_than_the_type(&[(TYPE, "p4d.24xlarge")], r#"{"memory": "1200Gi"}"#, "deny")]
    #[case::less_memory(&[(TYPE, "p4d.24xlarge")], r#"{"memory": "1050Gi"}"#, "")]
    #[case::of_a_family(&[("karpenter.k8s.aws/instance-family", "p4d")], r#"{"cpu": 97}"#, "warn")]
    #[case::of_a_type_of_which_little_is_known(&[(TYPE, "u-6tb1.metal")], r#"{"cpu": 900}"#, "")]
    #[case::a_pod_that_may_run_anywhere(&[], r#"{"cpu": 5000}"#, "")]
    fn cpus_and_memory(
        #[case] nodes: &[(&str, &str)],
        #[case] requests: &str,
        #[case] expected: &str,
    ) {
        let resource = requests.split('"').nth(1).unwrap();
        let spec = selector(nodes);
        let containers = format!(
            r#""containers": [{{"resources": {{"requests": {requests}}}}}], "nodeSelector""#
        );
        let expected: Vec<String> = match (expected, nodes) {
            ("", _) | (_, []) => Vec::new(),
            (action, [(key, _), ..]) => vec![format!(
                "{action} /spec/nodeSelector/{} /spec/containers/0/resources/requests/{resource}: {key},{resource}",
                key.replace('/', "~1")
            )],
        };
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        finds("node-unsatisfiable", &spec.replace(r#""nodeSelector""#, &containers), &expected);
    }

    /// A container that runs before the others runs by itself, and the pod's own resources count for all
    /// together.
    #[rstest]
    #[case::side_by_side(
        r#""containers": [{"resources": {"requests": {"cpu": 60}}}, {"resources": {"requests": {"cpu": 61}}}]"#,
        "/containers/1/resources/requests/cpu"
    )]
    #[case::one_after_the_other(
        r#""initContainers": [{"resources": {"requests": {"cpu": 60}}}], "containers": [{"resources": {"requests": {"cpu": 60}}}]"#,
        ""
    )]
    #[case::limits_alone(
        r#""containers": [{"resources": {"limits": {"cpu": "96500m"}}}]"#,
        "/containers/0/resources/limits/cpu"
    )]
    #[case::of_the_pod_as_a_whole(
        r#""resources": {"requests": {"cpu": 100}}, "containers": [{}]"#,
        "/resources"
    )]
    fn cpus_of_a_pod(#[case] containers: &str, #[case] place: &str) {
        let spec = format!(r#"{{"nodeSelector": {{"{TYPE}": "p4d.24xlarge"}}, {containers}}}"#);
        let selector = "/spec/nodeSelector/node.kubernetes.io~1instance-type";
        let found = format!("deny {selector} /spec{place}: {TYPE},cpu");
        let expected = if place.is_empty() { vec![] } else { vec![&*found] };
        finds("node-unsatisfiable", &spec, &expected);
    }

    #[test]
    fn two_constraints_that_conflict() {
        finds(
            "node-unsatisfiable",
            &selector(&[(TYPE, "m5.large"), ("kubernetes.io/arch", "arm64"), ("zone", "a")]),
            &[
                "deny /spec/nodeSelector/kubernetes.io~1arch /spec/nodeSelector/node.kubernetes.io~1instance-type: kubernetes.io/arch,node.kubernetes.io/instance-type",
            ],
        );
    }

    #[test]
    fn three_constraints_that_conflict() {
        finds(
            "node-unsatisfiable",
            &selector(&[
                ("karpenter.k8s.aws/instance-family", "g4dn"),
                ("karpenter.k8s.aws/instance-cpu", "64"),
                ("karpenter.k8s.aws/instance-gpu-count", "4"),
            ]),
            &[
                "warn /spec/nodeSelector/karpenter.k8s.aws~1instance-cpu /spec/nodeSelector/karpenter.k8s.aws~1instance-family /spec/nodeSelector/karpenter.k8s.aws~1instance-gpu-count: karpenter.k8s.aws/instance-cpu,karpenter.k8s.aws/instance-family,karpenter.k8s.aws/instance-gpu-count",
            ],
        );
    }

    #[test]
    fn neither_alone_helps() {
        finds(
            "node-unsatisfiable",
            &selector(&[
                ("kubernetes.io/arch", "arm64"),
                (TYPE, "p5.48xlarge"),
                ("karpenter.k8s.aws/instance-cpu", "96"),
            ]),
            &[
                "deny /spec/nodeSelector/karpenter.k8s.aws~1instance-cpu /spec/nodeSelector/node.kubernetes.io~1instance-type: karpenter.k8s.aws/instance-cpu,node.kubernetes.io/instance-type",
            ],
        );
    }

    #[test]
    fn an_open_world_warns() {
        finds(
            "node-unsatisfiable",
            &selector(&[("karpenter.k8s.aws/instance-size", "7xlarge")]),
            &[
                "warn /spec/nodeSelector/karpenter.k8s.aws~1instance-size: karpenter.k8s.aws/instance-size",
            ],
        );
    }

    #[test]
    fn gpus_on_a_type_without() {
        finds(
            "node-unsatisfiable",
            &pod_on("m5.large", r#"{"limits": {"nvidia.com/gpu": 1}}"#),
            &[
                "deny /spec/nodeSelector/node.kubernetes.io~1instance-type /spec/containers/0/resources/limits/nvidia.com~1gpu: node.kubernetes.io/instance-type,nvidia.com/gpu",
            ],
        );
    }

    #[test]
    fn more_gpus_than_there_are() {
        finds(
            "node-unsatisfiable",
            &pod_on("p5.48xlarge", r#"{"limits": {"nvidia.com/gpu": 16}}"#),
            &["warn /spec/containers/0/resources/limits/nvidia.com~1gpu: nvidia.com/gpu"],
        );
    }

    #[rstest]
    #[case::as_many(("p5.48xlarge", 8), false)]
    #[case::more_than_there_are(("p5.48xlarge", 16), true)]
    #[case::on_a_type_without(("m5.large", 1), true)]
    #[case::of_another_maker(("g4ad.16xlarge", 1), true)]
    #[case::a_fraction_of_a_gpu(("g6f.large", 1), false)]
    #[case::newer_than_the_table(("p9.48xlarge", 16), false)]
    fn claimed_gpus(#[case] (instance_type, count): (&str, u64), #[case] found: bool) {
        let lines = ["warn /spec/resourceClaims: gpu.nvidia.com"];
        let pod = build::pod().on(instance_type).claims("gpus");
        let requests = devices("gpu.nvidia.com", count);
        finds_claimed("node-unsatisfiable", &requests, &pod, if found { &lines } else { &[] });
    }

    #[test]
    fn gpus_by_the_resource_of_their_class() {
        const CLASS: &str = "deviceclass.resource.kubernetes.io/gpu.nvidia.com";
        let pod = |instance_type, count: u64| {
            pod_on(instance_type, &format!(r#"{{"limits": {{"{CLASS}": {count}}}}}"#))
        };
        let place = format!("/spec/containers/0/resources/limits/{}", CLASS.replace('/', "~1"));
        let denied = format!(
            "deny /spec/nodeSelector/node.kubernetes.io~1instance-type {place}: {TYPE},{CLASS}"
        );
        finds("node-unsatisfiable", &pod("m5.large", 1), &[&denied]);
        finds("node-unsatisfiable", &pod("p5.48xlarge", 16), &[&format!("warn {place}: {CLASS}")]);
        accepts("node-unsatisfiable", &pod("p5.48xlarge", 8));
        accepts("node-unsatisfiable", &pod("g6f.large", 1));
    }

    #[test]
    fn terms_that_match_nothing() {
        finds(
            "node-unsatisfiable",
            r#"{"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
                {"nodeSelectorTerms": [{}, {"matchExpressions": []}]}}}}"#,
            &[
                "deny /spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms: nodeSelectorTerms",
            ],
        );
    }

    #[test]
    fn node_pools_know_more_operators() {
        let pool = |values: &str| {
            format!(
                r#"[{{"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": {values}, "minValues": 2}},
                    {{"key": "karpenter.k8s.aws/instance-gpu-count", "operator": "Gte", "values": ["8"]}}]"#
            )
        };
        finds_in_pool("node-unsatisfiable", &pool(r#"["p5", "p4d"]"#), &[]);
        finds_in_pool(
            "node-unsatisfiable",
            &pool(r#"["p5", "g5g"]"#),
            &[
                "warn /spec/template/spec/requirements/0/minValues: karpenter.k8s.aws/instance-family",
            ],
        );
        finds_in_pool(
            "node-unsatisfiable",
            &pool(r#"["m5", "c5"]"#),
            &[
                "deny /spec/template/spec/requirements/0 /spec/template/spec/requirements/1: karpenter.k8s.aws/instance-family,karpenter.k8s.aws/instance-gpu-count",
            ],
        );
    }

    #[test]
    fn the_settings_close_the_world() {
        let settings = r#"{"instanceTypes": {"allowed": ["m5.*", "p5.48xlarge"]}}"#;
        let pod = |count: u32| {
            format!(
                r#"{{"spec": {{"nodeSelector": {{"karpenter.k8s.aws/instance-gpu-count": "{count}"}}}}}}"#
            )
        };
        finds_under("node-unsatisfiable", settings, &pod(8), &[]);
        // Not reported if the node may be outside EC2.
        let gpu = r#"{"spec": {"containers": [{"resources": {"limits": {"amd.com/gpu": 1}}}]}}"#;
        finds_under("node-unsatisfiable", settings, gpu, &[]);
        finds_under(
            "node-unsatisfiable",
            settings,
            &pod(4),
            &[
                "deny /spec/nodeSelector/karpenter.k8s.aws~1instance-gpu-count: karpenter.k8s.aws/instance-gpu-count,instanceTypes.allowed",
            ],
        );
    }
}
