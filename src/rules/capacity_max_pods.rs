//! `capacity-max-pods`: an EC2NodeClass whose `kubelet.maxPods` does not fit its nodes' IP addresses.
//!
//! Such a node registers and runs. If the number is above the addresses of the node, pods stay in
//! ContainerCreating ("failed to assign an IP address to container"). If it is not raised, prefixes
//! bring nothing, because Karpenter's default only counts secondary addresses. Below 3 nothing fits next
//! to the CNI and kube-proxy. NodePools decide which types use the class, so messages only give numbers
//! for types that `instanceTypes.allowed` names. With IPv6 one prefix is enough for any number.
//!
//! Source: aws/karpenter-provider-aws pkg/providers/instancetype/types.go, `pods` and
//! `ENILimitedPods`; issues 6884 and 8210 of that project.

use super::shared::{Context, Findings, Lookup};
use crate::{
    capacity::{Capacity, Family, HOST_NETWORK, Options},
    finding::{Assumption, Report},
    form::Known,
    instances::{Allowed, InstanceType},
    view::{Body, Count, Kind, NodeClass},
};

const MAX_PODS: &str = "/spec/kubelet/maxPods";

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Body::NodeClass(class) = &context.view.body else { return };
    // Auto Mode configures the kubelet itself.
    if context.view.kind != Kind::Ec2NodeClass {
        return;
    }
    let kubelet = class.kubelet.as_ref();
    let Some(limit) = kubelet.and_then(|kubelet| kubelet.max_pods.as_ref()) else {
        // Karpenter counts 110 pods on every Windows node, whatever its type.
        if context.capacity().prefix_delegation != Known::NO && !class.is_of("windows") {
            let place = if kubelet.is_some() { "/spec/kubelet" } else { "/spec" };
            let fact = "without `maxPods`, Karpenter gives a node only as many pods as its type holds \
                        without prefixes";
            let remedy = "set `kubelet.maxPods`: EKS recommends 110 below 30 vCPUs, 250 above";
            // Most clusters leave prefixes off, as the CNI ships, and then nothing is lost.
            if context.assumed(Assumption::Prefixes).is_empty() {
                findings.report(Report::warn(place, fact).remedy(remedy));
            }
        }
        return;
    };
    match limit.number() {
        Some(pods) if pods <= HOST_NETWORK => {
            let fact = format!(
                "`maxPods` {pods} leaves no room for a pod next to `aws-node` and `kube-proxy`"
            );
            findings.report(Report::warn(MAX_PODS, fact).remedy("set at least 3"));
        }
        Some(pods) => limited(context, class, pods, findings),
        None => {}
    }
}

fn limited(context: &Context<'_>, class: &NodeClass<'_>, pods: u32, findings: &mut Findings<'_>) {
    let allowed = context.settings.allowed_types();
    let Some(allowed) = allowed.filter(|allowed| !allowed.types.is_empty()) else { return };
    let options = context.capacity();
    if options.family == Family::V6 || class.is_of_ipv6() {
        return;
    }
    // Karpenter ignores it on Bottlerocket, which doesn't support it.
    let kubelet = class.kubelet.as_ref().filter(|_| !class.is_of("bottlerocket"));
    let per_core = kubelet.and_then(|kubelet| kubelet.pods_per_core.as_ref());
    let per_core = per_core.and_then(Count::number).filter(|pods| *pods > 0);
    let limit = Limit { pods, per_core, efa_only: class.efa_only_on_default_card() };
    let catalog = &context.settings.catalog;
    let types = catalog.types(&allowed.types);
    let nodes: Vec<Node<'_>> =
        types.filter_map(|instance| Node::of(&instance, limit, options)).collect();
    let certainty = certainty(allowed, nodes.len(), context.cni_mode() == Lookup::Unreachable);
    let words = Words { limit, options, certainty };
    let verdict = verdict(&nodes, pods, options);
    if let Some(report) = words.report(&verdict) {
        let needs_prefixes = matches!(verdict, Verdict::LeftWithoutPrefixes { .. });
        findings.report(match needs_prefixes {
            true => report.assuming(context.assumed(Assumption::Prefixes)),
            false => report,
        });
    }
}

/// A class's limits on the pods of a node.
#[derive(Clone, Copy)]
struct Limit {
    /// `maxPods`
    pods: u32,
    /// `podsPerCore`, if it counts.
    per_core: Option<u32>,
    /// Interfaces of the default card that are for EFA only.
    efa_only: u16,
}

