//! What is wrong with settings, collected while they are read.

use std::{borrow::Cow, fmt::Write as _, ops::RangeInclusive};

use crate::{
    error::Fault,
    json::{Reader, Result},
    sort,
    text::{Quoted, listed, nearest, suggest},
};

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step<'a> {
    Key(Cow<'a, str>),
    Index(usize),
}

/// Reads the value of a key.
type Member<'m, 'a> = dyn FnMut(&Cow<'a, str>, &mut Reader<'a>, &mut Faults<'a>) -> Result<()> + 'm;

/// The faults so far, and the path of the value that is being read.
#[derive(Debug, Default)]
pub struct Faults<'a> {
    path: Vec<Step<'a>>,
    noted: Vec<(Vec<Step<'a>>, String)>,
}

impl<'a> Faults<'a> {
    /// For a part of the settings: the value of this key.
    pub fn of_part(key: &'a str) -> Self {
        Self { path: vec![Step::Key(Cow::Borrowed(key))], noted: Vec::new() }
    }

    /// How many faults there are.
    pub fn count(&self) -> usize {
        self.noted.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.noted.is_empty()
    }

    /// The faults in the order of their paths.
    pub fn sorted(&self) -> Vec<Fault> {
        let path = |at: &usize| self.noted.get(*at).map(|(path, _)| path);
        let order = sort::order(self.noted.len(), &mut |a, b| path(a).cmp(&path(b)));
        let noted = order.into_iter().filter_map(|at| self.noted.get(at));
        noted.map(|(path, what)| Fault { path: written(path), what: what.clone() }).collect()
    }

    /// Notes a fault of the value that is being read.
    #[cold]
    pub fn note(&mut self, what: String) {
        self.noted.push((self.path.clone(), what));
    }

    /// Notes a fault of a member of the object that is being read.
    #[cold]
    pub fn note_at(&mut self, key: &'static str, what: String) {
        let mut path = self.path.clone();
        path.push(Step::Key(Cow::Borrowed(key)));
        self.noted.push((path, what));
    }

    /// Notes that a member of the object that is being read is missing.
    #[cold]
    pub fn missing(&mut self, key: &'static str) {
        self.note_at(key, "is missing".to_owned());
    }

    /// Notes that the next value is not what it must be, and passes over it.
    ///
    /// # Errors
    /// Invalid JSON.
    #[cold]
    #[inline(never)]
    pub fn unexpected(&mut self, reader: &mut Reader<'a>, wanted: &str) -> Result<()> {
        let what = reader.unexpected(wanted).what;
        reader.pass()?;
        self.note(what);
        Ok(())
    }

    /// Notes that a key is not known, and passes over its value.
    ///
    /// # Errors
    /// Invalid JSON.
    #[cold]
    #[inline(never)]
    pub fn unknown(&mut self, reader: &mut Reader<'a>, key: &str, known: &[&str]) -> Result<()> {
        self.note(format!("unknown key; {}", suggest(key, known)));
        reader.pass()
    }

    /// Reads an object, member by member.
    ///
    /// # Errors
    /// Invalid JSON.
    pub fn object(&mut self, reader: &mut Reader<'a>, member: &mut Member<'_, 'a>) -> Result<()> {
        if reader.peek() != Some(b'{') {
            return self.unexpected(reader, "an object");
        }
        reader.object(&mut |key, reader| {
            self.path.push(Step::Key(key.clone()));
            member(&key, reader, self)?;
            self.path.pop();
            Ok(())
        })
    }

    /// Reads a list of `plural`, item by item.
    ///
    /// # Errors
    /// Invalid JSON.
    pub fn list(
        &mut self,
        reader: &mut Reader<'a>,
        plural: &str,
        item: &mut dyn FnMut(&mut Reader<'a>, &mut Self) -> Result<()>,
    ) -> Result<()> {
        if reader.peek() != Some(b'[') {
            return self.unexpected(reader, &format!("a list of {plural}"));
        }
        let mut index = 0;
        reader.list(&mut |reader| {
            self.path.push(Step::Index(index));
            item(reader, self)?;
            self.path.pop();
            index += 1;
            Ok(())
        })
    }

    /// Reads a string; `None` if it is another value.
    ///
    /// # Errors
    /// Invalid JSON.
    pub fn string(&mut self, reader: &mut Reader<'a>) -> Result<Option<Cow<'a, str>>> {
        if reader.peek() == Some(b'"') {
            return reader.string().map(Some);
        }
        self.unexpected(reader, "a string").map(|()| None)
    }

    /// Reads a whole number of a range; `None` if it is another value.
    ///
    /// # Errors
    /// Invalid JSON.
    #[inline(never)]
    pub fn number(
        &mut self,
        reader: &mut Reader<'a>,
        range: RangeInclusive<u32>,
    ) -> Result<Option<u32>> {
        let mut ahead = *reader;
        let number = ahead.skip()?.parse().ok().filter(|number| range.contains(number));
        if number.is_some() {
            *reader = ahead;
        } else {
            let wanted = format!("a whole number from {} to {}", range.start(), range.end());
            self.unexpected(reader, &wanted)?;
        }
        Ok(number)
    }

    /// Reads one of some words: its position; `None` if it is another value. `off` may be `false`,
    /// which is what YAML 1.1 makes of it.
    ///
    /// # Errors
    /// Invalid JSON.
    #[inline(never)]
    pub fn word(&mut self, reader: &mut Reader<'a>, known: &[&str]) -> Result<Option<usize>> {
        let position = |word: &str| known.iter().position(|known| *known == word);
        let mut ahead = *reader;
        let found = match ahead.peek() {
            Some(b'"') => {
                let word = ahead.string()?;
                let found = position(&word);
                if found.is_none() {
                    self.note(not_one_of(&word, known));
                }
                *reader = ahead;
                return Ok(found);
            }
            _ => position("off").filter(|_| ahead.skip() == Ok("false")),
        };
        if found.is_some() {
            *reader = ahead;
        } else {
            self.unexpected(reader, &format!("one of {}", listed(known)))?;
        }
        Ok(found)
    }
}

#[cold]
#[inline(never)]
fn not_one_of(word: &str, known: &[&str]) -> String {
    let near = nearest(word, known).map(|near| format!("; did you mean `{near}`?"));
    format!("{} is not one of {}{}", Quoted(word), listed(known), near.unwrap_or_default())
}

/// A path as messages show it: `network.subnets[2].cidr`.
fn written(path: &[Step<'_>]) -> String {
    let mut out = String::new();
    for step in path {
        // Writing to a string can't fail.
        let _ = match step {
            Step::Key(key) if out.is_empty() => write!(out, "{key}"),
            Step::Key(key) => write!(out, ".{key}"),
            Step::Index(index) => write!(out, "[{index}]"),
        };
    }
    out
}
