//! The one pure function: takes an admission request and returns the answer.

mod places;
mod ratchet;

use std::{borrow::Cow, cell::OnceCell};

use crate::{
    cluster::Cluster,
    error::Error,
    finding::{Action, Edit, Finding, Lines, Notes, RuleId, Sent, merged},
    host::Host,
    json, patch,
    request::{Object, Payload, Request},
    response::{self, Response},
    rules::{self, EditsFor, Look, Scope},
    settings::{self, Settings, Unrepaired},
    view::{Controller, Kind, Metadata, View},
};

/// Checks the payload that an engine sends to `validate`.
pub fn review(payload: &[u8], host: &dyn Host) -> Response {
    match judge(payload, host, EditsFor::Fixes) {
        Ok((Assessment { findings, notes, repaired }, lines)) => {
            Response::of(&findings, notes, repaired, &lines)
        }
        Err(error) => Response::refuse(&error),
    }
}

/// The result of a request.
#[derive(Debug, Default)]
pub struct Assessment {
    /// All findings: of the object as sent if they are fixed, otherwise of the repaired object.
    pub findings: Vec<Finding>,
    /// Notes in addition to the findings.
    pub notes: Notes,
    /// The object that is stored instead, as JSON text; `None` if it is stored as sent.
    pub repaired: Option<String>,
}

/// Checks a payload and returns the findings as data.
///
/// # Errors
/// If the request, its object or the settings can't be read.
pub fn assess(payload: &[u8], host: &dyn Host, edits: EditsFor) -> Result<Assessment, Error> {
    judge(payload, host, edits).map(|(assessment, _)| assessment)
}

/// Checks a payload and returns the findings as data, with what their lines need in addition.
///
/// # Errors
/// If the request, its object or the settings can't be read.
pub fn judge<'p>(
    payload: &'p [u8],
    host: &dyn Host,
    edits: EditsFor,
) -> Result<(Assessment, Lines<'p>), Error> {
    let (mut request, settings) = Payload::read(payload)?;
    if request.is_out_of_scope() {
        return Ok(Default::default());
    }
    let kind = request.kind.known().ok_or_else(|| Error::Kind {
        group: request.kind.group.as_deref().unwrap_or_default().to_owned(),
        kind: request.kind.kind.to_string(),
    })?;
    let settings = Settings::read(settings)?;
    let (text, view) = match std::mem::take(&mut request.object) {
        Object::Read(text, view) if view.kind == kind => (text, view),
        Object::Unread(text) if is_passed_over(text, kind, &request, &settings) => {
            return Ok(Default::default());
        }
        // If a request has two kinds, the last one counts, and the object was read as the other.
        Object::Read(text, _) | Object::Unread(text) => (text, Box::new(View::read(kind, text)?)),
        Object::Absent(_) => {
            return Err(Error::Object {
                kind: kind.name().to_owned(),
                place: String::new(),
                what: "the request has no object".to_owned(),
            });
        }
    };
    let metadata = view.metadata();
    // A pod can only be changed while it is gated.
    let is_fixed = kind == Kind::Pod && request.is_update() && !request.lets_go(text);
    if is_fixed || is_left_alone(kind, &request, metadata) {
        return Ok(Default::default());
    }
    let (sent, is_applied) = (Sent::new(text), OnceCell::new());
    let cluster = Cluster::new(host, settings.cluster_context);
    let lines = Lines { places: json::Paths::of(text), pages: settings.rule_pages.0.clone() };
    let (request, settings) = (&request, &settings);
    let judge = Judge { kind, request, settings, cluster, edits, text, sent, is_applied };
    Ok((judge.assess(&view, &lines)?, lines))
}

/// The most rounds of fixes. A fix can cause another rule to fix something, but each rule fixes all that
/// it finds in one go, so there can't be more rounds than rules.
const ROUNDS: usize = RuleId::ALL.len();

/// How fixes are carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fixes {
    /// They are made here.
    Made,
    /// They are made on the pods of the template.
    MadeOnPods,
    /// Another policy makes them, if the request reaches it.
    MadeElsewhere,
    /// Nobody makes them.
    NotMade(Action),
}

struct Judge<'j> {
    kind: Kind,
    request: &'j Request<'j>,
    settings: &'j Settings<'j>,
    cluster: Cluster<'j>,
    edits: EditsFor,
    text: &'j str,
    /// The same object, to check which edits only add to it.
    sent: Sent<'j>,
    /// `true` if no controller made the object; computed on demand, because most objects need no repair.
    is_applied: OnceCell<bool>,
}

