//! The objects of a list, of which some fields are wanted. What a program wrote has few forms: where an
//! object has the form of an earlier one, the text between its fields need not be read, only compared.

use super::{Reader, Result};

/// The wanted fields and the forms that were seen.
pub struct Forms<'a, 'p, const N: usize> {
    /// The keys that lead to each field, with dots between them.
    paths: [&'p str; N],
    seen: Vec<Form<'a>>,
}

/// The texts of an object's fields; empty where it does not have them.
pub type Wanted<'a, const N: usize> = [&'a str; N];

/// Where the fields of an object stand.
struct Form<'a> {
    /// The text before each field, and which it is.
    fields: Vec<(&'a str, usize)>,
    /// The text behind the last.
    end: &'a str,
}

/// How many forms are remembered: more are seldom, and each takes a comparison.
const KEPT: usize = 4;

impl<'a, 'p, const N: usize> Forms<'a, 'p, N> {
    /// No form is known yet.
    pub fn new(paths: [&'p str; N]) -> Self {
        Self { paths, seen: Vec::new() }
    }

    /// Takes an object; of two fields with the same keys the last counts.
    ///
    /// # Errors
    /// Where no object is next.
    pub fn read(&mut self, reader: &mut Reader<'a>) -> Result<Wanted<'a, N>> {
        for form in &self.seen {
            let mut ahead = *reader;
            if let Some(fields) = form.fields(&mut ahead) {
                *reader = ahead;
                return Ok(fields);
            }
        }
        let mut found = Found { fields: Vec::new(), behind: *reader };
        let fields: Vec<_> = self.paths.into_iter().enumerate().collect();
        walk(reader, &fields, &mut found)?;
        let end = found.behind.advance(*reader);
        let mut fields = [""; N];
        for (_, field, text) in &found.fields {
            if let Some(place) = fields.get_mut(*field) {
                *place = text;
            }
        }
        if self.seen.len() < KEPT {
            let fields = found.fields.iter().map(|(before, field, _)| (*before, *field)).collect();
            self.seen.push(Form { fields, end });
        }
        Ok(fields)
    }
}

/// Reads an object for the fields to which the rest of a path leads from here.
fn walk<'a>(
    reader: &mut Reader<'a>,
    fields: &[(usize, &str)],
    found: &mut Found<'a>,
) -> Result<()> {
    reader.object(&mut |key, reader| {
        let mut further = Vec::new();
        for (field, path) in fields {
            let Some(rest) = path.strip_prefix(&*key) else { continue };
            if rest.is_empty() {
                let before = found.behind.advance(*reader);
                let text = reader.skip()?;
                found.behind = *reader;
                found.fields.push((before, *field, text));
                return Ok(());
            }
            further.extend(rest.strip_prefix('.').map(|rest| (*field, rest)));
        }
        match reader.peek() {
            Some(b'{') if !further.is_empty() => walk(reader, &further, found),
            _ => reader.pass(),
        }
    })
}

/// What was found in an object: the text before each field, which it is, and its own text.
struct Found<'a> {
    fields: Vec<(&'a str, usize, &'a str)>,
    /// Behind the last field.
    behind: Reader<'a>,
}

impl<'a> Form<'a> {
    /// The fields of the next object, if it has this form.
    fn fields<const N: usize>(&self, reader: &mut Reader<'a>) -> Option<Wanted<'a, N>> {
        let mut fields = [""; N];
        for (before, field) in &self.fields {
            if !reader.takes(before) {
                return None;
            }
            *fields.get_mut(*field)? = reader.skip().ok()?;
        }
        reader.takes(self.end).then_some(fields)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const PATHS: [&str; 3] = ["a", "b.c", "b.d.a"];

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!(null)),
            Just(json!("x\"}, {")),
            Just(json!(12)),
            Just(json!(1)),
            Just(json!([{}, "a"])),
            Just(json!({"c": 1})),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop::collection::btree_map("[abcd]", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect()))
        })
    }

    proptest! {
        /// Whatever came before, the fields are those that the pointers lead to.
        #[test]
        fn finds_what_pointers_find(values in prop::collection::vec(value(), 1..6)) {
            let objects: Vec<Value> =
                values.into_iter().map(|one| json!({ "a": 1, "b": one })).collect();
            let text = Value::Array(objects.clone()).to_string();
            let mut forms = Forms::new(PATHS);
            let mut at = 0;
            Reader::new(&text).list(&mut |reader| {
                let fields = forms.read(reader)?;
                for (path, field) in PATHS.iter().zip(fields) {
                    let found = objects[at].pointer(&format!("/{}", path.replace('.', "/")));
                    assert_eq!(field, found.map(Value::to_string).unwrap_or_default());
                }
                at += 1;
                Ok(())
            }).unwrap();
            prop_assert_eq!(at, objects.len());
        }
    }
}
