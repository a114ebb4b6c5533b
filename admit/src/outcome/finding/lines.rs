//! A place that a module has cut in its middle, completed by the object.

use eks_aiml_networking::json::join;
use serde_json::Value;

/// What the end of a place tells of the whole.
#[derive(Debug, PartialEq, Eq)]
pub enum Ending {
    /// One place of the object ends so, or an ancestor of one that is absent.
    One(String),
    /// Several do, all within this one.
    Within(String),
}

/// The place that ends with `end`, in an object or absent from it.
pub fn ending(end: &str, object: &str) -> Ending {
    let mut places = Vec::new();
    let object = serde_json::from_str(object).unwrap_or_default();
    collect(String::new(), &object, &mut places);
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
        assert_eq!(ending(end, &object.to_string()), expected);
    }
}
