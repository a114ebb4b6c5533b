//! JSON as the policy sees it: texts borrowed from the payload, lists and maps for which `null` is
//! empty as in Kubernetes, and JSON Pointers (RFC 6901).

mod escape;
mod fill;
mod form;
mod path;
mod pointer;
mod reader;
mod scan;
mod write;

use std::{borrow::Cow, ops::Deref};

use crate::sort;

pub use fill::{Fields, Read, Slot, Value};
pub use form::{Forms, Wanted};
pub use path::{Paths, path, push_step};
pub use pointer::{Segment, at, compare, join, member, members, pointer_at, segments};
pub use reader::{Reader, Result, Unexpected};
pub use write::{string, write_string};

/// Makes structs of borrowed fields readable: their `fields`, by which they are read as an object.
macro_rules! readable {
    ($($name:ty { $($keys:tt)* })*) => {
        $(
            $crate::json::read_as! { Object: $name }
            $crate::json::fields! { $name { $($keys)* } }
        )*
    };
}
pub(crate) use readable;

/// Implements `Read` for types that have `Fields` or are a `Value`.
macro_rules! read_as {
    (@slot Object $place:ident) => { $crate::json::Slot::Object($place, "") };
    (@slot Value $place:ident) => { $crate::json::Slot::Value($place) };
    ($how:ident: $($name:ty),*) => {
        $(impl<'a> $crate::json::Read<'a> for $name {
            fn slot(&mut self) -> $crate::json::Slot<'_, 'a> {
                $crate::json::read_as!(@slot $how self)
            }
        })*
    };
}
pub(crate) use read_as;

/// Which key goes into which field; after `:`, the keys of an object whose fields are those of the struct itself.
/// Other keys are passed over. As Go does: of two equal keys the last one counts, unless it is `null`; of two
/// objects all keys do.
macro_rules! fields {
    (@within $out:ident, $within:ident, $key:ident, $place:expr,
        $($name:literal $(: { $($inner:tt)* })? $(=> $($field:ident).+)?),* $(,)?) => {
        if *$within == *$place {
            return match $key {
                $($name => $crate::json::fields!(
                    @slot $out, concat!($place, "/", $name), $(: { $($inner)* })? $(=> $($field).+)?
                ),)*
                _ => $crate::json::Slot::Unread,
            };
        }
        $($($crate::json::fields!(
            @within $out, $within, $key, concat!($place, "/", $name), $($inner)*
        );)?)*
    };
    (@slot $out:ident, $place:expr, : { $($keys:tt)* }) => {
        $crate::json::Slot::Object($out, $place)
    };
    (@slot $out:ident, $place:expr, => $($field:ident).+) => {
        $crate::json::Read::slot(&mut $out.$($field).+)
    };
    ($name:ty { $($keys:tt)* }) => {
        impl<'a> $crate::json::Fields<'a> for $name {
            fn field(&mut self, within: &'static str, key: &str) -> $crate::json::Slot<'_, 'a> {
                $crate::json::fields!(@within self, within, key, "", $($keys)*);
                $crate::json::Slot::Unread
            }
        }
    };
}
pub(crate) use fields;

/// A string, borrowed unless it has escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text<'a>(pub Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'a> Text<'a> {
    /// The string that is the whole of a text.
    ///
    /// # Errors
    /// Where it is no string, and not `null`.
    pub fn of(value: &'a str) -> Result<Self> {
        let inner = value.get(1..value.len().saturating_sub(1)).filter(|_| value.starts_with('"'));
        match inner.filter(|inner| scan::special(inner.as_bytes()) == inner.len()) {
            Some(inner) => Ok(Self(Cow::Borrowed(inner))),
            None => Self::read(&mut Reader::new(value)),
        }
    }
}

/// A value as the text that it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct RawJson<'a>(pub &'a str);

read_as! { Value: RawJson<'a> }

impl<'a> Value<'a> for RawJson<'a> {
    fn take(&mut self, reader: &mut Reader<'a>) -> Result<()> {
        self.0 = reader.skip()?;
        Ok(())
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

    /// The list or object that is the whole of a text.
    fn inside(value: &'a str) -> Self {
        let is_empty = value.len() < 8
            && value
                .bytes()
                .all(|b| matches!(b, b' ' | b'\n' | b'\t' | b'\r' | b'{' | b'}' | b'[' | b']'));
        Self(Some(value).filter(|_| !is_empty))
    }

    /// Whether it is there, and neither `null` nor empty.
    pub fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// Its text.
    pub fn text(&self) -> &'a str {
        self.0.unwrap_or_default()
    }

    /// The value that is the whole of a text.
    ///
    /// # Errors
    /// Where it is neither a list nor an object, nor `null`.
    pub fn of(value: &'a str) -> Result<Self> {
        match value.as_bytes() {
            b"null" => Ok(Self(None)),
            [b'{' | b'[', ..] => Ok(Self::inside(value)),
            _ => Err(Reader::new(value).unexpected("a list or an object")),
        }
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

/// A map in the order of its keys, whatever the order of the text; the last one counts where a
/// key comes twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map<'a, V>(pub Vec<(Text<'a>, V)>);

impl<V> Default for Map<'_, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'a, V> Map<'a, V> {
    /// The map of these entries.
    pub fn of(entries: Vec<(Text<'a>, V)>) -> Self {
        let map = Self(entries);
        if map.is_in_order() {
            return map;
        }
        let keys: Vec<Text<'a>> = map.0.iter().map(|(key, _)| key.clone()).collect();
        Self(sort::ordered(sorted(&keys), map.0))
    }

    fn is_in_order(&self) -> bool {
        self.0.is_sorted_by(|(a, _), (b, _)| a < b)
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&V> {
        self.0.iter().find(|(name, _)| **name == *key).map(|(_, value)| value)
    }
}

/// The positions of the keys in their order, of equal ones the last.
#[cold]
fn sorted(keys: &[Text<'_>]) -> Vec<usize> {
    let key = |at: &usize| keys.get(*at);
    let mut order = sort::order(keys.len(), &mut |a, b| key(a).cmp(&key(b)));
    let positions = order.clone();
    let mut next = positions.iter().skip(1);
    order.retain(|at| next.next().is_none_or(|next| key(next) != key(at)));
    order
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
