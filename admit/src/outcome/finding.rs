//! A finding as it is reported: from the library's data, or from the lines of a module.

use std::fmt;

use eks_aiml_networking::{
    finding::{self, Action, Line, RuleId},
    json,
};
use json_patch::PatchOperation;
use manifest::{Located, Position, edit};

use crate::engine::admission_response::ModuleResponse;

mod lines;

/// The severity of a finding, the highest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It was repaired here.
    Fixed,
    /// It may be intended.
    Warn,
    /// It has a certain fix that was not made.
    Fix,
    /// It can't work.
    Deny,
}

impl Severity {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Warn => "warn",
            Self::Fix => "fix",
            Self::Deny => "deny",
        }
    }

    /// The level in pipelines. A repair in the cluster needs no action, but the manifest is not what will
    /// run: less than a warning.
    pub fn level(self) -> &'static str {
        match self {
            Self::Deny => "error",
            Self::Warn => "warning",
            Self::Fix | Self::Fixed => "note",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<Action> for Severity {
    fn from(action: Action) -> Self {
        match action {
            Action::Deny => Self::Deny,
            Action::Fix => Self::Fix,
            Action::Warn => Self::Warn,
        }
    }
}

/// A place in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The JSON Pointer.
    pub pointer: String,
    /// The path as people write it, starting at the object.
    pub path: String,
    /// The position in the file.
    pub at: Position,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The severity.
    pub severity: Severity,
    /// The id of the rule; empty if a module's line names none, for example `and 3 more`.
    pub rule: String,
    /// The places; messages name the first, and the finding is the same at the others.
    pub places: Vec<Place>,
    /// The unknowns that it depends on, by the names of the assumptions.
    pub assumptions: String,
    /// The fact.
    pub fact: String,
    /// The remedies.
    pub remedies: Vec<String>,
    /// The lines that a fix changes, for people; empty if no fix is certain.
    pub change: Vec<ChangedLine>,
    /// `true` if `--fix` writes it.
    pub is_fixable: bool,
}

/// A line of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedLine {
    /// The kind of change.
    pub kind: Changed,
    /// The line number in the current file; for an added line, that of the line before it.
    pub number: u32,
    /// Its text.
    pub text: String,
}

/// The change of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It stays.
    Kept,
    /// It is removed.
    Removed,
    /// It is added.
    Added,
}

impl Finding {
    /// The first place.
    pub fn at(&self) -> Position {
        self.places.first().map_or(Position::START, |place| place.at)
    }

    /// The first place, as people write it.
    pub fn path(&self) -> &str {
        self.places.first().map_or("", |place| &place.path)
    }

    /// The settings that would make its assumptions unnecessary, in words.
    pub fn settings(&self) -> String {
        let setting = |name: &str| match name {
            "devices" => Some("`accelerators.whole: true`"),
            "interfaces" => Some("`efa.interfaces: all`"),
            "labels" => Some("`nodeLabels`"),
            "plugin" => Some("`efa.devicePlugin: true`"),
            "prefixes" => Some("`capacity.prefixDelegation`"),
            "provisioning" => Some("`provisioning: karpenter`"),
            "release" => Some("`karpenterVersion`"),
            // No setting says that the table is complete.
            _ => None,
        };
        let names: Option<Vec<&str>> =
            self.assumptions.split('+').filter(|name| !name.is_empty()).map(setting).collect();
        names.unwrap_or_default().join(" and ")
    }

    /// The fact and the remedies.
    pub fn message(&self) -> String {
        let remedies = self.remedies.iter().map(String::as_str);
        std::iter::once(&*self.fact).chain(remedies).collect::<Vec<_>>().join("; ")
    }
}

/// An object in its document, to find places in it.
#[derive(Clone, Copy)]
pub struct Object<'o> {
    /// The document.
    pub document: &'o Located<'o>,
    /// The place of the object in it, as a JSON Pointer.
    pub root: &'o str,
    /// The object as JSON.
    pub json: &'o str,
}

