//! The answer to a request, in the form that Kubewarden's engine reads.

use std::collections::BTreeMap;

use crate::{
    error::Error,
    finding::{Action, Assumptions, Finding, Lines, MAX_LISTED, Notes, RuleId},
    json,
};

/// A client shows no more of a warning than this many bytes
/// (`AdmissionResponse.warnings`, kubernetes/api admission/v1).
const WARNING_BYTES: usize = 256;

/// The answer to a request: Kubewarden's `ValidationResponse`.
#[derive(Debug, Default)]
pub struct Response {
    /// Whether the request may go on.
    pub accepted: bool,
    /// Why not: a line for each denying finding.
    pub message: Option<String>,
    /// The HTTP status of a refusal.
    pub code: Option<u16>,
    /// The repaired object, as JSON text.
    pub mutated_object: Option<String>,
    /// For the audit log.
    pub audit_annotations: BTreeMap<&'static str, String>,
    /// For whoever sent the request.
    pub warnings: Vec<String>,
}

impl Response {
    /// The answer that these findings give; `mutated_object` is what the fixes made of the object.
    pub fn of(
        findings: &[Finding],
        notes: Notes,
        mutated_object: Option<String>,
        lines: &Lines<'_>,
    ) -> Self {
        let denying = |finding: &&Finding| finding.action == Action::Deny;
        let denied = findings.iter().any(|finding| denying(&finding));
        let message = listed(findings.iter().filter(denying), |one| lines.line(one)).join("\n");
        let warnings = warnings(findings, lines);
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
        let texts =
            self.message.iter().chain(&self.warnings).chain(self.audit_annotations.values());
        let length = texts.map(|text| text.len() + 32).sum::<usize>();
        let object = self.mutated_object.as_deref();
        let mut out = String::with_capacity(length + object.map_or(0, str::len) + 96);
        out.push('{');
        if let Some(object) = object {
            // The text that it is.
            out.push_str("\"mutated_object\":");
            out.push_str(object);
            out.push(',');
        }
        out.push_str(if self.accepted { "\"accepted\":true" } else { "\"accepted\":false" });
        if let Some(message) = &self.message {
            out.push_str(",\"message\":");
            json::write_string(&mut out, message);
        }
        if let Some(code) = self.code {
            out.push_str(",\"code\":");
            out.push_str(&code.to_string());
        }
        let annotations = self.audit_annotations.iter().map(|(key, value)| (Some(*key), value));
        list(&mut out, ",\"audit_annotations\":{", annotations, '}');
        list(&mut out, ",\"warnings\":[", self.warnings.iter().map(|text| (None, text)), ']');
        out.push('}');
        out
    }
}

/// Writes texts, with their keys where they have any; nothing where there are none.
fn list<'t>(
    out: &mut String,
    start: &str,
    texts: impl Iterator<Item = (Option<&'t str>, &'t String)>,
    end: char,
) {
    let mut before = start;
    for (key, text) in texts {
        out.push_str(before);
        if let Some(key) = key {
            json::write_string(out, key);
            out.push(':');
        }
        json::write_string(out, text);
        before = ",";
    }
    if before == "," {
        out.push(end);
    }
}

/// What is told of findings beside a refusal.
pub fn warnings(findings: &[Finding], lines: &Lines<'_>) -> Vec<String> {
    let denied = findings.iter().any(|finding| finding.action == Action::Deny);
    // A refused object is not repaired.
    let told = |finding: &&Finding| match finding.action {
        Action::Warn => true,
        Action::Fix => !denied,
        Action::Deny => false,
    };
    listed(findings.iter().filter(told), |finding| lines.within(finding, WARNING_BYTES))
}

/// The findings as lines; of too many, how many more there are.
fn listed<'f>(
    findings: impl Iterator<Item = &'f Finding> + Clone,
    line: impl Fn(&Finding) -> String,
) -> Vec<String> {
    let more = findings.clone().count().saturating_sub(MAX_LISTED);
    let lines = findings.take(MAX_LISTED).map(line);
    lines.chain((more > 0).then(|| format!("and {more} more"))).collect()
}

/// `findings`: which rules found something, and what was done about it; and the notes.
fn annotations(findings: &[Finding], notes: Notes) -> BTreeMap<&'static str, String> {
    let mut told: Vec<(RuleId, Action, Assumptions)> =
        findings.iter().map(|one| (one.rule, one.action, one.assumptions)).collect();
    told.dedup();
    let told = told.iter().map(|(rule, action, open)| match open.is_empty() {
        true => format!("{rule}={action}"),
        false => format!("{rule}={action}?{}", open.names()),
    });
    let list: Vec<String> = told.collect();
    let findings = (!list.is_empty()).then(|| list.join(","));
    let all = [
        ("capacity", notes.capacity),
        ("exceptions", notes.exceptions),
        ("findings", findings),
        ("workload", notes.workload),
    ];
    all.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}
