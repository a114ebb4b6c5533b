//! What a rule finds: plain data, collected in the order of the rules, then of the places.

use std::fmt;

use crate::json;

/// What the settings and the documentation need to know of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// The id, such as `efa-count`.
    pub id: &'static str,
    /// What it finds, in a few words.
    pub finds: &'static str,
    /// What is done by default about its most serious finding.
    pub default: Action,
    /// Whether any of its findings has a certain remedy, so that `fix` makes sense.
    pub fixes: bool,
}

/// What is done about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The user is told.
    Warn,
    /// The request is refused.
    Deny,
    /// The object is repaired.
    Fix,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warn => "warn",
            Self::Deny => "deny",
            Self::Fix => "fix",
        })
    }
}

/// A change to the object. Missing objects on the way to the place are created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Where, as a JSON Pointer; a last segment `-` appends to a list.
    pub place: String,
    /// The new value as JSON text, or nothing to remove what is there.
    pub value: Option<String>,
}

impl Edit {
    /// Puts `value` at `place`.
    pub fn set(place: String, value: &impl serde::Serialize) -> Self {
        // Values are built from strings and numbers: writing them as JSON can't fail.
        Self { place, value: serde_json::to_string(value).ok() }
    }

    /// Takes away what is at `place`.
    pub fn remove(place: String) -> Self {
        Self { place, value: None }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The id of the rule, such as `efa-count`.
    pub rule: &'static str,
    /// What is done about it.
    pub action: Action,
    /// Where, as JSON Pointers into the object; the first is the one that messages name.
    pub places: Vec<String>,
    /// The fact, on one line, user text in backticks.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
    /// The remedy as edits, where one is certain.
    pub edits: Vec<Edit>,
}

impl Finding {
    /// The place that messages name.
    pub fn place(&self) -> &str {
        self.places.first().map_or("", String::as_str)
    }
}

impl Finding {
    /// The finding as one line: `[rule] place: what; remedy`.
    pub fn line(&self) -> String {
        self.line_at(self.place(), &self.what)
    }

    /// The line in at most `limit` bytes: the middle of a long place goes first, then the end of
    /// the fact, and last the end of the remedy.
    pub fn line_within(&self, limit: usize) -> String {
        const SHORTEST: usize = 24;
        const SHORTEST_FACT: usize = 80;
        let line = self.line();
        let over = line.len().saturating_sub(limit);
        if over == 0 {
            return line;
        }
        let place = self.place();
        let kept = place.len().saturating_sub(over + ELLIPSIS.len()).max(SHORTEST);
        let place = match place.len() > kept + ELLIPSIS.len() {
            true => {
                let start = place.ceil_char_boundary(place.len() - kept);
                [ELLIPSIS, place.get(start..).unwrap_or_default()].concat()
            }
            false => place.to_owned(),
        };
        let over = self.line_at(&place, &self.what).len().saturating_sub(limit);
        let kept = self.what.len().saturating_sub(over + ELLIPSIS.len()).max(SHORTEST_FACT);
        let what = if over > 0 { cut(&self.what, kept) } else { self.what.clone() };
        let line = self.line_at(&place, &what);
        let kept = limit - ELLIPSIS.len();
        if line.len() > limit { cut(&line, kept) } else { line }
    }

    fn line_at(&self, place: &str, what: &str) -> String {
        let Self { rule, remedy, .. } = self;
        // A key of the user's stands in the place: it must not begin a line of its own.
        let place = match json::is_plain(place) {
            true => place,
            false => &*place.replace(json::misleads, "?"),
        };
        let room = rule.len() + place.len() + what.len() + remedy.len() + 16;
        let then = match (remedy.as_str(), self.action) {
            ("", _) => "",
            (_, Action::Fix) => "; fixed: ",
            _ => "; ",
        };
        let mut line = String::with_capacity(room);
        for part in ["[", rule, "] ", place, ": ", what, then, remedy] {
            line.push_str(part);
        }
        line
    }
}

const ELLIPSIS: &str = "…";

/// The beginning of a text, and a sign that it goes on.
fn cut(text: &str, kept: usize) -> String {
    if text.len() <= kept {
        return text.to_owned();
    }
    let kept = text.get(..text.floor_char_boundary(kept)).unwrap_or_default();
    [kept, ELLIPSIS].concat()
}
