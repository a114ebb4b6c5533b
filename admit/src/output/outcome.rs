//! What came of each document, and of all.

use std::path::{Component, Path};

use eks_aiml_networking::finding::Action;
use serde_json::Value;

use super::finding::Finding;
use crate::{
    engine::admission_response::AdmissionResponse,
    input::{
        documents::{Document, File},
        position::Position,
    },
};

/// What came of an object, or of a document that holds none that can be read.
#[derive(Debug)]
pub struct Outcome<'o> {
    /// The file it stands in.
    pub file: &'o File,
    /// The document of the file.
    pub document: &'o Document,
    /// What tells it from all others: its file, and its place in it where that holds several.
    pub uid: String,
    /// `Pod ml-workload`; empty where it could not be read.
    pub name: String,
    /// The answer.
    pub answer: Answer<'o>,
}

/// An answer.
#[derive(Debug)]
pub enum Answer<'o> {
    /// The module's.
    Judged {
        /// As the API server gets it.
        response: &'o AdmissionResponse,
        /// Its findings.
        findings: Vec<Finding>,
        /// The object as it was and as it is repaired, where it is.
        repair: Option<(&'o Value, &'o Value)>,
    },
    /// There is none.
    Failed {
        /// Why not.
        error: String,
        /// Where in the file, as far as it is known.
        position: Position,
    },
}

/// What came of an object, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It may pass as it is.
    Allowed,
    /// It may pass, repaired.
    Repaired,
    /// It may not pass.
    Denied,
    /// It could not be judged.
    Unjudged,
}

impl Outcome<'_> {
    /// What came of it.
    pub fn verdict(&self) -> Verdict {
        let Answer::Judged { response, repair, .. } = &self.answer else {
            return Verdict::Unjudged;
        };
        // 403 is what a finding gives; any other code is about a request that could not be judged.
        match response.status.as_ref().and_then(|status| status.code) {
            _ if response.allowed && repair.is_some() => Verdict::Repaired,
            _ if response.allowed => Verdict::Allowed,
            Some(403) => Verdict::Denied,
            _ => Verdict::Unjudged,
        }
    }

    /// Why it could not be judged, and where.
    pub fn fault(&self) -> Option<(String, Position)> {
        match &self.answer {
            Answer::Failed { error, position } => Some((error.clone(), *position)),
            Answer::Judged { findings, .. } if self.verdict() == Verdict::Unjudged => {
                let position = findings.first()?.position;
                let lines: Vec<String> = findings.iter().map(Finding::message).collect();
                Some((lines.join("; "), position))
            }
            Answer::Judged { .. } => None,
        }
    }

    /// The findings, where it could be judged.
    pub fn findings(&self) -> &[Finding] {
        match &self.answer {
            Answer::Judged { findings, .. } if self.verdict() != Verdict::Unjudged => findings,
            _ => &[],
        }
    }

    /// The file of the repository that a finding is about, and the line and column, if they are
    /// known there: Helm tells of which template a document was made, but not of which line.
    pub fn source(&self, position: Position) -> Option<(String, Option<Position>)> {
        if self.file.is_stdin() {
            return self.document.source().map(|source| (source.to_owned(), None));
        }
        Some((relative(&self.file.path), Some(position)))
    }
}

/// A path from the current folder, where it is in it, with forward slashes.
fn relative(path: &Path) -> String {
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

/// A level as pipelines name it. A repair asks nobody to act, as the cluster makes it: it is less
/// than a warning, but the manifest is not what will run.
pub fn level(action: Action) -> &'static str {
    match action {
        Action::Deny => "error",
        Action::Warn => "warning",
        Action::Fix => "note",
    }
}

/// How many documents came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    allowed: u32,
    repaired: u32,
    denied: u32,
    unjudged: u32,
    /// How many were passed over.
    pub skipped: u32,
}

impl Tally {
    /// Counts one.
    pub fn count(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Allowed => &mut self.allowed,
            Verdict::Repaired => &mut self.repaired,
            Verdict::Denied => &mut self.denied,
            Verdict::Unjudged => &mut self.unjudged,
        } += 1;
    }

    /// How many there were.
    pub fn all(&self) -> u32 {
        self.allowed + self.repaired + self.denied + self.unjudged + self.skipped
    }

    /// The worst that came of any.
    pub fn worst(&self) -> Verdict {
        match self {
            Self { unjudged: 1.., .. } => Verdict::Unjudged,
            Self { denied: 1.., .. } => Verdict::Denied,
            Self { repaired: 1.., .. } => Verdict::Repaired,
            _ => Verdict::Allowed,
        }
    }

    /// `312 documents: 298 allowed, 9 repaired, 4 denied, 1 not judged`
    pub fn line(&self) -> String {
        let parts = [
            (self.allowed, "allowed"),
            (self.repaired, "repaired"),
            (self.denied, "denied"),
            (self.unjudged, "not judged"),
            (self.skipped, "skipped"),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts.map(|(count, what)| format!("{count} {what}")).collect();
        format!("{} documents: {}", self.all(), parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn all_are_counted_and_the_worst_decides() {
        let mut tally = Tally { skipped: 2, ..Tally::default() };
        tally.count(Verdict::Allowed);
        tally.count(Verdict::Allowed);
        tally.count(Verdict::Repaired);
        assert_eq!(tally.worst(), Verdict::Repaired);
        tally.count(Verdict::Unjudged);
        tally.count(Verdict::Denied);
        assert_eq!(
            (tally.line().as_str(), tally.worst()),
            (
                "7 documents: 2 allowed, 1 repaired, 1 denied, 1 not judged, 2 skipped",
                Verdict::Unjudged
            )
        );
    }

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
