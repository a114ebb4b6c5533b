//! What a rule finds: plain data, collected in the order of the rules, then of the places.

mod assumption;
mod line;

use std::borrow::Cow;

pub use assumption::{Assumption, Assumptions};
pub use line::Line;

use crate::json;
pub use crate::rule::{Action, RuleId};

/// A change to the object. Missing objects on the way to the place are created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Puts a value at a place.
    Set {
        /// Where, as a JSON Pointer; a last segment `-` appends to a list.
        place: String,
        /// The value, as JSON text.
        json: String,
    },
    /// Takes away what is at a place.
    Remove {
        /// Where, as a JSON Pointer.
        place: String,
    },
}

/// The edits of a finding; an error where one of their values can't be written as JSON.
pub type Edits = Result<Vec<Edit>, serde_json::Error>;

impl Edit {
    /// Puts a text at `place`.
    pub fn set_text(place: String, text: &str) -> Self {
        Self::Set { place, json: json::string(text) }
    }

    /// Puts an object of Kubernetes at `place`.
    ///
    /// # Errors
    /// Where it can't be written as JSON.
    pub fn set(place: String, value: &impl serde::Serialize) -> serde_json::Result<Self> {
        Ok(Self::Set { place, json: serde_json::to_string(value)? })
    }

    /// Where it changes something, as a JSON Pointer.
    pub fn place(&self) -> &str {
        match self {
            Self::Set { place, .. } | Self::Remove { place } => place,
        }
    }
}

/// What of which pod a finding is about. Findings of a rule about the same subject are the same
/// fault, whatever they say of it: that is how an update is told from what was there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Where the `spec` of the pod is, as a JSON Pointer; empty for an object that makes no pods.
    pub pod: Cow<'static, str>,
    /// A label, a variable, a resource, …; `None` for the pod, or the object, as a whole.
    pub what: Option<Cow<'static, str>>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that found it.
    pub rule: RuleId,
    /// What is done about it.
    pub action: Action,
    /// What it is about.
    pub subject: Subject,
    /// What it, or its repair, holds under that is not known.
    pub assumptions: Assumptions,
    /// Where, as JSON Pointers into the object; the first is the one that messages name.
    pub places: Vec<String>,
    /// The fact, on one line, user text in backticks.
    pub fact: String,
    /// What to do about it: all of it, or any one of several ways, as the words say.
    pub remedies: Vec<String>,
    /// The remedy as edits, where one is certain.
    pub edits: Vec<Edit>,
}

impl Finding {
    /// The place that messages name.
    pub fn place(&self) -> &str {
        self.places.first().map_or("", String::as_str)
    }
}

/// What a rule reports: a finding, before it is decided what is done about it.
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) proposed: Action,
    pub(crate) places: Vec<String>,
    pub(crate) what: Option<Cow<'static, str>>,
    pub(crate) assumptions: Assumptions,
    pub(crate) repair_needs: Assumptions,
    pub(crate) fact: String,
    pub(crate) remedies: Vec<String>,
}

impl Report {
    /// A fact, where it shows, and what the rule proposes to do about it.
    pub fn new(proposed: Action, at: impl Into<Places>, fact: impl Into<String>) -> Self {
        let Places(places) = at.into();
        Self {
            proposed,
            places,
            what: None,
            assumptions: Assumptions::NONE,
            repair_needs: Assumptions::NONE,
            fact: fact.into(),
            remedies: Vec::new(),
        }
    }

    /// A fact that is no reason to refuse.
    pub fn warn(at: impl Into<Places>, fact: impl Into<String>) -> Self {
        Self::new(Action::Warn, at, fact)
    }

    /// A fact that is a reason to refuse.
    pub fn deny(at: impl Into<Places>, fact: impl Into<String>) -> Self {
        Self::new(Action::Deny, at, fact)
    }

    /// What of the pod it is about: see [`Subject`].
    #[must_use]
    pub fn about(mut self, what: impl Into<Cow<'static, str>>) -> Self {
        self.what = Some(what.into());
        self
    }

    /// What the fact needs that the object does not show. Where it stays open the fact is no more
    /// than a warning, and names it.
    #[must_use]
    pub fn assuming(mut self, assumptions: impl Into<Assumptions>) -> Self {
        self.assumptions = self.assumptions.and(assumptions.into());
        self
    }

    /// What the repair needs beside the fact: where it stays open, nothing is repaired.
    #[must_use]
    pub fn repair_needs(mut self, assumptions: impl Into<Assumptions>) -> Self {
        self.repair_needs = self.repair_needs.and(assumptions.into());
        self
    }

    /// What to do about it; of several, each comes after the one before it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedies.push(remedy.into());
        self
    }
}

/// JSON Pointers to where a fact shows, the one that messages name first.
#[derive(Clone, Debug)]
pub struct Places(pub Vec<String>);

impl From<Vec<String>> for Places {
    fn from(places: Vec<String>) -> Self {
        Self(places)
    }
}

impl From<String> for Places {
    fn from(place: String) -> Self {
        Self(vec![place])
    }
}

impl From<&str> for Places {
    fn from(place: &str) -> Self {
        Self(vec![place.to_owned()])
    }
}

/// What is said of an object beside findings: for the audit log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// `training, 4 nodes`
    pub workload: Option<String>,
    /// `p5.48xlarge: 250 pods with prefixes, 100 without`
    pub capacity: Option<String>,
}

/// Findings beyond this are only counted (`and 12 more`).
pub const MAX_LISTED: usize = 20;
