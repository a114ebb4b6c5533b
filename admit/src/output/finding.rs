//! The findings of an answer, as the module words them: its lines taken apart, and where in the
//! file they point. Any module can be run, so this is told by its lines alone, not by the library.

use eks_aiml_networking::{
    finding::{Action, Line, RuleId},
    json::join,
};
use serde_json::Value;

use crate::{engine::admission_response::AdmissionResponse, input::position::Position};

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is done about it.
    pub action: Action,
    /// The id of the rule; empty where the line names none, as `and 3 more`.
    pub rule: String,
    /// Where in the document, as a JSON Pointer; it may begin with `…` where the module cut it.
    pub place: String,
    /// The same, as far as it is known.
    pub pointer: String,
    /// Where else in the document the same is found.
    pub also: Vec<String>,
    /// The fact.
    pub fact: String,
    /// What to do about it.
    pub remedies: Vec<String>,
    /// Where in the file.
    pub position: Position,
}

impl Finding {
    /// The fact and the remedies.
    pub fn message(&self) -> String {
        let remedies = self.remedies.iter().map(String::as_str);
        std::iter::once(&*self.fact).chain(remedies).collect::<Vec<_>>().join("; ")
    }
}

/// The findings of an answer about `object`, which stands at `root` of its document; `find` knows
/// where a pointer into the document points.
pub fn all(
    response: &AdmissionResponse,
    object: &Value,
    root: &str,
    find: &dyn Fn(&str) -> Position,
) -> Vec<Finding> {
    let finding = |action, text: &str| {
        // What another module says is text, however it looks.
        let line = Line::parse(text).filter(|line| RuleId::of(line.rule).is_some());
        let line = line.unwrap_or(Line {
            rule: "",
            place: "",
            also: Vec::new(),
            fact: text,
            fixed: false,
            remedies: Vec::new(),
        });
        let action = if line.fixed && action == Action::Warn { Action::Fix } else { action };
        let (place, pointer) = match line.place.strip_prefix('…') {
            None => (format!("{root}{}", line.place), format!("{root}{}", line.place)),
            Some(end) => match ending(end, object) {
                Ending::One(place) => (format!("{root}{place}"), format!("{root}{place}")),
                Ending::Within(pointer) => (line.place.to_owned(), format!("{root}{pointer}")),
            },
        };
        Finding {
            action,
            rule: line.rule.to_owned(),
            position: find(&pointer),
            place,
            pointer,
            also: line.also.iter().map(|place| format!("{root}{place}")).collect(),
            fact: line.fact.to_owned(),
            remedies: line.remedies.into_iter().map(str::to_owned).collect(),
        }
    };
    let message = response.status.as_ref().and_then(|status| status.message.as_deref());
    let denials = message.unwrap_or_default().lines().map(|line| finding(Action::Deny, line));
    let warnings = response.warnings.iter().flatten().map(|line| finding(Action::Warn, line));
    denials.chain(warnings).collect()
}

/// What the end of a place tells of the whole.
#[derive(Debug, PartialEq, Eq)]
enum Ending {
    /// One place of the object ends so, or an ancestor of one that is absent.
    One(String),
    /// Several do, all within this one.
    Within(String),
}

/// The place that ends with `end`, in an object or absent from it.
fn ending(end: &str, object: &Value) -> Ending {
    let mut places = Vec::new();
    collect(String::new(), object, &mut places);
    let mut kept = end;
    while !kept.is_empty() {
        let matching: Vec<&str> =
            places.iter().map(String::as_str).filter(|place| place.ends_with(kept)).collect();
        match (&*matching, end.strip_prefix(kept)) {
            ([], _) => kept = kept.rsplit_once('/').map_or("", |(parent, _)| parent),
            ([one], Some(absent)) => return Ending::One(format!("{one}{absent}")),
            ([first, others @ ..], _) => {
                let within = others.iter().fold(*first, |within, other| common(within, other));
                return Ending::Within(within.to_owned());
            }
        }
    }
    Ending::Within(String::new())
}

/// The pointer to what two pointers go through.
fn common<'p>(mut one: &'p str, other: &str) -> &'p str {
    while other.strip_prefix(one).is_none_or(|rest| !rest.is_empty() && !rest.starts_with('/')) {
        one = one.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
    one
}

/// The pointers to all that is in a value.
fn collect(place: String, value: &Value, places: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(format!("{place}/{index}"), item, places);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                collect(join(&place, key), member, places);
            }
        }
        _ => {}
    }
    places.push(place);
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn one(place: &str) -> Ending {
        Ending::One(place.to_owned())
    }

    fn within(place: &str) -> Ending {
        Ending::Within(place.to_owned())
    }

    /// The findings of an answer with this one warning.
    fn of_a_warning(line: &str) -> Vec<Finding> {
        let response = AdmissionResponse {
            uid: String::new(),
            allowed: true,
            patch_type: None,
            patch: None,
            status: None,
            audit_annotations: None,
            warnings: Some(vec![line.to_owned()]),
        };
        all(&response, &json!({}), "", &|_| Position { line: 1, column: 1 })
    }

    #[test]
    fn what_another_module_says_is_text() {
        let line = "[no-such-rule] /spec: a; b";
        let found = of_a_warning(line);
        assert_eq!((&*found[0].rule, &*found[0].fact, found[0].remedies.len()), ("", line, 0));
        let found = of_a_warning("[efa-zone] /spec: a; b");
        assert_eq!((&*found[0].rule, &*found[0].fact), ("efa-zone", "a"));
        assert_eq!(found[0].remedies, ["b"]);
    }

    #[rstest]
    #[case::of_one_place("r/a~1b", one("/spec/selector/a~1b"))]
    #[case::of_an_absent_member("r/a~1b/c", one("/spec/selector/a~1b/c"))]
    #[case::of_an_absent_item("tors/env/-", one("/spec/tors/env/-"))]
    #[case::of_two("s/0/env", within("/spec"))]
    #[case::of_two_within_a_list("rs/0/limits/cpu", within("/spec"))]
    #[case::of_a_place_and_of_one_in_it("x", within("/x"))]
    #[case::of_none("nowhere", within(""))]
    fn an_ending_is_completed(#[case] end: &str, #[case] expected: Ending) {
        let object = json!({"x": {"x": 1}, "spec": {
            "selector": {"a/b": "c"},
            "tors": {"env": []},
            "containers": [{"env": []}],
            "initContainers": [{"env": []}],
        }});
        assert_eq!(ending(end, &object), expected);
    }
}