/// A node of a type, and the number of pods that it has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Node<'t> {
    name: &'t str,
    /// Pods that it has addresses for, at best.
    holds: u32,
    /// Pods that the class lets it run.
    runs: u32,
    /// Pods with secondary addresses.
    secondary: Option<u32>,
    /// The recommended number of pods.
    recommended: Option<u32>,
}

impl<'t> Node<'t> {
    /// A node of this type; `None` if one of its numbers is unknown.
    fn of(instance: &InstanceType<'t>, limit: Limit, options: &Options) -> Option<Self> {
        let capacity = Capacity::beside(limit.efa_only, instance, options);
        let runs = match (limit.per_core, instance.vcpus()) {
            (Some(pods), Some(vcpus)) => limit.pods.min(pods.saturating_mul(vcpus.into())),
            (Some(_), None) => return None,
            (None, _) => limit.pods,
        };
        Some(Self {
            name: instance.name(),
            holds: capacity.addresses()?,
            runs,
            secondary: capacity.secondary(),
            recommended: capacity.recommended(),
        })
    }

    fn is_short(&self) -> bool {
        self.runs > self.holds
    }
}

/// The result of comparing `maxPods` with the nodes of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict<'t> {
    /// It fits, as far as can be seen.
    Fits,
    /// Every node runs more pods than it has addresses for.
    AllTooSmall { largest: Node<'t>, types: usize },
    /// Some nodes do.
    SomeTooSmall { smallest: Node<'t>, short: usize, types: usize },
    /// `maxPods` is what this type holds without prefixes, although it holds more with them.
    LeftWithoutPrefixes { node: Node<'t>, recommended: u32 },
}

/// Compares the limit with these nodes.
fn verdict<'t>(nodes: &[Node<'t>], max_pods: u32, options: &Options) -> Verdict<'t> {
    let order = |node: &&Node<'t>| (node.holds, node.runs, node.name);
    let Some(largest) = nodes.iter().max_by_key(order) else { return Verdict::Fits };
    let short = nodes.iter().filter(|node| node.is_short());
    match (short.clone().count(), short.min_by_key(order)) {
        (count, Some(_)) if count == nodes.len() => {
            Verdict::AllTooSmall { largest: *largest, types: count }
        }
        (short, Some(smallest)) => {
            Verdict::SomeTooSmall { smallest: *smallest, short, types: nodes.len() }
        }
        _ => left_without_prefixes(nodes, max_pods, options).unwrap_or(Verdict::Fits),
    }
}

fn left_without_prefixes<'t>(
    nodes: &[Node<'t>],
    max_pods: u32,
    options: &Options,
) -> Option<Verdict<'t>> {
    if options.prefix_delegation == Known::NO || max_pods >= 110 {
        return None;
    }
    nodes.iter().find_map(|node| {
        let recommended = node.recommended.filter(|pods| *pods > max_pods)?;
        let left = node.secondary == Some(max_pods);
        left.then_some(Verdict::LeftWithoutPrefixes { node: *node, recommended })
    })
}

/// How certain it is that the class has these types, and that the CNI's mode is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Certainty {
    /// The settings name the types, all of which are known.
    Proven,
    /// The same, but the cluster could not be asked how the CNI runs.
    BySettings,
    /// One of the types that the settings name is unknown.
    UnknownAllowed,
}

fn certainty(allowed: &Allowed, known: usize, unreachable: bool) -> Certainty {
    match u32::try_from(known) {
        Ok(known) if allowed.known && known == allowed.types.len() => match unreachable {
            true => Certainty::BySettings,
            false => Certainty::Proven,
        },
        _ => Certainty::UnknownAllowed,
    }
}

/// The facts that messages need in addition to the verdict.
struct Words<'w> {
    limit: Limit,
    options: &'w Options,
    certainty: Certainty,
}

