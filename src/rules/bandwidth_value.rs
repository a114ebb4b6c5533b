//! `bandwidth-value`: a value of the network bandwidth label that matches no node, or fewer than intended.
//!
//! The label holds the baseline bandwidth in Mbps, one value per type, and a node selector compares
//! text: `100Gbps` matches nothing, and `100000` matches only types with exactly that bandwidth, not
//! faster ones. A minimum is required affinity with `Gt`. AWS's own example selects `100000` together
//! with a `p5.48xlarge`, whose label is `3200000`.
//!
//! Source: aws/karpenter-provider-aws pkg/providers/instancetype/zz_generated.bandwidth.go.

use super::shared::{Context, Findings, bandwidth};
use crate::{
    finding::{Action, Report},
    instances,
    nodes::{Constraint, Operator, Placement, Subject},
    text::Quoted,
    view::{Kind, PodView},
};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(placement) = context.placement() else { return };
    let mut exact_ones = false;
    let mut all_dead = None;
    for constraint in placement.constraints() {
        if constraint.is_network_bandwidth() {
            let mut proven = || {
                let every = || placement.every_alternative(is_dead);
                is_dead(constraint) && *all_dead.get_or_insert_with(every)
            };
            unreadable(constraint, &mut proven, findings);
            exact_ones |= bandwidth::exact(constraint).is_some();
        }
    }
    // A NodePool lists the values of the types that it makes, so exact values are right there. If no
    // node meets the other constraints, a minimum doesn't help.
    let pod = context.pod.filter(|_| exact_ones && placement.mixed().is_none());
    if let Some(pod) = pod {
        exact(context.view.kind, pod, placement, findings);
    }
}

/// `true` if no bandwidth that is a number can meet the constraint.
fn is_dead(constraint: &Constraint<'_>) -> bool {
    matches!(constraint.subject, Subject::Label { key, operator: Operator::In, values, .. }
        if key.is_network_bandwidth()
            && values.iter().all(|value| bandwidth::mbps(value).is_none()))
}

fn unreadable(
    constraint: &Constraint<'_>,
    proven: &mut dyn FnMut() -> bool,
    findings: &mut Findings<'_>,
) {
    let Subject::Label { name, operator, values, .. } = constraint.subject else { return };
    if !matches!(operator, Operator::In | Operator::NotIn) {
        return;
    }
    let Some(value) = values.iter().find(|value| bandwidth::mbps(value).is_none()) else {
        return;
    };
    findings.report(
        Report::new(
            if proven() { Action::Deny } else { Action::Warn },
            constraint.place.pointer(),
            format!(
                "{} is not a whole number of Mbps, so no node has it as `{name}`",
                Quoted(value)
            ),
        )
        .about(name.to_owned())
        .remedy("require a minimum in Mbps by node affinity: at least 100 Gbps is `Gt` `99999`"),
    );
}

