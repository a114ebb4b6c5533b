//! `node-operator`: an expression of node affinity that can't be evaluated.
//!
//! The API server refuses unknown operators (`Gte` and `Lte` only exist in Karpenter's NodePool) and a
//! wrong number of values. It accepts `Gt` and `Lt` with a value that is not an integer; then the
//! scheduler matches no node with a required term, and fails on a preferred one.
//!
//! Source: kubernetes/kubernetes pkg/apis/core/validation/validation.go,
//! ValidateNodeSelectorRequirement; kubernetes/apimachinery pkg/labels/selector.go, NewRequirement.

use super::shared::{
    Context, Findings,
    unreadable::{self, bad_integer, bad_value, is_label_value},
};
use crate::{
    finding::{Action, Report},
    nodes::{self, Operator, Place},
    text::Quoted,
    view::{NodePool, NodeSelectorRequirement, NodeSelectorTerm},
};

/// The values that a label can have.
const VALUES: &str = "use at most 63 letters, digits, `-`, `_` and `.`, beginning and ending with a \
                      letter or digit";

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if let Some(pool) = context.pool() {
        return bounds(pool, findings);
    }
    let Some(pod) = context.pod else { return };
    for (key, value) in &pod.spec.node_selector.0 {
        if !is_label_value(value) {
            let fact = format!(
                "{} is not a valid label value, so the API server refuses it",
                Quoted(value)
            );
            let place = Place::selector(&pod.place, key).pointer();
            findings.report(Report::deny(place, fact).about(key.to_string()).remedy(VALUES));
        }
    }
    if let Some(terms) = pod.required_terms() {
        let hopeless = unreadable::all(terms);
        let then = "so the term matches no node";
        for (index, term) in terms.iter().enumerate() {
            let place = || format!("{}/{index}", nodes::required_terms(&pod.place));
            expressions(term, &place, (hopeless, then), findings);
        }
    }
    for (index, preferred) in pod.preferred_terms().iter().enumerate() {
        if let Some(term) = &preferred.preference {
            let place = || nodes::preferred_term(&pod.place, index);
            expressions(term, &place, (false, "so scheduling can fail"), findings);
        }
    }
}

/// Reports bounds of a NodePool that are not whole numbers (kubernetes-sigs/karpenter
/// pkg/apis/v1/nodeclaim_validation.go, ValidateRequirement).
fn bounds(pool: &NodePool<'_>, findings: &mut Findings<'_>) {
    for (index, one) in pool.requirements.iter().enumerate() {
        let one = &one.requirement;
        let Some(Operator::Gt | Operator::Lt | Operator::Gte | Operator::Lte) =
            Operator::of_pool(&one.operator)
        else {
            continue;
        };
        let is_bound = |value: &str| value.parse::<i64>().is_ok_and(|bound| bound >= 0);
        let Some(value) = one.values.iter().find(|value| !is_bound(value)) else { continue };
        let fact = format!(
            "`{}` compares with {}, which is not a whole number, so the NodePool never becomes ready",
            &*one.operator,
            Quoted(value)
        );
        let report = Report::deny(Place::requirement(index).pointer(), fact);
        findings.report(
            report.about(one.key.to_string()).remedy("write one whole number, without a unit"),
        );
    }
}

fn expressions(
    term: &NodeSelectorTerm<'_>,
    place: &dyn Fn() -> String,
    (hopeless, then): (bool, &str),
    findings: &mut Findings<'_>,
) {
    let action = if hopeless { Action::Deny } else { Action::Warn };
    for (index, requirement) in term.match_expressions.iter().enumerate() {
        let at = || format!("{}/matchExpressions/{index}", place());
        if let Some((fact, remedy)) = refused(requirement) {
            findings
                .report(Report::deny(at(), fact).about(requirement.key.to_string()).remedy(remedy));
        } else if let Some(value) = bad_value(requirement) {
            let fact = format!("{} is not a valid label value, {then}", Quoted(value));
            let report = Report::new(action, at(), fact).about(requirement.key.to_string());
            findings.report(report.remedy(VALUES));
        } else if let Some(value) = bad_integer(requirement) {
            let is_large = value.bytes().all(|byte| byte.is_ascii_digit());
            findings.report(
                Report::new(
                    action,
                    at(),
                    format!(
                        "`{}` compares with {}, which {}, {then}",
                        &*requirement.operator,
                        Quoted(value),
                        if is_large {
                            "is larger than any 64-bit integer"
                        } else {
                            "is not an integer"
                        }
                    ),
                )
                .about(requirement.key.to_string())
                .remedy(if is_large {
                    "use a smaller number"
                } else {
                    match requirement.key.ends_with("network-bandwidth") {
                        true => "write the number of Mbps: at least 100 Gbps is `Gt` `99999`",
                        false => "use an integer",
                    }
                }),
            );
        }
    }
    for (index, requirement) in term.match_fields.iter().enumerate() {
        if !matches!(&*requirement.operator, "In" | "NotIn") {
            findings.report(
                Report::deny(
                    format!("{}/matchFields/{index}", place()),
                    format!(
                        "the API server refuses the operator {} in `matchFields`",
                        Quoted(&requirement.operator)
                    ),
                )
                .about("matchFields")
                .remedy("use `In` or `NotIn`"),
            );
        }
    }
}

