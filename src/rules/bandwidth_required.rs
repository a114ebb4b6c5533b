//! `bandwidth-required`: a multi-node training job can land on nodes that are too slow.
//!
//! Such a job is as fast as its slowest link. The fix adds a minimum to every term of the required node
//! affinity that doesn't bound the bandwidth yet, under the label of the provisioner that the pod itself
//! names or that `nodeLabels` names. Nodes of managed node groups don't have that label, so with a
//! minimum no pod would land there. The fix therefore needs the setting `provisioning: karpenter` and
//! readable NodePools; otherwise the finding is a warning.
//!
//! Source: Amazon EKS best practices for AI/ML, "Networking"; the label holds the baseline in Mbps
//! (aws/karpenter-provider-aws pkg/providers/instancetype/zz_generated.bandwidth.go).

use super::shared::{
    Context, Findings,
    bandwidth::{above, into_term, matching_terms},
    efa::Devices,
    unreadable,
};
use crate::{
    finding::{Action, Assumption, Edits, Report},
    instances::{Carrier, TypeSet},
    nodes::{Constraint, Domain, NETWORK_BANDWIDTH, Placement, Subject},
    settings::NodeLabels,
    view::PodView,
};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let (Some(pod), Some(workload)) = (context.pod, context.workload()) else { return };
    let minimum = i64::from(context.settings.minimum_mbps);
    if workload.spans_nodes().is_none() || minimum == 0 || pod.job.is_partial {
        return;
    }
    // If a claim can't be looked up, it may leave only fast types.
    let claims = context.claims();
    let Some(placement) = context.placement() else { return };
    // If no node matches, slow ones don't matter.
    let matches_none = pod.required_terms().is_some_and(unreadable::all);
    let decided = placement.is_decided || placement.dead_affinity.is_some() || matches_none;
    if decided || !claims.efa.is_none() {
        return;
    }
    let devices = Devices::of(pod, context);
    if devices.is_none() && !claims.gpus.is_none() {
        return;
    }
    let allowed = context.settings.allowed_types().map(|allowed| &allowed.types);
    let Some(gap) = Gap::of(devices.as_ref(), placement, allowed, minimum) else { return };
    // A small pod that names no nodes gives no hint of them, and most clusters have few types.
    let names_nodes =
        |one: &Constraint<'_>| matches!(one.subject, Subject::Label { .. } | Subject::Allowed(_));
    if !placement.constraints().any(names_nodes) && !gap.is_of_whole_nodes {
        return;
    }
    let Slowest { name, mbps } = gap.slowest;
    let fact = format!(
        "{} can run on `{name}` ({mbps} Mbps), below this cluster's minimum of {minimum} Mbps",
        workload.told()
    );
    let report = Report::warn(pod.place.clone().into_owned(), fact);
    match remedy(&gap, pod, placement, context.settings.node_labels) {
        Remedy::Require(terms) => {
            let first = terms.first().map_or(Domain::Karpenter, |(_, domain)| *domain);
            let remedy = format!(
                "require `{}/{NETWORK_BANDWIDTH}` `Gt` `{}` by node affinity",
                first.prefix(),
                minimum - 1
            );
            // The cluster may only have slow nodes, and a label that a release of Karpenter doesn't give
            // would keep the pod from all nodes.
            let needs = context
                .assumed(Assumption::Provisioning)
                .with_if(gap.may_lack_the_label(placement, &terms), Assumption::Release)
                .with_if(!placement.is_closed(), Assumption::Types);
            // Another claim may get that name before the pod is scheduled.
            let is_claimed = devices.is_some_and(|devices| devices.is_claimed);
            let proposed = if is_claimed { Action::Warn } else { Action::Fix };
            let report = Report { proposed, ..report }.repair_needs(needs);
            findings.report_with_fix(report.remedy(remedy), || edits(pod, &terms, minimum));
        }
        Remedy::NameFasterTypes => {
            findings.report(report.remedy(format!(
                "set `node.kubernetes.io/instance-type` to types with {minimum} Mbps or more"
            )));
        }
        Remedy::ChooseFasterTypes => findings
            .report(report.remedy(format!("choose instance types with {minimum} Mbps or more"))),
    }
}

