//! An object in its document: its places, unfilled variables, and changes.

use eks_aiml_networking::{error::Error, finding, json, patch};
use insight::request::Request;
use manifest::{
    Document, Form, Position,
    edit::{self, Uneditable, Why},
    encoding::Encoding,
};

use crate::{
    allow::Allows,
    change,
    input::text::{Source, Text},
    outcome::{
        Answer, Outcome,
        finding::{ChangedLine, Object},
    },
    unfilled,
};

/// Kubernetes stores no larger object, and even a document of many objects is rarely as large.
const LARGEST: usize = 8 << 20;

/// Lists this long are dumps of a cluster, not files that people write.
const MANY: usize = 32;

/// A document in its text.
#[derive(Clone, Copy)]
pub(super) struct At<'d> {
    pub(super) text: &'d Text,
    pub(super) document: Document<'d>,
}

/// An object in its document.
#[derive(Clone, Copy)]
pub(super) struct Here<'h> {
    pub(super) at: At<'h>,
    pub(super) object: Object<'h>,
    pub(super) allows: &'h Allows,
    pub(super) request: &'h Request<'h>,
    /// The number of objects in the document.
    pub(super) siblings: usize,
}

impl<'d> At<'d> {
    /// The place of a whole text.
    pub(super) fn whole(text: &'d Text) -> Self {
        let document = Document { text: "", start: Position::START, form: Form::Yaml };
        Self { text, document }
    }

    /// `true` if its text can be written back: it is not a tool's output, and not UTF-16.
    pub(super) fn may_be_changed(&self) -> bool {
        let is_rendered = matches!(self.text.source, Source::Rendered { .. });
        !is_rendered && self.text.encoding != Encoding::Utf16
    }

    pub(super) fn outcome(&self, uid: String, name: String, answer: Answer) -> Outcome {
        Outcome {
            source: self.text.source.clone(),
            template: self.document.source().map(str::to_owned),
            uid,
            start: self.document.start,
            name,
            answer,
        }
    }

    pub(super) fn failed(&self, uid: String, why: String, at: Position) -> Outcome {
        self.outcome(uid, String::new(), Answer::Failed { why, at: Some(at) })
    }
}

impl Here<'_> {
    /// The unfilled variable that a finding depends on.
    pub(super) fn variable(&self, finding: &finding::Finding) -> Option<String> {
        let mut places = finding.places.iter().chain(&finding.also);
        if places.clone().any(|place| unfilled::is_for_shell(place)) {
            return None;
        }
        // The place can be a whole expression; then the fact names the value.
        let named = || unfilled::variable(&finding.fact).map(str::to_owned);
        places.find_map(|place| self.variable_at(place)).or_else(named)
    }

    fn variable_at(&self, pointer: &str) -> Option<String> {
        if unfilled::is_for_shell(pointer) {
            return None;
        }
        let value =
            json::at(self.object.json, pointer).filter(|value| !value.starts_with(['{', '[']))?;
        unfilled::variable(value).map(str::to_owned)
    }

    /// The variables that are not filled in, with their places.
    pub(super) fn unfilled(&self) -> Vec<(String, Position)> {
        let mut found = Vec::new();
        if self.object.json.contains('$') {
            collect(self.object.json, String::new(), &mut |pointer, value| {
                if unfilled::is_judged(pointer)
                    && let Some(variable) = unfilled::variable(value)
                {
                    found.push((variable.to_owned(), self.object.find(pointer)));
                }
            });
        }
        found
    }

    pub(super) fn unreadable(&self, error: &Error) -> Answer {
        match error {
            Error::Object { place, what, .. } => {
                let path = json::path(self.object.json, place);
                let colon = if path.is_empty() { "" } else { ": " };
                let mut why = format!("{path}{colon}{what}");
                if let Some(variable) = self.variable_at(place) {
                    let others = self.unfilled();
                    let others = others.iter().map(|(name, _)| &**name);
                    let all = std::iter::once(&*variable).chain(others);
                    let remedy = unfilled::remedy(all, self.at.text.source.file_name().as_deref());
                    why = format!("{path}{colon}{remedy}");
                }
                Answer::Failed { why, at: Some(self.object.find(place)) }
            }
            error => Answer::Failed { why: error.to_string(), at: Some(self.object.find("")) },
        }
    }

    /// `true` if its changes are computed: no cluster accepts a larger object, and each change scans the
    /// whole document.
    pub(super) fn is_small(&self) -> bool {
        self.at.document.text.len() <= LARGEST && self.siblings < MANY
    }

    /// The reason why the text can't be changed, with the place as people write it.
    pub(super) fn said(&self, why: &Uneditable) -> String {
        let within = why.pointer.strip_prefix(self.object.root).unwrap_or(&why.pointer);
        format!("{} {}", json::path(self.object.json, within), why.why.words())
    }

    /// Returns the text of the document with this object instead.
    pub(super) fn edited(&self, after: &str) -> Result<String, Uneditable> {
        let hard = |_| Uneditable { pointer: self.object.root.to_owned(), why: Why::Hard };
        let operations = self.object.changes_to(after).map_err(hard)?;
        edit::edited(&self.at.document, &operations)
    }

    /// The lines that the fix of a finding changes.
    pub(super) fn change(&self, finding: &finding::Finding) -> Vec<ChangedLine> {
        if !self.is_small() {
            return Vec::new();
        }
        let after = || self.edited(&patch::apply(self.object.json, &finding.edits)?).ok();
        let document = &self.at.document;
        after().map_or_else(Vec::new, |after| {
            change::lines(document.text, &after, document.start.line)
        })
    }
}

/// Calls `tell` for every scalar in a value.
fn collect(value: &str, pointer: String, tell: &mut dyn FnMut(&str, &str)) {
    match value.as_bytes().first() {
        Some(b'{' | b'[') => {
            for (key, inner) in json::members(value) {
                collect(inner, json::join(&pointer, &key), tell);
            }
        }
        _ => tell(&pointer, value),
    }
}