impl Judge<'_> {
    fn is_applied(&self, view: &View<'_>) -> bool {
        *self.is_applied.get_or_init(|| view.metadata().controller().is_none())
    }

    fn fixes(&self) -> Fixes {
        let Settings { mutate, unrepaired, .. } = *self.settings;
        match (mutate, unrepaired) {
            // A pod that is not gated can't be changed any more.
            _ if self.kind == Kind::Pod && self.request.is_update() => Fixes::NotMade(Action::Warn),
            (false, Unrepaired::Deny) => Fixes::NotMade(Action::Deny),
            _ if self.edits == EditsFor::File => Fixes::Made,
            _ if !self.kind.is_mutated() => Fixes::MadeOnPods,
            (false, Unrepaired::Warn) => Fixes::MadeElsewhere,
            (true, _) => Fixes::Made,
        }
    }

    /// Checks the object as it will be after the fixes, whoever makes them.
    fn assess(&self, view: &View<'_>, lines: &Lines<'_>) -> Result<Assessment, Error> {
        let fixes = self.fixes();
        let Assessment { mut findings, notes, mut repaired } = match fixes {
            Fixes::NotMade(action) => {
                // A caller that shows all edits is shown these too.
                let edits = if self.edits.shows_all() { self.edits } else { EditsFor::None };
                let (mut findings, notes) = self.findings(view, edits);
                replace_fixes_with(&mut findings, action);
                Assessment { findings, notes, repaired: None }
            }
            Fixes::Made | Fixes::MadeOnPods | Fixes::MadeElsewhere => self.repair(view)?,
        };
        if fixes == Fixes::MadeElsewhere && repaired.is_some() {
            // If the other policy is not reached, the object stays as it is, so what only its repair
            // would solve is reported too.
            let (before, _) = self.findings(view, EditsFor::None);
            let mended = before.into_iter().filter(|one| {
                one.action == Action::Deny && !findings.iter().any(|other| is_same(one, other))
            });
            let mended: Vec<Finding> =
                mended.map(|one| Finding { action: Action::Warn, ..one }).collect();
            findings.extend(mended);
        }
        if fixes != Fixes::Made {
            replace_fixes_with(&mut findings, Action::Warn);
            repaired = None;
        }
        let mut findings = merged(findings);
        if fixes == Fixes::Made {
            self.tell_authors(view, &mut findings);
            repaired = self.annotated(view, &findings, repaired, lines);
        }
        Ok(Assessment { findings, notes, repaired })
    }

    /// Makes the fixes and checks the result: the verdict is about the object that will be stored.
    fn repair(&self, view: &View<'_>) -> Result<Assessment, Error> {
        let edits = if self.edits == EditsFor::None { EditsFor::Fixes } else { self.edits };
        let (mut findings, mut notes) = self.findings(view, edits);
        let mut all: Vec<Finding> = Vec::new();
        let mut repaired: Option<String> = None;
        let is_fix = |finding: &Finding| finding.action == Action::Fix;
        for _ in 0..ROUNDS {
            if !findings.iter().any(is_fix) {
                break;
            }
            let current = repaired.as_deref().unwrap_or(self.text);
            let fixes = findings.iter().filter(|finding| is_fix(finding));
            let Some(next) = self.edited(current, fixes.flat_map(|fix| &fix.edits)) else { break };
            all.extend(findings.into_iter().filter(is_fix));
            (findings, notes) = self.findings(&View::read(self.kind, &next)?, edits);
            repaired = Some(next);
        }
        if repaired.is_some()
            && let Some((findings, notes)) = self.better_unrepaired(view, &findings)
        {
            return Ok(Assessment { findings, notes, repaired: None });
        }
        // What needs a repair but could not be repaired is not let through.
        replace_fixes_with(&mut findings, Action::Deny);
        all.append(&mut findings);
        Ok(Assessment { findings: all, notes, repaired })
    }

    /// The findings about the object as sent, if a rule denies the repaired object but not that one: a
    /// repair must never make an object worse.
    fn better_unrepaired(
        &self,
        view: &View<'_>,
        after: &[Finding],
    ) -> Option<(Vec<Finding>, Notes)> {
        let mut denials = after.iter().filter(|finding| finding.action == Action::Deny).peekable();
        denials.peek()?;
        let (mut before, notes) = self.findings(view, EditsFor::None);
        let stood = |denial: &Finding| {
            before.iter().any(|one| one.action == Action::Deny && is_same(one, denial))
        };
        if denials.all(stood) {
            return None;
        }
        replace_fixes_with(&mut before, self.settings.unrepaired.into());
        Some((before, notes))
    }

    /// The object with the edits; what an update removed returns to its old position.
    fn edited<'e>(&self, object: &str, edits: impl Iterator<Item = &'e Edit>) -> Option<String> {
        let Some(old) = self.request.old_object else { return patch::apply(object, edits) };
        let in_place =
            |edit| places::kept(edit, object, old.0).map_or(Cow::Borrowed(edit), Cow::Owned);
        let edits: Vec<Cow<'_, Edit>> = edits.map(in_place).collect();
        patch::apply(object, edits.iter().map(Cow::as_ref))
    }

    /// Adds to repaired findings that the manifest is unchanged, so it needs the change too. Pods don't
    /// get this: no later apply removes what a repair added to them.
    fn tell_authors(&self, view: &View<'_>, findings: &mut [Finding]) {
        let is_file = self.edits == EditsFor::File;
        if self.kind == Kind::Pod || is_file || !self.is_applied(view) {
            return;
        }
        for finding in findings.iter_mut().filter(|finding| finding.action == Action::Fix) {
            finding.remedies.push(CHANGE_THE_MANIFEST.to_owned());
        }
    }

    /// The object with an annotation that has its findings, if the setting `annotate` is on: nobody sees
    /// the warnings about a pod that a controller makes.
    fn annotated(
        &self,
        view: &View<'_>,
        findings: &[Finding],
        repaired: Option<String>,
        lines: &Lines<'_>,
    ) -> Option<String> {
        let denied = || findings.iter().any(|finding| finding.action == Action::Deny);
        let is_wanted = self.settings.annotate
            && self.kind == Kind::Pod
            && !findings.is_empty()
            && !self.is_applied(view);
        if !is_wanted || denied() {
            return repaired;
        }
        let place = json::join("/metadata/annotations", FINDINGS);
        let told = Edit::set_text(place, &response::warnings(findings, lines).join("\n"));
        let object = repaired.as_deref().unwrap_or(self.text);
        patch::apply(object, [&told]).or(repaired)
    }

    /// The findings about an object; on an update, problems that existed before are warnings.
    fn findings(&self, view: &View<'_>, edits: EditsFor) -> (Vec<Finding>, Notes) {
        let update = self.request.is_update();
        // On an update, the findings must be complete to be compared with those of the old object.
        let scope = match edits {
            EditsFor::Fixes if !update => Scope::UntilRepaired,
            _ => Scope::Everything,
        };
        let (mut findings, notes) = self.check(view, edits, scope);
        // While a pod is gated, nobody sees its warnings: all of its problems count when the last gate goes.
        if update && self.kind != Kind::Pod {
            self.excuse(&mut findings);
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
            // The pods of a template are new, and repaired one by one.
            ratchet::excuse(findings, &before, self.fixes() == Fixes::MadeOnPods);
        }
    }

    fn check(&self, view: &View<'_>, edits: EditsFor, scope: Scope) -> (Vec<Finding>, Notes) {
        let metadata = view.metadata();
        let may = |edit: &Edit| !self.is_applied(view) || self.sent.is_only_added_to(edit);
        // Whoever edits a file may change all of it.
        let is_bound = self.kind == Kind::Pod && self.edits != EditsFor::File;
        let may = is_bound.then_some(&may as &dyn Fn(&Edit) -> bool);
        let namespace = namespace(self.request, metadata);
        rules::check(view, namespace, self.settings, &self.cluster, Look { edits, may, scope })
    }
}

