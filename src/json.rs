//! JSON as the policy sees it: texts borrowed from the payload, lists and maps for which `null` is
//! empty as in Kubernetes, and JSON Pointers (RFC 6901).

mod escape;
mod pointer;
mod reader;
mod scan;
mod write;

use std::{borrow::Cow, cmp::Ordering, ops::Deref};

pub use pointer::{Segment, join, pointer_at, segments};
pub use reader::{Read, Reader, Result, Unexpected};
pub use write::{Quoted, misleads, string, write_all, write_string, written};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_in_the_order_of_their_keys_and_the_last_of_two_counts() {
        let map: Map<'_, Text<'_>> = Reader::whole(r#"{"b": "1", "a": "2", "b": "3"}"#).unwrap();
        assert_eq!(map.0.iter().map(|(key, _)| &**key).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(map.get("b").map(|text| &**text), Some("3"));
    }
}
