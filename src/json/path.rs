//! Places as people of Kubernetes write them: `spec.containers[train].image`.

use std::borrow::Cow;

use super::{Reader, Result, Unexpected, segments};

/// Writes the place in an object that a JSON Pointer points to. An item of a list is named by its `name` if it has a plain
/// one, else by its position; an item that is to be appended, by nothing.
///
/// `spec.containers[train].resources.limits[vpc.amazonaws.com/efa]`
pub fn path(object: &str, pointer: &str) -> String {
    let mut out = String::with_capacity(pointer.len());
    let steps: Vec<Cow<'_, str>> = segments(pointer).collect();
    // Only positions are looked up, and most places have none.
    let looked_up = steps.iter().rposition(|step| is_index(step)).map_or(0, |last| last + 1);
    let mut names = Vec::new();
    let _ =
        follow(&mut Reader::new(object), steps.get(..looked_up).unwrap_or_default(), &mut names);
    let mut names = names.into_iter();
    for step in &steps {
        let name = if is_index(step) { names.next().flatten() } else { None };
        push_step(&mut out, step, name.as_deref());
    }
    out
}

/// The `name` of each item of a list on the way, in one pass that ends where the way does.
fn follow<'a>(
    reader: &mut Reader<'a>,
    steps: &[Cow<'_, str>],
    names: &mut Vec<Option<Cow<'a, str>>>,
) -> Result<()> {
    let Some((step, rest)) = steps.split_first() else { return Err(end()) };
    match reader.peek() {
        Some(b'{') => reader.object(&mut |key, reader| match key == *step {
            true => follow(reader, rest, names),
            false => reader.pass(),
        }),
        Some(b'[') => {
            let mut left = step.parse::<u32>().unwrap_or(u32::MAX);
            reader.list(&mut |reader| {
                if left > 0 {
                    left -= 1;
                    return reader.pass();
                }
                names.push(name(*reader));
                follow(reader, rest, names)
            })
        }
        _ => Err(end()),
    }
}

/// The name of the item that the reader is at.
fn name(mut reader: Reader<'_>) -> Option<Cow<'_, str>> {
    let mut name = None;
    if reader.peek() == Some(b'{') {
        let _ = reader.object(&mut |key, reader| match &*key {
            "name" => {
                name = reader.string().ok();
                Err(end())
            }
            _ => reader.pass(),
        });
    }
    name
}

/// Ends a reader's loop: there is nothing more to see.
fn end() -> Box<Unexpected> {
    Box::new(Unexpected { at: 0, what: String::new() })
}

/// Appends one step to a path: a segment of a pointer, and the `name` of the item that it is.
pub fn push_step(out: &mut String, segment: &str, name: Option<&str>) {
    if segment == "-" {
        out.push_str("[]");
    } else if is_word(segment) {
        out.push_str(if out.is_empty() { "" } else { "." });
        out.push_str(segment);
    } else {
        // Kubernetes allows no longer names.
        let is_one = |name: &&str| (1..=253).contains(&name.len()) && !is_index(name);
        let can_be_told = |name: &&str| is_one(name) && is_plain(name);
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
            ("/spec/items/7/x", "spec.items[7].x"),
            ("/spec/absent/3/deep", "spec.absent[3].deep"),
            ("/spec/nodeSelector/a\"\nb: é", "spec.nodeSelector[a??b:??]"),
        ] {
            assert_eq!(path(object, pointer), expected, "{pointer}");
        }
    }
}
