//! The engine that judges by the library, and what an engine says.

use anyhow::Result;
use eks_aiml_networking::{
    Host,
    error::Error,
    finding::{Finding, Lines},
    response::Response,
    review::{self, Assessment},
    rules::EditsFor,
};

use super::admission_response::ModuleResponse;

/// Who judges.
pub trait Engine {
    /// Judges a payload. `drop` says of which findings nothing is told.
    ///
    /// # Errors
    /// Where a module can't be run.
    fn judge(
        &self,
        payload: &str,
        edits: EditsFor,
        drop: &dyn Fn(&Finding) -> bool,
    ) -> Result<Answer>;
}

/// The library that this is built from.
#[derive(Debug)]
pub struct Library<H> {
    /// Whom it asks.
    pub host: H,
}

/// What is said of a request.
#[derive(Debug)]
pub enum Answer {
    /// The library judged.
    Judged {
        /// As an engine gets it.
        response: Response,
        /// The findings as data.
        findings: Vec<Finding>,
    },
    /// The library can't read the request.
    Unreadable(Error),
    /// A module judged: its lines say all.
    Lines(ModuleResponse),
}

impl<H: Host> Engine for Library<H> {
    fn judge(
        &self,
        payload: &str,
        edits: EditsFor,
        drop: &dyn Fn(&Finding) -> bool,
    ) -> Result<Answer> {
        Ok(Answer::of(review::judge(payload.as_bytes(), &self.host, edits), drop))
    }
}

impl Answer {
    fn of(judged: Result<(Assessment, Lines<'_>), Error>, drop: &dyn Fn(&Finding) -> bool) -> Self {
        match judged {
            Ok((Assessment { mut findings, notes, mut repaired }, lines)) => {
                let all = findings.len();
                findings.retain(|finding| !drop(finding));
                if findings.len() < all {
                    // What is not told is not repaired either.
                    repaired = None;
                }
                let response = Response::of(&findings, notes, repaired, &lines);
                Self::Judged { response, findings }
            }
            Err(error) => Self::Unreadable(error),
        }
    }

    /// The object as it is repaired, as JSON, where it is.
    pub fn repaired(&self) -> Option<&str> {
        match self {
            Self::Judged { response, .. } => response.mutated_object.as_deref(),
            Self::Unreadable(_) | Self::Lines(_) => None,
        }
    }

    /// As an engine gets it.
    pub fn into_response(self) -> ModuleResponse {
        match self {
            Self::Judged { response, .. } => response.into(),
            Self::Unreadable(error) => Response::refuse(&error).into(),
            Self::Lines(response) => response,
        }
    }
}
