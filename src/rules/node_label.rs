//! `node-label`: a label that no node carries, in a domain that is Karpenter's, EKS's or
//! Kubernetes' own; or labels of Karpenter beside those of EKS Auto Mode, which no node has both.
//!
//! Such a pod stays Pending, and nothing says why. Labels in other domains are the cluster's own.
//! In `node.kubernetes.io/` and `eks.amazonaws.com/` a cluster may have labels that are not known
//! here: only what looks like a label of an instance type, or like a slip of the pen, is reported.
//!
//! Source: aws/karpenter-provider-aws pkg/apis/v1/labels.go; EKS User Guide, "Create a Node Pool
//! for EKS Auto Mode".

use super::shared::{Context, Findings, label_values};
use crate::{
    finding::Report,
    instances::Catalog,
    json::Text,
    nodes,
    nodes::{Constraint, Place},
    text::{self, Quoted},
    view::{NodeSelectorRequirement, PodView},
};

const KARPENTER: &str = "karpenter.k8s.aws";
const EKS: &str = "eks.amazonaws.com";
const NODE: &str = "node.kubernetes.io";
const PROVISIONER: &str = "karpenter.sh";

/// Labels of Karpenter's own domain, which is closed.
const OF_PROVISIONER: [&str; 6] = [
    "capacity-type",
    "do-not-sync-taints",
    "initialized",
    "nodepool",
    "registered",
    "unregistered",
];

/// Labels of Karpenter beside those that it derives from the type and that the table has.
const OF_KARPENTER: [&str; 9] = [
    "capacity-reservation-id",
    "capacity-reservation-interruptible",
    "capacity-reservation-type",
    "ec2nodeclass",
    "instance-cpu-sustained-clock-speed-mhz",
    "instance-tenancy",
    "nitro-sandbox",
    "placement-group-id",
    "placement-group-partition",
];

/// Labels of EKS beside those that it derives from the type.
const OF_EKS: [&str; 10] = [
    "capacityType",
    "compute-type",
    "fargate-profile",
    "instance-cpu-sustained-clock-speed-mhz",
    "instance-tenancy",
    "nodeclass",
    "nodegroup",
    "nodegroup-image",
    "sourceLaunchTemplateId",
    "sourceLaunchTemplateVersion",
];

const OF_NODE: [&str; 3] =
    ["exclude-from-external-load-balancers", "instance-type", "windows-build"];

/// For how many unknown labels of an object a similar name is searched; no one writes more.
const SEARCHED: u32 = 32;

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let mut search = SEARCHED;
    let catalog = &context.settings.catalog;
    if let Some(pod) = context.pod {
        of_pod(pod, catalog, &mut search, findings);
    }
    for (index, one) in
        context.pool().into_iter().flat_map(|pool| pool.requirements.iter()).enumerate()
    {
        let place = || Place::requirement(index).pointer();
        let one = &one.requirement;
        unknown(&one.key, Then::of(one), &place, &mut search, findings);
        if &*one.operator == "In" && !label_values::makes_invalid(&one.key, &one.values) {
            value(&one.key, &one.values, &place, catalog, findings);
        }
    }
    if context.pod.is_some()
        && let Some((karpenter, auto_mode)) = context.placement().and_then(|p| p.mixed())
    {
        mixed(karpenter, auto_mode, findings);
    }
}

/// What comes of asking for a label that no node carries.
#[derive(Clone, Copy)]
enum Then {
    /// No node matches.
    Nothing,
    /// All nodes match.
    All,
    /// The preference is never met.
    NoPreference,
}

impl Then {
    fn of(requirement: &NodeSelectorRequirement<'_>) -> Self {
        match &*requirement.operator {
            "NotIn" | "DoesNotExist" => Self::All,
            _ => Self::Nothing,
        }
    }
}

