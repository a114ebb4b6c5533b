//! JSON as the policy sees it: texts borrowed from the payload, lists and maps for which `null` is
//! empty as in Kubernetes, and JSON Pointers (RFC 6901).

mod escape;
mod reader;
mod scan;

use std::{
    borrow::Cow,
    cmp::Ordering,
    fmt::{self, Write as _},
    ops::Deref,
};

pub use reader::{Read, Reader, Result, Unexpected};

/// Makes structs of borrowed fields readable: which key goes into which field. Other keys are
/// passed over; of two equal keys the last one counts.
macro_rules! readable {
    ($($name:ty { $($key:literal => $field:ident),* $(,)? })*) => {
        $(impl<'a> $crate::json::Read<'a> for $name {
            fn read(reader: &mut $crate::json::Reader<'a>) -> $crate::json::Result<Self> {
                let mut out = Self::default();
                reader.object(&mut |key, reader| {
                    match &*key {
                        $($key => out.$field = $crate::json::Read::read(reader)?,)*
                        _ => reader.pass()?,
                    }
                    Ok(())
                })?;
                Ok(out)
            }
        })*
    };
}
pub(crate) use readable;

/// As `readable`, for settings: a key that is not known is an error, and `null` leaves the default.
macro_rules! strictly_readable {
    ($($name:ty { $($key:literal => $($field:ident).+),* $(,)? })*) => {
        $(impl<'a> $crate::json::Read<'a> for $name {
            fn read(reader: &mut $crate::json::Reader<'a>) -> $crate::json::Result<Self> {
                let mut out = Self::default();
                reader.object(&mut |key, reader| match &*key {
                    $($key => reader.set(&mut out.$($field).+),)*
                    _ => Err(reader.unexpected("a known key")),
                })?;
                Ok(out)
            }
        })*
    };
}
pub(crate) use strictly_readable;

/// Makes enums readable: which word stands for which variant. Other words are errors.
macro_rules! words {
    ($($name:ident { $($word:literal => $variant:ident),* $(,)? })*) => {
        $(impl<'a> $crate::json::Read<'a> for $name {
            fn read(reader: &mut $crate::json::Reader<'a>) -> $crate::json::Result<Self> {
                let start = *reader;
                match &*reader.string()? {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(start.unexpected("a known word")),
                }
            }
        })*
    };
}
pub(crate) use words;

/// A string, borrowed unless it has escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text<'a>(pub Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'a> Read<'a> for Text<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        // As in Go, `null` is the empty string.
        if reader.null() { Ok(Self::default()) } else { reader.string().map(Self) }
    }
}

/// A list or an object that few rules look into: read where one does. That it is a list or an
/// object is checked at once; what is inside only then, and what can't be read there is as if it
/// were absent (the API server has decoded the object before a policy sees it).
#[derive(Clone, Copy, Debug, Default)]
pub struct Lazy<'a>(Option<&'a str>);

impl<'a> Lazy<'a> {
    /// What is inside.
    pub fn get<T: Read<'a> + Default>(&self) -> T {
        self.0.and_then(|text| Reader::whole(text).ok()).unwrap_or_default()
    }

    /// Whether it is there, and neither `null` nor empty.
    pub fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// Its text.
    pub fn text(&self) -> &'a str {
        self.0.unwrap_or_default()
    }
}

impl<'a> Read<'a> for Lazy<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        match reader.peek() {
            _ if reader.null() => Ok(Self(None)),
            Some(b'{' | b'[') => {
                let text = reader.skip()?;
                let empty = text.len() < 8 && text.bytes().all(|b| b" \n\t\r{}[]".contains(&b));
                Ok(Self(Some(text).filter(|_| !empty)))
            }
            _ => Err(reader.unexpected("a list or an object")),
        }
    }
}

