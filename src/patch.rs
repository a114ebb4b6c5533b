//! Edits on the raw JSON of an object: the only place that changes one. Values that no edit names
//! stay byte for byte as they were.

use std::{borrow::Cow, collections::BTreeMap};

use crate::{
    finding::Edit,
    json::{self, Reader},
};

/// `object` with the edits; nothing where one of them has no place to go, as inside a string.
pub fn apply<'e>(object: &str, edits: impl IntoIterator<Item = &'e Edit>) -> Option<String> {
    let mut tree = Tree::default();
    for edit in edits {
        tree.add(&edit.place, edit.value.as_deref());
    }
    let mut out = String::with_capacity(object.len() + 256);
    tree.write(&mut Reader::new(object), &mut out).ok()?;
    Some(out)
}

/// What is to be changed, in the shape of the object, so that one pass over it makes all edits.
#[derive(Default)]
struct Tree<'e> {
    /// What is done to the value itself: replaced, or removed.
    here: Option<Option<&'e str>>,
    inside: BTreeMap<Cow<'e, str>, Tree<'e>>,
    appended: Vec<&'e str>,
}

impl<'e> Tree<'e> {
    fn add(&mut self, place: &'e str, value: Option<&'e str>) {
        let mut tree = self;
        let mut segments = json::segments(place).peekable();
        while let Some(segment) = segments.next() {
            match value {
                Some(value) if segment == "-" && segments.peek().is_none() => {
                    return tree.appended.push(value);
                }
                _ => tree = tree.inside.entry(segment).or_default(),
            }
        }
        tree.here = Some(value);
    }

    /// Whether anything is put in, rather than only taken out.
    fn sets(&self) -> bool {
        matches!(self.here, Some(Some(_)))
            || !self.appended.is_empty()
            || self.inside.values().any(Self::sets)
    }

    /// Writes the value that the reader is at, with what is to be changed in it.
    fn write(&self, reader: &mut Reader<'_>, out: &mut String) -> json::Result<()> {
        if let Some(Some(value)) = self.here {
            out.push_str(value);
            return reader.pass();
        }
        if reader.null() {
            if self.sets() {
                self.write_new(out);
            } else {
                out.push_str("null");
            }
            return Ok(());
        }
        match reader.peek() {
            Some(b'{') => self.write_object(reader, out),
            Some(b'[') => self.write_list(reader, out),
            _ => Err(reader.unexpected("an object or a list")),
        }
    }

    fn write_object(&self, reader: &mut Reader<'_>, out: &mut String) -> json::Result<()> {
        if !self.appended.is_empty() {
            return Err(reader.unexpected("a list"));
        }
        let mut found: Vec<&str> = Vec::new();
        let mut separator = '{';
        reader.object(&mut |key, reader| {
            let change = self.inside.get_key_value(&*key);
            if change.is_some_and(|(_, tree)| tree.here == Some(None)) {
                return reader.pass();
            }
            out.push(separator);
            separator = ',';
            push_key(out, &key);
            match change {
                None => out.push_str(reader.skip()?),
                Some((key, tree)) => {
                    found.push(key);
                    tree.write(reader, out)?;
                }
            }
            Ok(())
        })?;
        for (key, tree) in &self.inside {
            if tree.sets() && !found.contains(&&**key) {
                out.push(separator);
                separator = ',';
                push_key(out, key);
                tree.write_new(out);
            }
        }
        out.push_str(if separator == '{' { "{}" } else { "}" });
        Ok(())
    }

    fn write_list(&self, reader: &mut Reader<'_>, out: &mut String) -> json::Result<()> {
        let mut changes: BTreeMap<u32, &Tree<'_>> = BTreeMap::new();
        for (key, tree) in &self.inside {
            let index = key.parse().map_err(|_| reader.unexpected("an object"))?;
            changes.insert(index, tree);
        }
        let mut index = 0_u32;
        let mut separator = '[';
        let start = *reader;
        reader.list(&mut |reader| {
            let change = changes.remove(&index);
            index += 1;
            if change.is_some_and(|tree| tree.here == Some(None)) {
                return reader.pass();
            }
            out.push(separator);
            separator = ',';
            match change {
                None => out.push_str(reader.skip()?),
                Some(tree) => tree.write(reader, out)?,
            }
            Ok(())
        })?;
        if changes.values().any(|tree| tree.sets()) {
            return Err(start.unexpected("a longer list"));
        }
        for value in &self.appended {
            out.push(separator);
            separator = ',';
            out.push_str(value);
        }
        out.push_str(if separator == '[' { "[]" } else { "]" });
        Ok(())
    }