/// The annotation of a pod with its findings.
const FINDINGS: &str = "eks-aiml-networking/findings";

/// The last remedy of a repaired finding in an object that is applied from a manifest.
pub const CHANGE_THE_MANIFEST: &str = "change your manifest too, or you see this at every apply";

/// `true` if both are the same problem.
fn is_same(one: &Finding, other: &Finding) -> bool {
    (one.rule, &one.subject) == (other.rule, &other.subject)
}

/// `true` if the object is not checked: it is being deleted, or a controller made it from an object that
/// is checked itself, with its pods.
fn is_left_alone(kind: Kind, request: &Request<'_>, metadata: &Metadata<'_>) -> bool {
    let is_judged = |by| matches!(by, Controller::Judged(owner) if owner.makes_pods());
    let is_of_pod = |by| matches!(by, Controller::Judged(Kind::Pod));
    (request.is_update() && metadata.deletion_timestamp.is_some())
        || (kind.makes_pods() && metadata.controller().is_some_and(is_judged))
        // The requests of a template were checked there.
        || (kind == Kind::ResourceClaim && metadata.controller().is_some_and(is_of_pod))
}

/// `true` if an object that can't be read is not checked in any case: its metadata may still be readable.
fn is_passed_over(text: &str, kind: Kind, request: &Request<'_>, settings: &Settings<'_>) -> bool {
    let metadata = Metadata::of(text);
    is_left_alone(kind, request, &metadata)
        || settings.exempt.has_namespace(namespace(request, &metadata))
}

/// The namespace of the object.
fn namespace<'r>(request: &'r Request<'_>, metadata: &'r Metadata<'_>) -> &'r str {
    let namespace = request.namespace.as_deref().filter(|name| !name.is_empty());
    namespace.or(metadata.namespace.as_deref()).unwrap_or_default()
}

/// Changes the action of findings whose fixes are not made.
fn replace_fixes_with(findings: &mut [Finding], action: Action) {
    for finding in findings.iter_mut().filter(|finding| finding.action == Action::Fix) {
        finding.action = action;
    }
}

/// Checks the settings that an engine sends to `validate_settings`; returns Kubewarden's
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
        assert!(message.starts_with("[efa-count] spec.template.spec.containers[0]"), "{message}");
    }
}