/// User text in a message: in backticks, on one line, and of bounded length.
pub struct Quoted<'t>(pub &'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 80;
        let text = self.0.get(..self.0.floor_char_boundary(LONGEST)).unwrap_or_default();
        f.write_char('`')?;
        if is_plain(text) && find(text, "`").is_none() {
            f.write_str(text)?;
        } else {
            for c in text.chars() {
                match c {
                    '`' => f.write_char('\'')?,
                    c if misleads(c) => write!(f, "{}", c.escape_default())?,
                    c => f.write_char(c)?,
                }
            }
        }
        f.write_str(if text.len() < self.0.len() { "…`" } else { "`" })
    }
}

/// Whether a character ends a line, or makes text look like another: what is invisible, or turns
/// the direction of what follows.
pub fn misleads(c: char) -> bool {
    let invisible = matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{feff}');
    let turning = matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}');
    c.is_control() || invisible || turning
}

impl<'a, T: Read<'a>> Read<'a> for Option<T> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        if reader.null() { Ok(None) } else { T::read(reader).map(Some) }
    }
}

/// A list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'a, T: Read<'a>> Read<'a> for List<T> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let mut items = Vec::new();
        reader.list(&mut |reader| {
            items.push(T::read(reader)?);
            Ok(())
        })?;
        Ok(Self(items))
    }
}

/// A map in the order of its keys, whatever the order of the text; the last one counts where a
/// key comes twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map<'a, V>(pub Vec<(Text<'a>, V)>);

impl<V> Default for Map<'_, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Map<'_, V> {
    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&V> {
        self.0.iter().find(|(name, _)| same(name, key)).map(|(_, value)| value)
    }
}

impl<'a, V: Read<'a>> Read<'a> for Map<'a, V> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let mut entries: Vec<(Text<'a>, V)> = Vec::new();
        reader.object(&mut |key, reader| {
            entries.push((Text(key), V::read(reader)?));
            Ok(())
        })?;
        if !entries.is_sorted_by(|(a, _), (b, _)| a < b) {
            let keys: Vec<Text<'a>> = entries.iter().map(|(key, _)| key.clone()).collect();
            return Ok(Self(ordered(sorted(&keys), entries)));
        }
        Ok(Self(entries))
    }
}

/// The positions of the keys in their order, of equal ones the last.
#[cold]
fn sorted(keys: &[Text<'_>]) -> Vec<usize> {
    let key = |at: &usize| keys.get(*at);
    let mut order = order(keys.len(), &mut |a, b| key(a).cmp(&key(b)));
    let positions = order.clone();
    let mut next = positions.iter().skip(1);
    order.retain(|at| next.next().is_none_or(|next| key(next) != key(at)));
    order
}

/// The positions of `count` items in the order that `compare` gives; equal ones keep theirs. One
/// sort for all that is sorted seldom: each of their own would take kilobytes of the module.
pub fn order(count: usize, compare: &mut dyn FnMut(&usize, &usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(compare);
    order
}

/// The items in this order of their positions.
pub fn ordered<T>(order: Vec<usize>, items: Vec<T>) -> Vec<T> {
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| items.get_mut(at)?.take()).collect()
}

/// Whether two texts are the same: of those that rules compare, most differ in their length or in
/// their last letter.
#[inline(always)]
pub fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.as_bytes().last() == other.as_bytes().last() && one == other
}

/// Where `part`, which is not empty, first stands in `text`. For the short texts of a pod this
/// takes a fraction of what `str::find` needs to begin.
pub fn find(text: &str, part: &str) -> Option<usize> {
    scan::find(text, part)
}

/// Whether all of a text is ASCII that can be seen: most are, and then nothing in it misleads.
pub fn is_plain(text: &str) -> bool {
    scan::is_plain(text)
}

/// A text as a JSON string.
pub fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    write_string(&mut out, text);
    out
}

/// Writes a text as a JSON string, as serde_json does.
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    loop {
        let (plain, escaped) =
            rest.split_at_checked(scan::unescaped(rest.as_bytes())).unwrap_or((rest, ""));
        out.push_str(plain);
        let Some(c) = escaped.chars().next() else { break };
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // A string takes all that it has memory for.
            c => drop(write!(out, "\\u{:04x}", u32::from(c))),
        }
        rest = escaped.get(1..).unwrap_or_default();
    }
    out.push('"');
}

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

