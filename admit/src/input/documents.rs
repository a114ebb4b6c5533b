//! The documents of files, folders and standard input. What can't be read is told in its place, so
//! that everything else is judged all the same.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow};
use serde_json::Value;
use walkdir::{DirEntry, WalkDir};

use super::yaml;

/// A file with its documents.
#[derive(Debug)]
pub struct File {
    /// Where it was read; `-` is standard input.
    pub path: PathBuf,
    /// Whether it was named, rather than found in a folder.
    pub named: bool,
    /// Whether it is JSON rather than YAML.
    pub json: bool,
    /// Its documents.
    pub documents: Vec<Document>,
}

impl File {
    /// Whether this is standard input.
    pub fn is_stdin(&self) -> bool {
        self.path.as_os_str() == "-"
    }
}

/// A document of a file.
#[derive(Debug)]
pub struct Document {
    /// Its text, as it stands in the file.
    pub text: String,
    /// How many lines stand before it in its file.
    pub lines_before: u32,
    /// What it holds.
    pub content: Content,
}

/// What a document holds.
#[derive(Debug)]
pub enum Content {
    /// Nothing but comments.
    Nothing,
    /// A value of any kind.
    Value(Value),
    /// What Helm makes YAML of: this document, or another one of the file, is no YAML.
    Template,
    /// What can't be read.
    Unreadable {
        /// Why not.
        error: String,
        /// The line in the file, where it is known.
        line: Option<u32>,
    },
}

impl Document {
    /// The template that Helm made the document of, as it writes it before each.
    pub fn source(&self) -> Option<&str> {
        let comments = self.text.lines().take_while(|line| line.starts_with(['-', '#']));
        comments.filter_map(|line| line.strip_prefix("# Source: ")).map(str::trim).next()
    }

    fn unreadable(error: &anyhow::Error, line: Option<u32>) -> Self {
        let content = Content::Unreadable { error: format!("{error:#}"), line };
        Self { text: String::new(), lines_before: 0, content }
    }
}

/// Reads files, the manifests in folders, and standard input for `-`.
pub fn read(paths: &[PathBuf]) -> Vec<File> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            files.extend(
                WalkDir::new(path)
                    .sort_by_file_name()
                    .into_iter()
                    .filter_entry(is_open)
                    .filter_map(found),
            );
            if files.len() == before {
                let error = anyhow!("{} holds no .yaml, .yml or .json file", path.display());
                files.push(File::unreadable(path, &error));
            }
        } else {
            files.push(file(path, true));
        }
    }
    files
}

/// Reads the last document of a file.
///
/// # Errors
/// Where it can't be read, or there is none.
pub fn one(path: &Path) -> Result<Value> {
    let mut last = file(path, true).documents.into_iter().map(|document| document.content);
    match last.rfind(|content| !matches!(content, Content::Nothing)) {
        Some(Content::Value(value)) => Ok(value),
        Some(Content::Unreadable { error, .. }) => Err(anyhow!(error)),
        Some(Content::Template) => Err(anyhow!(template(path))),
        Some(Content::Nothing) | None => Err(anyhow!("{} is empty", path.display())),
    }
}

/// What to say of a file that Helm makes YAML of.
pub fn template(path: &Path) -> String {
    format!("{} seems to be a Helm template; run `helm template … | admit -`", path.display())
}

impl File {
    fn unreadable(path: &Path, error: &anyhow::Error) -> Self {
        let documents = vec![Document::unreadable(error, None)];
        Self { path: path.to_owned(), named: true, json: false, documents }
    }
}

/// Whether a folder is entered: not a hidden one, nor what npm has fetched.
fn is_open(entry: &DirEntry) -> bool {
    let name = entry.file_name().as_encoded_bytes();
    entry.depth() == 0
        || !entry.file_type().is_dir()
        || !name.starts_with(b".") && name != b"node_modules"
}

/// What was found in a folder, if it is for us.
fn found(entry: walkdir::Result<DirEntry>) -> Option<File> {
    match entry {
        // Links to files are followed, those to folders are not.
        Ok(entry) if !entry.path().is_file() || !is_manifest(entry.path()) => None,
        Ok(entry) => Some(file(entry.path(), false)),
        Err(error) => {
            let path = error.path().unwrap_or(Path::new("")).to_owned();
            Some(File::unreadable(&path, &error.into()))
        }
    }
}

fn is_manifest(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|known| ending == *known))
}

