//! Reading JSON in place: strings borrowed from the payload, lists and maps for which `null` is
//! empty as in Kubernetes, and where in a text a value or a fault stands.

use std::{borrow::Cow, fmt, marker::PhantomData, ops::Deref};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

/// A string, borrowed unless it has escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text<'a>(pub Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor<'a>(PhantomData<&'a ()>);

        impl<'de: 'a, 'a> Visitor<'de> for TextVisitor<'a> {
            type Value = Text<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor(PhantomData))
    }
}

/// A list; `null` is the empty one.
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

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(List::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(List(items))
            }
        }

        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

/// A map in the order of its keys, whatever the order of the text; `null` is the empty one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map<'a, V>(pub Vec<(Text<'a>, V)>);

impl<V> Default for Map<'_, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Map<'_, V> {
    /// The value under `key`; the last one counts where a key comes twice.
    pub fn get(&self, key: &str) -> Option<&V> {
        self.0.iter().rfind(|(name, _)| **name == *key).map(|(_, value)| value)
    }
}

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Map<'a, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MapVisitor<'a, V>(PhantomData<(&'a (), V)>);

        impl<'de: 'a, 'a, V: Deserialize<'de>> Visitor<'de> for MapVisitor<'a, V> {
            type Value = Map<'a, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Map::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries: Vec<(Text<'a>, V)> = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                if !entries.is_sorted_by(|(a, _), (b, _)| a <= b) {
                    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
                }
                Ok(Map(entries))
            }
        }

        deserializer.deserialize_any(MapVisitor(PhantomData))
    }
}

/// `pointer` with one more segment, escaped as RFC 6901 wants it.
pub fn join(pointer: &str, segment: &str) -> String {
    let mut out = String::with_capacity(pointer.len() + segment.len() + 3);
    out.push_str(pointer);
    out.push('/');
    for c in segment.chars() {
        match c {
            '~' => out.push_str("~0"),
            '/' => out.push_str("~1"),
            c => out.push(c),
        }
    }
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

/// A member of an object or list: its key or index, and its value as text.
pub struct Member<'a> {
    /// The key, or the index in decimal.
    pub key: Cow<'a, str>,
    /// The value, as it stands in the text.
    pub raw: &'a RawValue,
}

/// The direct members of an object or list; none for anything else, or for what is no JSON.
pub fn members(text: &str) -> Vec<Member<'_>> {
    struct Members;

    impl<'de> Visitor<'de> for Members {
        type Value = Vec<Member<'de>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object or a list")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some((Text(key), raw)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
                members.push(Member { key, raw });
            }
            Ok(members)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(raw) = seq.next_element::<&'de RawValue>()? {
                members.push(Member { key: Cow::Owned(members.len().to_string()), raw });
            }
            Ok(members)
        }
    }

    let first = text.bytes().find(|byte| !byte.is_ascii_whitespace());
    if !matches!(first, Some(b'{' | b'[')) {
        return Vec::new();
    }
    serde_json::Deserializer::from_str(text).deserialize_any(Members).unwrap_or_default()
}

/// Where `part`, a slice of `text`, begins in it.
pub fn offset_of(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize)
}

/// The fault in `text` that `error` reports: its place as a JSON Pointer, and what it is.
pub fn fault(text: &str, error: &serde_json::Error) -> (String, String) {
    let message = error.to_string();
    let what = message.split(" at line ").next().unwrap_or_default().to_owned();
    if serde_json::from_str::<IgnoredAny>(text).is_err() {
        // Broken JSON has no structure to point into; what serde_json says of the line does.
        return (String::new(), message);
    }
    let line_start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let offset = (line_start + error.column()).saturating_sub(1);
    (pointer_at(text, offset), what)
}

/// The pointer of the innermost value that covers the byte at `offset`.
fn pointer_at(text: &str, offset: usize) -> String {
    let mut pointer = String::new();
    let mut value = text;
    while let Some(member) = members(value).into_iter().find(|member| {
        let start = offset_of(text, member.raw.get());
        (start..start + member.raw.get().len()).contains(&offset)
    }) {
        pointer = join(&pointer, &member.key);
        value = member.raw.get();
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
    fn a_fault_is_named_with_its_place() {
        #[derive(Deserialize)]
        struct Spec {
            #[serde(rename = "items")]
            _items: List<u8>,
        }
        #[derive(Deserialize)]
        struct Object {
            #[serde(rename = "spec")]
            _spec: Spec,
        }
        for (text, place, what) in [
            (
                r#"{"spec": {"a/b": 1, "items": "x"}}"#,
                "/spec/items",
                "invalid type: string \"x\", expected a list",
            ),
            (
                "{\"spec\":\n{\"items\": [1,\n2, true]}}",
                "/spec/items/2",
                "invalid type: boolean `true`, expected u8",
            ),
        ] {
            let error = serde_json::from_str::<Object>(text).err().unwrap();
            assert_eq!(fault(text, &error), (place.to_owned(), what.to_owned()));
        }
    }

    #[test]
    fn broken_json_is_named_by_line() {
        let text = "{\"a\": }";
        let error = serde_json::from_str::<IgnoredAny>(text).err().unwrap();
        assert_eq!(fault(text, &error).1, "expected value at line 1 column 7");
    }

    #[test]
    fn maps_are_in_the_order_of_their_keys_and_the_last_of_two_counts() {
        let map: Map<'_, u8> = serde_json::from_str(r#"{"b": 1, "a": 2, "b": 3}"#).unwrap();
        assert_eq!(map.0.iter().map(|(key, _)| &**key).collect::<Vec<_>>(), ["a", "b", "b"]);
        assert_eq!(map.get("b"), Some(&3));
    }
}