/// The types that are too slow for a pod.
struct Gap<'p> {
    slowest: Slowest<'p>,
    /// The types that are fast enough.
    fast: TypeSet,
    /// `true` if the pod uses whole nodes of those.
    is_of_whole_nodes: bool,
}

/// The slowest of some types.
#[derive(Clone, Copy)]
struct Slowest<'p> {
    name: &'p str,
    mbps: u32,
}

impl<'p> Gap<'p> {
    /// The gap below `minimum` Mbps, among the types that an alternative without a bound leaves.
    fn of(
        devices: Option<&Devices>,
        placement: &'p Placement<'_>,
        allowed: Option<&TypeSet>,
        minimum: i64,
    ) -> Option<Self> {
        let mut loose = match placement.constraints().any(Constraint::is_network_bandwidth) {
            false => placement.candidates().clone(),
            true => placement.left_without(Constraint::is_network_bandwidth),
        };
        if let Some(allowed) = allowed {
            loose = loose.and(allowed);
        }
        if let Some(efa) = placement.constraints().find(|one| one.is_efa()) {
            loose = loose.and(&efa.types);
        }
        let slow = |types: &TypeSet| {
            slowest(placement, types).filter(|slowest| i64::from(slowest.mbps) < minimum)
        };
        slow(&loose)?;
        if let Some(devices) = devices {
            loose = with_enough(devices, placement, loose);
        }
        let slowest = slow(&loose)?;
        let label = placement.catalog.network_bandwidth();
        let fast = loose.and(&label.above(minimum - 1));
        let is_of_whole_nodes =
            devices.is_some_and(|devices| takes_whole_nodes(devices, placement, &fast));
        Some(Self { slowest, fast, is_of_whole_nodes })
    }

    /// `true` if a release of Karpenter that may be running doesn't give the label to a type that is
    /// fast enough; for EKS Auto Mode it is unknown.
    fn may_lack_the_label(&self, placement: &Placement<'_>, terms: &[(usize, Domain)]) -> bool {
        terms.iter().any(|(_, domain)| {
            let carrier = match domain {
                Domain::AutoMode => Carrier::AutoMode,
                Domain::Karpenter | Domain::Node | Domain::InstanceType => Carrier::Karpenter,
            };
            let label = placement.catalog.carried(NETWORK_BANDWIDTH, carrier);
            label.is_none_or(|label| label.absent().meets(&self.fast))
        })
    }
}

/// The remedy for a gap.
#[derive(Debug, PartialEq, Eq)]
enum Remedy {
    /// A minimum in each of these terms, with the provisioner of the label.
    Require(Vec<(usize, Domain)>),
    /// The names of types: a minimum would keep the pod from its nodes, or waste large ones, or the
    /// provisioner is unknown.
    NameFasterTypes,
    /// Other constraints: the present ones leave no type that is fast enough.
    ChooseFasterTypes,
}

fn remedy(
    gap: &Gap<'_>,
    pod: &PodView<'_>,
    placement: &Placement<'_>,
    labels: NodeLabels,
) -> Remedy {
    if gap.fast.is_empty() {
        return Remedy::ChooseFasterTypes;
    }
    if !gap.is_of_whole_nodes || asks_for_other_nodes(pod) {
        return Remedy::NameFasterTypes;
    }
    domains(labels, pod, placement).map_or(Remedy::NameFasterTypes, Remedy::Require)
}

