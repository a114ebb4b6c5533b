//! The one pure function: an admission request in, the answer out.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::{
    error::Error,
    finding::{Action, Finding},
    host::Host,
    patch,
    request::{Payload, Request},
    response::Response,
    rules,
    settings::{self, Settings},
    view::{self, Kind, View},
};

/// Judges the payload that an engine sends to `validate`.
pub fn review(payload: &[u8], host: &dyn Host) -> Response {
    match assess(payload, host) {
        Ok(Assessment { findings, repaired }) => Response::of(&findings, repaired),
        Err(error) => Response::refuse(&error),
    }
}

/// What came of a request.
#[derive(Debug, Default)]
pub struct Assessment {
    /// All findings: of the object as sent where they are fixed, else of the object as repaired.
    pub findings: Vec<Finding>,
    /// The object with all fixes, where there are any.
    pub repaired: Option<Box<RawValue>>,
}

/// Judges a payload, and tells the findings as data.
///
/// # Errors
/// Where the request, its object or the settings can't be read.
pub fn assess(payload: &[u8], host: &dyn Host) -> Result<Assessment, Error> {
    let Payload { request, settings } = Payload::read(payload)?;
    if request.is_out_of_scope() {
        return Ok(Assessment::default());
    }
    let (group, kind) = (&*request.kind.group, &*request.kind.kind);
    let kind = Kind::of(group, kind)
        .ok_or_else(|| Error::Kind { group: group.to_owned(), kind: kind.to_owned() })?;
    let settings = Settings::read(settings, &rules::infos())?;
    let object = view::object(request.object, kind)?;
    let judge = Judge { kind, request: &request, settings: &settings, host };
    judge.repair(object)
}

/// How often fixes may call for further fixes. Each rule fixes what it finds in one go, so there
/// can be no more rounds than rules.
const ROUNDS: usize = rules::RULES.len();

struct Judge<'j> {
    kind: Kind,
    request: &'j Request<'j>,
    settings: &'j Settings,
    host: &'j dyn Host,
}

impl Judge<'_> {
    /// Judges the object, makes the fixes, and judges what has come of it: the verdict is about
    /// the object that will be stored.
    fn repair(&self, object: &RawValue) -> Result<Assessment, Error> {
        let mut current = Cow::Borrowed(object);
        let mut fixed: Vec<Finding> = Vec::new();
        for _ in 0..ROUNDS {
            let findings = self.findings(&current)?;
            let fixes = || findings.iter().filter(|finding| finding.action == Action::Fix);
            let edits = fixes().flat_map(|finding| &finding.edits);
            let next = match fixes().next() {
                None => None,
                Some(_) => patch::apply(current.get(), edits)
                    .and_then(|text| RawValue::from_string(text).ok()),
            };
            let Some(next) = next else {
                fixed.extend(findings);
                break;
            };
            fixed.extend(fixes().cloned());
            current = Cow::Owned(next);
        }
        let repaired = match current {
            Cow::Borrowed(_) => None,
            Cow::Owned(object) => Some(object),
        };
        Ok(Assessment { findings: fixed, repaired })
    }

    /// The findings about an object; on an update, what was wrong before is a warning.
    fn findings(&self, object: &RawValue) -> Result<Vec<Finding>, Error> {
        let view = View::read(self.kind, object)?;
        if view.metadata.deletion_timestamp.is_some() {
            return Ok(Vec::new());
        }
        let mut findings = self.check(&view);
        if &*self.request.operation != "UPDATE" {
            return Ok(findings);
        }
        if findings.iter().any(|finding| finding.action != Action::Warn)
            && let Some(old) = self.request.old_object
            && let Ok(old) = View::read(self.kind, old)
        {
            let mut before = self.check(&old);
            for finding in &mut findings {
                if let Some(same) = before.iter().position(|old| old.same_fault(finding)) {
                    before.swap_remove(same);
                    finding.action = Action::Warn;
                }
            }
        }
        if self.kind == Kind::Pod {
            // A pod can't be changed any more.
            for finding in findings.iter_mut().filter(|finding| finding.action == Action::Fix) {
                finding.action = Action::Warn;
            }
        }
        Ok(findings)
    }

    fn check(&self, view: &View<'_>) -> Vec<Finding> {
        let namespace = self.request.namespace.as_deref().filter(|name| !name.is_empty());
        let namespace = namespace.or(view.metadata.namespace.as_deref()).unwrap_or_default();
        rules::check(view, namespace, self.settings, self.host)
    }
}

/// Judges the settings that an engine sends to `validate_settings`: Kubewarden's
/// `SettingsValidationResponse` as JSON.
pub fn validate_settings(payload: &[u8]) -> String {
    let faults = settings::validate(&String::from_utf8_lossy(payload), &rules::infos());
    if faults.is_empty() {
        return r#"{"valid":true}"#.to_owned();
    }
    let message = Error::Settings(faults).to_string();
    serde_json::json!({ "valid": false, "message": message }).to_string()
}
