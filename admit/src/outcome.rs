//! What came of each object, and of all.

pub mod finding;
pub mod tally;

use std::path::{Component, Path};

use insight::candidates::Candidates;
use manifest::Position;

pub use finding::{Finding, Place, Severity};
pub use tally::Tally;

use crate::input::text::{Source, told};

/// What came of an object, or of a document that holds none that can be read.
#[derive(Debug)]
pub struct Outcome {
    /// Where it was read.
    pub source: Source,
    /// The template that Helm made it of.
    pub template: Option<String>,
    /// What tells it from all others: its file, and its place in it where that holds several.
    pub uid: String,
    /// Where its document begins.
    pub start: Position,
    /// `Pod ml-workload`; empty where it could not be read.
    pub name: String,
    /// What came of it.
    pub answer: Answer,
}

/// What came of an object.
#[derive(Debug)]
pub enum Answer {
    /// It was judged.
    Judged(Judged),
    /// It could not be.
    Failed {
        /// Why not.
        why: String,
        /// Where in the file; nothing where there is no file.
        at: Option<Position>,
    },
    /// It is not judged, which is no fault.
    Skipped {
        /// Why not.
        why: String,
        /// Whether that is told, whoever asks.
        is_told: bool,
    },
}

/// An object that was judged.
#[derive(Debug)]
pub struct Judged {
    /// Its findings, the most certain first.
    pub findings: Vec<Finding>,
    /// How many are not told, since a comment, the configuration or the baseline says so.
    pub untold: u32,
    /// Variables that nobody has filled in, and where: what depends on them is not known.
    pub unfilled: Vec<(String, Position)>,
    /// The answer that the API server gets, where it is asked for.
    pub response: Option<serde_json::Value>,
    /// Where its pods can land, where that is asked for.
    pub candidates: Vec<Candidates>,
    /// What is to be changed cannot be written into the text: why not.
    pub uneditable: Option<String>,
}

impl Judged {
    /// The worst of its findings, if it has any.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}

/// A file for programs, and the line and column where they are known there.
pub type Located = (String, Option<Position>);

impl Outcome {
    /// The file of the repository that a place is in, and the line and column, if they are known there:
    /// Helm tells of which template a document was made, but not of which line.
    pub fn located(&self, at: Position) -> Option<Located> {
        match &self.source {
            Source::File { path, .. } => Some((relative(path), Some(at))),
            Source::Stdin | Source::Rendered { .. } => {
                self.template.as_ref().map(|template| (template.clone(), None))
            }
        }
    }

    /// Its fault in a line.
    pub fn fault(&self) -> Option<String> {
        let Answer::Failed { why, at } = &self.answer else { return None };
        Some(told(&self.file(), why, *at))
    }

    /// Its file as people are told it.
    pub fn file(&self) -> String {
        self.source.name()
    }
}

/// A path from the current folder, where it is in it, with forward slashes.
pub fn relative(path: &Path) -> String {
    let current = std::env::current_dir().unwrap_or_default();
    let path = path.strip_prefix(current).unwrap_or(path);
    let parts: Vec<_> = path
        .components()
        .filter(|part| *part != Component::CurDir)
        .map(|part| match part {
            Component::RootDir => "".into(),
            part => part.as_os_str().to_string_lossy(),
        })
        .collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::as_it_is("a/b.yaml", "a/b.yaml")]
    #[case::from_here("./a/./b.yaml", "a/b.yaml")]
    #[case::beside("../b.yaml", "../b.yaml")]
    #[case::elsewhere("/no/such/b.yaml", "/no/such/b.yaml")]
    fn paths_are_relative(#[case] path: &str, #[case] expected: &str) {
        assert_eq!(relative(Path::new(path)), expected);
        let absolute = std::env::current_dir().unwrap().join(path);
        if !path.starts_with("..") {
            assert_eq!(relative(&absolute), expected);
        }
    }
}