fn file(path: &Path, named: bool) -> File {
    let text = if path.as_os_str() == "-" {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text).context("can't read standard input");
        read.map(|_| text)
    } else {
        fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))
    };
    match text {
        Ok(text) => File { named, ..parse(path, &text) },
        Err(error) => File::unreadable(path, &error),
    }
}

fn parse(path: &Path, text: &str) -> File {
    let named_json = path.extension().is_some_and(|ending| ending == "json");
    if named_json || text.trim_start().starts_with('{') {
        let value = serde_json::from_str(text);
        // YAML may begin with a brace too.
        if named_json || value.is_ok() {
            let content = value.map_or_else(
                |error| Content::Unreadable {
                    line: u32::try_from(error.line()).ok(),
                    error: format!("{} is not JSON: {error}", path.display()),
                },
                Content::Value,
            );
            let documents = vec![Document { text: text.to_owned(), lines_before: 0, content }];
            return File { path: path.to_owned(), named: true, json: true, documents };
        }
    }
    let mut documents = Vec::new();
    let mut lines_before = 0;
    for text in split(text) {
        let lines = u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX);
        let content = match yaml::read(&text) {
            Ok(Value::Null) => Content::Nothing,
            Ok(value) => Content::Value(value),
            Err(_) if text.contains("{{") => Content::Template,
            Err(error) => {
                let error = placed(&text, lines_before).unwrap_or(error);
                Content::Unreadable {
                    line: error.location().and_then(|at| u32::try_from(at.line()).ok()),
                    error: format!("{} is neither YAML nor JSON: {error}", path.display()),
                }
            }
        };
        documents.push(Document { text, lines_before, content });
        lines_before += lines;
    }
    // The other documents of a template are what its branches leave of them.
    if documents.iter().any(|document| matches!(document.content, Content::Template)) {
        let content = Content::Template;
        documents = vec![Document { text: text.to_owned(), lines_before: 0, content }];
    }
    File { path: path.to_owned(), named: true, json: false, documents }
}

/// The error that a document gives with its place in the file.
fn placed(text: &str, lines_before: u32) -> Option<yaml_serde::Error> {
    let above = "\n".repeat(usize::try_from(lines_before).ok()?);
    yaml::read(&(above + text)).err()
}

/// The documents of a YAML stream, each with the `---` line before it.
fn split(text: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for line in text.split_inclusive('\n') {
        let marker = line.trim_end() == "---" || line.starts_with("--- ");
        if marker && documents.last().is_some_and(|document| !document.is_empty()) {
            documents.push(String::new());
        }
        if let Some(document) = documents.last_mut() {
            document.push_str(line);
        }
    }
    documents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_split_and_joins_to_the_same_text() {
        let text = "# first\n---\nkind: A\n---\n# Source: b/c.yaml\nkind: B\ntext: |\n  ----\n--- # third\nkind: C\n";
        let file = parse(Path::new("x.yaml"), text);
        assert_eq!(file.documents.iter().map(|d| d.text.as_str()).collect::<String>(), text);
        let of = |document: &Document| match &document.content {
            Content::Value(value) => value["kind"].clone(),
            _ => Value::Null,
        };
        let documents: Vec<_> = file
            .documents
            .iter()
            .map(|document| (of(document), document.lines_before, document.source()))
            .collect();
        assert_eq!(
            documents,
            [
                (Value::Null, 0, None),
                ("A".into(), 1, None),
                ("B".into(), 3, Some("b/c.yaml")),
                ("C".into(), 8, None)
            ]
        );
    }

    #[test]
    fn what_can_not_be_read_is_told_beside_what_can() {
        let file = parse(Path::new("x.yaml"), "kind: A\n---\nkind: [B\n---\nkind: C\n");
        let [first, second, third] = &file.documents[..] else { panic!("{file:?}") };
        assert!(matches!((&first.content, &third.content), (Content::Value(_), Content::Value(_))));
        let Content::Unreadable { error, line } = &second.content else { panic!("{second:?}") };
        assert_eq!(
            error,
            "x.yaml is neither YAML nor JSON: did not find expected ',' or ']' at line 4 column 1, while parsing a flow sequence at line 3 column 7"
        );
        assert_eq!(*line, Some(4));
    }

    #[test]
    fn a_template_is_one_as_a_whole() {
        let file = parse(Path::new("x.yaml"), "kind: A\n---\n{{- if .Values.b }}\nkind: B\n");
        let [document] = &file.documents[..] else { panic!("{file:?}") };
        assert!(matches!(document.content, Content::Template));
        let file = parse(Path::new("x.yaml"), "kind: A\nimage: '{{inputs.image}}'\n");
        assert!(matches!(file.documents[0].content, Content::Value(_)));
    }
}
