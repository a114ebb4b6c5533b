//! `node-label`: a label, or a value of one, that no node has, in a domain of Karpenter's, EKS's or
//! Kubernetes' own; or labels of Karpenter together with those of EKS Auto Mode, which no node has both.
//!
//! Such a pod stays Pending, and no event says which label is wrong. Labels in other domains are the
//! cluster's own. In `node.kubernetes.io/` and `eks.amazonaws.com/`, a cluster may have labels that are
//! unknown here, so only labels that look like those of an instance type, or like a typo, are reported.
//!
//! Source: aws/karpenter-provider-aws pkg/apis/v1/labels.go; EKS User Guide, "Create a Node Pool
//! for EKS Auto Mode".

use super::shared::{
    Context, Findings, auto_mode,
    label_names::{self, Asked},
    label_values,
};
use crate::{
    finding::Report,
    instances::Catalog,
    json::Text,
    nodes,
    nodes::{Constraint, Domain, Place, Placement},
    text::{self, Quoted},
    view::{Body, NodeOverlay, NodePool, NodeSelectorRequirement, PodView},
};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let mut search = label_names::SEARCHED;
    let catalog = &context.settings.catalog;
    if let Some(pod) = context.pod {
        of_pod(pod, catalog, &mut search, findings);
    }
    match &context.view.body {
        Body::NodePool(pool) => of_pool(pool, catalog, &mut search, findings),
        Body::NodeOverlay(overlay) => of_overlay(overlay, catalog, &mut search, findings),
        _ => {}
    }
    if context.pod.is_some()
        && let Some((karpenter, auto_mode)) = context.placement().and_then(|p| p.mixed())
    {
        mixed(karpenter, auto_mode, findings);
    } else if let Some(pod) = context.pod
        && let Some(placement) = context.placement()
    {
        of_others(pod, placement, findings);
    }
}

fn of_pool(pool: &NodePool<'_>, catalog: &Catalog, search: &mut u32, findings: &mut Findings<'_>) {
    for (index, one) in pool.requirements.iter().enumerate() {
        let place = || Place::requirement(index).pointer();
        let one = &one.requirement;
        unknown(&one.key, Asked::OfPool, &place, search, findings);
        if let Some((fact, remedy)) = auto_mode::other_domain(pool, &one.key) {
            findings.report(Report::warn(place(), fact).about(one.key.to_string()).remedy(remedy));
        }
        if &*one.operator != "In" || label_values::makes_invalid(&one.key, &one.values) {
            continue;
        }
        value(&one.key, &one.values, &place, catalog, findings);
        if pool.class.is_auto_mode()
            && let Some((fact, remedy)) = auto_mode::too_small(one, catalog)
        {
            findings.report(Report::warn(place(), fact).about(one.key.to_string()).remedy(remedy));
        }
    }
}

/// Checks an overlay against the labels that Karpenter gives a type.
fn of_overlay(
    overlay: &NodeOverlay<'_>,
    catalog: &Catalog,
    search: &mut u32,
    findings: &mut Findings<'_>,
) {
    for (index, one) in overlay.requirements.iter().enumerate() {
        let place = || format!("{}/{index}", NodeOverlay::REQUIREMENTS);
        let one = &one.requirement;
        unknown(&one.key, Asked::OfOverlay, &place, search, findings);
        if &*one.operator == "In" {
            value(&one.key, &one.values, &place, catalog, findings);
        }
    }
}

/// The effect if no node has the label.
fn asked(requirement: &NodeSelectorRequirement<'_>) -> Asked {
    match &*requirement.operator {
        "NotIn" | "DoesNotExist" => Asked::NotToHave,
        _ => Asked::ToHave,
    }
}

/// Reports a label that nothing sets.
fn unknown(
    key: &str,
    asked: Asked,
    place: &dyn Fn() -> String,
    search: &mut u32,
    findings: &mut Findings<'_>,
) {
    if let Some((fact, remedy)) = label_names::unknown(key, asked, search) {
        findings.report(Report::warn(place(), fact).about(key.to_owned()).remedy(remedy));
    }
}

fn of_pod(pod: &PodView<'_>, catalog: &Catalog, search: &mut u32, findings: &mut Findings<'_>) {
    for (key, asked) in &pod.spec.node_selector.0 {
        let place = || Place::selector(&pod.place, key).pointer();
        unknown(key, Asked::ToHave, &place, search, findings);
        value(key, std::slice::from_ref(asked), &place, catalog, findings);
    }
    for (index, term) in pod.required_terms().into_iter().flatten().enumerate() {
        for (at, one) in term.match_expressions.iter().enumerate() {
            let place = || Place::expression(&pod.place, index, at).pointer();
            unknown(&one.key, asked(one), &place, search, findings);
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
            unknown(&one.key, Asked::ByPreference, &place, search, findings);
        }
    }
}

/// Reports a value that no node has.
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

