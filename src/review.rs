//! The one pure function: an admission request in, the answer out.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    error::Error,
    finding::{Action, Finding},
    host::Host,
    json, patch,
    request::{Object, Payload, Request},
    response::Response,
    rules::{self, Edits, Notes, Scope},
    settings::{self, Settings},
    view::{Kind, Metadata, View},
};

/// Judges the payload that an engine sends to `validate`.
pub fn review(payload: &[u8], host: &dyn Host) -> Response {
    match assess(payload, host, Edits::OfFixes) {
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
pub fn assess(payload: &[u8], host: &dyn Host, edits: Edits) -> Result<Assessment, Error> {
    let (mut request, settings) = Payload::read(payload)?;
    if request.is_out_of_scope() {
        return Ok(Assessment::default());
    }
    let kind = request.kind.known().ok_or_else(|| Error::Kind {
        group: request.kind.group.as_deref().unwrap_or_default().to_owned(),
        kind: request.kind.kind.to_string(),
    })?;
    let settings = Settings::read(settings, &rules::infos())?;
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
const ROUNDS: usize = rules::RULES.len();

struct Judge<'j> {
    kind: Kind,
    request: &'j Request<'j>,
    settings: &'j Settings<'j>,
    host: &'j dyn Host,
    edits: Edits,
}

impl Judge<'_> {
    /// Judges the object, makes the fixes, and judges what has come of it: the verdict is about
    /// the object that will be stored.
    fn repair(&self, object: &str, view: &View<'_>) -> Result<Assessment, Error> {
        let (mut findings, mut notes) = self.findings(view);
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
            (findings, notes) = self.findings(&View::read(self.kind, &next)?);
            repaired = Some(next);
        }
        // What should have been repaired, but could not be, is not waved through.
        instead_of_fixing(&mut findings, Action::Deny);
        all.append(&mut findings);
        Ok(Assessment { findings: all, notes, repaired })
    }

    /// The findings about an object; on an update, what was wrong before is a warning.
    fn findings(&self, view: &View<'_>) -> (Vec<Finding>, Notes) {
        let update = &*self.request.operation == "UPDATE";
        if update && view.metadata().deletion_timestamp.is_some() {
            return (Vec::new(), Notes::default());
        }
        let repairs = self.kind.is_mutated() && self.settings.mutate;
        let edits = if repairs || self.edits == Edits::All { self.edits } else { Edits::None };
        // On an update, what needs no repair is a matter of what was there before.
        let scope = match edits {
            Edits::OfFixes if !update => Scope::UntilRepaired,
            _ => Scope::Everything,
        };
        let (mut findings, notes) = self.check(view, edits, scope);
        if !self.kind.is_mutated() {
            // Its pods are repaired when they come.
            instead_of_fixing(&mut findings, Action::Warn);
        }
        if update {
            self.excuse(&mut findings);
        }
        if !self.settings.mutate {
            // A certain fix that may not be made refuses.
            instead_of_fixing(&mut findings, Action::Deny);
        }
        (findings, notes)
    }

    /// Makes warnings of what the object before the update had too.
    fn excuse(&self, findings: &mut [Finding]) {
        if findings.iter().all(|finding| finding.action == Action::Warn) {
            return;
        }
        if let Some(old) = self.request.old_object
            && let Ok(old) = View::read(self.kind, old.0)
        {
            for index in excused(findings, &self.check(&old, Edits::None, Scope::Everything).0) {
                if let Some(finding) = findings.get_mut(index) {
                    finding.action = Action::Warn;
                }
            }
        }
        if self.kind == Kind::Pod {
            // A pod can't be changed any more.
            instead_of_fixing(findings, Action::Warn);
        }
    }

    fn check(&self, view: &View<'_>, edits: Edits, scope: Scope) -> (Vec<Finding>, Notes) {
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

/// What is done about findings whose fixes are not made.
fn instead_of_fixing(findings: &mut [Finding], action: Action) {
    for finding in findings.iter_mut().filter(|finding| finding.action == Action::Fix) {
        finding.action = action;
    }
}

/// The positions of the findings that the old object had too: those of the same rule at the same
/// place, or with the same fact at a place that has moved. Each fault of old excuses one of now,
/// and a warning of old excuses nothing.
fn excused(findings: &[Finding], old: &[Finding]) -> BTreeSet<usize> {
    let staying = paired(findings, old, [place, fact, pod]);
    if staying.len() == findings.iter().filter(|finding| is_serious(finding)).count() {
        return staying;
    }
    // What has moved may stand where something else was wrong before.
    let moved = paired(findings, old, [fact, place, pod]);
    if moved.len() > staying.len() { moved } else { staying }
}

fn is_serious(finding: &Finding) -> bool {
    finding.action != Action::Warn
}

fn place(finding: &Finding) -> Cow<'_, str> {
    finding.place().into()
}

/// What was found, without the positions in lists that it names.
fn fact(finding: &Finding) -> Cow<'_, str> {
    let parts = finding.what.split('/');
    let parts = parts.map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()));
    parts.collect::<Vec<_>>().join("/").into()
}

/// The pod that the finding is about, by where its `spec` stands: no place ends in a slash.
fn pod(finding: &Finding) -> Cow<'_, str> {
    const SPEC: &str = "/spec/";
    let place = finding.place();
    let end = place.rfind(SPEC).map_or(0, |at| at + SPEC.len());
    place.get(..end).filter(|spec| !spec.is_empty()).unwrap_or("/").into()
}

/// The positions of the findings for each of which there is one of old that is alike in one of
/// `keys`, the first of them sought first. That they are about the same pod, the last key, is enough
/// where one of the two is not told, or its rule finds one thing of a pod.
fn paired(
    findings: &[Finding],
    old: &[Finding],
    keys: [fn(&Finding) -> Cow<'_, str>; 3],
) -> BTreeSet<usize> {
    let serious = |(_, finding): &(usize, &Finding)| is_serious(finding);
    let mut before: BTreeMap<(&str, Cow<'_, str>), Vec<usize>> = BTreeMap::new();
    for (index, finding) in old.iter().enumerate().rev().filter(serious) {
        for key in keys {
            before.entry((finding.rule, key(finding))).or_default().push(index);
        }
    }
    let by_pod =
        |finding: &Finding| finding.what == rules::UNTOLD || rules::finds_once(finding.rule);
    let mut taken = BTreeSet::new();
    let mut paired = BTreeSet::new();
    for (index, finding) in findings.iter().enumerate().filter(serious) {
        let found = keys.iter().enumerate().any(|(nth, key)| {
            let fits = |at: usize| nth < 2 || by_pod(finding) || old.get(at).is_some_and(by_pod);
            let alike = before.get_mut(&(finding.rule, key(finding)));
            alike.is_some_and(|alike| {
                std::iter::from_fn(|| alike.pop()).any(|at| fits(at) && taken.insert(at))
            })
        });
        if found {
            paired.insert(index);
        }
    }
    paired
}

/// Judges the settings that an engine sends to `validate_settings`: Kubewarden's
/// `SettingsValidationResponse` as JSON.
pub fn validate_settings(payload: &[u8]) -> String {
    let text = std::str::from_utf8(payload)
        .map_or_else(|_| String::from_utf8_lossy(payload), Cow::Borrowed);
    let faults = settings::validate(&text, &rules::infos());
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
