//! Finds expressions on one label that contradict each other: no node meets them, whatever types exist
//! and whoever sets the label.
//!
//! Semantics: kubernetes/apimachinery pkg/labels/selector.go, `Requirement.Matches`.

use super::{Operator, Place, subsets::reduced};
use crate::{
    json::Text,
    view::{NodeSelectorTerm, PodView},
};

/// An expression on a label, with its place.
#[derive(Clone, Copy, Debug)]
pub struct Expression<'v> {
    /// Its place.
    pub place: Place<'v>,
    /// The label.
    pub key: &'v str,
    /// The required relation.
    pub operator: Operator,
    /// The operands.
    pub values: &'v [Text<'v>],
}

impl Expression<'_> {
    /// `true` if a label with this value meets the expression.
    pub fn is_met_by(&self, value: &str) -> bool {
        let among = || self.values.iter().any(|known| **known == *value);
        let number = |text: &str| text.parse::<i64>().ok();
        let bound = || self.values.first().and_then(|bound| number(bound));
        match self.operator {
            Operator::In => among(),
            Operator::NotIn => !among(),
            Operator::Exists => true,
            Operator::DoesNotExist => false,
            // `node-operator` reports numbers that can't be read.
            Operator::Gt => bound().is_none_or(|bound| number(value).is_some_and(|n| n > bound)),
            Operator::Lt => bound().is_none_or(|bound| number(value).is_some_and(|n| n < bound)),
            Operator::Gte => bound().is_none_or(|bound| number(value).is_some_and(|n| n >= bound)),
            Operator::Lte => bound().is_none_or(|bound| number(value).is_some_and(|n| n <= bound)),
        }
    }
}

/// The most expressions of a term that are compared; no hand-written term has more.
const MAX_COMPARED: usize = 64;

/// The expressions of each alternative of a pod's constraints that a node may meet, or of all
/// alternatives if no node meets any; a pod without required affinity has one alternative.
pub fn expressions<'v>(pod: &'v PodView<'v>) -> Vec<Vec<Expression<'v>>> {
    let dead = dead(pod);
    let alternatives = all(pod).into_iter().enumerate();
    alternatives.filter(|(position, _)| !dead.contains(position)).map(|(_, all)| all).collect()
}

/// The expressions of each alternative.
fn all<'v>(pod: &'v PodView<'v>) -> Vec<Vec<Expression<'v>>> {
    let selector = pod.spec.node_selector.0.iter().map(|(key, value)| Expression {
        place: Place::selector(&pod.place, key),
        key,
        operator: Operator::In,
        values: std::slice::from_ref(value),
    });
    let shared: Vec<Expression<'v>> = selector.collect();
    let Some(terms) = pod.required_terms() else { return vec![shared] };
    let of_term = |(index, term): (usize, &'v NodeSelectorTerm<'v>)| {
        let own = term.match_expressions.iter().enumerate();
        let own = own.filter_map(|(at, one)| {
            let place = Place::expression(&pod.place, index, at);
            let operator = Operator::of(&one.operator)?;
            Some(Expression { place, key: &one.key, operator, values: &one.values })
        });
        shared.iter().copied().chain(own).collect()
    };
    // An empty term matches no node, so it is not an alternative.
    let terms = terms.iter().enumerate().filter(|(_, term)| !term.is_empty());
    terms.map(of_term).collect()
}

/// A smallest set of contradicting expressions for each alternative of a pod's constraints; `None` if an
/// alternative is free of contradictions.
pub fn contradictions<'v>(pod: &'v PodView<'v>) -> Option<Vec<Vec<Expression<'v>>>> {
    pod.required_terms()?;
    let found: Option<Vec<_>> = all(pod).iter().map(|all| contradiction(all)).collect();
    found.filter(|found| !found.is_empty())
}

/// The positions of the alternatives that no node meets, if a node may meet another one.
pub(super) fn dead(pod: &PodView<'_>) -> Vec<usize> {
    // Most pods have at most one alternative, and need no allocation.
    if pod.required_terms().is_none_or(|terms| terms.len() < 2) {
        return Vec::new();
    }
    let all = all(pod);
    let is_dead = |(_, all): &(usize, &Vec<Expression<'_>>)| contradiction(all).is_some();
    let dead: Vec<usize> =
        all.iter().enumerate().filter(is_dead).map(|(position, _)| position).collect();
    if dead.len() < all.len() { dead } else { Vec::new() }
}

/// A smallest set of these expressions that no node meets together, all on one label.
fn contradiction<'v>(all: &[Expression<'v>]) -> Option<Vec<Expression<'v>>> {
    let all = all.get(..MAX_COMPARED).unwrap_or(all);
    for (index, first) in all.iter().enumerate() {
        let rest = all.get(index + 1..).unwrap_or_default();
        let same = || rest.iter().filter(|other| other.key == first.key);
        if let Some(second) = same().find(|second| !can_meet(&[*first, **second])) {
            return Some(vec![*first, *second]);
        }
        let together: Vec<Expression<'v>> = [first].into_iter().chain(same()).copied().collect();
        if together.len() > 2 && !can_meet(&together) {
            return Some(reduced(together, &|fewer| !can_meet(fewer)));
        }
    }
    None
}

