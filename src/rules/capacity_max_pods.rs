//! `capacity-max-pods`: an EC2NodeClass whose `kubelet.maxPods` is not what its nodes hold.
//!
//! Above what a node has addresses for, pods stay in ContainerCreating ("failed to assign an IP
//! address to container"). Not raised, prefixes bring nothing: Karpenter's own default counts
//! secondary addresses only. Which types a class serves is up to NodePools; `instanceTypes.allowed`
//! says it here, else all types count.
//!
//! Source: aws/karpenter-provider-aws pkg/providers/instancetype/types.go, `pods` and
//! `ENILimitedPods`; issue 8210 of that project.

use super::shared::{Context, Findings, Lookup};
use crate::{
    capacity::{Capacity, Options},
    finding::Report,
    instances::{self, Allowed, InstanceType},
    view::{Body, NodeClass},
};

const MAX_PODS: &str = "/spec/kubelet/maxPods";

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Body::NodeClass(class) = &context.view.body else { return };
    let kubelet = class.kubelet.as_ref();
    match kubelet.and_then(|kubelet| kubelet.max_pods.as_ref()) {
        // Windows nodes hold 110 to Karpenter, whatever their type.
        None if context.capacity().prefix_delegation && !class.is_of("windows") => {
            let place = if kubelet.is_some() { "/spec/kubelet" } else { "/spec" };
            let fact = "without `maxPods`, Karpenter gives a node no more pods than its type holds \
                        without prefixes";
            let remedy = "set `kubelet.maxPods`, 110 as EKS recommends below 30 vCPUs";
            findings.report(Report::warn(place, fact).remedy(remedy));
        }
        Some(limit) => {
            if let Some(pods) = limit.pods() {
                limited(context, class, pods, findings);
            }
        }
        None => {}
    }
}

fn limited(context: &Context<'_>, class: &NodeClass<'_>, pods: u32, findings: &mut Findings<'_>) {
    let catalog = &context.settings.catalog;
    let named = context.settings.allowed_types().filter(|allowed| !allowed.types.is_empty());
    let types = named.map_or(catalog.all(), |allowed| &allowed.types);
    // Karpenter does not count it on Bottlerocket, which does not know it.
    let kubelet = class.kubelet.as_ref().filter(|_| !class.is_of("bottlerocket"));
    let per_core = kubelet.and_then(|kubelet| kubelet.pods_per_core.as_ref()?.pods());
    let limit = Limit { pods, per_core };
    let options = context.capacity();
    let nodes: Vec<Node<'_>> =
        catalog.types(types).filter_map(|instance| Node::of(&instance, limit, options)).collect();
    let certainty = certainty(named, nodes.len(), context.cni_mode() == Lookup::Unreachable);
    let words = Words { max_pods: pods, options, certainty };
    if let Some(report) = words.report(&verdict(&nodes, pods, options, named.is_some())) {
        findings.report(report);
    }
}

/// What a class says of the pods of a node.
#[derive(Clone, Copy)]
struct Limit {
    /// `maxPods`
    pods: u32,
    /// `podsPerCore`, where it counts.
    per_core: Option<u32>,
}

/// A node of a type, and how many pods it has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Node<'t> {
    name: &'t str,
    /// Pods that it has addresses for.
    holds: u32,
    /// Pods that the class lets it run.
    runs: u32,
    /// Pods by secondary addresses.
    secondary: Option<u32>,
    /// Pods that are recommended.
    recommended: Option<u32>,
}

