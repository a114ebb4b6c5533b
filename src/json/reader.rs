//! A pull parser for what the policy reads of a payload: one pass, nothing copied, and a fast way
//! over everything that no rule asks for.
//!
//! What is skipped is not checked beyond its quotes and brackets: the engine sends JSON that it
//! has written itself. Skipping so takes an eighth of what a checking parser takes.

use std::borrow::Cow;

use super::{escape, scan};
use crate::text::misleads;

/// What was found is not what was expected.
#[derive(Debug, PartialEq, Eq)]
pub struct Unexpected {
    /// The byte at which the value begins.
    pub at: usize,
    /// What is wrong.
    pub what: String,
}

/// How reading ends. The fault is boxed: results are then as small as what is read, and are passed without
/// memory.
pub type Result<T> = std::result::Result<T, Box<Unexpected>>;

/// A place in a JSON text.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// The beginning of a text.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Sees that nothing follows.
    ///
    /// # Errors
    /// Where something does.
    pub fn end(&mut self) -> Result<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.broken("something follows the value")),
        }
    }

    /// The next byte that is not white space.
    #[inline(always)]
    pub fn peek(&mut self) -> Option<u8> {
        match self.text.as_bytes().get(self.at) {
            // The engine writes no white space.
            Some(byte) if *byte > b' ' => Some(*byte),
            _ => self.peek_over_space(),
        }
    }

    #[cold]
    fn peek_over_space(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.text.as_bytes().get(self.at) {
            self.at += 1;
        }
        self.text.as_bytes().get(self.at).copied()
    }

    /// Takes `null`, if it is next.
    #[inline(always)]
    pub fn null(&mut self) -> bool {
        let null = self.peek() == Some(b'n') && self.rest().starts_with(b"null");
        if null {
            self.at += 4;
        }
        null
    }

    /// Takes a string, with its escapes undone.
    ///
    /// # Errors
    /// Where no string is next.
    #[inline(always)]
    pub fn string(&mut self) -> Result<Cow<'a, str>> {
        match self.peek() {
            Some(b'"') => self.quoted(),
            _ => Err(self.unexpected("a string")),
        }
    }

    /// Takes the string that begins here.
    #[inline(always)]
    pub(super) fn quoted(&mut self) -> Result<Cow<'a, str>> {
        let content = self.text.get(self.at + 1..).unwrap_or_default();
        let length = scan::special(content.as_bytes());
        if content.as_bytes().get(length) != Some(&b'"') {
            return self.escaped();
        }
        self.at += length + 2;
        Ok(Cow::Borrowed(content.get(..length).unwrap_or_default()))
    }

    /// Takes a string that has escapes, or no end.
    #[cold]
    fn escaped(&mut self) -> Result<Cow<'a, str>> {
        let start = self.at;
        self.pass()?;
        let quoted = self.text.get(start..self.at).unwrap_or_default();
        let what = || "a broken escape in a string".to_owned();
        let broken = || Box::new(Unexpected { at: start, what: what() });
        escape::unescape(quoted).map(Cow::Owned).ok_or_else(broken)
    }

    /// Takes an object, member by member; `null` is the empty one.
    ///
    /// # Errors
    /// Where no object is next, or `member` fails.
    pub fn object(
        &mut self,
        member: &mut dyn FnMut(Cow<'a, str>, &mut Self) -> Result<()>,
    ) -> Result<()> {
        if !self.begins(b'{', b'}', "an object")? {
            return Ok(());
        }
        loop {
            let key = self.key()?;
            member(key, self)?;
            if self.ends(b'}')? {
                return Ok(());
            }
        }
    }

    /// Takes a key of an object, and the `:` behind it.
    ///
    /// # Errors
    /// Where none is next.
    #[inline(always)]
    pub(super) fn key(&mut self) -> Result<Cow<'a, str>> {
        let key = self.string()?;
        match self.peek() {
            Some(b':') => {
                self.at += 1;
                Ok(key)
            }
            _ => Err(self.broken("no `:` after a key")),
        }
    }

    /// Takes a list, item by item; `null` is the empty one.
    ///
    /// # Errors
    /// Where no list is next, or `item` fails.
    pub fn list(&mut self, item: &mut dyn FnMut(&mut Self) -> Result<()>) -> Result<()> {
        if !self.begins(b'[', b']', "a list")? {
            return Ok(());
        }
        loop {
            item(self)?;
            if self.ends(b']')? {
                return Ok(());
            }
        }
    }

    /// Takes any value, as the text that it is.
    ///
    /// # Errors
    /// Where no value is next, or it does not end.
    pub fn skip(&mut self) -> Result<&'a str> {
        self.peek();
        let start = self.at;
        self.pass()?;
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }

    /// Passes over any value.
    ///
    /// # Errors
    /// Where no value is next, or it does not end.
    pub fn pass(&mut self) -> Result<()> {
        let first = self.peek();
        let bytes = self.text.as_bytes();
        let end = match first {
            Some(b'"') => scan::end_of_string(bytes, self.at + 1),
            Some(b'{' | b'[') => scan::end_of_nested(bytes, self.at),
            Some(b'}' | b']' | b',' | b':') | None => {
                return Err(self.broken("a value is missing"));
            }
            Some(_) => Some(scan::end_of_word(bytes, self.at)),
        };
        self.at = end.ok_or_else(|| self.broken("a value does not end"))?;
        Ok(())
    }

    /// Takes this text, if it stands here byte by byte. It has to end where no value goes on: behind one that
    /// ends by itself, or before one.
    #[inline(always)]
    pub fn takes(&mut self, text: &str) -> bool {
        let is_it = self.rest().starts_with(text.as_bytes());
        if is_it {
            self.at += text.len();
        }
        is_it
    }

    /// Goes on to where another reader of the same text is; gives what lies between.
    pub fn advance(&mut self, ahead: Self) -> &'a str {
        let passed = self.text.get(self.at..ahead.at).unwrap_or_default();
        self.at = ahead.at;
        passed
    }

    /// That something else than `wanted` is next.
    #[cold]
    pub fn unexpected(&self, wanted: &str) -> Box<Unexpected> {
        let mut ahead = *self;
        let first = ahead.peek();
        let found = match (first, ahead.skip()) {
            (None, _) => "the end of the text",
            (Some(b'{'), _) => "an object",
            (Some(b'['), _) => "a list",
            (Some(b'"'), Err(_)) => "a string without end",
            (Some(b'"'), Ok(string)) if !is_shown(string) => "a string",
            (Some(b'0'..=b'9' | b'-'), Ok(number)) if !is_shown(number) => "a number",
            (Some(b'"' | b'0'..=b'9' | b'-'), Ok(value)) => value,
            (_, Ok(value @ ("true" | "false" | "null"))) => value,
            _ => "invalid JSON",
        };
        Box::new(Unexpected { at: self.at, what: format!("must be {wanted}, not {found}") })
    }

    #[cold]
    fn broken(&self, what: &str) -> Box<Unexpected> {
        let what = format!("not JSON: {what} (at byte {})", self.at);
        Box::new(Unexpected { at: self.at, what })
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Takes the beginning of an object or list; tells whether anything is inside. `null` is empty.
    #[inline(always)]
    pub(super) fn begins(&mut self, begin: u8, end: u8, wanted: &str) -> Result<bool> {
        if self.peek() != Some(begin) {
            return if self.null() { Ok(false) } else { Err(self.unexpected(wanted)) };
        }
        self.at += 1;
        let empty = self.peek() == Some(end);
        self.at += usize::from(empty);
        Ok(!empty)
    }

    /// Takes the `,` between members, or the end of them; tells whether it was the end.
    #[inline(always)]
    pub(super) fn ends(&mut self, end: u8) -> Result<bool> {
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(false)
            }
            Some(byte) if byte == end => {
                self.at += 1;
                Ok(true)
            }
            _ => Err(self.broken("no `,` between members")),
        }
    }
}

