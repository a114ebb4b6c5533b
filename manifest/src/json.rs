//! Reads documents that are JSON already: they are checked, not rewritten.

use std::{borrow::Cow, collections::HashSet, fmt};

use eks_aiml_networking::json;
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::{
    located::Located,
    position::{Fault, Position},
};

/// Reads a text that is a single value and begins at `start` in its file.
///
/// # Errors
/// If it is not JSON, or an object has a key twice.
pub(crate) fn read(text: &str, start: Position) -> Result<Located<'_>, Fault> {
    match serde_json::from_str::<Checked>(text) {
        Ok(_) => Ok(Located::text(text, start)),
        Err(error) => {
            let lines = u32::try_from(error.line()).unwrap_or(u32::MAX).saturating_sub(1);
            let column = u32::try_from(error.column()).unwrap_or(u32::MAX).max(1);
            let at = match lines {
                0 => Position {
                    line: start.line,
                    column: start.column.saturating_add(column).saturating_sub(1),
                },
                _ => Position { line: start.line.saturating_add(lines), column },
            };
            let what = error.to_string();
            let what = what.rsplit_once(" at line ").map_or(&*what, |(what, _)| what);
            Err(Fault::new(what, at))
        }
    }
}

/// A value in which no object has a key twice.
struct Checked;

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Check)
    }
}

struct Check;

impl<'de> Visitor<'de> for Check {
    type Value = Checked;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Checked, A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = map.next_key::<Key<'de>>()? {
            if let Some(Key(key)) = keys.replace(key) {
                return Err(A::Error::custom(format!(
                    "the key {} is given twice",
                    json::string(&key)
                )));
            }
            map.next_value::<Checked>()?;
        }
        Ok(Checked)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Checked, A::Error> {
        while seq.next_element::<Checked>()?.is_some() {}
        Ok(Checked)
    }

    fn visit_unit<E>(self) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_str<E>(self, _: &str) -> Result<Checked, E> {
        Ok(Checked)
    }
}

#[derive(PartialEq, Eq, Hash)]
struct Key<'k>(Cow<'k, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// The end of each value of a stream, for example of both in `{…} {…}`. Empty if the first is not JSON.
pub(crate) fn ends(text: &str) -> Vec<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let mut ends = Vec::new();
    while let Some(Ok(_)) = values.next() {
        ends.push(values.byte_offset());
    }
    ends
}
