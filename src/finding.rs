//! The findings of rules: plain data, in the order of the rules, then of the places.

mod assumption;
mod edit;
mod line;

use std::{borrow::Cow, collections::BTreeMap};

pub use assumption::{Assumption, Assumptions};
pub use edit::{Edit, Edits, Sent};
pub use line::{Line, Lines};

pub use crate::rule::{Action, RuleId};

/// The subject of a finding. Two findings of a rule with the same subject are the same problem, whatever
/// their words: that is how an update is compared with the object before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The place of the pod's `spec`, as a JSON Pointer; empty for an object that makes no pods.
    pub pod: Cow<'static, str>,
    /// A label, a variable, a resource, …; `None` for the pod, or the object, as a whole.
    pub what: Option<Cow<'static, str>>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that found it.
    pub rule: RuleId,
    /// The action on it.
    pub action: Action,
    /// Its subject.
    pub subject: Subject,
    /// The unknown facts that it, or its repair, depends on.
    pub assumptions: Assumptions,
    /// The places, as JSON Pointers into the object; messages name the first.
    pub places: Vec<String>,
    /// Other places of the same finding, for example other roles of a job: see [`merged`].
    pub also: Vec<String>,
    /// The fact, on one line, user text in backticks.
    pub fact: String,
    /// The remedies: all are needed, or any one of them, as their words say.
    pub remedies: Vec<String>,
    /// The remedy as edits, if one is certain.
    pub edits: Vec<Edit>,
}

impl Finding {
    /// The place that messages name.
    pub fn place(&self) -> &str {
        self.places.first().map_or("", String::as_str)
    }
}

/// Merges findings that say the same about several places, for example all roles of a job; in the order
/// of the first of each.
pub fn merged(findings: Vec<Finding>) -> Vec<Finding> {
    if findings.len() < 2 {
        return findings;
    }
    let mut firsts: BTreeMap<(RuleId, Action, String, Vec<String>), usize> = BTreeMap::new();
    let mut merged: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        let key = (finding.rule, finding.action, finding.fact.clone(), finding.remedies.clone());
        let next = merged.len();
        match merged.get_mut(*firsts.entry(key).or_insert(next)) {
            Some(first) => {
                first.also.extend(finding.places.into_iter().take(1));
                first.also.extend(finding.also);
                first.edits.extend(finding.edits);
                first.assumptions = first.assumptions.and(finding.assumptions);
            }
            None => merged.push(finding),
        }
    }
    merged
}

/// A rule's report: a finding before its action is decided.
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
    /// A fact, its places, and the action that the rule proposes.
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

    /// A fact that is not a reason to refuse.
    pub fn warn(at: impl Into<Places>, fact: impl Into<String>) -> Self {
        Self::new(Action::Warn, at, fact)
    }

    /// A fact that is a reason to refuse.
    pub fn deny(at: impl Into<Places>, fact: impl Into<String>) -> Self {
        Self::new(Action::Deny, at, fact)
    }

    /// Sets the subject within the pod: see [`Subject`].
    #[must_use]
    pub fn about(mut self, what: impl Into<Cow<'static, str>>) -> Self {
        self.what = Some(what.into());
        self
    }

    /// Adds facts that the finding needs and the object doesn't show. While one is open, the finding is
    /// only a warning, and names it.
    #[must_use]
    pub fn assuming(mut self, assumptions: impl Into<Assumptions>) -> Self {
        self.assumptions = self.assumptions.and(assumptions.into());
        self
    }

    /// Adds facts that only the repair needs: while one is open, nothing is repaired.
    #[must_use]
    pub fn repair_needs(mut self, assumptions: impl Into<Assumptions>) -> Self {
        self.repair_needs = self.repair_needs.and(assumptions.into());
        self
    }

    /// Adds a remedy after those before it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedies.push(remedy.into());
        self
    }
}

/// JSON Pointers to the places of a fact; messages name the first.
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

/// Notes about an object for the audit log, in addition to its findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// `training, 4 nodes`
    pub workload: Option<String>,
    /// `p5.48xlarge: 250 pods with prefixes, 100 without`
    pub capacity: Option<String>,
    /// The rules that it is excepted from, and the reason.
    pub exceptions: Option<String>,
}

/// Findings beyond this are only counted (`and 12 more`).
pub const MAX_LISTED: usize = 20;