fn of_pod(pod: &PodView<'_>, catalog: &Catalog, search: &mut u32, findings: &mut Findings<'_>) {
    for (key, asked) in &pod.spec.node_selector.0 {
        let place = || Place::selector(&pod.place, key).pointer();
        unknown(key, Then::Nothing, &place, search, findings);
        value(key, std::slice::from_ref(asked), &place, catalog, findings);
    }
    for (index, term) in pod.required_terms().into_iter().flatten().enumerate() {
        for (at, one) in term.match_expressions.iter().enumerate() {
            let place = || Place::expression(&pod.place, index, at).pointer();
            unknown(&one.key, Then::of(one), &place, search, findings);
            if &*one.operator == "In" {
                value(&one.key, &one.values, &place, catalog, findings);
            }
        }
    }
    for (index, preferred) in pod.preferred_terms().iter().enumerate() {
        let expressions =
            preferred.preference.iter().flat_map(|term| term.match_expressions.iter());
        for (at, one) in expressions.enumerate() {
            let place =
                || format!("{}/matchExpressions/{at}", nodes::preferred_term(&pod.place, index));
            unknown(&one.key, Then::NoPreference, &place, search, findings);
        }
    }
}

#[inline(never)]
fn unknown(
    key: &str,
    then: Then,
    place: &dyn Fn() -> String,
    search: &mut u32,
    findings: &mut Findings<'_>,
) {
    let Some((domain, name)) = key.split_once('/') else { return };
    let (own, typed): (&[&str], bool) = match domain {
        KARPENTER => (&OF_KARPENTER, true),
        EKS => (&OF_EKS, true),
        NODE => (&OF_NODE, false),
        PROVISIONER => (&OF_PROVISIONER, false),
        _ => return,
    };
    if own.contains(&name) || (typed && Catalog::label_names().any(|known| known == name)) {
        return;
    }
    let known: Vec<&str> = match typed {
        true => Catalog::label_names().chain(own.iter().copied()).collect(),
        false => own.to_vec(),
    };
    let near = match search.checked_sub(1) {
        Some(left) => {
            *search = left;
            text::nearest(name, &known).map(|near| (domain, near))
        }
        None => None,
    };
    let elsewhere =
        Catalog::label_names().find(|known| *known == name).map(|name| (KARPENTER, name));
    if domain != KARPENTER
        && domain != PROVISIONER
        && near.is_none()
        && !name.starts_with("instance-")
    {
        return;
    }
    let consequence = match then {
        Then::All if domain == KARPENTER => "so it excludes nothing, and Karpenter ignores the pod",
        Then::Nothing => "so no node matches",
        Then::All => "so it excludes nothing",
        Then::NoPreference => "so the preference is never met",
    };
    let remedy = match elsewhere.or(near) {
        Some((domain, name)) => format!("did you mean `{domain}/{name}`?"),
        None => "use a label that the nodes carry".to_owned(),
    };
    let fact = format!("nothing sets the label {}, {consequence}", Quoted(key));
    findings.report(Report::warn(place(), fact).about(key.to_owned()).remedy(remedy));
}