/// The expression for a pod instead of `Gte` and `Lte`, which only NodePools have.
fn next(requirement: &NodeSelectorRequirement<'_>) -> String {
    let (operator, by) = if &*requirement.operator == "Gte" { ("Gt", -1) } else { ("Lt", 1) };
    let number = match &*requirement.values {
        [value] => value.parse::<i64>().ok().and_then(|number| number.checked_add(by)),
        _ => None,
    };
    match number {
        Some(number) => {
            format!("write `{operator}` `{number}`: only NodePools have `Gte` and `Lte`")
        }
        None => format!("use `{operator}`: only NodePools have `Gte` and `Lte`"),
    }
}

/// The reason why the API server refuses an expression, and the remedy.
fn refused(requirement: &NodeSelectorRequirement<'_>) -> Option<(String, String)> {
    let name = &*requirement.operator;
    let count = requirement.values.len();
    let (fact, remedy) = match Operator::of(name) {
        None => {
            let remedy = match name {
                "Gte" | "Lte" => next(requirement),
                _ => {
                    let known = Operator::ALL.map(|(name, _)| format!("`{name}`")).join(", ");
                    format!("use one of {known}")
                }
            };
            (
                format!("the API server refuses the operator {} in a pod's affinity", Quoted(name)),
                remedy,
            )
        }
        Some(Operator::In | Operator::NotIn) if count == 0 => (
            format!("the API server refuses `{name}` without values"),
            "list the values".to_owned(),
        ),
        Some(Operator::Exists | Operator::DoesNotExist) if count > 0 => (
            format!("the API server refuses values with `{name}`"),
            "remove the values, or use `In` or `NotIn`".to_owned(),
        ),
        Some(Operator::Gt | Operator::Lt) if count != 1 => (
            format!("the API server refuses `{name}` with {count} values"),
            "give exactly one integer".to_owned(),
        ),
        Some(_) => return None,
    };
    Some((fact, remedy))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::rules::testing::{accepts, finds, finds_in_pool};

    const AT: &str = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchExpressions/0";

    fn spec(operator: &str, values: &str) -> String {
        format!(
            r#"{{"affinity": {{"nodeAffinity": {{"requiredDuringSchedulingIgnoredDuringExecution":
                {{"nodeSelectorTerms": [{{"matchExpressions": [
                  {{"key": "a", "operator": "{operator}", "values": [{values}]}}]}}]}}}}}}}}"#
        )
    }

    #[rstest]
    #[case::one_of("In", r#""x""#)]
    #[case::none_of("NotIn", r#""x", "y""#)]
    #[case::there("Exists", "")]
    #[case::not_there("DoesNotExist", "")]
    #[case::above("Gt", r#""5""#)]
    #[case::below("Lt", r#""05""#)]
    fn accepted(#[case] operator: &str, #[case] values: &str) {
        accepts("node-operator", &spec(operator, values));
    }

    /// A bound of a NodePool is one whole number.
    #[rstest]
    #[case::whole("Gte", "400000", false)]
    #[case::with_a_unit("Gt", "400Gbps", true)]
    #[case::below_zero("Lt", "-1", true)]
    #[case::of_no_bound("In", "400Gbps", false)]
    fn bounds_of_a_node_pool(#[case] operator: &str, #[case] value: &str, #[case] found: bool) {
        let requirement =
            format!(r#"[{{"key": "a", "operator": "{operator}", "values": ["{value}"]}}]"#);
        let expected = ["deny /spec/template/spec/requirements/0: a"];
        finds_in_pool("node-operator", &requirement, if found { &expected } else { &[] });
    }

    #[rstest]
    #[case::karpenters_own("Gte", r#""5""#)]
    #[case::wrong_case("in", r#""5""#)]
    #[case::missing("", "")]
    #[case::in_nothing("In", "")]
    #[case::values_beside_exists("Exists", r#""x""#)]
    #[case::two_bounds("Gt", r#""1", "2""#)]
    #[case::no_integer("Gt", r#""100Gbps""#)]
    #[case::no_value_of_a_label("Gt", r#""-5""#)]
    #[case::with_a_space("In", r#""a", "a 100""#)]
    fn denied(#[case] operator: &str, #[case] values: &str) {
        finds("node-operator", &spec(operator, values), &[&format!("deny {AT}: a")]);
    }

    #[test]
    fn no_value_of_a_label_in_the_selector() {
        accepts("node-operator", r#"{"nodeSelector": {"a": "", "b": "x_1.y-z"}}"#);
        let found = ["deny /spec/nodeSelector/b: b"];
        finds("node-operator", r#"{"nodeSelector": {"a": "1", "b": "-1"}}"#, &found);
    }

    #[test]
    fn no_integer_in_a_preference_or_beside_a_good_term_is_a_warning() {
        finds(
            "node-operator",
            r#"{"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
                {"weight": 1, "preference": {"matchExpressions": [
                  {"key": "a", "operator": "Lt", "values": ["many"]}]}}]}}}"#,
            &[
                "warn /spec/affinity/nodeAffinity/preferredDuringSchedulingIgnoredDuringExecution/0/preference/matchExpressions/0: a",
            ],
        );
    }

    #[test]
    fn fields_take_two_operators() {
        finds(
            "node-operator",
            r#"{"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms":
                [{"matchFields": [{"key": "metadata.name", "operator": "Exists"}]}]}}}}"#,
            &[
                "deny /spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchFields/0: matchFields",
            ],
        );
    }
}