/// Those of the types that have as many accelerators as the pod requests. If none has that many, all of
/// them: then nodes offer shared accelerators.
fn with_enough(devices: &Devices, placement: &Placement<'_>, types: TypeSet) -> TypeSet {
    let mut enough = TypeSet::none();
    for row in devices.hosts(&types, placement.catalog).rows() {
        let instance = placement.catalog.get(row);
        if instance.and_then(|one| devices.on(&one)).is_some_and(|all| all >= devices.taken) {
            enough.insert(row);
        }
    }
    if enough.is_empty() && devices.may_be_sliced() { types } else { enough }
}

/// The slowest of these types; barely described types prove nothing.
fn slowest<'p>(placement: &'p Placement<'_>, candidates: &TypeSet) -> Option<Slowest<'p>> {
    let slowest_of = |types: &TypeSet| {
        let named = types.and(&placement.catalog.described());
        let mbps = placement.catalog.types(&named).filter_map(|instance| {
            Some(Slowest { name: instance.name(), mbps: instance.network_bandwidth_mbps()? })
        });
        mbps.min_by_key(|slowest| slowest.mbps)
    };
    let label = placement.catalog.network_bandwidth();
    match candidates.len() {
        0..=16 => slowest_of(candidates),
        // Among many types, the slowest are found by their label.
        _ => {
            let known = candidates.and(&placement.catalog.described()).and(&label.known());
            let least = label.least(&known)?;
            slowest_of(&known.and(&label.below(i64::from(least) + 1)))
        }
    }
}

/// For each term that can match and has no bound, its position and the provisioner of its label; `None`
/// if that is unknown for one of them.
fn domains(
    labels: NodeLabels,
    pod: &PodView<'_>,
    placement: &Placement<'_>,
) -> Option<Vec<(usize, Domain)>> {
    let unbound = || placement.domains().all(|domain| domain.is_none());
    if labels == NodeLabels::Both && pod.required_terms().is_none() && unbound() {
        return Some(vec![(0, Domain::Karpenter), (1, Domain::AutoMode)]);
    }
    // A pod that requires other nodes than those with the label would find none any more.
    let domain = |used: Option<Domain>| match (labels, used) {
        (NodeLabels::Karpenter, None | Some(Domain::Karpenter)) => Some(Domain::Karpenter),
        (NodeLabels::AutoMode, None | Some(Domain::AutoMode)) => Some(Domain::AutoMode),
        (NodeLabels::Auto | NodeLabels::Both, used) => used,
        _ => None,
    };
    matching_terms(pod)
        .zip(placement.domains())
        .zip(placement.alternatives_with(Constraint::is_network_bandwidth))
        .filter(|(_, bound)| !bound)
        .map(|((term, used), _)| Some((term, domain(used)?)))
        .collect()
}

/// Labels of nodes that a managed node group makes, or that are not EC2 instances.
const OTHER_NODES: [&str; 6] = [
    "eks.amazonaws.com/capacityType",
    "eks.amazonaws.com/compute-type",
    "eks.amazonaws.com/nodegroup",
    "eks.amazonaws.com/nodegroup-image",
    "eks.amazonaws.com/sourceLaunchTemplateId",
    "eks.amazonaws.com/sourceLaunchTemplateVersion",
];

/// `true` if the pod requires nodes of a managed node group or of HyperPod, which don't have the label,
/// names the maker of its nodes in another way, or excludes Karpenter's nodes.
fn asks_for_other_nodes(pod: &PodView<'_>) -> bool {
    let karpenter =
        |key: &str| key.starts_with("karpenter.sh/") || key.starts_with("karpenter.k8s.aws/");
    let other = |key: &str, value: Option<&str>| {
        OTHER_NODES.contains(&key)
            || key.starts_with("alpha.eksctl.io/")
            || key.starts_with("sagemaker.amazonaws.com/")
            || value.is_some_and(|value| value.starts_with("ml."))
    };
    let selector = &pod.spec.node_selector.0;
    let terms = pod.required_terms().into_iter().flatten();
    selector.iter().any(|(key, value)| other(key, Some(value)))
        || terms.flat_map(|term| term.match_expressions.iter()).any(|one| match &*one.operator {
            "NotIn" => false,
            "DoesNotExist" => karpenter(&one.key),
            _ => other(&one.key, None) || one.values.iter().any(|v| other(&one.key, Some(v))),
        })
}

