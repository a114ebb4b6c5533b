//! Applies edits to the raw JSON of an object; nothing else changes objects. Values that no edit names
//! stay as they were, byte for byte.

use std::borrow::Cow;

use crate::{
    finding::Edit,
    json::{self, Reader},
    sort::Sorted,
};

/// `object` with the edits; `None` if one of them has no place to go, for example inside a string.
pub fn apply<'e>(object: &str, edits: impl IntoIterator<Item = &'e Edit>) -> Option<String> {
    let mut tree = Tree::default();
    for edit in edits {
        tree.add(edit);
    }
    let mut out = String::with_capacity(object.len() + 256);
    tree.write(&mut Reader::new(object), &mut out).ok()?;
    Some(out)
}

/// The changes in the shape of the object, so that one pass over it makes all edits.
#[derive(Default)]
struct Tree<'e> {
    /// The change of the value itself, if any.
    here: Option<Change<'e>>,
    inside: Sorted<Cow<'e, str>, Tree<'e>>,
    /// What comes into a list before the value, which is an item of it.
    before: Vec<&'e str>,
    appended: Vec<&'e str>,
}

/// A change of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change<'e> {
    /// Replaces it with this JSON text.
    Replace(&'e str),
    /// Removes it, with its key.
    Remove,
}

impl<'e> Tree<'e> {
    fn add(&mut self, edit: &'e Edit) {
        let mut tree = self;
        let mut segments = json::segments(edit.place()).peekable();
        while let Some(segment) = segments.next() {
            match edit {
                Edit::Set { json, .. } if segment == "-" && segments.peek().is_none() => {
                    return tree.appended.push(json);
                }
                _ => match tree.inside.get_or_insert_with(segment, Tree::default) {
                    Some(inner) => tree = inner,
                    None => return,
                },
            }
        }
        match edit {
            Edit::Set { json, .. } => tree.here = Some(Change::Replace(json)),
            Edit::Remove { .. } => tree.here = Some(Change::Remove),
            Edit::Insert { json, .. } => tree.before.push(json),
        }
    }

    fn removes(&self) -> bool {
        self.here == Some(Change::Remove)
    }

    /// `true` if the value stays as it is.
    fn keeps(&self) -> bool {
        self.here.is_none() && self.inside.is_empty() && self.appended.is_empty()
    }

    /// `true` if something is set, not only removed.
    fn sets(&self) -> bool {
        matches!(self.here, Some(Change::Replace(_)))
            || !self.before.is_empty()
            || !self.appended.is_empty()
            || self.inside.iter().any(|(_, tree)| tree.sets())
    }

    /// Writes the value at the reader's position, with its changes.
    fn write(&self, reader: &mut Reader<'_>, out: &mut String) -> json::Result<()> {
        if let Some(Change::Replace(value)) = self.here {
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
        let mut members = Members::of_object(out);
        reader.object(&mut |key, reader| {
            let change = self.inside.get(&*key);
            if change.is_some_and(|(_, tree)| tree.removes()) {
                return reader.pass();
            }
            let out = members.member(&key);
            match change {
                None => out.push_str(reader.skip()?),
                Some((key, tree)) => {
                    found.push(key);
                    tree.write(reader, out)?;
                }
            }
            Ok(())
        })?;
        for (key, tree) in self.inside.iter() {
            if tree.sets() && !found.contains(&&**key) {
                tree.write_new(members.member(key));
            }
        }
        members.end();
        Ok(())
    }

    fn write_list(&self, reader: &mut Reader<'_>, out: &mut String) -> json::Result<()> {
        let mut changes: Sorted<u32, &Tree<'_>> = Sorted::default();
        for (key, tree) in self.inside.iter() {
            let index = key.parse().map_err(|_| reader.unexpected("an object"))?;
            changes.get_or_insert_with(index, || tree);
        }
        let mut index = 0_u32;
        let mut members = Members::of_list(out);
        let start = *reader;
        reader.list(&mut |reader| {
            let change = changes.get(&index).map(|(_, tree)| *tree);
            index += 1;
            for value in change.iter().flat_map(|tree| &tree.before) {
                members.item().push_str(value);
            }
            if change.is_some_and(Tree::removes) {
                return reader.pass();
            }
            let out = members.item();
            match change.filter(|tree| !tree.keeps()) {
                None => out.push_str(reader.skip()?),
                Some(tree) => tree.write(reader, out)?,
            }
            Ok(())
        })?;
        if changes.iter().any(|(at, tree)| *at >= index && tree.sets()) {
            return Err(start.unexpected("a longer list"));
        }
        self.append(members);
        Ok(())
    }

    /// Writes a value that does not exist yet. It is a list if something is appended to it, or if it has
    /// an item 0.
    fn write_new(&self, out: &mut String) {
        match self.here {
            Some(Change::Replace(value)) => return out.push_str(value),
            Some(Change::Remove) => return out.push_str("null"),
            None => {}
        }
        let new = || self.inside.iter().filter(|(_, tree)| tree.sets());
        if self.appended.is_empty() && self.inside.get("0").is_none() {
            let mut members = Members::of_object(out);
            new().for_each(|(key, tree)| tree.write_new(members.member(key)));
            return members.end();
        }
        let mut members = Members::of_list(out);
        for (_, tree) in new() {
            for value in &tree.before {
                members.item().push_str(value);
            }
            if !tree.keeps() {
                tree.write_new(members.item());
            }
        }
        self.append(members);
    }

    /// Ends a list with the values that are appended to it.
    fn append(&self, mut members: Members<'_>) {
        for value in &self.appended {
            members.item().push_str(value);
        }
        members.end();
    }
}

/// The members of an object or a list, written one after the other.
struct Members<'o> {
    out: &'o mut String,
    /// The character before the next member.
    before: char,
    brackets: (char, char),
}

