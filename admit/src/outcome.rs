//! The outcome of each object, and of all together.

pub mod finding;
pub mod tally;

use std::path::{Component, Path};

use insight::candidates::Candidates;
use manifest::Position;

pub use finding::{Finding, Place, Severity};
pub use tally::Tally;

use crate::input::text::{Source, told};

/// The outcome of an object, or of a document without a readable object.
#[derive(Debug)]
pub struct Outcome {
    /// The source that it was read from.
    pub source: Source,
    /// The template that Helm rendered it from.
    pub template: Option<String>,
    /// Its unique id: the file, and the place if the file has several objects.
    pub uid: String,
    /// The beginning of its document.
    pub start: Position,
    /// `Pod ml-workload`; empty if it could not be read.
    pub name: String,
    /// The result.
    pub answer: Answer,
}

/// The result for an object.
#[derive(Debug)]
pub enum Answer {
    /// It was checked.
    Judged(Judged),
    /// It could not be checked.
    Failed {
        /// The reason.
        why: String,
        /// The place in the file; `None` if there is no file.
        at: Option<Position>,
    },
    /// It is not checked, which is not an error.
    Skipped {
        /// The reason.
        why: String,
        /// `true` if that is always reported.
        is_told: bool,
    },
}

/// A checked object.
#[derive(Debug)]
pub struct Judged {
    /// Its findings, the most certain first.
    pub findings: Vec<Finding>,
    /// The number of findings silenced by a comment, the configuration or the baseline.
    pub untold: u32,
    /// Variables that are not filled in, with their places: whatever depends on them is unknown.
    pub unfilled: Vec<(String, Position)>,
    /// The API server's answer, if it is wanted.
    pub response: Option<serde_json::Value>,
    /// The instance types of its pods, if they are wanted.
    pub candidates: Vec<Candidates>,
    /// The reason why the changes can't be written into the text.
    pub uneditable: Option<String>,
}

impl Judged {
    /// The highest severity of its findings; `None` without findings.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}

/// A file for programs, with the line and column if they are known.
pub type Located = (String, Option<Position>);

impl Outcome {
    /// The file of the repository that contains a place, with the line and column if they are known: Helm
    /// reports the template that a document comes from, but not the line.
    pub fn located(&self, at: Position) -> Option<Located> {
        match &self.source {
            Source::File { path, .. } => Some((relative(path), Some(at))),
            Source::Stdin | Source::Rendered { .. } => {
                self.template.as_ref().map(|template| (template.clone(), None))
            }
        }
    }

    /// Its error on one line.
    pub fn fault(&self) -> Option<String> {
        let Answer::Failed { why, at } = &self.answer else { return None };
        Some(told(&self.file(), why, *at))
    }

    /// The name of its file for people.
    pub fn file(&self) -> String {
        self.source.name()
    }
}

/// A path relative to the current folder if it is inside, with forward slashes.
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
