//! Reads a file as text and splits it into documents. Anything unreadable is reported in its place, so that
//! the rest is still checked.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Result, anyhow, bail};
use eks_aiml_networking::text::misleads;
use manifest::{
    Document, Fault, Form, Located, Position,
    documents::documents,
    encoding::{self, Encoding},
};
use serde_json::Value;

/// The source of manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File {
        /// Its path.
        path: PathBuf,
        /// `true` if it was named, not found in a folder.
        named: bool,
    },
    /// Standard input.
    Stdin,
    /// The output of a tool for a chart or a kustomization.
    Rendered {
        /// The folder.
        folder: PathBuf,
        /// The tool.
        tool: &'static str,
        /// The output.
        text: Arc<str>,
    },
}

impl Source {
    /// The source that a user names; `-` is standard input.
    pub fn named(path: &Path) -> Self {
        match path.as_os_str() == "-" {
            true => Self::Stdin,
            false => Self::File { path: path.to_owned(), named: true },
        }
    }

    /// The name in messages.
    pub fn name(&self) -> String {
        let name = match self {
            Self::File { path, .. } => path.display().to_string(),
            Self::Stdin => "<stdin>".to_owned(),
            Self::Rendered { folder, tool, .. } => format!("{} ({tool})", folder.display()),
        };
        // The name begins a line of output.
        name.replace(misleads, "?")
    }

    /// The path, if it is a file.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File { path, .. } => Some(path),
            Self::Stdin | Self::Rendered { .. } => None,
        }
    }

    /// The name of the file, if it is one.
    pub fn file_name(&self) -> Option<String> {
        self.file().map(|_| self.name())
    }

    /// `true` if the user named this source: then anything that can't be checked in it is an error.
    pub fn is_named(&self) -> bool {
        match self {
            Self::File { named, .. } => *named,
            Self::Stdin => true,
            Self::Rendered { .. } => false,
        }
    }

    fn is_named_json(&self) -> bool {
        let ending = self.file().and_then(Path::extension);
        ending.is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
    }

    /// # Errors
    /// If it can't be read, or is not text.
    fn text(&self) -> Result<(String, Encoding), (String, Option<Position>)> {
        let unread =
            |what: &str, error: std::io::Error| (format!("can't read {what}: {error}"), None);
        let decode = |bytes| encoding::decode(bytes).map_err(|fault| (fault.what, Some(fault.at)));
        match self {
            Self::File { path, .. } => {
                let bytes = fs::read(path).map_err(|error| unread("it", error))?;
                decode(bytes)
            }
            Self::Stdin => {
                let mut bytes = Vec::new();
                let read = std::io::stdin().read_to_end(&mut bytes);
                read.map_err(|error| unread("standard input", error))?;
                decode(bytes)
            }
            Self::Rendered { text, .. } => Ok((text.to_string(), Encoding::Utf8)),
        }
    }
}

/// A text and its documents.
#[derive(Debug)]
pub struct Text {
    /// Its source.
    pub source: Source,
    /// Its position among all texts.
    pub order: usize,
    /// Its encoding.
    pub encoding: Encoding,
    text: String,
    spans: Vec<Span>,
    /// `true` if several documents are not empty.
    several: bool,
    /// `true` if it counts as a Helm template once one of its documents can't be read.
    pub may_be_template: bool,
    /// The error that makes all of it unreadable, and the place if the text is readable up to there.
    pub fault: Option<(String, Option<Position>)>,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    from: usize,
    to: usize,
    start: Position,
    form: Form,
    /// Its number among the documents that are not empty, from 0.
    index: u32,
}

impl Text {
    /// Reads a source.
    pub fn read(source: Source, order: usize) -> Self {
        match source.text() {
            Ok((text, encoding)) => Self { encoding, ..Self::of(source, order, text) },
            Err(fault) => Self { fault: Some(fault), ..Self::of(source, order, String::new()) },
        }
    }

    fn of(source: Source, order: usize, text: String) -> Self {
        let mut spans = Vec::new();
        let (mut from, mut index) = (0, 0);
        for document in documents(&text, source.is_named_json()) {
            let to = from + document.text.len();
            spans.push(Span { from, to, start: document.start, form: document.form, index });
            index += u32::from(!is_blank(document.text));
            from = to;
        }
        let may_be_template = text.contains("{{");
        let encoding = Encoding::Utf8;
        Self {
            source,
            order,
            encoding,
            text,
            spans,
            may_be_template,
            several: index > 1,
            fault: None,
        }
    }