/// `true` if a node can meet all of these expressions on one label.
pub fn can_meet(all: &[Expression<'_>]) -> bool {
    let demands =
        |one: &Expression<'_>| !matches!(one.operator, Operator::NotIn | Operator::DoesNotExist);
    if !all.iter().any(demands) {
        // A node without the label meets them.
        return true;
    }
    if all.iter().any(|one| one.operator == Operator::DoesNotExist) {
        return false;
    }
    let meets = |value: &str| all.iter().all(|one| one.is_met_by(value));
    // If values are listed, one of them must meet all expressions.
    if let Some(listed) = all.iter().find(|one| one.operator == Operator::In) {
        return listed.values.iter().any(|value| meets(value));
    }
    let bound = |operator: Operator| {
        let bounds = all.iter().filter(move |one| one.operator == operator);
        bounds.filter_map(|one| one.values.first()?.parse::<i64>().ok())
    };
    let (Some(above), below) = (bound(Operator::Gt).max(), bound(Operator::Lt).min()) else {
        // Without a lower bound, some text or number always remains.
        return true;
    };
    let Some(below) = below else { return above < i64::MAX };
    // Each of a few numbers may be excluded by name; of more numbers than are excluded, one remains.
    let named = all.iter().filter(|one| one.operator == Operator::NotIn);
    let excluded: usize = named.map(|one| one.values.len()).sum();
    let mut left = above.saturating_add(1)..below;
    match excluded {
        0..MAX_COMPARED => left.take(MAX_COMPARED).any(|number| meets(&number.to_string())),
        _ => left.next().is_some(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::view::{Kind, View};

    fn term(expressions: &[(&str, &str, &str)]) -> String {
        let expressions: Vec<String> = expressions
            .iter()
            .map(|(key, operator, values)| {
                let values: Vec<String> =
                    values.split_whitespace().map(|value| format!(r#""{value}""#)).collect();
                let values = values.join(", ");
                format!(r#"{{"key": "{key}", "operator": "{operator}", "values": [{values}]}}"#)
            })
            .collect();
        format!(r#"{{"matchExpressions": [{}]}}"#, expressions.join(", "))
    }

    /// The number of contradicting expressions in each term; empty if a term is free of them.
    fn counts(selector: &str, terms: &[String]) -> Vec<usize> {
        let pod = format!(
            r#"{{"spec": {{"nodeSelector": {{{selector}}}, "affinity": {{"nodeAffinity":
                {{"requiredDuringSchedulingIgnoredDuringExecution": {{"nodeSelectorTerms": [{}]}}}}}}}}}}"#,
            terms.join(", ")
        );
        let view = View::read(Kind::Pod, &pod).unwrap();
        let found = contradictions(&view.pods()[0]);
        found.unwrap_or_default().iter().map(Vec::len).collect()
    }

    #[rstest]
    #[case::an_empty_range(&[("a", "Gt", "4"), ("a", "Lt", "2")], 2)]
    #[case::no_number_between(&[("a", "Gt", "4"), ("a", "Lt", "5")], 2)]
    #[case::one_number_between(&[("a", "Gt", "4"), ("a", "Lt", "6")], 0)]
    #[case::which_is_excluded(&[("a", "Gt", "4"), ("a", "Lt", "6"), ("a", "NotIn", "5")], 3)]
    #[case::two_values(&[("a", "In", "x"), ("a", "In", "y")], 2)]
    #[case::a_value_that_both_list(&[("a", "In", "x y"), ("a", "In", "y z")], 0)]
    #[case::all_values_excluded(&[("a", "In", "x y"), ("a", "NotIn", "x y")], 2)]
    #[case::there_and_not_there(&[("a", "Exists", ""), ("a", "DoesNotExist", "")], 2)]
    #[case::not_there_and_none_of(&[("a", "NotIn", "x"), ("a", "DoesNotExist", "")], 0)]
    #[case::a_text_is_no_number(&[("a", "In", "x"), ("a", "Gt", "1")], 2)]
    #[case::below_alone(&[("a", "Lt", "2"), ("a", "NotIn", "1 0")], 0)]
    #[case::above_all_numbers(&[("a", "Gt", "9223372036854775807"), ("a", "Exists", "")], 2)]
    #[case::other_labels(&[("a", "Gt", "4"), ("b", "Lt", "2")], 0)]
    #[case::three_that_fit_in_pairs(&[("a", "In", "1 2"), ("a", "NotIn", "1"), ("a", "Lt", "2")], 3)]
    fn of_a_term(#[case] expressions: &[(&str, &str, &str)], #[case] expected: usize) {
        let expected: &[usize] = if expected > 0 { &[expected] } else { &[] };
        assert_eq!(counts("", &[term(expressions)]), expected);
    }

    #[test]
    fn however_many_numbers_are_excluded() {
        let named = |count: u32| (1..=count).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
        for (count, expected) in [(9_u32, &[3_usize][..]), (8, &[]), (200, &[])] {
            let below = if count == 200 { "1000" } else { "10" };
            let all = [("a", "Gt", "0"), ("a", "Lt", below), ("a", "NotIn", &*named(count))];
            assert_eq!(counts("", &[term(&all)]), expected, "{count}");
        }
    }

    #[test]
    fn of_the_selector_and_a_term() {
        assert_eq!(counts(r#""a": "x""#, &[term(&[("a", "NotIn", "x")])]), [2]);
    }

    #[test]
    fn one_good_term_is_enough() {
        let bad = term(&[("a", "In", "x"), ("a", "In", "y")]);
        assert_eq!(counts("", &[bad.clone(), bad.clone()]), [2, 2]);
        assert_eq!(counts("", &[bad.clone(), term(&[("a", "In", "x")])]), [] as [usize; 0]);
        // An empty term matches nothing.
        assert_eq!(counts("", &[bad, "{}".to_owned()]), [2]);
    }
}