    /// Writes a value that is not there yet. What is appended to, or has an item 0, is a list.
    fn write_new(&self, out: &mut String) {
        if let Some(value) = self.here {
            return out.push_str(value.unwrap_or("null"));
        }
        let list = !self.appended.is_empty() || self.inside.contains_key("0");
        let mut separator = if list { '[' } else { '{' };
        for (key, tree) in self.inside.iter().filter(|(_, tree)| tree.sets()) {
            out.push(separator);
            separator = ',';
            if !list {
                push_key(out, key);
            }
            tree.write_new(out);
        }
        for value in &self.appended {
            out.push(separator);
            separator = ',';
            out.push_str(value);
        }
        out.push_str(match (list, separator) {
            (true, ',') => "]",
            (true, _) => "[]",
            (false, ',') => "}",
            (false, _) => "{}",
        });
    }
}

/// Writes a key and its colon.
fn push_key(out: &mut String, key: &str) {
    json::write_string(out, key);
    out.push(':');
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn set(place: &str, value: &str) -> Edit {
        Edit { place: place.to_owned(), value: Some(value.to_owned()) }
    }

    const OBJECT: &str = r#"{ "z":1.50, "a":{"b": 1 , "c/d":[{ }, 3]}, "n":null}"#;

    #[rstest]
    #[case::replaces(set("/a/b", "2"), r#"{"z":1.50,"a":{"b":2,"c/d":[{ }, 3]},"n":null}"#)]
    #[case::replaces_in_a_list(
        set("/a/c~1d/1", "4"),
        r#"{"z":1.50,"a":{"b":1,"c/d":[{ },4]},"n":null}"#
    )]
    #[case::adds_a_member(
        set("/a/e", "2"),
        r#"{"z":1.50,"a":{"b":1,"c/d":[{ }, 3],"e":2},"n":null}"#
    )]
    #[case::fills_an_empty_object(
        set("/a/c~1d/0/x", "2"),
        r#"{"z":1.50,"a":{"b":1,"c/d":[{"x":2},3]},"n":null}"#
    )]
    #[case::appends(set("/a/c~1d/-", "4"), r#"{"z":1.50,"a":{"b":1,"c/d":[{ },3,4]},"n":null}"#)]
    #[case::creates_what_is_missing(
        set("/x/0/y/-", "1"),
        r#"{"z":1.50,"a":{"b": 1 , "c/d":[{ }, 3]},"n":null,"x":[{"y":[1]}]}"#
    )]
    #[case::null_is_missing(
        set("/n/y", "1"),
        r#"{"z":1.50,"a":{"b": 1 , "c/d":[{ }, 3]},"n":{"y":1}}"#
    )]
    #[case::removes(Edit::remove("/a/b".into()), r#"{"z":1.50,"a":{"c/d":[{ }, 3]},"n":null}"#)]
    #[case::removes_from_a_list(Edit::remove("/a/c~1d/0".into()), r#"{"z":1.50,"a":{"b":1,"c/d":[3]},"n":null}"#)]
    #[case::removing_nothing(Edit::remove("/x/y".into()), r#"{"z":1.50,"a":{"b": 1 , "c/d":[{ }, 3]},"n":null}"#)]
    #[case::removing_nothing_from_null(Edit::remove("/n/y".into()), r#"{"z":1.50,"a":{"b": 1 , "c/d":[{ }, 3]},"n":null}"#)]
    fn edits(#[case] edit: Edit, #[case] expected: &str) {
        assert_eq!(apply(OBJECT, [&edit]).as_deref(), Some(expected));
    }

    #[rstest]
    #[case::into_a_number(set("/z/y", "1"))]
    #[case::a_key_of_a_list(set("/a/c~1d/x", "1"))]
    #[case::behind_the_end_of_a_list(set("/a/c~1d/2", "1"))]
    #[case::at_the_end_of_an_object(set("/a/-", "1"))]
    fn has_no_place(#[case] edit: Edit) {
        assert_eq!(apply(OBJECT, [&edit]), None);
    }

    #[test]
    fn many_edits_are_one_pass() {
        let edits = [
            set("/a/b", "2"),
            Edit::remove("/z".into()),
            set("/l/0/m/-", "1"),
            set("/l/0/m/-", "2"),
        ];
        let expected = r#"{"a":{"b":2,"c/d":[{ }, 3]},"n":null,"l":[{"m":[1,2]}]}"#;
        assert_eq!(apply(OBJECT, &edits).as_deref(), Some(expected));
    }
}