/// A value that no node has.
fn value(
    key: &str,
    values: &[Text<'_>],
    place: &dyn Fn() -> String,
    catalog: &Catalog,
    findings: &mut Findings<'_>,
) {
    if let Some(unknown) = label_values::unknown(key, values, catalog) {
        let fact = label_values::words(key, &unknown);
        let report = Report::warn(place(), fact).about(key.to_owned());
        findings.report(report.remedy(unknown.remedy));
    }
}

fn mixed(karpenter: &Constraint<'_>, auto_mode: &Constraint<'_>, findings: &mut Findings<'_>) {
    let fact = text::written(
        256,
        format_args!(
            "{karpenter} asks for a node of Karpenter, and {auto_mode} for one of EKS Auto Mode, \
             so no node matches both"
        ),
    );
    let places = vec![karpenter.place.pointer(), auto_mode.place.pointer()];
    findings.report(
        Report::warn(places, fact)
            .about("karpenter.k8s.aws, eks.amazonaws.com")
            .remedy("use the labels of one of them"),
    );
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::rules::testing::{accepts, finds, finds_in_pool};

    fn selector(key: &str) -> String {
        format!(r#"{{"nodeSelector": {{"{key}": "1"}}}}"#)
    }

    #[rstest]
    #[case::of_the_type("karpenter.k8s.aws/instance-gpu-count")]
    #[case::of_auto_mode("eks.amazonaws.com/instance-family")]
    #[case::of_karpenter("karpenter.k8s.aws/capacity-reservation-id")]
    #[case::of_a_node_group("eks.amazonaws.com/nodegroup")]
    #[case::of_karpenters_own_domain("karpenter.sh/nodepool")]
    #[case::of_the_cluster("example.com/instance-gpu-count")]
    #[case::of_the_cluster_in_kubernetes_domain("node.kubernetes.io/role")]
    #[case::newer_than_this_policy("eks.amazonaws.com/some-day")]
    #[case::without_domain("disktype")]
    fn known(#[case] key: &str) {
        accepts("node-label", &selector(key));
    }

    #[rstest]
    #[case::slip("karpenter.k8s.aws/instance-gpu-cout")]
    #[case::invented("karpenter.k8s.aws/instance-efa-interfaces-total")]
    #[case::in_the_wrong_domain("node.kubernetes.io/instance-family")]
    #[case::slip_of_a_group("eks.amazonaws.com/node-group")]
    fn nothing_sets_it(#[case] key: &str) {
        let at = key.replace('/', "~1");
        let line = format!("warn /spec/nodeSelector/{at}: {key}");
        finds("node-label", &selector(key), &[&line]);
    }

    #[test]
    fn in_a_preference_and_in_an_exclusion() {
        finds(
            "node-label",
            r#"{"affinity": {"nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [
                  {"key": "karpenter.k8s.aws/instance-famly", "operator": "NotIn", "values": ["t3"]}]}]},
                "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference": {"matchExpressions": [
                  {"key": "karpenter.k8s.aws/instance-famly", "operator": "In", "values": ["m5"]}]}}]}}}"#,
            &[
                "warn /spec/affinity/nodeAffinity/preferredDuringSchedulingIgnoredDuringExecution/0/preference/matchExpressions/0: karpenter.k8s.aws/instance-famly",
                "warn /spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchExpressions/0: karpenter.k8s.aws/instance-famly",
            ],
        );
    }

    #[rstest]
    #[case::a_slip("karpenter.sh/capacity-type", "ondemand", true)]
    #[case::right("karpenter.sh/capacity-type", "spot", false)]
    #[case::another_architecture("kubernetes.io/arch", "x86_64", true)]
    #[case::in_capitals("karpenter.k8s.aws/instance-gpu-name", "H100", true)]
    #[case::newer_than_the_table("karpenter.k8s.aws/instance-gpu-name", "b900", false)]
    #[case::no_family_but_the_beginning_of_some("karpenter.k8s.aws/instance-family", "p6", true)]
    #[case::a_newer_family("karpenter.k8s.aws/instance-family", "p9", false)]
    fn values(#[case] key: &str, #[case] value: &str, #[case] found: bool) {
        let spec = format!(r#"{{"nodeSelector": {{"{key}": "{value}"}}}}"#);
        let line = format!("warn /spec/nodeSelector/{}: {key}", key.replace('/', "~1"));
        let lines = [&*line];
        finds("node-label", &spec, if found { &lines } else { &[] });
    }

    #[test]
    fn both_provisioners() {
        finds(
            "node-label",
            r#"{"nodeSelector": {"eks.amazonaws.com/instance-family": "p5", "karpenter.k8s.aws/instance-size": "48xlarge"}}"#,
            &[
                "warn /spec/nodeSelector/karpenter.k8s.aws~1instance-size /spec/nodeSelector/eks.amazonaws.com~1instance-family: karpenter.k8s.aws, eks.amazonaws.com",
            ],
        );
    }

    #[test]
    fn in_a_node_pool() {
        finds_in_pool(
            "node-label",
            r#"[{"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["p5"]},
                {"key": "node.kubernetes.io/instance-size", "operator": "In", "values": ["48xlarge"]}]"#,
            &["warn /spec/template/spec/requirements/1: node.kubernetes.io/instance-size"],
        );
    }
}
