//! Pods that an operator selects: by namespace, or by label selector as Kubernetes reads it.

use crate::{
    form::{Faults, form, words},
    json::{List, Map, Text},
    text::wildcard,
};

/// Pods in one of the namespaces, or with the labels; each of the two, if set, is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pods<'a> {
    /// `namespaces`: names with wildcards.
    pub namespaces: List<Text<'a>>,
    /// `podSelector`
    pub pod_selector: LabelSelector<'a>,
}

/// A label selector: a pod must meet all of its requirements; without any it selects nothing here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector<'a> {
    match_labels: Map<'a, Text<'a>>,
    match_expressions: List<Requirement<'a>>,
}

/// A requirement on a label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Requirement<'a> {
    key: Text<'a>,
    operator: Option<Operator>,
    values: List<Text<'a>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Operator {
    #[default]
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

form! {
    Pods<'a> { "namespaces" => namespaces, "podSelector" => pod_selector }
    LabelSelector<'a> { "matchExpressions" => match_expressions, "matchLabels" => match_labels }
    Requirement<'a> {
        required "key" => key,
        required "operator" => operator,
        "values" => values,
    } where Requirement::check
}

words! {
    Operator { "In" => In, "NotIn" => NotIn, "Exists" => Exists, "DoesNotExist" => DoesNotExist }
}

impl Requirement<'_> {
    /// A selector that the API server would refuse may select all pods.
    fn check(&mut self, faults: &mut Faults<'_>) {
        match (self.operator, self.values.is_empty()) {
            (Some(Operator::In | Operator::NotIn), true) => faults.missing("values"),
            (Some(Operator::Exists | Operator::DoesNotExist), false) => {
                let what = "must be empty beside `Exists` and `DoesNotExist`";
                faults.note_at("values", what.to_owned());
            }
            _ => {}
        }
    }
}

impl LabelSelector<'_> {
    fn is_empty(&self) -> bool {
        self.match_labels.0.is_empty() && self.match_expressions.is_empty()
    }

    fn matches(&self, labels: &Map<'_, Text<'_>>) -> bool {
        let has =
            |(key, value): &(Text<'_>, Text<'_>)| labels.get(key).is_some_and(|v| **v == **value);
        self.match_labels.0.iter().all(has)
            && self.match_expressions.iter().all(|one| {
                let value = labels.get(&one.key);
                let among = value.is_some_and(|value| one.values.iter().any(|v| **v == **value));
                match one.operator {
                    Some(Operator::In) | None => among,
                    Some(Operator::NotIn) => !among,
                    Some(Operator::Exists) => value.is_some(),
                    Some(Operator::DoesNotExist) => value.is_none(),
                }
            })
    }
}

impl Pods<'_> {
    /// `true` if all pods of the namespace are selected.
    pub fn has_namespace(&self, namespace: &str) -> bool {
        self.namespaces.iter().any(|pattern| wildcard::matches(pattern, namespace))
    }

    /// The part of the settings that selects a pod with these labels in this namespace; `None` if
    /// neither does.
    pub fn select(&self, namespace: &str, labels: &Map<'_, Text<'_>>) -> Option<&'static str> {
        if self.has_namespace(namespace) {
            return Some("namespaces");
        }
        (!self.pod_selector.is_empty() && self.pod_selector.matches(labels))
            .then_some("podSelector")
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{form, json::Reader};

    #[rstest]
    #[case::labels(r#"{"matchLabels": {"a": "1"}}"#, true)]
    #[case::another_value(r#"{"matchLabels": {"a": "2"}}"#, false)]
    #[case::all_must_match(r#"{"matchLabels": {"a": "1", "b": "2"}}"#, false)]
    #[case::one_of(
        r#"{"matchExpressions": [{"key": "a", "operator": "In", "values": ["0", "1"]}]}"#,
        true
    )]
    #[case::none_of(
        r#"{"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}"#,
        false
    )]
    #[case::absent_is_none_of(
        r#"{"matchExpressions": [{"key": "b", "operator": "NotIn", "values": ["1"]}]}"#,
        true
    )]
    #[case::there(r#"{"matchExpressions": [{"key": "a", "operator": "Exists"}]}"#, true)]
    #[case::absent(r#"{"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}"#, false)]
    #[case::empty("{}", false)]
    fn selectors(#[case] selector: &str, #[case] expected: bool) {
        let mut faults = Faults::default();
        let pod_selector: LabelSelector<'_> = form::read(selector, &mut faults);
        assert!(faults.is_empty(), "{faults:?}");
        let pods = Pods { pod_selector, ..Pods::default() };
        let labels: Map<'_, Text<'_>> = Reader::whole(r#"{"a": "1", "c": "3"}"#).unwrap();
        assert_eq!(pods.select("ml", &labels).is_some(), expected);
    }

    #[test]
    fn a_namespace_suffices() {
        let pods =
            Pods { namespaces: Reader::whole(r#"["ml-*", "x"]"#).unwrap(), ..Pods::default() };
        assert_eq!(pods.select("ml-team", &Map::default()), Some("namespaces"));
        assert_eq!(pods.select("web", &Map::default()), None);
    }
}
