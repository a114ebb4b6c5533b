//! Checks the objects of documents one after the other; returns the result of each, and the text after
//! `--fix`.

mod place;
mod repair;

use anyhow::Result;
use eks_aiml_networking::rules::EditsFor;
use insight::{
    candidates,
    request::{self, Asked, Operation},
    settings::checked,
};
use json_patch::PatchOperation;
use manifest::{Document, Located, Position, edit};

use self::place::{At, Here};
use crate::{
    allow::Allows,
    engine::{Answer as Said, Engine, admission_response},
    input::{
        config::Config,
        text::{Text, template},
    },
    outcome::{
        Answer, Judged, Outcome, Severity,
        finding::{Object, of_lines},
    },
};

/// The number of types that are named.
const NAMED: usize = 20;

/// The engine, its input, and the wanted results.
pub struct Judge<'j, E> {
    /// The engine.
    pub engine: &'j E,
    /// The settings, as JSON.
    pub settings: &'j str,
    /// The settings that repair everything with a certain fix.
    pub fixing: &'j str,
    /// `true` if the instance types of the pods are wanted.
    pub explains: bool,
    /// The operation on the objects.
    pub operation: Operation,
    /// The old object.
    pub old: Option<&'j str>,
    /// `true` if the text is to be repaired.
    pub is_fixing: bool,
    /// The configuration, which ignores some findings in some files.
    pub config: &'j Config,
    /// `true` if objects that are not Kubernetes' are skipped silently.
    pub kubernetes_only: bool,
    /// `true` if the API server's answer is wanted.
    pub wants_response: bool,
}

/// The result for a document.
#[derive(Debug)]
pub struct Done {
    /// The outcome of each of its objects.
    pub outcomes: Vec<Outcome>,
    /// Other things to report.
    pub notes: Vec<String>,
    /// The repaired text; `None` if nothing was repaired.
    pub edited: Option<String>,
    /// `true` if it could be read.
    pub is_read: bool,
}

