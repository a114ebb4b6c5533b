//! Places as people of Kubernetes write them: `spec.containers[train].image`.

use std::{borrow::Cow, cell::RefCell};

use super::{Reader, Unexpected, segments};
use crate::text::is_made_of;

/// Writes the place in an object that a JSON Pointer points to. An item of a list is named by its `name` if it has a plain
/// one, else by its position; an item that is to be appended, by nothing.
///
/// `spec.containers[train].resources.limits[vpc.amazonaws.com/efa]`
pub fn path(object: &str, pointer: &str) -> String {
    Paths::of(object).path(pointer)
}

/// The places in one object.
#[derive(Clone, Debug, Default)]
pub struct Paths<'o> {
    object: &'o str,
    /// The items of lists on the way to the places so far: the next one is often in the same container.
    seen: RefCell<Vec<Seen<'o>>>,
}

#[derive(Clone, Debug)]
struct Seen<'o> {
    pointer: String,
    path: String,
    item: Reader<'o>,
}

/// How many items are remembered.
const KEPT: usize = 4;

impl<'o> Paths<'o> {
    /// Those of this object.
    pub fn of(object: &'o str) -> Self {
        Self { object, seen: RefCell::default() }
    }

    /// The place as [`path`] writes it.
    pub fn path(&self, pointer: &str) -> String {
        let mut seen = self.seen.borrow_mut();
        let known = seen.iter().rev().find_map(|one| {
            let rest = pointer.strip_prefix(&*one.pointer)?;
            rest.starts_with('/').then(|| (one.path.clone(), one.item, rest))
        });
        let (mut out, reader, rest) =
            known.unwrap_or_else(|| (String::new(), Reader::new(self.object), pointer));
        out.reserve(rest.len());
        let steps: Vec<Cow<'_, str>> = segments(rest).collect();
        // Only positions are looked up, and most places have none.
        let looked_up = steps.iter().rposition(|step| is_index(step));
        let mut reader = looked_up.map(|_| reader);
        let mut at = pointer.len() - rest.len();
        for (index, step) in steps.iter().enumerate() {
            reader = reader.filter(|_| Some(index) <= looked_up).and_then(|one| within(one, step));
            push_step(&mut out, step, reader.filter(|_| is_index(step)).and_then(name).as_deref());
            let segment = pointer.get(at + 1..).unwrap_or_default();
            at += 1 + segment.find('/').unwrap_or(segment.len());
            if let Some(item) = reader
                && is_index(step)
                && index + 1 < steps.len()
                && seen.len() < KEPT
            {
                let pointer = pointer.get(..at).unwrap_or_default().to_owned();
                seen.push(Seen { pointer, path: out.clone(), item });
            }
        }
        out
    }
}

/// The value that a step leads to.
fn within<'o>(mut reader: Reader<'o>, step: &str) -> Option<Reader<'o>> {
    let mut found = None;
    let _ = match reader.peek()? {
        b'{' => reader.object(&mut |key, reader| match *key == *step {
            true => {
                found = Some(*reader);
                Err(end())
            }
            false => reader.pass(),
        }),
        b'[' => {
            let mut left = step.parse::<u32>().ok()?;
            reader.list(&mut |reader| match left {
                0 => {
                    found = Some(*reader);
                    Err(end())
                }
                _ => {
                    left -= 1;
                    reader.pass()
                }
            })
        }
        _ => return None,
    };
    found
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
        && is_made_of(key, |block| block.is_alphanumeric() | block.is_either(b'-', b'_'))
}

fn is_plain(key: &str) -> bool {
    // `-`, `.` and `/` stand before the digits, `:` behind them.
    is_made_of(key, |block| {
        block.is_alphanumeric() | block.is_within(b'-', b'/') | block.is_either(b':', b'_')
    })
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