    /// The number of documents.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// `true` if there are none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The number of bytes in the document with this number.
    pub fn size(&self, number: usize) -> usize {
        self.spans.get(number).map_or(0, |span| span.to - span.from)
    }

    /// Returns the document with this number.
    pub fn document(&self, number: usize) -> Option<Document<'_>> {
        let Span { from, to, start, form, .. } = *self.spans.get(number)?;
        Some(Document { text: self.text.get(from..to)?, start, form })
    }

    /// A unique id of the document with this number: the file, and the number if the file has several
    /// documents.
    pub fn uid(&self, number: usize) -> String {
        let name = self.source.name();
        match self.spans.get(number) {
            Some(span) if self.several => format!("{name}#{}", span.index),
            _ => name,
        }
    }

    /// `true` if it is a Helm template: its branches decide what even its readable documents contain.
    pub fn is_template(&self) -> bool {
        let is_unread = |number| self.document(number).is_some_and(|one| one.read().is_err());
        self.may_be_template && (0..self.len()).any(is_unread)
    }

    /// Returns the whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the values of its documents, each with its first line.
    ///
    /// # Errors
    /// If one can't be read.
    pub fn values(&self) -> Result<Vec<(u32, Value)>> {
        let name = self.source.name();
        if let Some((what, at)) = &self.fault {
            bail!("{}", told(&name, what, *at));
        }
        if self.is_template() {
            bail!("{name}: {}", template());
        }
        let documents = (0..self.len()).filter_map(|number| self.document(number));
        let value = |document: Document<'_>| -> Result<Option<(u32, Value)>> {
            let failed = |fault: Fault| anyhow!("{}", told(&name, &fault.what, Some(fault.at)));
            let read = document.read().map_err(failed)?;
            let value =
                |read: Located<'_>| Ok((document.start.line, serde_json::from_str(read.json())?));
            read.map(value).transpose()
        };
        documents.filter_map(|document| value(document).transpose()).collect()
    }
}

/// Reads the last document of a file.
///
/// # Errors
/// If it can't be read, or there is none.
pub fn one(path: &Path) -> Result<Value> {
    let text = Text::read(Source::named(path), 0);
    let last = text.values()?.pop().map(|(_, value)| value);
    last.ok_or_else(|| anyhow!("{} is empty", path.display()))
}

/// Formats an error with its file, in the format of editors and terminals.
pub fn told(name: &str, what: &str, at: Option<Position>) -> String {
    match at {
        Some(at) => format!("{name}:{}:{}: {what}", at.line, at.column),
        None => format!("{name}: {what}"),
    }
}

/// The message for a Helm template.
pub fn template() -> String {
    "this looks like a Helm template; run `helm template … | admit -`".to_owned()
}

/// `true` if a document contains only comments.
fn is_blank(text: &str) -> bool {
    text.lines().all(|line| {
        let line = line.strip_prefix("---").or_else(|| line.strip_prefix("...")).unwrap_or(line);
        line.starts_with('%')
            || line.trim_ascii_start().starts_with('#')
            || line.trim_ascii().is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Text {
        let path = PathBuf::from("x.yaml");
        Text::of(Source::File { path, named: true }, 0, text.to_owned())
    }

    #[test]
    fn documents_are_numbered_by_what_they_hold() {
        let several = text("# first\n---\nkind: A\n---\n# none\n---\nkind: B\n");
        let uids: Vec<String> = (0..several.len()).map(|number| several.uid(number)).collect();
        assert_eq!(uids, ["x.yaml#0", "x.yaml#0", "x.yaml#1", "x.yaml#1"]);
        assert_eq!(text("# first\n---\nkind: A\n").uid(1), "x.yaml");
    }

    #[test]
    fn a_template_is_one_as_a_whole() {
        assert!(text("kind: A\n---\n{{- if .Values.b }}\nkind: B\n").is_template());
        assert!(!text("kind: A\nimage: '{{inputs.image}}'\n").is_template());
    }

    #[test]
    fn a_fault_is_told_with_its_place() {
        let error = text("a: 1\n---\nkind: [B\n---\nkind: C\n").values().unwrap_err().to_string();
        assert_eq!(error, "x.yaml:4:1: while parsing a flow sequence, expected ',' or ']'");
    }
}