impl Object<'_> {
    /// Returns a place in the object.
    pub fn place(&self, pointer: &str) -> Place {
        Place {
            at: self.find(pointer),
            path: json::path(self.json, pointer),
            pointer: format!("{}{pointer}", self.root),
        }
    }

    /// The position in the file of a place in the object.
    pub fn find(&self, pointer: &str) -> Position {
        self.document.find(&format!("{}{pointer}", self.root))
    }

    /// The changes to its document that turn the object into `after`.
    ///
    /// # Errors
    /// If one of the two is not JSON.
    pub fn changes_to(&self, after: &str) -> serde_json::Result<Vec<PatchOperation>> {
        let (before, after) = (serde_json::from_str(self.json)?, serde_json::from_str(after)?);
        Ok(edit::between(&before, &after, self.root))
    }
}

/// Converts a finding of the library about an object. It has no changes yet.
pub fn known(finding: &finding::Finding, object: Object<'_>) -> Finding {
    let places = finding.places.iter().take(1).chain(&finding.also);
    Finding {
        severity: finding.action.into(),
        rule: finding.rule.name().to_owned(),
        places: places.map(|place| object.place(place)).collect(),
        assumptions: finding.assumptions.names(),
        fact: finding.fact.clone(),
        remedies: finding.remedies.clone(),
        change: Vec::new(),
        is_fixable: false,
    }
}

/// Reads the findings from the lines of a module's answer.
pub fn of_lines(response: &ModuleResponse, object: Object<'_>) -> Vec<Finding> {
    let finding = |action, text: &str| {
        // Lines of another module are plain text, even if they look like findings.
        let line = Line::parse(text).filter(|line| RuleId::of(line.rule).is_some());
        let line = line.unwrap_or(Line {
            rule: "",
            place: "",
            also: Vec::new(),
            fact: text,
            fixed: false,
            remedies: Vec::new(),
        });
        let action = if line.fixed && action == Action::Warn { Action::Fix } else { action };
        let places = std::iter::once(line.place).chain(line.also);
        let places = places.map(|place| lines::find(place, object.json).into_pointer());
        Finding {
            severity: action.into(),
            rule: line.rule.to_owned(),
            places: places.map(|place| object.place(&place)).collect(),
            assumptions: String::new(),
            fact: line.fact.to_owned(),
            remedies: line.remedies.into_iter().map(str::to_owned).collect(),
            change: Vec::new(),
            is_fixable: false,
        }
    };
    let message = response.message.as_deref();
    let denials = message.unwrap_or_default().lines().map(|line| finding(Action::Deny, line));
    let warnings = response.warnings.iter().flatten().map(|line| finding(Action::Warn, line));
    denials.chain(warnings).collect()
}

#[cfg(test)]
mod tests {
    use manifest::documents::documents;

    use super::*;

    /// The findings of an answer with only this warning.
    fn of_a_warning(line: &str) -> Vec<Finding> {
        let response = ModuleResponse {
            accepted: true,
            message: None,
            code: None,
            mutated_object: None,
            audit_annotations: None,
            warnings: Some(vec![line.to_owned()]),
        };
        let document = documents("{}", true)[0].read().unwrap().unwrap();
        of_lines(&response, Object { document: &document, root: "", json: "{}" })
    }

    #[test]
    fn what_another_module_says_is_text() {
        let line = "[no-such-rule] /spec: a; b";
        let found = of_a_warning(line);
        assert_eq!((&*found[0].rule, &*found[0].fact, found[0].remedies.len()), ("", line, 0));
        let found = of_a_warning("[efa-zone] /spec: a; b");
        assert_eq!((&*found[0].rule, &*found[0].fact), ("efa-zone", "a"));
        assert_eq!(found[0].remedies, ["b"]);
    }
}