/// Writes texts one after the other: for messages, where `write!` takes longer to read its form
/// than to write.
///
/// # Errors
/// Where the formatter has no room.
pub fn write_all(f: &mut fmt::Formatter<'_>, texts: &[&str]) -> fmt::Result {
    texts.iter().try_for_each(|text| f.write_str(text))
}

/// `pointer` with one more segment, escaped.
pub fn join(pointer: &str, segment: &str) -> String {
    let mut out = String::with_capacity(pointer.len() + segment.len() + 8);
    out.push_str(pointer);
    out.push('/');
    // A string takes all that it has memory for.
    let _ = write!(out, "{}", Segment(segment));
    out
}

/// Text made in a string that has room for it: growing costs more than writing.
pub fn written(capacity: usize, text: fmt::Arguments<'_>) -> String {
    let mut out = String::with_capacity(capacity);
    // A string takes all that it has memory for.
    let _ = out.write_fmt(text);
    out
}

/// The segments of a JSON Pointer, unescaped.
pub fn segments(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    pointer.split('/').skip(1).map(|segment| {
        if segment.contains('~') {
            Cow::Owned(segment.replace("~1", "/").replace("~0", "~"))
        } else {
            Cow::Borrowed(segment)
        }
    })
}

/// The direct members of an object or list, each with its key or index and its text; none for
/// anything else.
fn members(text: &str) -> Vec<(Cow<'_, str>, &str)> {
    let mut members = Vec::new();
    let mut reader = Reader::new(text);
    // What is broken further on has been reported when the text was read as a whole.
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
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pointers_escape_and_unescape() {
        let pointer = join("/spec/nodeSelector", "a/b~c");
        assert_eq!(pointer, "/spec/nodeSelector/a~1b~0c");
        assert_eq!(segments(&pointer).collect::<Vec<_>>(), ["spec", "nodeSelector", "a/b~c"]);
    }

    #[test]
    fn quoted_text_stays_on_its_line_and_in_its_quotes() {
        let quoted = |text| Quoted(text).to_string();
        assert_eq!(quoted("p5.48xlarge"), "`p5.48xlarge`");
        assert_eq!(quoted("a\n[efa-count] `b`\u{1b}"), r"`a\n[efa-count] 'b'\u{1b}`");
        assert_eq!(
            quoted("a\u{85}b\u{2028}c\u{202e}d\u{200b}ü"),
            r"`a\u{85}b\u{2028}c\u{202e}d\u{200b}ü`"
        );
        assert_eq!(quoted(&"ü".repeat(50)), format!("`{}…`", "ü".repeat(40)));
    }

    proptest! {
        #[test]
        fn strings_are_written_as_serde_json_writes_them(text in any::<String>(), more in "[\\x00-\\x7f]{0,20}") {
            for text in [text, more] {
                let mut out = String::new();
                write_string(&mut out, &text);
                prop_assert_eq!(out, serde_json::to_string(&text).unwrap());
            }
        }
    }

    #[test]
    fn a_place_is_found_by_its_byte() {
        let text = r#"{"spec": {"a/b": 1, "items": ["x", {"y": 2}]}}"#;
        let at = |part: &str| pointer_at(text, text.find(part).unwrap());
        assert_eq!(at("1,"), "/spec/a~1b");
        assert_eq!(at("2}"), "/spec/items/1/y");
        assert_eq!(pointer_at(text, 0), "");
    }

    #[test]
    fn maps_are_in_the_order_of_their_keys_and_the_last_of_two_counts() {
        let map: Map<'_, Text<'_>> = Reader::whole(r#"{"b": "1", "a": "2", "b": "3"}"#).unwrap();
        assert_eq!(map.0.iter().map(|(key, _)| &**key).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(map.get("b").map(|text| &**text), Some("3"));
    }
}
