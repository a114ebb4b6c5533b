//! The one pure function: an admission request in, the answer out.

mod ratchet;

use std::borrow::Cow;

use crate::{
    error::Error,
    finding::{Action, Finding, Notes, RuleId},
    host::Host,
    json, patch,
    request::{Object, Payload, Request},
    response::Response,
    rules::{self, EditsFor, Scope},
    settings::{self, Settings},
    view::{Kind, Metadata, View},
};

/// Judges the payload that an engine sends to `validate`.
pub fn review(payload: &[u8], host: &dyn Host) -> Response {
    match assess(payload, host, EditsFor::Fixes) {
        Ok(Assessment { findings, notes, repaired }) => Response::of(&findings, notes, repaired),
        Err(error) => Response::refuse(&error),
    }
}

/// What came of a request.
#[derive(Debug, Default)]
pub struct Assessment {
    /// All findings: of the object as sent where they are fixed, else of the object as repaired.
    pub findings: Vec<Finding>,
    /// What is said beside them.
    pub notes: Notes,
    /// The object with all fixes as JSON text, where there are any.
    pub repaired: Option<String>,
}

/// Judges a payload, and tells the findings as data.
///
/// # Errors
/// Where the request, its object or the settings can't be read.
pub fn assess(payload: &[u8], host: &dyn Host, edits: EditsFor) -> Result<Assessment, Error> {
    let (mut request, settings) = Payload::read(payload)?;
    if request.is_out_of_scope() {
        return Ok(Assessment::default());
    }
    let kind = request.kind.known().ok_or_else(|| Error::Kind {
        group: request.kind.group.as_deref().unwrap_or_default().to_owned(),
        kind: request.kind.kind.to_string(),
    })?;
    let settings = Settings::read(settings)?;
    let (text, view) = match std::mem::take(&mut request.object) {
        Object::Read(text, view) if view.kind == kind => (text, view),
        Object::Unread(text) if is_left_alone(text, &request, &settings) => {
            return Ok(Assessment::default());
        }
        // Of two kinds in a request the last one counts, which is not the one it was read as.
        Object::Read(text, _) | Object::Unread(text) => (text, Box::new(View::read(kind, text)?)),
        Object::Absent => {
            return Err(Error::Object {
                kind: kind.name().to_owned(),
                place: String::new(),
                what: "the request has no object".to_owned(),
            });
        }
    };
    Judge { kind, request: &request, settings: &settings, host, edits }.repair(text, &view)
}

/// How often fixes may call for further fixes. Each rule fixes what it finds in one go, so there
/// can be no more rounds than rules.
const ROUNDS: usize = RuleId::ALL.len();

struct Judge<'j> {
    kind: Kind,
    request: &'j Request<'j>,
    settings: &'j Settings<'j>,
    host: &'j dyn Host,
    edits: EditsFor,
}

