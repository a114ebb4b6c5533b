//! The answer to a request, in the form that Kubewarden's engine reads.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    error::Error,
    finding::{Action, Finding},
    rules::{Notes, TOLD},
};

/// A client shows no more of a warning than this many bytes
/// (`AdmissionResponse.warnings`, kubernetes/api admission/v1).
const WARNING_BYTES: usize = 256;

/// The answer to a request: Kubewarden's `ValidationResponse`.
#[derive(Debug, Default, Serialize)]
pub struct Response {
    /// Whether the request may go on.
    pub accepted: bool,
    /// Why not: a line for each denying finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The HTTP status of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
    /// The repaired object, as JSON text.
    #[serde(skip)]
    pub mutated_object: Option<String>,
    /// For the audit log.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub audit_annotations: BTreeMap<&'static str, String>,
    /// For whoever sent the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl Response {
    /// The answer that these findings give; `mutated_object` is what the fixes made of the object.
    pub fn of(findings: &[Finding], notes: Notes, mutated_object: Option<String>) -> Self {
        let denying = |finding: &&Finding| finding.action == Action::Deny;
        let denied = findings.iter().any(|finding| denying(&finding));
        // A refused object is not repaired.
        let told = |finding: &&Finding| match finding.action {
            Action::Warn => true,
            Action::Fix => !denied,
            Action::Deny => false,
        };
        let message = listed(findings.iter().filter(denying), Finding::line).join("\n");
        let warnings = listed(findings.iter().filter(told), |f| f.line_within(WARNING_BYTES));
        Self {
            accepted: !denied,
            message: denied.then_some(message),
            code: denied.then_some(403),
            mutated_object: mutated_object.filter(|_| !denied),
            audit_annotations: annotations(findings, notes),
            warnings,
        }
    }

    /// The request could not be judged.
    pub fn refuse(error: &Error) -> Self {
        Self { message: Some(error.to_string()), code: Some(error.code()), ..Self::default() }
    }

    /// The answer as JSON.
    pub fn to_json(&self) -> String {
        // Strings and numbers: writing them can't fail.
        let json = serde_json::to_string(self).unwrap_or_default();
        match (&self.mutated_object, json.strip_prefix('{')) {
            // The object goes in as the text that it is, in front of the other members.
            (Some(object), Some(rest)) => ["{\"mutated_object\":", object, ",", rest].concat(),
            _ => json,
        }
    }
}

/// The first findings as lines, and how many more there are.
fn listed<'f>(
    findings: impl Iterator<Item = &'f Finding>,
    line: impl Fn(&Finding) -> String,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut more = 0_u32;
    for finding in findings {
        if lines.len() < TOLD {
            lines.push(line(finding));
        } else {
            more += 1;
        }
    }
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

/// `findings`: which rules found something, and what was done about it; and the notes.
fn annotations(findings: &[Finding], notes: Notes) -> BTreeMap<&'static str, String> {
    let mut told: Vec<(&str, Action)> = findings.iter().map(|f| (f.rule, f.action)).collect();
    told.dedup();
    let list: Vec<String> = told.iter().map(|(rule, action)| format!("{rule}={action}")).collect();
    let findings = (!list.is_empty()).then(|| list.join(","));
    let all = [("capacity", notes.capacity), ("findings", findings), ("workload", notes.workload)];
    all.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}