fn exact<'v>(
    kind: Kind,
    pod: &'v PodView<'v>,
    placement: &Placement<'v>,
    findings: &mut Findings<'_>,
) {
    let label = placement.catalog.network_bandwidth();
    let sort = |constraint: &Constraint<'v>| bandwidth::exact(constraint).is_some();
    for (constraint, others) in placement.without_each(sort) {
        let Subject::Label { name, values: [value], .. } = constraint.subject else { continue };
        let Some(mbps) = bandwidth::exact(constraint) else { continue };
        let Subject::Label { key, .. } = constraint.subject else { continue };
        let with = label.with(value).len();
        if key.label.is_some_and(|label| label.is_undocumented()) {
            // For Auto Mode it is unknown which types have the value, but certain that it is a single value.
            let fact =
                format!("`{mbps}` matches only types with exactly that bandwidth, not faster ones");
            let report = Report::warn(constraint.place.pointer(), fact).about(name.to_owned());
            let minimum = bandwidth::minimum(pod, constraint).map(|minimum| minimum.to_string());
            findings.report(report.remedy(minimum.unwrap_or("require a minimum with `Gt`".into())));
            continue;
        }
        if with == 0 && key.label.is_some_and(|label| label.has(value)) {
            // Some release of Karpenter gives it, and the running one is unknown.
            continue;
        }
        let faster = others.and(&label.above(mbps)).and(&label.known());
        let fact = match with {
            0 => format!(
                "no known instance type has exactly {} Mbps (as of {})",
                Quoted(value),
                instances::DATE
            ),
            // If the pod can land on nothing faster anyway, an exact value is as good as a minimum.
            _ if faster.is_empty() => continue,
            1 => format!(
                "`{mbps}` matches only the one type with exactly that bandwidth, not faster ones"
            ),
            with => format!(
                "`{mbps}` matches only the {with} types with exactly that bandwidth, not faster ones"
            ),
        };
        let report = Report::warn(constraint.place.pointer(), fact).about(name.to_owned());
        if let Some(meant) = bandwidth::meant_in_gbps(value, placement.catalog) {
            findings.report(report.remedy(format!("write it in Mbps: {mbps} Gbps is `{meant}`")));
            continue;
        }
        // A minimum above all types doesn't help.
        match bandwidth::minimum(pod, constraint).filter(|_| !faster.is_empty()) {
            // With a minimum, a DaemonSet would run on nodes that nobody meant.
            Some(minimum) if kind == Kind::DaemonSet => {
                findings.report(report.remedy(minimum.to_string()));
            }
            Some(minimum) => {
                findings.report_with_fix(report.remedy(minimum.to_string()), || minimum.edits());
            }
            None => findings.report(report.remedy(
                "use a bandwidth that a type has, for example `3200000` for `p5.48xlarge`",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::rules::testing::{accepts, finds, finds_in_daemon_set, finds_in_pod};

    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    const TERM: &str = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchExpressions";
    const KEY: &str = "karpenter.k8s.aws/instance-network-bandwidth";

    /// The edit that puts a minimum at this place of the first term.
    fn minimum(at: &str, above: u32) -> String {
        format!(r#"{TERM}/{at} = {{"key":"{KEY}","operator":"Gt","values":["{above}"]}}"#)
    }

    fn affinity(terms: &str) -> String {
        format!(
            r#"{{"affinity": {{"nodeAffinity": {{"{REQUIRED}": {{"nodeSelectorTerms": [{terms}]}}}}}}}}"#
        )
    }

    fn term(operator: &str, values: &str) -> String {
        format!(
            r#"{{"matchExpressions": [{{"key": "karpenter.k8s.aws/instance-network-bandwidth",
                "operator": "{operator}", "values": {values}}}]}}"#
        )
    }

    #[rstest]
    #[case::a_minimum(affinity(&term("Gt", r#"["99999"]"#)))]
    #[case::several_exact_values(affinity(&term("In", r#"["100000", "200000"]"#)))]
    #[case::the_value_of_the_pinned_type(
        r#"{"nodeSelector": {"node.kubernetes.io/instance-type": "p5.48xlarge",
            "karpenter.k8s.aws/instance-network-bandwidth": "3200000"}}"#.to_owned()
    )]
    #[case::the_clusters_own_label(r#"{"nodeSelector": {"network": "100Gbps"}}"#.to_owned())]
    fn accepted(#[case] spec: String) {
        accepts("bandwidth-value", &spec);
    }

    #[test]
    fn no_number() {
        finds(
            "bandwidth-value",
            r#"{"nodeSelector": {"eks.amazonaws.com/instance-network-bandwidth": "100Gbps"}}"#,
            &[
                "deny /spec/nodeSelector/eks.amazonaws.com~1instance-network-bandwidth: eks.amazonaws.com/instance-network-bandwidth",
            ],
        );
    }

    #[test]
    fn no_number_in_one_of_two_terms_leaves_the_other() {
        let terms = [term("In", r#"["100Gbps"]"#), term("Gt", r#"["1"]"#)].join(",");
        finds("bandwidth-value", &affinity(&terms), &[&format!("warn {TERM}/0: {KEY}")]);
    }

    #[test]
    fn exact_in_the_selector() {
        finds_in_pod(
            "bandwidth-value",
            r#"{"nodeSelector": {"karpenter.k8s.aws/instance-network-bandwidth": "100000", "x": "y"}}"#,
            &[&format!(
                "warn /spec/nodeSelector/karpenter.k8s.aws~1instance-network-bandwidth: {KEY} \
                 {{-/spec/nodeSelector/karpenter.k8s.aws~1instance-network-bandwidth, {}}}",
                minimum("-", 99_999)
            )],
        );
    }

    /// Checks only the bandwidth, among the types that the rest of the term leaves.
    #[test]
    fn exact_beside_other_constraints() {
        let expression = |key: &str, value: &str| {
            format!(
                r#"{{"key": "karpenter.k8s.aws/{key}", "operator": "In", "values": [{value}]}}"#
            )
        };
        let expressions = [
            expression("instance-family", r#""g7", "g5g""#),
            expression("instance-gpu-count", r#""2""#),
            expression("instance-network-bandwidth", r#""175000""#),
        ];
        let none_faster = format!(r#"{{"matchExpressions": [{}]}}"#, expressions.join(", "));
        accepts("bandwidth-value", &affinity(&none_faster));
        let [family, _, bandwidth] = expressions;
        finds_in_pod(
            "bandwidth-value",
            &affinity(&format!(r#"{{"matchExpressions": [{family}, {bandwidth}]}}"#)),
            &[&format!("warn {TERM}/1: {KEY} {{{}}}", minimum("1", 174_999))],
        );
    }

    /// A term that is longer than any hand-written one is skipped.
    #[test]
    fn exact_in_a_long_term() {
        let long = |count: usize| {
            let exact = r#"{"key": "karpenter.k8s.aws/instance-network-bandwidth", "operator": "In", "values": ["12345"]}"#;
            let mut expressions = vec![exact];
            expressions.resize(
                count,
                r#"{"key": "kubernetes.io/arch", "operator": "NotIn", "values": ["riscv64"]}"#,
            );
            affinity(&format!(r#"{{"matchExpressions": [{}]}}"#, expressions.join(", ")))
        };
        finds_in_pod(
            "bandwidth-value",
            &long(64),
            &[&format!("warn {TERM}/0: {KEY} {{{}}}", minimum("0", 12_344))],
        );
        accepts("bandwidth-value", &long(65));
    }

    #[test]
    fn exact_in_a_term_is_replaced_in_place() {
        finds_in_pod(
            "bandwidth-value",
            &affinity(&term("In", r#"["12345"]"#)),
            &[&format!("warn {TERM}/0: {KEY} {{{}}}", minimum("0", 12_344))],
        );
    }

    /// With a minimum, it would run on nodes that nobody meant.
    #[test]
    fn a_daemon_set_is_never_repaired() {
        finds_in_daemon_set(
            "bandwidth-value",
            r#"{"rules": {"bandwidth-value": "fix"}}"#,
            r#"{"nodeSelector": {"karpenter.k8s.aws/instance-network-bandwidth": "100000"}}"#,
            &[&format!(
                "warn /spec/template/spec/nodeSelector/karpenter.k8s.aws~1instance-network-bandwidth: {KEY}"
            )],
        );
    }
}
