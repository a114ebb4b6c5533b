//! Splits a text into its documents.

use crate::{
    json,
    located::Located,
    position::{Fault, Position},
    yaml,
};

/// The format of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// YAML.
    Yaml,
    /// JSON: by the name of the file, or because the text parses as JSON.
    Json,
}

/// A document of a text.
#[derive(Clone, Copy, Debug)]
pub struct Document<'t> {
    /// Its text, exactly as in the file.
    pub text: &'t str,
    /// The position in the file at which it begins.
    pub start: Position,
    /// Its format.
    pub form: Form,
}

impl<'t> Document<'t> {
    /// Reads the document as JSON; `None` if it is empty or holds only comments.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn read(&self) -> Result<Option<Located<'t>>, Fault> {
        match self.form {
            Form::Json => json::read(self.text, self.start).map(Some),
            Form::Yaml => yaml::read(self.text, self.start.line.saturating_sub(1)),
        }
    }

    /// The template that Helm rendered the document from: Helm writes its name before each document.
    pub fn source(&self) -> Option<&'t str> {
        let comments = self.text.lines().take_while(|line| line.starts_with(['-', '#']));
        comments.filter_map(|line| line.strip_prefix("# Source: ")).map(str::trim).next()
    }
}

/// Splits a text into its documents: those of a YAML stream, each with the `---` line before it, or the
/// values of a stream of JSON. Joined, they are the text again.
pub fn documents(text: &str, is_named_json: bool) -> Vec<Document<'_>> {
    if is_named_json || text.trim_ascii_start().starts_with(['{', '[']) {
        let ends = json::ends(text);
        // A YAML text may begin with a bracket too.
        if is_named_json || ends.last().is_some_and(|end| blank(text, *end)) || ends.len() > 1 {
            return values(text, &ends);
        }
    }
    stream(text)
}

fn blank(text: &str, from: usize) -> bool {
    text.get(from..).unwrap_or_default().trim_ascii().is_empty()
}

fn values<'t>(text: &'t str, ends: &[usize]) -> Vec<Document<'t>> {
    let mut documents = Vec::new();
    let (mut from, mut start) = (0, Position::START);
    let mut push = |to: usize| {
        let text = text.get(from..to).unwrap_or_default();
        documents.push(Document { text, start, form: Form::Json });
        start = start.after(text, text.len());
        from = to;
    };
    // Blanks after the last value belong to it; anything else is a document that can't be read.
    let (last, others) = ends.split_last().unwrap_or((&0, &[]));
    others.iter().copied().for_each(&mut push);
    if blank(text, *last) {
        push(text.len());
    } else {
        if *last > 0 {
            push(*last);
        }
        push(text.len());
    }
    documents
}

fn stream(text: &str) -> Vec<Document<'_>> {
    let mut documents = Vec::new();
    let (mut from, mut line_of_from) = (0, 1_u32);
    // `true` if the document so far is only directives, which belong to the `---` after them.
    let mut is_directives = false;
    let mut at = 0;
    let mut push = |from: &mut usize, line_of_from: &mut u32, to: usize, line: u32| {
        if let Some(text) = text.get(*from..to).filter(|text| !text.is_empty()) {
            let start = Position { line: *line_of_from, column: 1 };
            documents.push(Document { text, start, form: Form::Yaml });
        }
        (*from, *line_of_from) = (to, line);
    };
    let mut line = 1_u32;
    for text in text.split_inclusive('\n') {
        let next = (at + text.len(), line.saturating_add(1));
        if text.starts_with("---") && ends_marker(text) {
            if !is_directives {
                push(&mut from, &mut line_of_from, at, line);
            }
            is_directives = false;
        } else if text.starts_with("...") && ends_marker(text) {
            push(&mut from, &mut line_of_from, next.0, next.1);
        } else if text.starts_with('%') {
            is_directives |= at == from;
        }
        (at, line) = next;
    }
    push(&mut from, &mut line_of_from, at, line);
    documents
}

/// `true` if the three characters of a marker are followed by a blank or the end of the line.
fn ends_marker(line: &str) -> bool {
    line.as_bytes().get(3).is_none_or(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// Each document as JSON, with its first line.
    fn read(text: &str) -> Vec<(u32, String)> {
        let documents = documents(text, false);
        assert_eq!(documents.iter().map(|one| one.text).collect::<String>(), text);
        let told = |one: &Document<'_>| match one.read() {
            Ok(value) => value.map_or_else(String::new, |value| value.json().trim().to_owned()),
            Err(fault) => fault.to_string(),
        };
        documents.iter().map(|one| (one.start.line, told(one))).collect()
    }

    #[rstest]
    #[case::markers("# first\n---\nk: A\n---\nk: |\n  ----\n--- # third\nk: C\n", &[(1, ""), (2, r#"{"k":"A"}"#), (4, r#"{"k":"----\n"}"#), (7, r#"{"k":"C"}"#)])]
    #[case::a_fault("k: A\n---\nk: [B\n---\nk: C\n", &[(1, r#"{"k":"A"}"#), (2, "while parsing a flow sequence, expected ',' or ']' at line 4 column 1"), (4, r#"{"k":"C"}"#)])]
    #[case::a_directive("%YAML 1.2\n---\nk: A\n", &[(1, r#"{"k":"A"}"#)])]
    #[case::ends("k: A\n...\nk: B\n", &[(1, r#"{"k":"A"}"#), (3, r#"{"k":"B"}"#)])]
    #[case::ends_and_directives("k: A\n...\n%YAML 1.2\n---\nk: B\n...\n", &[(1, r#"{"k":"A"}"#), (3, r#"{"k":"B"}"#)])]
    #[case::a_stream_of_json("{\"k\": 1}\n{\"k\": 2} [3]\n", &[(1, r#"{"k": 1}"#), (1, r#"{"k": 2}"#), (2, "[3]")])]
    #[case::json_that_breaks_off("{\"k\": 1}\n{\"k\": 2}\n{\"k\"\n", &[(1, r#"{"k": 1}"#), (1, r#"{"k": 2}"#), (2, "EOF while parsing an object at line 4 column 1")])]
    #[case::braces_of_yaml("{k: 1}\n---\n{k: 2}\n", &[(1, r#"{"k":1}"#), (2, r#"{"k":2}"#)])]
    #[case::carriage_returns("k: A\r\n---\r\nk: B\r\n", &[(1, r#"{"k":"A"}"#), (2, r#"{"k":"B"}"#)])]
    fn a_text_is_taken_apart(#[case] text: &str, #[case] expected: &[(u32, &str)]) {
        let found = read(text);
        let found: Vec<_> = found.iter().map(|(line, json)| (*line, &**json)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn helm_tells_its_source() {
        let text = "---\n# Source: b/c.yaml\nkind: B\n";
        assert_eq!(documents(text, false)[0].source(), Some("b/c.yaml"));
    }
}