/// Whether a value is short enough for a message, and nothing in it misleads.
fn is_shown(value: &str) -> bool {
    value.len() <= 40 && !value.contains(misleads)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::string(r#" "a\"]b" ,"#, r#""a\"]b""#)]
    #[case::nested(r#"{"a": [1, "}", {"b": "\\"}]} ]"#, r#"{"a": [1, "}", {"b": "\\"}]}"#)]
    #[case::number("1.5e3,", "1.5e3")]
    #[case::word("null}", "null")]
    fn skips(#[case] text: &str, #[case] value: &str) {
        assert_eq!(Reader::new(text).skip(), Ok(value));
    }

    #[rstest]
    #[case::nothing("  ", "not JSON: a value is missing (at byte 2)")]
    #[case::open_string(r#"{"a": "b"#, "not JSON: a value does not end (at byte 0)")]
    #[case::open_object(r#"{"a": {"#, "not JSON: a value does not end (at byte 0)")]
    fn names_what_does_not_end(#[case] text: &str, #[case] what: &str) {
        assert_eq!(Reader::new(text).skip().unwrap_err().what, what);
    }

    #[rstest]
    #[case::a_word("true", "must be an object, not true")]
    #[case::a_string(r#""5Gi""#, r#"must be an object, not "5Gi""#)]
    #[case::a_string_that_misleads("\"5G\u{7f}i\"", "must be an object, not a string")]
    #[case::a_number_that_misleads("5\u{7f}", "must be an object, not a number")]
    fn says_what_stands_there(#[case] text: &str, #[case] what: &str) {
        assert_eq!(Reader::new(text).unexpected("an object").what, what);
    }

    proptest! {
        #[test]
        fn strings_are_read_as_serde_json_reads_them(string in any::<String>()) {
            let text = serde_json::to_string(&string).unwrap();
            prop_assert_eq!(Reader::new(&text).string().unwrap(), string);
        }

        #[test]
        fn skipping_takes_just_the_value(string in any::<String>(), numbers in prop::collection::vec(any::<i32>(), 0..5)) {
            let value = serde_json::json!({ "a": [string.clone(), { string: numbers }] }).to_string();
            let text = format!("{value}, 1");
            prop_assert_eq!(Reader::new(&text).skip().unwrap(), value);
        }
    }
}
