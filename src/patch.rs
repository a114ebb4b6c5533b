//! Edits on the raw JSON of an object: the only place that changes one. What no edit names stays
//! byte for byte as it was.

use std::ops::Range;

use crate::{finding::Edit, json};

/// `object` with the edits, made one after the other; nothing where one of them has no place to
/// go, as inside a string.
pub fn apply<'e>(object: &str, edits: impl IntoIterator<Item = &'e Edit>) -> Option<String> {
    let mut text = object.to_owned();
    for edit in edits {
        text = apply_one(&text, edit)?;
    }
    Some(text)
}

fn apply_one(text: &str, edit: &Edit) -> Option<String> {
    let path: Vec<_> = json::segments(&edit.place).collect();
    // The longest part of the path that is there: all of it, or else what it would go into.
    let (found, missing) = (0..=path.len()).rev().find_map(|depth| {
        let (there, missing) = path.split_at_checked(depth)?;
        let value = json::find(text, there)?;
        (missing.is_empty() || value != "null").then_some((value, missing))
    })?;
    let start = json::offset_of(text, found);
    let range = start..start + found.len();
    match (&edit.value, missing) {
        (Some(value), []) => Some(splice(text, range, value)),
        (Some(value), [key, rest @ ..]) => {
            // A `null` on the way counts as missing, and gives its place.
            if let Some(null) = json::find(found, std::slice::from_ref(key)) {
                let start = json::offset_of(text, null);
                return Some(splice(text, start..start + null.len(), &nested(rest, value)));
            }
            insert(text, range, key, &nested(rest, value))
        }
        (None, []) => {
            let (key, there) = path.split_last()?;
            let outer = json::find(text, there)?;
            let start = json::offset_of(text, outer);
            Some(splice(text, start..start + outer.len(), &without(outer, key)))
        }
        (None, _) => Some(text.to_owned()),
    }
}

/// Adds a member as the last one of the object or list in `range`.
fn insert(text: &str, range: Range<usize>, key: &str, value: &str) -> Option<String> {
    let outer = text.get(range.clone())?;
    let inside = outer.get(1..outer.len().checked_sub(1)?)?;
    let comma = if inside.trim().is_empty() { "" } else { "," };
    let member = match (outer.as_bytes().first()?, key) {
        (b'{', key) => format!("{comma}{}:{value}", quoted(key)),
        (b'[', "-") => format!("{comma}{value}"),
        _ => return None,
    };
    let end = range.end - 1;
    Some(splice(text, end..end, &member))
}

/// The object or list without one member.
fn without(outer: &str, key: &str) -> String {
    let list = outer.starts_with('[');
    let kept = json::members(outer).into_iter().filter(|(name, _)| name != key);
    let kept = kept.map(
        |(name, value)| {
            if list { value.to_owned() } else { format!("{}:{value}", quoted(&name)) }
        },
    );
    let kept = kept.collect::<Vec<_>>().join(",");
    if list { format!("[{kept}]") } else { format!("{{{kept}}}") }
}

/// `value` inside the objects that are still missing on the way to it.
fn nested(path: &[std::borrow::Cow<'_, str>], value: &str) -> String {
    path.iter().rev().fold(value.to_owned(), |inner, segment| match segment.as_ref() {
        "-" => format!("[{inner}]"),
        key => format!("{{{}:{inner}}}", quoted(key)),
    })
}

fn quoted(key: &str) -> String {
    serde_json::Value::from(key).to_string()
}

fn splice(text: &str, range: Range<usize>, with: &str) -> String {
    let mut out = String::with_capacity(text.len() + with.len());
    out.push_str(text.get(..range.start).unwrap_or_default());
    out.push_str(with);
    out.push_str(text.get(range.end..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn set(place: &str, value: &str) -> Edit {
        Edit { place: place.to_owned(), value: Some(value.to_owned()) }
    }

    #[rstest]
    #[case::replaces(
        set("/a/b", "2"),
        Some(r#"{ "z":1.50, "a":{"b": 2 , "c/d":[{}, 3]}, "n":null}"#)
    )]
    #[case::replaces_in_a_list(
        set("/a/c~1d/1", "4"),
        Some(r#"{ "z":1.50, "a":{"b": 1 , "c/d":[{}, 4]}, "n":null}"#)
    )]
    #[case::adds_a_member(
        set("/a/e", "2"),
        Some(r#"{ "z":1.50, "a":{"b": 1 , "c/d":[{}, 3],"e":2}, "n":null}"#)
    )]
    #[case::fills_an_empty_object(
        set("/a/c~1d/0/x", "2"),
        Some(r#"{ "z":1.50, "a":{"b": 1 , "c/d":[{"x":2}, 3]}, "n":null}"#)
    )]
    #[case::appends(
        set("/a/c~1d/-", "4"),
        Some(r#"{ "z":1.50, "a":{"b": 1 , "c/d":[{}, 3,4]}, "n":null}"#)
    )]
    #[case::creates_what_is_missing(
        set("/x/y/-", "1"),
        Some(r#"{ "z":1.50, "a":{"b": 1 , "c/d":[{}, 3]}, "n":null,"x":{"y":[1]}}"#)
    )]
    #[case::null_is_missing(
        set("/n/y", "1"),
        Some(r#"{ "z":1.50, "a":{"b": 1 , "c/d":[{}, 3]}, "n":{"y":1}}"#)
    )]
    #[case::removes(Edit::remove("/a/b".into()), Some(r#"{ "z":1.50, "a":{"c/d":[{}, 3]}, "n":null}"#))]
    #[case::removes_from_a_list(Edit::remove("/a/c~1d/0".into()), Some(r#"{ "z":1.50, "a":{"b": 1 , "c/d":[3]}, "n":null}"#))]
    #[case::removing_nothing(Edit::remove("/x/y".into()), Some(r#"{ "z":1.50, "a":{"b": 1 , "c/d":[{}, 3]}, "n":null}"#))]
    #[case::no_place_in_a_number(set("/z/y", "1"), None)]
    #[case::no_key_in_a_list(set("/a/c~1d/x", "1"), None)]
    fn edits(#[case] edit: Edit, #[case] expected: Option<&str>) {
        let object = r#"{ "z":1.50, "a":{"b": 1 , "c/d":[{}, 3]}, "n":null}"#;
        assert_eq!(apply(object, [&edit]).as_deref(), expected);
    }
}