impl<'t> Node<'t> {
    /// A node of this type; `None` where what it holds or runs is not known.
    fn of(instance: &InstanceType<'t>, limit: Limit, options: &Options) -> Option<Self> {
        let capacity = Capacity::of(instance, options);
        let runs = match (limit.per_core, instance.vcpus()) {
            (Some(pods), Some(vcpus)) if pods > 0 => {
                limit.pods.min(pods.saturating_mul(vcpus.into()))
            }
            (Some(_), None) => return None,
            _ => limit.pods,
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

/// How `maxPods` fits the nodes of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict<'t> {
    /// It fits, as far as can be seen.
    Fits,
    /// Every node runs more pods than it has addresses for.
    AllTooSmall { largest: Node<'t>, types: usize },
    /// Some nodes do.
    SomeTooSmall { smallest: Node<'t>, short: usize, types: usize },
    /// As many as this type holds without prefixes, though it holds more with them.
    LeftWithoutPrefixes { node: Node<'t>, recommended: u32 },
}

/// How the limit fits these nodes; `named` where the settings name the types.
fn verdict<'t>(nodes: &[Node<'t>], max_pods: u32, options: &Options, named: bool) -> Verdict<'t> {
    let order = |node: &&Node<'t>| (node.holds, node.runs, node.name);
    let Some(largest) = nodes.iter().max_by_key(order) else { return Verdict::Fits };
    let short = nodes.iter().filter(|node| node.is_short());
    match (short.clone().count(), short.min_by_key(order)) {
        (count, Some(_)) if count == nodes.len() => {
            Verdict::AllTooSmall { largest: *largest, types: count }
        }
        // Of all types on earth some are always smaller.
        (short, Some(smallest)) if named || !options.prefix_delegation => {
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
    if !options.prefix_delegation || max_pods >= 110 {
        return None;
    }
    nodes.iter().find_map(|node| {
        let recommended = node.recommended.filter(|pods| *pods > max_pods)?;
        let left = node.secondary == Some(max_pods);
        left.then_some(Verdict::LeftWithoutPrefixes { node: *node, recommended })
    })
}

/// How certain it is that these are the types of the class, and how their nodes give out addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Certainty {
    /// The settings name the types, all of which are known.
    Proven,
    /// So they do, but the cluster could not be asked how the CNI runs.
    BySettings,
    /// One of the types that the settings name is not known.
    UnknownAllowed,
    /// A type that came later may hold more.
    OpenTable,
}

fn certainty(named: Option<&Allowed>, known: usize, unreachable: bool) -> Certainty {
    match named {
        None => Certainty::OpenTable,
        Some(allowed) if !allowed.known || u32::try_from(known) != Ok(allowed.types.len()) => {
            Certainty::UnknownAllowed
        }
        Some(_) if unreachable => Certainty::BySettings,
        Some(_) => Certainty::Proven,
    }
}

/// What messages need beside the verdict.
struct Words<'w> {
    max_pods: u32,
    options: &'w Options,
    certainty: Certainty,
}

impl Words<'_> {
    fn report(&self, verdict: &Verdict<'_>) -> Option<Report> {
        let Self { max_pods, options, certainty } = self;
        let mode = if options.prefix_delegation { "with prefixes" } else { "without prefixes" };
        let which = if *certainty == Certainty::OpenTable { "types" } else { "allowed types" };
        Some(match *verdict {
            Verdict::Fits => return None,
            Verdict::AllTooSmall { largest: Node { name, holds, .. }, types } => {
                let world = self.world();
                let fact = match types {
                    1 => {
                        format!("`{name}` holds {holds} pods {mode}, fewer than {max_pods}{world}")
                    }
                    count => format!(
                        "none of the {count} {which} holds {max_pods} pods {mode}, \
                         `{name}` has addresses for {holds}{world}"
                    ),
                };
                Report::warn(MAX_PODS, fact).remedy(format!("set at most {holds}"))
            }
            Verdict::SomeTooSmall { smallest: Node { name, holds, .. }, short, types } => {
                let fact = format!(
                    "{short} of {types} {which} hold fewer than {max_pods} pods {mode}, `{name}` only \
                     {holds}: more pods stay without an address"
                );
                Report::warn(MAX_PODS, fact)
                    .remedy(format!("set at most {holds}, or a class of its own for smaller types"))
            }
            Verdict::LeftWithoutPrefixes { node: Node { name, .. }, recommended } => {
                let fact = format!(
                    "{max_pods} is what a type such as `{name}` holds without prefixes, but with them \
                     it holds {recommended}"
                );
                Report::warn(MAX_PODS, fact).remedy(format!("set {recommended}"))
            }
        })
    }

    fn world(&self) -> String {
        match self.certainty {
            Certainty::Proven => String::new(),
            Certainty::BySettings => {
                " by the settings, as the CNI's DaemonSet could not be looked up".to_owned()
            }
            Certainty::UnknownAllowed => ", though not all allowed types are known".to_owned(),
            Certainty::OpenTable => format!(" (as of {})", instances::DATE),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{instances::TypeSet, rules::testing::finds_in_class};

    const WITH: Options = Options {
        prefix_delegation: true,
        minimum_pods_per_node: 0,
        custom_networking: false,
        reserved_enis: 0,
        max_enis: None,
        recommended_cap: true,
    };
    const WITHOUT: Options = Options { prefix_delegation: false, ..WITH };

    /// A node with addresses for so many pods: `small`, `large`, in the order of what they hold.
    fn node(name: &'static str, holds: u32, runs: u32) -> Node<'static> {
        Node { name, holds, runs, secondary: Some(29), recommended: Some(holds.min(110)) }
    }

    /// What is decided of two nodes that run so many pods.
    #[rstest]
    #[case::both_hold_them(100, &WITH, true, "fits")]
    #[case::one_does_not(200, &WITH, true, "some: small")]
    #[case::one_of_all_types_does_not(200, &WITH, false, "fits")]
    #[case::one_without_prefixes(200, &WITHOUT, false, "some: small")]
    #[case::neither_does(500, &WITH, false, "all: large")]
    #[case::as_many_as_without_prefixes(29, &WITH, false, "left: small")]
    #[case::and_there_are_none(29, &WITHOUT, false, "fits")]
    fn verdicts(
        #[case] pods: u32,
        #[case] options: &Options,
        #[case] named: bool,
        #[case] expected: &str,
    ) {
        let nodes = [node("small", 110, pods), node("large", 434, pods)];
        let verdict = match verdict(&nodes, pods, options, named) {
            Verdict::Fits => "fits".to_owned(),
            Verdict::AllTooSmall { largest, .. } => format!("all: {}", largest.name),
            Verdict::SomeTooSmall { smallest, .. } => format!("some: {}", smallest.name),
            Verdict::LeftWithoutPrefixes { node, .. } => format!("left: {}", node.name),
        };
        assert_eq!(verdict, expected);
    }

    #[rstest]
    #[case::no_type_is_named(None, false, Certainty::OpenTable)]
    #[case::two_are(Some((2, true)), false, Certainty::Proven)]
    #[case::the_cluster_does_not_answer(Some((2, true)), true, Certainty::BySettings)]
    #[case::a_name_is_not_known(Some((2, false)), false, Certainty::UnknownAllowed)]
    #[case::what_one_holds_is_not_known(Some((3, true)), true, Certainty::UnknownAllowed)]
    fn certainties(
        #[case] named: Option<(u16, bool)>,
        #[case] unreachable: bool,
        #[case] expected: Certainty,
    ) {
        let named = named.map(|(count, known)| Allowed { types: TypeSet::first(count), known });
        assert_eq!(certainty(named.as_ref(), 2, unreachable), expected);
    }

    const RULE: &str = "capacity-max-pods";
    const ALLOWED: &str = r#"{"instanceTypes": {"allowed": ["m5.large", "p5.48xlarge"]}}"#;

    #[test]
    fn as_recommended() {
        finds_in_class(RULE, r#"{"maxPods": 110}"#, "{}", &[]);
        finds_in_class(RULE, r#"{"maxPods": 234}"#, "{}", &[]);
        finds_in_class(RULE, r#"{"maxPods": 250}"#, "{}", &[]);
        // An m4.large takes no prefixes.
        let xen = r#"{"instanceTypes": {"allowed": ["m4.large"]}}"#;
        finds_in_class(RULE, r#"{"maxPods": 20}"#, xen, &[]);
        finds_in_class(RULE, r#"{"maxPods": 110}"#, ALLOWED, &[]);
        finds_in_class(RULE, r#"{"maxPods": "2 * vcpus"}"#, "{}", &[]);
        finds_in_class(RULE, "null", r#"{"capacity": {"prefixDelegation": false}}"#, &[]);
        finds_in_class(
            RULE,
            r#"{"maxPods": 29}"#,
            r#"{"capacity": {"prefixDelegation": false}, "instanceTypes": {"allowed": ["m5.large"]}}"#,
            &[],
        );
    }

    /// Of a type whose vCPUs nobody knows, `podsPerCore` says nothing.
    #[test]
    fn pods_of_cores_that_nobody_knows() {
        let extra =
            r#"{"name": "x9.large", "hypervisor": "nitro", "defaultCardEnis": 2, "ipv4PerEni": 2}"#;
        let settings =
            format!(r#"{{"instanceTypes": {{"extra": [{extra}], "allowed": ["x9.large"]}}}}"#);
        finds_in_class(RULE, r#"{"maxPods": 110, "podsPerCore": 10}"#, &settings, &[]);
    }

    #[test]
    fn absent() {
        finds_in_class(RULE, "{}", "{}", &["warn /spec/kubelet"]);
    }

    #[test]
    fn more_than_any_type_holds() {
        finds_in_class(RULE, r#"{"maxPods": 2000}"#, ALLOWED, &["warn /spec/kubelet/maxPods"]);
    }

    #[test]
    fn more_than_some_types_hold() {
        finds_in_class(
            RULE,
            r#"{"maxPods": 110}"#,
            r#"{"capacity": {"prefixDelegation": false}, "instanceTypes": {"allowed": ["m5.large", "c5.4xlarge"]}}"#,
            &["warn /spec/kubelet/maxPods"],
        );
        // Two pods a core are no more than an m5.large holds; 0 means no limit.
        finds_in_class(
            RULE,
            r#"{"maxPods": 110, "podsPerCore": 2}"#,
            r#"{"capacity": {"prefixDelegation": false}, "instanceTypes": {"allowed": ["m5.large", "c5.4xlarge"]}}"#,
            &[],
        );
        finds_in_class(
            RULE,
            r#"{"maxPods": 110, "podsPerCore": 0}"#,
            r#"{"capacity": {"prefixDelegation": false}, "instanceTypes": {"allowed": ["m5.large"]}}"#,
            &["warn /spec/kubelet/maxPods"],
        );
        finds_in_class(
            RULE,
            r#"{"maxPods": 110}"#,
            r#"{"instanceTypes": {"allowed": ["m5.large", "t3.nano"]}}"#,
            &["warn /spec/kubelet/maxPods"],
        );
    }

    #[test]
    fn left_as_it_was_before_prefixes() {
        finds_in_class(RULE, r#"{"maxPods": 29}"#, "{}", &["warn /spec/kubelet/maxPods"]);
    }
}