impl Judge<'_> {
    /// Judges the object, makes the fixes, and judges what has come of it: the verdict is about
    /// the object that will be stored.
    fn repair(&self, object: &str, view: &View<'_>) -> Result<Assessment, Error> {
        let (mut findings, mut notes) = self.findings(view, self.edits);
        let mut all: Vec<Finding> = Vec::new();
        let mut repaired: Option<String> = None;
        let is_fix = |finding: &Finding| finding.action == Action::Fix;
        for _ in 0..ROUNDS {
            if !findings.iter().any(is_fix) {
                break;
            }
            let edits = findings.iter().filter(|finding| is_fix(finding)).flat_map(|f| &f.edits);
            let current = repaired.as_deref().unwrap_or(object);
            let Some(next) = patch::apply(current, edits) else { break };
            all.extend(findings.into_iter().filter(is_fix));
            (findings, notes) = self.findings(&View::read(self.kind, &next)?, self.edits);
            repaired = Some(next);
        }
        if repaired.is_some()
            && let Some((findings, notes)) = self.better_unrepaired(view, &findings)
        {
            return Ok(Assessment { findings, notes, repaired: None });
        }
        // What should have been repaired, but could not be, is not waved through.
        replace_fixes_with(&mut findings, Action::Deny);
        all.append(&mut findings);
        Ok(Assessment { findings: all, notes, repaired })
    }

    /// The findings about the object as it was sent, where a rule denies what has come of the repair
    /// and did not deny that: no repair makes an object worse.
    fn better_unrepaired(
        &self,
        view: &View<'_>,
        after: &[Finding],
    ) -> Option<(Vec<Finding>, Notes)> {
        let mut denials = after.iter().filter(|finding| finding.action == Action::Deny).peekable();
        denials.peek()?;
        let (mut before, notes) = self.findings(view, EditsFor::None);
        let stood = |denial: &Finding| {
            before.iter().any(|one| {
                one.action == Action::Deny
                    && (one.rule, &one.subject) == (denial.rule, &denial.subject)
            })
        };
        if denials.all(stood) {
            return None;
        }
        replace_fixes_with(&mut before, self.settings.unrepaired.into());
        Some((before, notes))
    }

    /// The findings about an object; on an update, what was wrong before is a warning.
    fn findings(&self, view: &View<'_>, edits: EditsFor) -> (Vec<Finding>, Notes) {
        let update = &*self.request.operation == "UPDATE";
        if update && view.metadata().deletion_timestamp.is_some() {
            return (Vec::new(), Notes::default());
        }
        let repairs = self.kind.is_mutated() && self.settings.mutate;
        let edits = if repairs || edits == EditsFor::All { edits } else { EditsFor::None };
        // On an update, what needs no repair is a matter of what was there before.
        let scope = match edits {
            EditsFor::Fixes if !update => Scope::UntilRepaired,
            _ => Scope::Everything,
        };
        let (mut findings, notes) = self.check(view, edits, scope);
        if !self.kind.is_mutated() {
            // Its pods are repaired when they come.
            replace_fixes_with(&mut findings, Action::Warn);
        }
        if update {
            self.excuse(&mut findings);
        }
        if !self.settings.mutate {
            replace_fixes_with(&mut findings, self.settings.unrepaired.into());
        }
        (findings, notes)
    }

    /// Downgrades to warnings the findings that the old object already had.
    fn excuse(&self, findings: &mut [Finding]) {
        if findings.iter().all(|finding| finding.action == Action::Warn) {
            return;
        }
        if let Some(old) = self.request.old_object
            && let Ok(old) = View::read(self.kind, old.0)
        {
            let (before, _) = self.check(&old, EditsFor::None, Scope::Everything);
            ratchet::excuse(findings, &before);
        }
        if self.kind == Kind::Pod {
            // A pod can't be changed any more.
            replace_fixes_with(findings, Action::Warn);
        }
    }

    fn check(&self, view: &View<'_>, edits: EditsFor, scope: Scope) -> (Vec<Finding>, Notes) {
        let namespace = namespace(self.request, view.metadata());
        rules::check(view, namespace, self.settings, self.host, edits, scope)
    }
}

/// Whether an object is not judged, whatever it is: it is being deleted, or its namespace is
/// exempt. Of one that can't be read, its metadata may still be readable.
fn is_left_alone(object: &str, request: &Request<'_>, settings: &Settings<'_>) -> bool {
    let metadata = Metadata::of(object);
    (&*request.operation == "UPDATE" && metadata.deletion_timestamp.is_some())
        || settings.exempt.has_namespace(namespace(request, &metadata))
}

/// The namespace that the object is in, or goes to.
fn namespace<'r>(request: &'r Request<'_>, metadata: &'r Metadata<'_>) -> &'r str {
    let namespace = request.namespace.as_deref().filter(|name| !name.is_empty());
    namespace.or(metadata.namespace.as_deref()).unwrap_or_default()
}

/// Gives findings whose fixes are not made another action.
fn replace_fixes_with(findings: &mut [Finding], action: Action) {
    for finding in findings.iter_mut().filter(|finding| finding.action == Action::Fix) {
        finding.action = action;
    }
}

/// Judges the settings that an engine sends to `validate_settings`: Kubewarden's
/// `SettingsValidationResponse` as JSON.
pub fn validate_settings(payload: &[u8]) -> String {
    let text = std::str::from_utf8(payload)
        .map_or_else(|_| String::from_utf8_lossy(payload), Cow::Borrowed);
    let faults = settings::validate(&text);
    if faults.is_empty() {
        return r#"{"valid":true}"#.to_owned();
    }
    let message = json::string(&Error::Settings(faults).to_string());
    format!(r#"{{"valid":false,"message":{message}}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::NoHost;

    #[test]
    fn of_two_kinds_in_a_request_the_last_one_counts() {
        let template = r#"{"spec": {"containers": [{"resources": {"limits": {"vpc.amazonaws.com/efa": "0.5"}}}]}}"#;
        let payload = format!(
            r#"{{"request": {{"kind": {{"kind": "Pod"}}, "operation": "CREATE",
                "object": {{"spec": {{"template": {template}}}}},
                "kind": {{"group": "apps", "kind": "DaemonSet"}}}}}}"#
        );
        let response = review(payload.as_bytes(), &NoHost);
        let message = response.message.unwrap_or_default();
        assert!(message.starts_with("[efa-count] /spec/template/spec/containers/0"), "{message}");
    }
}
