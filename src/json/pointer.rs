//! JSON Pointers (RFC 6901): places in an object.

use std::{
    borrow::Cow,
    cmp::Ordering,
    fmt::{self, Write as _},
};

use super::Reader;
use crate::text::split_once;

/// A segment of a JSON Pointer, escaped as it is written.
pub struct Segment<'s>(pub &'s str);

impl fmt::Display for Segment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        let special = |byte: u8| matches!(byte, b'~' | b'/');
        while let Some(at) = rest.bytes().position(special) {
            let (before, after) = rest.split_at_checked(at).unwrap_or_default();
            f.write_str(before)?;
            f.write_str(if after.starts_with('~') { "~0" } else { "~1" })?;
            rest = after.get(1..).unwrap_or_default();
        }
        f.write_str(rest)
    }
}

/// `pointer` with one more segment, escaped.
pub fn join(pointer: &str, segment: &str) -> String {
    let mut out = String::with_capacity(pointer.len() + segment.len() + 8);
    out.push_str(pointer);
    out.push('/');
    // Writing to a string can't fail.
    let _ = write!(out, "{}", Segment(segment));
    out
}

/// The segments of a JSON Pointer, unescaped.
pub fn segments(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let mut rest = split_once(pointer, b'/').map(|(_, rest)| rest);
    std::iter::from_fn(move || {
        let text = rest?;
        let (segment, more) = split_once(text, b'/').unzip();
        rest = more;
        Some(unescaped(segment.unwrap_or(text)))
    })
}

fn unescaped(segment: &str) -> Cow<'_, str> {
    let Some((mut before, mut rest)) = split_once(segment, b'~') else {
        return Cow::Borrowed(segment);
    };
    let mut out = String::with_capacity(segment.len());
    loop {
        let (meant, skipped) = match rest.as_bytes().first() {
            Some(b'1') => ("/", 1),
            Some(b'0') => ("~", 1),
            _ => ("~", 0),
        };
        out += before;
        out += meant;
        rest = rest.get(skipped..).unwrap_or_default();
        match split_once(rest, b'~') {
            Some(next) => (before, rest) = next,
            None => return Cow::Owned(out + rest),
        }
    }
}

/// Compares two pointers by their segments, positions as numbers: item 2 comes before item 10.
pub fn compare(one: &str, other: &str) -> Ordering {
    let (mut ones, mut others) = (one.split('/'), other.split('/'));
    loop {
        let (one, other) = match (ones.next(), others.next()) {
            (Some(one), Some(other)) => (one, other),
            (one, other) => return one.is_some().cmp(&other.is_some()),
        };
        let is_position = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let order = match (is_position(one), is_position(other)) {
            (true, true) => one.len().cmp(&other.len()).then_with(|| one.cmp(other)),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => one.cmp(other),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// The direct members of an object or list, each with its key or index and its text; none for
/// anything else.
pub fn members(text: &str) -> Vec<(Cow<'_, str>, &str)> {
    let mut members = Vec::new();
    let mut reader = Reader::new(text);
    // Errors further on were reported when the whole text was read.
    let _ = match reader.peek() {
        Some(b'{') => reader.object(&mut |key, reader| {
            members.push((key, reader.skip()?));
            Ok(())
        }),
        Some(b'[') => reader.list(&mut |reader| {
            members.push((Cow::Owned(members.len().to_string()), reader.skip()?));
            Ok(())
        }),
        _ => Ok(()),
    };
    members
}

/// The member of an object or list that has this key or index; of two the last one.
pub fn member<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    members(text).into_iter().rfind(|(name, _)| name == key).map(|(_, value)| value)
}

/// The value at a JSON Pointer.
pub fn at<'t>(text: &'t str, pointer: &str) -> Option<&'t str> {
    segments(pointer).try_fold(text, |value, segment| member(value, &segment))
}

/// Where `part`, a slice of `text`, begins in it.
fn offset_of(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize)
}

/// The pointer of the innermost value that covers the byte at `offset`.
pub fn pointer_at(text: &str, offset: usize) -> String {
    let mut pointer = String::new();
    let mut value = text;
    while let Some((key, inner)) = members(value).into_iter().find(|(_, inner)| {
        let start = offset_of(text, inner);
        (start..start + inner.len()).contains(&offset)
    }) {
        pointer = join(&pointer, &key);
        value = inner;
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_escape_and_unescape() {
        let pointer = join("/spec/nodeSelector", "a/b~c");
        assert_eq!(pointer, "/spec/nodeSelector/a~1b~0c");
        assert_eq!(segments(&pointer).collect::<Vec<_>>(), ["spec", "nodeSelector", "a/b~c"]);
    }

    #[test]
    fn positions_are_compared_as_numbers() {
        let sorted = ["", "/a", "/a/2", "/a/2/x", "/a/10", "/a/1a", "/a/b", "/b"];
        let mut mixed = sorted;
        mixed.reverse();
        mixed.sort_by(|one, other| compare(one, other));
        assert_eq!(mixed, sorted);
    }

    #[test]
    fn a_place_is_found_by_its_byte() {
        let text = r#"{"spec": {"a/b": 1, "items": ["x", {"y": 2}]}}"#;
        let at = |part: &str| pointer_at(text, text.find(part).unwrap());
        assert_eq!(at("1,"), "/spec/a~1b");
        assert_eq!(at("2}"), "/spec/items/1/y");
        assert_eq!(pointer_at(text, 0), "");
    }
}
