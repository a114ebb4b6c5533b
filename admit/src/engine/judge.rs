//! The trait of engines, the engine that uses the library, and an engine's answer.

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

/// Checks requests.
pub trait Engine {
    /// Checks a payload. `drop` returns `true` for findings that must not be reported.
    ///
    /// # Errors
    /// If a module can't be run.
    fn judge(
        &self,
        payload: &str,
        edits: EditsFor,
        drop: &dyn Fn(&Finding) -> bool,
    ) -> Result<Answer>;
}

/// The built-in library.
#[derive(Debug)]
pub struct Library<H> {
    /// The host that it queries.
    pub host: H,
}

/// The answer to a request.
#[derive(Debug)]
pub enum Answer {
    /// From the library.
    Judged {
        /// The response as for Kubewarden.
        response: Response,
        /// The findings as data.
        findings: Vec<Finding>,
    },
    /// The library can't read the request.
    Unreadable(Error),
    /// From a module: only lines of text.
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
                    // A finding that is not reported is not repaired either.
                    repaired = None;
                }
                let response = Response::of(&findings, notes, repaired, &lines);
                Self::Judged { response, findings }
            }
            Err(error) => Self::Unreadable(error),
        }
    }

    /// The repaired object as JSON; `None` if nothing was repaired.
    pub fn repaired(&self) -> Option<&str> {
        match self {
            Self::Judged { response, .. } => response.mutated_object.as_deref(),
            Self::Unreadable(_) | Self::Lines(_) => None,
        }
    }

    /// Returns the response as for Kubewarden.
    pub fn into_response(self) -> ModuleResponse {
        match self {
            Self::Judged { response, .. } => response.into(),
            Self::Unreadable(error) => Response::refuse(&error).into(),
            Self::Lines(response) => response,
        }
    }
}
