//! Places as people of Kubernetes write them: `spec.containers[train].image`.

use std::borrow::Cow;

use super::{Text, member, segments};

/// Where a JSON Pointer points in an object. An item of a list is named by its `name` if it has a plain
/// one, else by its position; an item that is to be appended, by nothing.
///
/// `spec.containers[train].resources.limits[vpc.amazonaws.com/efa]`
pub fn path(object: &str, pointer: &str) -> String {
    let mut out = String::with_capacity(pointer.len());
    // Only positions are looked up, and most places have none.
    let mut indexes = segments(pointer).filter(|segment| is_index(segment)).count();
    let mut value = Some(object.trim_ascii_start());
    for segment in segments(pointer) {
        if indexes == 0 {
            push_step(&mut out, &segment, None);
            continue;
        }
        value = value.and_then(|value| member(value, &segment));
        let mut name = None;
        if is_index(&segment) {
            indexes -= 1;
            name = value.and_then(|item| Text::of(member(item, "name")?).ok());
        }
        push_step(&mut out, &segment, name.as_ref().map(|Text(name)| &**name));
    }
    out
}

/// Appends one step to a path: a segment of a pointer, and the `name` of the item that it is.
pub fn push_step(out: &mut String, segment: &str, name: Option<&str>) {
    if segment == "-" {
        out.push_str("[]");
    } else if is_word(segment) {
        out.push_str(if out.is_empty() { "" } else { "." });
        out.push_str(segment);
    } else {
        let can_be_told = |name: &&str| !name.is_empty() && is_plain(name) && !is_index(name);
        out.push('[');
        out.push_str(&shown(name.filter(can_be_told).unwrap_or(segment)));
        out.push(']');
    }
}

/// A key as it can pose as nothing else.
fn shown(key: &str) -> Cow<'_, str> {
    match is_plain(key) {
        true => Cow::Borrowed(key),
        false => Cow::Owned(key.replace(|c: char| !u8::try_from(c).is_ok_and(is_plain_byte), "?")),
    }
}

fn is_index(segment: &str) -> bool {
    !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_word(key: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    key.bytes().next().is_some_and(letter)
        && key.bytes().all(|byte| letter(byte) || byte.is_ascii_digit() || byte == b'-')
}

fn is_plain(key: &str) -> bool {
    key.bytes().all(is_plain_byte)
}

fn is_plain_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._/-:".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_people_write_it() {
        let object = r#"{"spec": {
            "containers": [{"name": "train", "resources": {"limits": {"vpc.amazonaws.com/efa": 4}}, "env": [{"name": "A"}, {"name": "]: x"}]}],
            "args": ["x"], "items": [{"name": "0"}]
        }}"#;
        for (pointer, expected) in [
            ("", ""),
            ("/spec", "spec"),
            (
                "/spec/containers/0/resources/limits/vpc.amazonaws.com~1efa",
                "spec.containers[train].resources.limits[vpc.amazonaws.com/efa]",
            ),
            ("/spec/containers/0/env/0/value", "spec.containers[train].env[A].value"),
            ("/spec/containers/0/env/1", "spec.containers[train].env[1]"),
            ("/spec/containers/0/env/-", "spec.containers[train].env[]"),
            ("/spec/args/0", "spec.args[0]"),
            ("/spec/items/0", "spec.items[0]"),
            ("/spec/absent/3/deep", "spec.absent[3].deep"),
            ("/spec/nodeSelector/a\"\nb: é", "spec.nodeSelector[a??b:??]"),
        ] {
            assert_eq!(path(object, pointer), expected, "{pointer}");
        }
    }
}
