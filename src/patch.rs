//! Edits on the raw JSON of an object: the only place that changes one. What no edit names stays
//! byte for byte as it was.

use std::ops::Range;

use crate::{
    finding::Edit,
    json::{self, Member},
};

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
    let mut parent = 0..text.len();
    for (depth, segment) in path.iter().enumerate() {
        let outer = text.get(parent.clone())?;
        let members = json::members(outer);
        let found = members.iter().rfind(|member| member.key == *segment);
        let rest = path.get(depth + 1..)?;
        match (found, &edit.value) {
            (Some(member), _) if !rest.is_empty() && member.raw.get() != "null" => {
                parent = range_of(text, member);
            }
            (Some(member), Some(value)) => {
                return Some(splice(text, range_of(text, member), &nested(rest, value)));
            }
            (Some(_), None) if rest.is_empty() => {
                return Some(splice(text, parent, &without(outer, &members, segment)));
            }
            (None, Some(value)) => {
                return insert(text, parent, members.is_empty(), segment, &nested(rest, value));
            }
            (_, None) => return Some(text.to_owned()),
        }
    }
    None
}

/// Adds a member as the last one of the object or list at `parent`.
fn insert(text: &str, parent: Range<usize>, first: bool, key: &str, value: &str) -> Option<String> {
    let outer = text.get(parent.clone())?.trim();
    let comma = if first { "" } else { "," };
    let member = match (outer.as_bytes().last()?, key) {
        (b'}', key) => format!("{comma}{}:{value}", quoted(key)),
        (b']', "-") => format!("{comma}{value}"),
        _ => return None,
    };
    let end = json::offset_of(text, outer) + outer.len() - 1;
    Some(splice(text, end..end, &member))
}

/// The object or list without one member.
fn without(outer: &str, members: &[Member<'_>], key: &str) -> String {
    let list = outer.trim_start().starts_with('[');
    let kept = members.iter().filter(|member| member.key != key).map(|member| {
        if list {
            member.raw.get().to_owned()
        } else {
            format!("{}:{}", quoted(&member.key), member.raw)
        }
    });
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

fn range_of(text: &str, member: &Member<'_>) -> Range<usize> {
    let start = json::offset_of(text, member.raw.get());
    start..start + member.raw.get().len()
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