impl Words<'_> {
    fn report(&self, verdict: &Verdict<'_>) -> Option<Report> {
        let Self { limit: Limit { pods: max_pods, efa_only, .. }, options, .. } = self;
        let mode = match efa_only {
            0 => options.in_words().to_owned(),
            _ => format!("{} beside an EFA-only interface", options.in_words()),
        };
        Some(match *verdict {
            Verdict::Fits => return None,
            Verdict::AllTooSmall { largest: Node { name, holds: 0, .. }, types } => {
                let others = match types {
                    1 => String::new(),
                    count => format!(", like all {count} allowed types,"),
                };
                let fact = format!(
                    "`{name}`{others} has no IP address for pods: other uses take all interfaces of its first card{}",
                    self.world()
                );
                Report::warn(MAX_PODS, fact).remedy("choose a type with more network interfaces")
            }
            Verdict::AllTooSmall { largest: Node { name, holds, .. }, types } => {
                let world = self.world();
                let fact = match types {
                    1 => {
                        format!(
                            "`{name}` has IP addresses for {holds} pods {mode}, not for {max_pods}{world}"
                        )
                    }
                    count => format!(
                        "none of the {count} allowed types has IP addresses for {max_pods} pods {mode}, \
                         `{name}` has {holds}{world}"
                    ),
                };
                Report::warn(MAX_PODS, fact).remedy(format!("set at most {holds}"))
            }
            Verdict::SomeTooSmall { smallest: Node { name, holds, .. }, short, types } => {
                let fact = format!(
                    "{short} of {types} allowed types hold fewer than {max_pods} pods {mode}, `{name}` \
                     only {holds}: further pods get no IP address"
                );
                let own = "use a separate EC2NodeClass for smaller types";
                let remedy = match holds {
                    0 => own.to_owned(),
                    holds => format!("set at most {holds}, or {own}"),
                };
                Report::warn(MAX_PODS, fact).remedy(remedy)
            }
            Verdict::LeftWithoutPrefixes { node: Node { name, .. }, recommended } => {
                let fact = format!(
                    "{max_pods} is the limit of `{name}` without prefix delegation, but with it \
                     {recommended} fit"
                );
                Report::warn(MAX_PODS, fact).remedy(format!("set {recommended}"))
            }
        })
    }

    fn world(&self) -> &'static str {
        match self.certainty {
            Certainty::Proven => "",
            Certainty::BySettings => {
                " by the settings, because the VPC CNI's DaemonSet could not be looked up"
            }
            Certainty::UnknownAllowed => ", although not all allowed types are known",
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        instances::TypeSet,
        rules::testing::{finds_in_class, finds_in_class_with},
    };

    /// A node with addresses for this many pods: `small`, `large`, in the order of these numbers.
    fn node(name: &'static str, holds: u32, runs: u32) -> Node<'static> {
        Node { name, holds, runs, secondary: Some(29), recommended: Some(holds.min(110)) }
    }

    /// The verdict for two nodes that run this many pods.
    #[rstest]
    #[case::both_hold_them(100, None, "fits")]
    #[case::one_does_not(200, Some(true), "some: small")]
    #[case::neither_does(500, None, "all: large")]
    #[case::as_many_as_without_prefixes(29, Some(true), "left: small")]
    #[case::and_there_may_be_some(29, None, "left: small")]
    #[case::and_there_are_none(29, Some(false), "fits")]
    fn verdicts(#[case] pods: u32, #[case] prefixes: Option<bool>, #[case] expected: &str) {
        let nodes = [node("small", 110, pods), node("large", 434, pods)];
        let options = Options { prefix_delegation: Known(prefixes), ..Options::default() };
        let verdict = match verdict(&nodes, pods, &options) {
            Verdict::Fits => "fits".to_owned(),
            Verdict::AllTooSmall { largest, .. } => format!("all: {}", largest.name),
            Verdict::SomeTooSmall { smallest, .. } => format!("some: {}", smallest.name),
            Verdict::LeftWithoutPrefixes { node, .. } => format!("left: {}", node.name),
        };
        assert_eq!(verdict, expected);
    }

    #[rstest]
    #[case::two_are_named(2, true, false, Certainty::Proven)]
    #[case::the_cluster_does_not_answer(2, true, true, Certainty::BySettings)]
    #[case::a_name_is_not_known(2, false, false, Certainty::UnknownAllowed)]
    #[case::what_one_holds_is_not_known(3, true, true, Certainty::UnknownAllowed)]
    fn certainties(
        #[case] count: u16,
        #[case] known: bool,
        #[case] unreachable: bool,
        #[case] expected: Certainty,
    ) {
        let allowed = Allowed { types: TypeSet::first(count), known };
        assert_eq!(certainty(&allowed, 2, unreachable), expected);
    }

    const RULE: &str = "capacity-max-pods";

    /// Settings with these types and this `capacity`.
    fn settings(allowed: &[&str], capacity: Value) -> String {
        json!({ "instanceTypes": { "allowed": allowed }, "capacity": capacity }).to_string()
    }

    fn off() -> Value {
        json!({ "prefixDelegation": false })
    }

    #[rstest]
    #[case::recommended(110, &["m5.large", "p5.48xlarge"], json!({}))]
    #[case::with_prefixes(434, &["m5.large"], json!({ "prefixDelegation": true }))]
    #[case::perhaps_with_prefixes(434, &["m5.large"], json!({}))]
    #[case::without_prefixes(29, &["m5.large"], off())]
    #[case::a_type_that_takes_none(20, &["m4.large"], json!({ "prefixDelegation": true }))]
    #[case::no_type_is_named(30_000, &[], off())]
    #[case::few_but_enough(3, &["m5.large"], off())]
    fn fits(#[case] pods: u32, #[case] allowed: &[&str], #[case] capacity: Value) {
        finds_in_class(
            RULE,
            &format!(r#"{{"maxPods": {pods}}}"#),
            &settings(allowed, capacity),
            &[],
        );
    }

    #[rstest]
    #[case::with_prefixes(2000, &["m5.large", "p5.48xlarge"], json!({ "prefixDelegation": true }))]
    #[case::even_with_prefixes(2000, &["m5.large", "p5.48xlarge"], json!({}))]
    #[case::some(110, &["m5.large", "c5.4xlarge"], off())]
    #[case::a_small_one(110, &["m5.large", "t3.nano"], json!({}))]
    #[case::left_as_it_was(29, &["m5.large"], json!({}))]
    #[case::no_room(2, &[], json!({}))]
    #[case::beside_a_trunk(100, &["p5.48xlarge"], json!({ "prefixDelegation": false, "securityGroupsForPods": true }))]
    fn does_not_fit(#[case] pods: u32, #[case] allowed: &[&str], #[case] capacity: Value) {
        let found = ["warn /spec/kubelet/maxPods"];
        let kubelet = format!(r#"{{"maxPods": {pods}}}"#);
        finds_in_class(RULE, &kubelet, &settings(allowed, capacity), &found);
    }

    /// An m5.large holds two pods per core; 0 means no limit.
    #[rstest]
    #[case::few(2, &[])]
    #[case::no_limit(0, &["warn /spec/kubelet/maxPods"])]
    fn pods_of_cores(#[case] per_core: u32, #[case] found: &[&str]) {
        let kubelet = format!(r#"{{"maxPods": 110, "podsPerCore": {per_core}}}"#);
        finds_in_class(RULE, &kubelet, &settings(&["m5.large"], off()), found);
    }

    /// For a type whose vCPUs are unknown, `podsPerCore` proves nothing.
    #[test]
    fn pods_of_cores_that_nobody_knows() {
        let extra =
            r#"{"name": "x9.large", "hypervisor": "nitro", "defaultCardEnis": 2, "ipv4PerEni": 2}"#;
        let settings =
            format!(r#"{{"instanceTypes": {{"extra": [{extra}], "allowed": ["x9.large"]}}}}"#);
        finds_in_class(RULE, r#"{"maxPods": 110, "podsPerCore": 10}"#, &settings, &[]);
    }

    #[test]
    fn a_limit_that_is_no_number() {
        finds_in_class(RULE, r#"{"maxPods": "2 * vcpus"}"#, &settings(&["m5.large"], off()), &[]);
    }

    #[test]
    fn absent() {
        let on = r#"{"capacity": {"prefixDelegation": true}}"#;
        finds_in_class(RULE, "{}", on, &["warn /spec/kubelet"]);
        finds_in_class(RULE, "{}", "{}", &[]);
        finds_in_class(RULE, "null", r#"{"capacity": {"prefixDelegation": false}}"#, &[]);
    }

    /// IPv4 addresses prove nothing if the pods' DNS has an IPv6 address.
    #[test]
    fn a_cluster_of_ipv6() {
        let kubelet = r#"{"maxPods": 110, "clusterDNS": ["fd00:10:96::a"]}"#;
        finds_in_class(RULE, kubelet, &settings(&["t3.micro"], off()), &[]);
    }

    #[rstest]
    #[case::on_the_first_card(0, "efa-only", &["warn /spec/kubelet/maxPods"])]
    #[case::on_another_card(1, "efa-only", &[])]
    #[case::with_addresses(0, "interface", &[])]
    fn interfaces_for_efa_only(#[case] card: u32, #[case] kind: &str, #[case] found: &[&str]) {
        let interfaces = json!([
            { "networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface" },
            { "networkCardIndex": card, "deviceIndex": 1, "interfaceType": kind },
        ]);
        let class = json!({ "kubelet": { "maxPods": 100 }, "networkInterfaces": interfaces });
        finds_in_class_with(RULE, class, &settings(&["p5.48xlarge"], off()), found);
    }
}