impl<'o> Members<'o> {
    fn of_object(out: &'o mut String) -> Self {
        Self { out, before: '{', brackets: ('{', '}') }
    }

    fn of_list(out: &'o mut String) -> Self {
        Self { out, before: '[', brackets: ('[', ']') }
    }

    /// Begins an item; the caller writes its value to the returned string.
    fn item(&mut self) -> &mut String {
        self.out.push(self.before);
        self.before = ',';
        self.out
    }

    /// Begins a member; the caller writes its value to the returned string.
    fn member(&mut self, key: &str) -> &mut String {
        self.item();
        json::write_string(self.out, key);
        self.out.push(':');
        self.out
    }

    fn end(self) {
        let (start, end) = self.brackets;
        if self.before == start {
            self.out.push(start);
        }
        self.out.push(end);
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn set(place: &str, value: &str) -> Edit {
        Edit::Set { place: place.to_owned(), json: value.to_owned() }
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
    #[case::inserts(
        Edit::Insert { place: "/a/c~1d/1".into(), json: "2".into() },
        r#"{"z":1.50,"a":{"b":1,"c/d":[{ },2,3]},"n":null}"#
    )]
    #[case::inserts_into_what_is_missing(
        Edit::Insert { place: "/x/0".into(), json: "2".into() },
        r#"{"z":1.50,"a":{"b": 1 , "c/d":[{ }, 3]},"n":null,"x":[2]}"#
    )]
    #[case::removes(Edit::Remove { place: "/a/b".into() }, r#"{"z":1.50,"a":{"c/d":[{ }, 3]},"n":null}"#)]
    #[case::removes_from_a_list(Edit::Remove { place: "/a/c~1d/0".into() }, r#"{"z":1.50,"a":{"b":1,"c/d":[3]},"n":null}"#)]
    #[case::removing_nothing(Edit::Remove { place: "/x/y".into() }, r#"{"z":1.50,"a":{"b": 1 , "c/d":[{ }, 3]},"n":null}"#)]
    #[case::removing_nothing_from_null(Edit::Remove { place: "/n/y".into() }, r#"{"z":1.50,"a":{"b": 1 , "c/d":[{ }, 3]},"n":null}"#)]
    fn edits(#[case] edit: Edit, #[case] expected: &str) {
        assert_eq!(apply(OBJECT, [&edit]).as_deref(), Some(expected));
    }

    #[rstest]
    #[case::into_a_number(set("/z/y", "1"))]
    #[case::a_key_of_a_list(set("/a/c~1d/x", "1"))]
    #[case::behind_the_end_of_a_list(set("/a/c~1d/2", "1"))]
    #[case::at_the_end_of_an_object(set("/a/-", "1"))]
    #[case::before_what_is_not_there(Edit::Insert { place: "/a/c~1d/2".into(), json: "1".into() })]
    fn has_no_place(#[case] edit: Edit) {
        assert_eq!(apply(OBJECT, [&edit]), None);
    }

    #[test]
    fn many_edits_are_one_pass() {
        let edits = [
            set("/a/b", "2"),
            Edit::Remove { place: "/z".into() },
            set("/l/0/m/-", "1"),
            set("/l/0/m/-", "2"),
        ];
        let expected = r#"{"a":{"b":2,"c/d":[{ }, 3]},"n":null,"l":[{"m":[1,2]}]}"#;
        assert_eq!(apply(OBJECT, &edits).as_deref(), Some(expected));
    }
}