/// `true` if the pod uses whole nodes: all types that are fast enough and have at least as many accelerators
/// as it requests have exactly as many. A smaller pod would be moved to the largest machines.
fn takes_whole_nodes(devices: &Devices, placement: &Placement<'_>, fast: &TypeSet) -> bool {
    let counts = placement.catalog.types(fast).filter_map(|instance| devices.on(&instance));
    let mut hosts = counts.filter(|count| *count >= devices.taken).peekable();
    hosts.peek().is_some() && hosts.all(|count| count == devices.taken)
}

fn edits(pod: &PodView<'_>, domains: &[(usize, Domain)], minimum: i64) -> Edits {
    let edit = |(term, domain): &(usize, Domain)| {
        let name = format!("{}/{NETWORK_BANDWIDTH}", domain.prefix());
        into_term(pod, *term, &above(name, minimum - 1))
    };
    domains.iter().map(edit).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use testkit::build::{self, expression};

    use super::*;
    use crate::{
        rules::testing::{devices, finds_claimed, finds_under},
        settings::Settings,
        view::{Kind, View},
    };

    const RULE: &str = "bandwidth-required";

    fn worker() -> build::Object {
        build::pod().training().gpus(8).env("PET_NNODES", "4")
    }

    /// The edit that adds a minimum to a term.
    fn minimum(term: u32, domain: &str, above: u32) -> String {
        format!(
            "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/{term}/matchExpressions/- = \
             {{\"key\":\"{domain}/instance-network-bandwidth\",\"operator\":\"Gt\",\"values\":[\"{above}\"]}}"
        )
    }

    /// The remedy for a worker with this selector, and the provisioner of its labels.
    #[rstest]
    #[case::nothing_says_whose_label(
        ("kubernetes.io/arch", "amd64"),
        NodeLabels::Auto,
        Some(Remedy::NameFasterTypes)
    )]
    #[case::the_settings_do(
        ("kubernetes.io/arch", "amd64"),
        NodeLabels::AutoMode,
        Some(Remedy::Require(vec![(0, Domain::AutoMode)]))
    )]
    #[case::the_pod_does(
        ("karpenter.k8s.aws/instance-generation", "5"),
        NodeLabels::Auto,
        Some(Remedy::Require(vec![(0, Domain::Karpenter)]))
    )]
    #[case::nodes_of_a_node_group(
        ("eks.amazonaws.com/nodegroup", "gpu"),
        NodeLabels::Karpenter,
        Some(Remedy::NameFasterTypes)
    )]
    #[case::a_slow_type(
        ("node.kubernetes.io/instance-type", "g5.xlarge"),
        NodeLabels::Karpenter,
        Some(Remedy::ChooseFasterTypes)
    )]
    #[case::a_fast_one(
        ("node.kubernetes.io/instance-type", "p5.48xlarge"),
        NodeLabels::Auto,
        None
    )]
    fn remedies(
        #[case] (key, value): (&str, &str),
        #[case] labels: NodeLabels,
        #[case] expected: Option<Remedy>,
    ) {
        let text = worker().selecting(key, value).text();
        let view = View::read(Kind::Pod, &text).unwrap();
        let settings = Settings::read(None).unwrap();
        let pod = &view.pods()[0];
        let placement = Placement::of(pod, &settings);
        let devices = Devices::counted(pod);
        let gap = Gap::of(devices.as_ref(), &placement, None, 400_000);
        assert_eq!(gap.map(|gap| remedy(&gap, pod, &placement, labels)), expected);
    }

    #[rstest]
    #[case::fast_type(worker().on("p5.48xlarge"))]
    #[case::bounded(
        worker().nodes([expression("karpenter.k8s.aws/instance-network-bandwidth", "Gt", &["49999"])])
    )]
    #[case::placed(worker().with("/spec/nodeName", "ip-10-0-0-1"))]
    fn left_alone(#[case] pod: build::Object) {
        finds_under(RULE, "{}", &pod.text(), &[]);
        finds_under(RULE, r#"{"nodeLabels": "karpenter"}"#, &pod.text(), &[]);
    }

    #[test]
    fn nothing_is_asked_of_one_node() {
        let pod = worker().with("/spec/containers/0/env/0/value", "1");
        finds_under(RULE, "{}", &pod.text(), &[]);
    }

    #[test]
    fn without_a_known_domain() {
        let settings = r#"{"bandwidth": {"minimumMbps": 400000}}"#;
        finds_under(RULE, settings, &worker().text(), &["warn /spec"]);
        // All known types with this many GPUs have 100 Gbps.
        finds_under(RULE, "{}", &worker().text(), &[]);
    }

    #[test]
    fn in_the_domain_of_the_settings() {
        finds_under(
            RULE,
            r#"{"nodeLabels": "autoMode", "bandwidth": {"minimumMbps": 400000}}"#,
            &worker().text(),
            &[&format!("warn /spec {{{}}}", minimum(0, "eks.amazonaws.com", 399_999))],
        );
    }

    /// Nodes of a managed node group don't have the label, all others may have it.
    #[rstest]
    #[case::eks("eks.amazonaws.com/nodegroup")]
    #[case::eksctl("alpha.eksctl.io/nodegroup-name")]
    #[case::hyperpod("sagemaker.amazonaws.com/node-health-status")]
    fn for_another_makers_nodes_or_not(#[case] key: &str) {
        let pod = |operator: &str| worker().nodes([expression(key, operator, &["gpu"])]).text();
        let settings = r#"{"nodeLabels": "karpenter", "bandwidth": {"minimumMbps": 400000}}"#;
        finds_under(RULE, settings, &pod("In"), &["warn /spec"]);
        finds_under(
            RULE,
            settings,
            &pod("NotIn"),
            &[&format!("warn /spec {{{}}}", minimum(0, "karpenter.k8s.aws", 399_999))],
        );
    }

    #[test]
    fn in_the_domain_of_each_term() {
        let families = |key: &str| [expression(key, "In", &["g5", "p5"])];
        let pod = worker()
            .nodes(families("karpenter.k8s.aws/instance-family"))
            .nodes([])
            .nodes(families("eks.amazonaws.com/instance-family"));
        finds_under(
            RULE,
            r#"{"bandwidth": {"minimumMbps": 400000}}"#,
            &pod.text(),
            &[&format!(
                "warn /spec {{{}, {}}}",
                minimum(0, "karpenter.k8s.aws", 399_999),
                minimum(2, "eks.amazonaws.com", 399_999)
            )],
        );
    }

    /// Only types with the claimed GPUs count, if their number is known.
    #[rstest]
    #[case::some_are_slow(&["p5", "g4dn"], devices("gpu.nvidia.com", 1), true)]
    #[case::all_with_so_many_are_fast(&["p5", "g4dn"], devices("gpu.nvidia.com", 8), false)]
    #[case::none_of_the_slow_has_any(&["p5", "m5"], devices("gpu.nvidia.com", 8), false)]
    #[case::not_known(&["p5", "g4dn"], devices("fast", 1), false)]
    fn of_claimed_gpus(#[case] families: &[&str], #[case] requests: String, #[case] found: bool) {
        let family = expression("karpenter.k8s.aws/instance-family", "In", families);
        let pod = build::pod().training().env("PET_NNODES", "4").claims("gpus").nodes([family]);
        finds_claimed(RULE, &requests, &pod, if found { &["warn /spec"] } else { &[] });
    }

    #[test]
    fn no_type_that_it_names_is_fast() {
        finds_under(
            RULE,
            r#"{"nodeLabels": "karpenter"}"#,
            &worker().on("g5.xlarge").text(),
            &["warn /spec"],
        );
    }
}
