//! The answer to a request, in the form that Kubewarden's engine reads.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    error::Error,
    finding::{Action, Finding},
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
    /// The request may go on as it is.
    pub fn accept() -> Self {
        Self { accepted: true, ..Self::default() }
    }

    /// The answer that these findings give; `mutated_object` is what the fixes made of the object.
    pub fn of(findings: &[Finding], mutated_object: Option<String>) -> Self {
        let denials: Vec<String> = findings
            .iter()
            .filter(|finding| finding.action == Action::Deny)
            .map(Finding::line)
            .collect();
        let denied = !denials.is_empty();
        let warnings = findings
            .iter()
            .filter(|finding| match finding.action {
                Action::Warn => true,
                // A refused object is not repaired.
                Action::Fix => !denied,
                Action::Deny => false,
            })
            .map(|finding| shortened(finding.line()))
            .collect();
        let mut audit_annotations = BTreeMap::new();
        if !findings.is_empty() {
            let list: Vec<String> = findings
                .iter()
                .map(|finding| format!("{}={}", finding.rule, finding.action))
                .collect();
            audit_annotations.insert("findings", list.join(","));
        }
        Self {
            accepted: !denied,
            message: denied.then(|| denials.join("\n")),
            code: denied.then_some(403),
            mutated_object: mutated_object.filter(|_| !denied),
            audit_annotations,
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

/// A warning that no client cuts.
fn shortened(mut warning: String) -> String {
    if warning.len() > WARNING_BYTES {
        let end = warning.floor_char_boundary(WARNING_BYTES - '…'.len_utf8());
        warning.truncate(end);
        warning.push('…');
    }
    warning
}
