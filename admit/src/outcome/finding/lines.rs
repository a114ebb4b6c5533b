//! Finds a place in the object from its path in a module's line.

use eks_aiml_networking::json::{join, push_step};
use serde_json::Value;

/// The result of looking for a path.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// One place of the object matches, or the nearest ancestor of an absent one: its pointer.
    One(String),
    /// Several places match, all inside this one.
    Within(String),
}

impl Found {
    /// Returns the pointer to the place, or to its nearest known parent.
    pub fn into_pointer(self) -> String {
        let (Self::One(pointer) | Self::Within(pointer)) = self;
        pointer
    }
}

/// Finds the place with this path; after `…`, the one whose path ends so.
pub fn find(written: &str, object: &str) -> Found {
    let mut places = Vec::new();
    let object = serde_json::from_str(object).unwrap_or_default();
    collect(String::new(), String::new(), &object, &mut places);
    let end = written.strip_prefix('…');
    let (written, is_cut) = (end.unwrap_or(written), end.is_some());
    let is_meant = |path: &str, kept: &str| match is_cut {
        true => path.ends_with(kept),
        false => path == kept,
    };
    let mut kept = written;
    while !kept.is_empty() {
        let matching: Vec<&str> = places
            .iter()
            .filter(|(path, _)| is_meant(path, kept))
            .map(|(_, pointer)| &**pointer)
            .collect();
        match (&*matching, written.strip_prefix(kept)) {
            ([], _) => kept = parent(kept),
            ([one], Some(absent)) => return Found::One(steps(absent, one)),
            ([first, others @ ..], _) => {
                let within = others.iter().fold(*first, |within, other| common(within, other));
                return Found::Within(within.to_owned());
            }
        }
    }
    match is_cut {
        true => Found::Within(String::new()),
        false => Found::One(steps(written, "")),
    }
}

/// Returns a path without its last step.
fn parent(path: &str) -> &str {
    let last = if path.ends_with(']') { path.rfind('[') } else { path.rfind('.') };
    path.get(..last.unwrap_or(0)).unwrap_or_default()
}

/// Appends the steps of a path to a pointer.
fn steps(path: &str, pointer: &str) -> String {
    let (mut pointer, mut rest) = (pointer.to_owned(), path);
    while !rest.is_empty() {
        let (step, behind) = match rest.strip_prefix('[') {
            Some(inner) => inner.split_once(']').unwrap_or((inner, "")),
            None => {
                let word = rest.strip_prefix('.').unwrap_or(rest);
                word.split_at(word.find(['.', '[']).unwrap_or(word.len()))
            }
        };
        pointer = join(&pointer, if step.is_empty() { "-" } else { step });
        rest = behind;
    }
    pointer
}

/// The common beginning of two pointers.
fn common<'p>(mut one: &'p str, other: &str) -> &'p str {
    while other.strip_prefix(one).is_none_or(|rest| !rest.is_empty() && !rest.starts_with('/')) {
        one = one.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
    one
}

/// Collects everything in a value, as paths and pointers.
fn collect(path: String, pointer: String, value: &Value, places: &mut Vec<(String, String)>) {
    let mut within = |key: &str, name: Option<&str>, value: &Value| {
        let mut path = path.clone();
        push_step(&mut path, key, name);
        collect(path, join(&pointer, key), value, places);
    };
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let name = item.get("name").and_then(Value::as_str);
                within(&index.to_string(), name, item);
            }
        }
        Value::Object(members) => {
            members.iter().for_each(|(key, member)| within(key, None, member))
        }
        _ => {}
    }
    places.push((path, pointer));
}

#[cfg(test)]
mod tests {
    use eks_aiml_networking::json::path;
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn one(place: &str) -> Found {
        Found::One(place.to_owned())
    }

    fn within(place: &str) -> Found {
        Found::Within(place.to_owned())
    }

    fn object() -> String {
        json!({"x": {"x": 1}, "spec": {
            "selector": {"a/b": "c", "a \"b": "d"},
            "tors": {"env": []},
            "containers": [{"name": "train", "env": []}],
            "initContainers": [{"name": "0", "env": []}],
        }})
        .to_string()
    }

    #[rstest]
    #[case::whole("spec.containers[train].env", one("/spec/containers/0/env"))]
    #[case::whole_and_absent(
        "spec.containers[train].limits[a/b]",
        one("/spec/containers/0/limits/a~1b")
    )]
    #[case::whole_and_nowhere("status.x[]", one("/status/x/-"))]
    #[case::of_one_place("…tor[a/b]", one("/spec/selector/a~1b"))]
    #[case::of_an_absent_member("…tor[a/b].c", one("/spec/selector/a~1b/c"))]
    #[case::of_an_absent_item("…tors.env[]", one("/spec/tors/env/-"))]
    #[case::of_two("….env", within("/spec"))]
    #[case::of_a_place_and_of_one_in_it("…x", within("/x"))]
    #[case::of_none("…nowhere", within(""))]
    fn a_place_is_found(#[case] written: &str, #[case] expected: Found) {
        assert_eq!(find(written, &object()), expected);
    }

    #[test]
    fn every_place_is_found_by_how_it_is_written() {
        let object = object();
        let mut places = Vec::new();
        let value = serde_json::from_str(&object).unwrap();
        collect(String::new(), String::new(), &value, &mut places);
        for (written, pointer) in places {
            assert_eq!(written, path(&object, &pointer), "{pointer}");
            assert_eq!(find(&written, &object), one(&pointer), "{written}");
        }
    }
}
