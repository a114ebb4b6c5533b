//! The answer to a request, in the form that Kubewarden's engine reads.

use std::collections::BTreeMap;

use crate::{
    error::Error,
    finding::{Action, Assumptions, Finding, Lines, MAX_LISTED, Notes, RuleId},
    json,
};

/// A client shows at most this many bytes of a warning (`AdmissionResponse.warnings`, kubernetes/api
/// admission/v1).
const WARNING_BYTES: usize = 256;

/// The answer to a request: Kubewarden's `ValidationResponse`.
#[derive(Debug, Default)]
pub struct Response {
    /// `true` if the request may go on.
    pub accepted: bool,
    /// The reason of a refusal: a line for each denying finding.
    pub message: Option<String>,
    /// The HTTP status of a refusal.
    pub code: Option<u16>,
    /// The repaired object, as JSON text.
    pub mutated_object: Option<String>,
    /// Annotations for the audit log.
    pub audit_annotations: BTreeMap<&'static str, String>,
    /// Warnings for the sender of the request.
    pub warnings: Vec<String>,
}

impl Response {
    /// The answer for these findings; `mutated_object` is the object with the fixes.
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

    /// The answer if the request can't be checked.
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
            // The JSON text goes in as it is.
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

/// Writes a list of texts, or of keys and texts; nothing if there are none.
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

/// The warnings to send, in addition to a refusal.
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

/// The findings as lines; beyond a maximum, only their number.
fn listed<'f>(
    findings: impl Iterator<Item = &'f Finding> + Clone,
    line: impl Fn(&Finding) -> String,
) -> Vec<String> {
    let more = findings.clone().count().saturating_sub(MAX_LISTED);
    let lines = findings.take(MAX_LISTED).map(line);
    lines.chain((more > 0).then(|| format!("and {more} more"))).collect()
}

/// `findings`: the rules that found something, with the action; and the notes.
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