impl<E: Engine> Judge<'_, E> {
    /// Checks a document.
    pub fn document(&self, text: &Text, number: usize) -> Done {
        let mut done =
            Done { outcomes: Vec::new(), notes: Vec::new(), edited: None, is_read: true };
        let Some(document) = text.document(number) else { return done };
        let at = At { text, document };
        let uid = text.uid(number);
        match document.read() {
            Ok(None) => {}
            Ok(Some(read)) => self.objects(at, &uid, &read, &mut done),
            Err(fault) => {
                done.is_read = false;
                done.outcomes.push(at.failed(uid, fault.what, fault.at));
            }
        }
        done
    }

    /// The outcome of a text that can't be read at all.
    pub fn unread(&self, text: &Text) -> Option<Outcome> {
        let (why, at) = text.fault.clone()?;
        let answer = Answer::Failed { why, at };
        Some(At::whole(text).outcome(text.source.name(), String::new(), answer))
    }

    /// The outcome of a Helm template.
    pub fn template(&self, text: &Text) -> Outcome {
        let (at, name) = (At::whole(text), text.source.name());
        match self.kubernetes_only {
            true => at.outcome(name, String::new(), skipped("a Helm template", false)),
            false => at.failed(name, template(), Position::START),
        }
    }

    fn objects(&self, at: At<'_>, uid: &str, read: &Located<'_>, done: &mut Done) {
        let allows = Allows::of(&at.document);
        for (line, why) in &allows.faults {
            done.notes.push(format!("{}:{line}: {why}", at.text.source.name()));
        }
        let mut edited: Option<String> = None;
        let objects = request::objects(read.json());
        let siblings = objects.len();
        for (place, object) in objects {
            let uid = match (&*place, uid.contains('#')) {
                ("", _) => uid.to_owned(),
                (place, true) => format!("{uid}{place}"),
                (place, false) => format!("{uid}#{place}"),
            };
            let asked = request::of(object, &uid, self.operation, self.old);
            let outcome = match asked {
                Ok(Asked::Request(request)) => {
                    let root = format!("{place}{}", request.at);
                    let object = Object { document: read, root: &root, json: request.object };
                    let here = Here { at, object, allows: &allows, request: &request, siblings };
                    let is_fixing = self.is_fixing && at.may_be_changed();
                    self.judged(here, is_fixing).and_then(|(answer, operations)| {
                        let mut outcome = at.outcome(uid.clone(), request.name.clone(), answer);
                        if !operations.is_empty() {
                            let text = edited.as_deref().unwrap_or(at.document.text);
                            match edit::edited(&Document { text, ..at.document }, &operations) {
                                Ok(text) => edited = Some(text),
                                // Report the findings of the unchanged object.
                                Err(why) => outcome.answer = self.left(here, here.said(&why))?,
                            }
                        }
                        Ok(outcome)
                    })
                }
                Ok(Asked::Skipped { name, meant }) => {
                    let why = match meant {
                        None => format!("the policy has no rules for the kind {name}"),
                        Some(meant) => {
                            format!("unknown kind {name}; did you mean `{meant}`?")
                        }
                    };
                    Ok(at.outcome(uid.clone(), name, skipped(&why, meant.is_some())))
                }
                Ok(Asked::Foreign { what })
                    if at.text.source.is_named() && !self.kubernetes_only =>
                {
                    Ok(at.failed(uid.clone(), what, read.find(&place)))
                }
                Ok(Asked::Foreign { what }) => {
                    Ok(at.outcome(uid.clone(), String::new(), skipped(&what, false)))
                }
                Err(error) => Err(error),
            };
            let failed =
                |error: anyhow::Error| at.failed(uid, format!("{error:#}"), read.find(&place));
            done.outcomes.push(outcome.unwrap_or_else(failed));
        }
        done.edited = edited;
    }

    /// The rules that the configuration ignores in a file.
    fn ignored<'s>(&'s self, here: Here<'_>) -> Vec<&'s str> {
        let Some(path) = here.at.text.source.file() else { return Vec::new() };
        let ignored = self.config.ignored(path);
        ignored.flat_map(|ignore| &ignore.rules).map(|rule| rule.name()).collect()
    }

    /// The result for an object that `--fix` leaves unchanged for this reason.
    fn left(&self, here: Here<'_>, why: String) -> Result<Answer> {
        let (mut answer, _) = self.judged(here, false)?;
        if let Answer::Judged(judged) = &mut answer {
            judged.uneditable = Some(why);
        }
        Ok(answer)
    }

    /// Checks an object; returns the result and the changes of `--fix`.
    fn judged(&self, here: Here<'_>, is_fixing: bool) -> Result<(Answer, Vec<PatchOperation>)> {
        let mut operations = Vec::new();
        let Here { object, request, .. } = here;
        let payload = request.payload(if is_fixing { self.fixing } else { self.settings });
        let edits = if is_fixing { EditsFor::File } else { EditsFor::All };
        let depends = |finding: &_| here.variable(finding).is_some();
        let answer = self.engine.judge(&payload, edits, &depends)?;
        drop(payload);
        let mut uneditable = None;
        let mut findings = match &answer {
            Said::Judged { findings, .. } => {
                if is_fixing && let Some(repaired) = answer.repaired() {
                    operations = object.changes_to(repaired)?;
                }
                let has_edits = findings.iter().any(|one| !one.edits.is_empty());
                let mended =
                    match !is_fixing && has_edits && here.is_small() && here.at.may_be_changed() {
                        true => self.mended(here),
                        false => Err(None),
                    };
                let told =
                    self.told(here, findings, is_fixing && answer.repaired().is_some(), &mended);
                uneditable = mended.err().flatten();
                told
            }
            Said::Unreadable(error) => return Ok((here.unreadable(error), operations)),
            Said::Lines(response) if response.code.is_some_and(|code| code != 403) => {
                let why = response.message.clone().unwrap_or_default();
                let at = Some(object.find(""));
                return Ok((Answer::Failed { why, at }, operations));
            }
            Said::Lines(response) => of_lines(response, object),
        };
        let ignored = self.ignored(here);
        let (mut untold, mut is_repair_untold) = (0, false);
        findings.retain_mut(|finding| {
            let (is_fixed, places) = (finding.severity == Severity::Fixed, finding.places.len());
            let is_told = !here.allows.silence(finding) && !ignored.contains(&&*finding.rule);
            untold += u32::from(!is_told);
            is_repair_untold |= is_fixed && !(is_told && finding.places.len() == places);
            is_told
        });
        // A silenced finding must not be repaired, and an object is only repaired as a whole.
        if is_repair_untold {
            let why = "one of the findings to repair is silenced".to_owned();
            return Ok((self.left(here, why)?, Vec::new()));
        }
        // The most certain first; equal ones in the order they were found.
        findings.sort_by_key(|finding| {
            let open = finding.assumptions.split('+').filter(|one| !one.is_empty()).count();
            (std::cmp::Reverse(finding.severity), open)
        });
        repair::show_once(&mut findings);
        let candidates = match self.explains {
            true => {
                let object = answer.repaired().unwrap_or(object.json);
                candidates::of(request.kind, object, &checked(self.settings)?, NAMED)
            }
            false => Vec::new(),
        };
        let response = match self.wants_response {
            true => {
                let object = serde_json::from_str(object.json)?;
                let (response, _) =
                    admission_response::of(&request.uid, &object, answer.into_response())?;
                Some(serde_json::to_value(response)?)
            }
            false => None,
        };
        let judged = Judged {
            findings,
            untold,
            unfilled: here.unfilled(),
            response,
            candidates,
            uneditable,
        };
        Ok((Answer::Judged(judged), operations))
    }
}

fn skipped(why: &str, is_told: bool) -> Answer {
    Answer::Skipped { why: why.to_owned(), is_told }
}