/// Reports Karpenter's labels of types on a pod that requires nodes of another maker: EKS Auto Mode, a
/// managed node group.
fn of_others(pod: &PodView<'_>, placement: &Placement<'_>, findings: &mut Findings<'_>) {
    const OTHERS: [(&str, &str, &str); 2] = [
        ("eks.amazonaws.com/compute-type", "auto", "nodes of EKS Auto Mode"),
        ("eks.amazonaws.com/nodegroup", "", "nodes of a managed node group"),
    ];
    // One alternative without them is enough for a node to match.
    let demanded = placement.alternatives().map(|one| one.demanding(Domain::Karpenter));
    let Some(demanded) = demanded.collect::<Option<Vec<_>>>() else { return };
    let Some(karpenter) = demanded.first() else { return };
    let named = OTHERS.iter().find_map(|(key, wanted, whose)| {
        let value = pod.spec.node_selector.get(key)?;
        (wanted.is_empty() || **value == **wanted).then_some((key, value, whose))
    });
    let Some((key, value, whose)) = named else { return };
    let fact = format!(
        "{} = {} selects {whose}, which don't have {karpenter}, so no node matches both",
        Quoted(key),
        Quoted(value)
    );
    let places = vec![Place::selector(&pod.place, key).pointer(), karpenter.place.pointer()];
    let remedy = "remove one of them, or use `eks.amazonaws.com/instance-…` for EKS Auto Mode";
    let about = "karpenter.k8s.aws, eks.amazonaws.com";
    findings.report(Report::warn(places, fact).about(about).remedy(remedy));
}

fn mixed(karpenter: &Constraint<'_>, auto_mode: &Constraint<'_>, findings: &mut Findings<'_>) {
    let fact = text::written(
        256,
        format_args!(
            "{karpenter} selects nodes of Karpenter, and {auto_mode} those of EKS Auto Mode, \
             so no node matches both"
        ),
    );
    let places = vec![karpenter.place.pointer(), auto_mode.place.pointer()];
    findings.report(
        Report::warn(places, fact)
            .about("karpenter.k8s.aws, eks.amazonaws.com")
            .remedy("use the labels of only one of them"),
    );
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::rules::testing::{accepts, finds, finds_in_pool, finds_in_pool_of};

    /// Auto Mode's reserved nodes have labels of reservations in Karpenter's domain.
    #[test]
    fn labels_that_nodes_of_others_may_carry() {
        let auto = r#""nodeSelector": {"eks.amazonaws.com/compute-type": "auto"}"#;
        let required = |terms: &str| {
            format!(
                r#"{{{auto}, "affinity": {{"nodeAffinity": {{"requiredDuringSchedulingIgnoredDuringExecution": {{"nodeSelectorTerms": [{terms}]}}}}}}}}"#
            )
        };
        let term = |key: &str| {
            format!(r#"{{"matchExpressions": [{{"key": "{key}", "operator": "Exists"}}]}}"#)
        };
        let family = term("karpenter.k8s.aws/instance-family");
        accepts("node-label", &required(&term("karpenter.k8s.aws/capacity-reservation-id")));
        accepts("node-label", &required(&format!("{family}, {}", term("kubernetes.io/arch"))));
        let line = "warn /spec/nodeSelector/eks.amazonaws.com~1compute-type \
            /spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchExpressions/0: \
            karpenter.k8s.aws, eks.amazonaws.com";
        finds("node-label", &required(&family), &[line]);
    }

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

    #[rstest]
    #[case::of_another_cloud(r#"["amd64", "ppc64le"]"#, false)]
    #[case::a_slip(r#"["amd64", "amr64"]"#, true)]
    #[case::none_that_is_known(r#"["ppc64le", "s390x"]"#, true)]
    fn architectures(#[case] values: &str, #[case] found: bool) {
        let spec = format!(
            r#"{{"affinity": {{"nodeAffinity": {{"requiredDuringSchedulingIgnoredDuringExecution": {{"nodeSelectorTerms": [
                {{"matchExpressions": [{{"key": "kubernetes.io/arch", "operator": "In", "values": {values}}}]}}]}}}}}}}}"#
        );
        let line = "warn /spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchExpressions/0: kubernetes.io/arch";
        let lines = [line];
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

    #[rstest]
    #[case::labels_of_karpenter(
        "eks.amazonaws.com",
        "karpenter.k8s.aws/instance-family",
        "p5",
        true
    )]
    #[case::its_own("eks.amazonaws.com", "eks.amazonaws.com/instance-family", "p5", false)]
    #[case::that_both_have(
        "eks.amazonaws.com",
        "karpenter.k8s.aws/capacity-reservation-type",
        "default",
        false
    )]
    #[case::labels_of_auto_mode(
        "karpenter.k8s.aws",
        "eks.amazonaws.com/instance-family",
        "p5",
        true
    )]
    #[case::a_class_that_is_not_known(
        "example.com",
        "karpenter.k8s.aws/instance-family",
        "p5",
        false
    )]
    #[case::too_small("eks.amazonaws.com", "node.kubernetes.io/instance-type", "t3.small", true)]
    #[case::one_vcpu("eks.amazonaws.com", "node.kubernetes.io/instance-type", "m7g.medium", true)]
    #[case::large_enough(
        "eks.amazonaws.com",
        "node.kubernetes.io/instance-type",
        "t3.medium",
        false
    )]
    #[case::a_small_one_of_karpenter(
        "karpenter.k8s.aws",
        "node.kubernetes.io/instance-type",
        "t3.small",
        false
    )]
    #[case::a_small_size("eks.amazonaws.com", "eks.amazonaws.com/instance-size", "micro", true)]
    fn whose_pool_it_is(
        #[case] group: &str,
        #[case] key: &str,
        #[case] value: &str,
        #[case] found: bool,
    ) {
        let line = format!("warn /spec/template/spec/requirements/0: {key}");
        let lines = [&*line];
        let requirement =
            format!(r#"[{{"key": "{key}", "operator": "In", "values": ["{value}"]}}]"#);
        finds_in_pool_of("node-label", group, &requirement, if found { &lines } else { &[] });
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
