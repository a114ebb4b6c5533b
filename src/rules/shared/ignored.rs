//! Finds pods for which Karpenter makes no node, whatever else they request: it ignores a pod that
//! names, in any required term, something that a NodePool can't require. Only existing nodes can match.
//!
//! Sources: kubernetes-sigs/karpenter pkg/apis/v1/labels.go (IsRestrictedLabel: any operator) and
//! pkg/controllers/provisioning/provisioner.go (validateNodeSelectorTerm: no `matchFields`);
//! aws/karpenter-provider-aws issue 9553.

use super::{Context, Findings};
use crate::{
    finding::{Assumption, Report},
    nodes::{self, Place},
    view::{Kind, NodeSelectorTerm, PodView},
};

const HOSTNAME: &str = "kubernetes.io/hostname";

/// Labels of nodes that a pod must not name.
const REFUSED: [&str; 4] = [
    "karpenter.k8s.aws/ec2nodeclass",
    "karpenter.sh/initialized",
    "karpenter.sh/registered",
    HOSTNAME,
];

/// The reason for which Karpenter ignores a pod: its name and place.
struct Cause<'v> {
    name: &'v str,
    place: String,
}

/// Reports a pod for which Karpenter makes no node.
pub fn report(context: &Context<'_>, pod: &PodView<'_>, findings: &mut Findings<'_>) {
    let Some(Cause { name, place }) = cause(pod) else { return };
    let fact = format!("a pod with a rule on `{name}` gets no new node");
    findings.report(
        Report::warn(place, fact)
            .about(name.to_owned())
            .assuming(context.assumed(Assumption::Provisioning))
            .remedy("remove it, unless you mean nodes that already exist"),
    );
}

/// The first reason for which Karpenter ignores the pod; `None` also if the pod needs existing nodes, as
/// pods of a DaemonSet and pods that name their node do.
fn cause<'v>(pod: &'v PodView<'_>) -> Option<Cause<'v>> {
    let terms = pod.required_terms().unwrap_or_default();
    let selector = &pod.spec.node_selector;
    let refused = |key: &str| REFUSED.contains(&key);
    // Most pods name nothing of the kind, which this shows at once.
    let of_selector = selector
        .0
        .iter()
        .find(|(key, _)| refused(key))
        .map(|(key, _)| Cause { name: key, place: Place::selector(&pod.place, key).pointer() });
    let of_term = |(index, term): (usize, &'v NodeSelectorTerm<'_>)| {
        let mut keys = term.match_expressions.iter().enumerate();
        if let Some((at, one)) = keys.find(|(_, one)| refused(&one.key)) {
            let place = Place::expression(&pod.place, index, at).pointer();
            return Some(Cause { name: &one.key, place });
        }
        // The API server refuses other operators.
        let is_field = |operator: &str| matches!(operator, "In" | "NotIn");
        term.match_fields.iter().any(|one| is_field(&one.operator)).then(|| Cause {
            name: "matchFields",
            place: format!("{}/{index}/matchFields", nodes::required_terms(&pod.place)),
        })
    };
    let cause = of_selector.or_else(|| terms.iter().enumerate().find_map(of_term))?;
    (wants_new_nodes(pod, terms) && !is_of_daemon_set(pod)).then_some(cause)
}

/// `true` if an alternative of the pod does not name a single node.
fn wants_new_nodes(pod: &PodView<'_>, terms: &[NodeSelectorTerm<'_>]) -> bool {
    let names_one = |term: &NodeSelectorTerm<'_>| {
        let host = |key: &str, operator: &str| key == HOSTNAME && operator == "In";
        term.match_expressions.iter().any(|one| host(&one.key, &one.operator))
            || term.match_fields.iter().any(|one| &*one.operator == "In")
    };
    let mut terms = terms.iter().filter(|term| !term.is_empty());
    let open = pod.required_terms().is_none() || terms.any(|term| !names_one(term));
    open && pod.spec.node_selector.get(HOSTNAME).is_none()
        && pod.spec.node_name.as_deref().is_none_or(str::is_empty)
}

fn is_of_daemon_set(pod: &PodView<'_>) -> bool {
    pod.job.kind == Some(Kind::DaemonSet) || pod.metadata.is_owned_by(r#""DaemonSet""#)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::rules::testing::finds_about;

    const ON_P5: &str = r#"{"matchExpressions": [{"key": "karpenter.k8s.aws/instance-family",
        "operator": "In", "values": ["p5"]}]}"#;
    const ON_ONE: &str =
        r#"{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n"]}]}"#;
    const NOT_ON_ONE: &str = r#"{"matchExpressions": [{"key": "kubernetes.io/hostname",
        "operator": "NotIn", "values": ["n"]}]}"#;

    fn terms(terms: &[&str]) -> String {
        format!(
            r#"{{"affinity": {{"nodeAffinity": {{"requiredDuringSchedulingIgnoredDuringExecution":
                {{"nodeSelectorTerms": [{}]}}}}}}}}"#,
            terms.join(", ")
        )
    }

    /// The reason only matters if the pod needs a new node.
    #[rstest]
    #[case::one_node_or_new_ones(terms(&[ON_P5, ON_ONE]), Some("matchFields"))]
    #[case::any_but_one_node(terms(&[NOT_ON_ONE]), Some("kubernetes.io/hostname"))]
    #[case::one_node(terms(&[ON_ONE]), None)]
    #[case::new_nodes(terms(&[ON_P5]), None)]
    #[case::by_its_class(
        r#"{"nodeSelector": {"karpenter.k8s.aws/ec2nodeclass": "gpu"}}"#.to_owned(),
        Some("karpenter.k8s.aws/ec2nodeclass")
    )]
    #[case::by_its_state(
        r#"{"nodeSelector": {"karpenter.sh/registered": "true"}}"#.to_owned(),
        Some("karpenter.sh/registered")
    )]
    #[case::by_its_name(r#"{"nodeSelector": {"kubernetes.io/hostname": "n"}}"#.to_owned(), None)]
    #[case::placed(
        r#"{"nodeName": "n", "nodeSelector": {"karpenter.sh/registered": "true"}}"#.to_owned(),
        None
    )]
    fn ignored_by_karpenter(#[case] spec: String, #[case] expected: Option<&str>) {
        let found = |pod: &str| finds_about("node-unsatisfiable", pod);
        assert_eq!(found(&format!(r#"{{"spec": {spec}}}"#)).as_deref(), expected);
        let owners = r#""metadata": {"ownerReferences": [{"kind": "DaemonSet"}]}"#;
        assert_eq!(found(&format!(r#"{{{owners}, "spec": {spec}}}"#)), None);
    }
}
