//! A verdict, with everything else that the page shows.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use eks_aiml_networking::{
    Host,
    error::Error,
    finding::{self, Action},
    host::NoHost,
    patch as policy,
    review::{assess, review},
    rules::EditsFor,
};
use insight::{
    candidates::{self, Candidates},
    landing::{self, OnPools},
    request::{self, Asked, Operation as Asks},
    settings::{asking, checked, fixing},
    snapshot::Snapshot,
};
use serde::Serialize;
use serde_json::Value;
use tsify::Tsify;

use crate::patch::{self, Operation};

/// The number of types that are named.
const NAMED: usize = 120;
/// The same for a NodePool.
const NAMED_OF_POOL: usize = 3;

/// The result for an object. All places are JSON Pointers into its document.
#[derive(Debug, Serialize, Tsify)]
pub struct Judgement {
    /// `Pod ml-workload`
    pub name: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The reason why it could not be checked.
    pub message: Option<String>,
    /// The findings, those that deny it first.
    pub findings: Vec<Finding>,
    /// The annotations for the audit log.
    pub annotations: BTreeMap<String, String>,
    /// The changes that admission makes.
    pub patch: Vec<Operation>,
    /// The changes of all certain fixes.
    pub repair: Vec<Operation>,
    /// The types that its pods can run on, as they are admitted.
    pub candidates: Vec<Candidates>,
    /// The answers of the cluster's NodePools for its pods, as they are admitted; empty without a cluster.
    pub pools: Vec<OnPools>,
}

/// The verdict on a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Tsify)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Admitted.
    Allowed,
    /// Denied.
    Denied,
    /// It can't be checked, and is denied for that reason.
    Unjudged,
    /// The policy does not check its kind.
    Skipped,
}

/// A finding.
#[derive(Debug, Serialize, Tsify)]
pub struct Finding {
    /// The id of the rule; empty if the object can't be read.
    pub rule: &'static str,
    /// `deny`, `warn` or `fix`
    #[tsify(type = "\"deny\" | \"warn\" | \"fix\"")]
    pub action: String,
    /// The places; messages name the first one first.
    pub places: Vec<String>,
    /// The fact.
    pub fact: String,
    /// The remedies.
    pub remedies: Vec<String>,
    /// The fix as changes, if one is certain.
    pub fix: Vec<Operation>,
}

impl Judgement {
    /// Checks the objects of a document, itself or the items of a list, using a cluster if there is one.
    ///
    /// # Errors
    /// If one is neither a manifest nor an admission request.
    pub fn all(document: &str, settings: &str, cluster: Option<&Snapshot>) -> Result<Vec<Self>> {
        let settings: Value = serde_json::from_str(settings)?;
        let settings = if cluster.is_some() { asking(settings) } else { settings };
        let objects = request::objects(document).into_iter();
        objects.map(|(place, object)| Self::of(&place, object, &settings, cluster)).collect()
    }

    /// Checks an object, which is at `place` of its document.
    fn of(place: &str, object: &str, settings: &Value, cluster: Option<&Snapshot>) -> Result<Self> {
        let host: &dyn Host = cluster.map_or(&NoHost, |cluster| cluster);
        let request = match request::of(object, "playground", Asks::Create, None)? {
            Asked::Request(request) => request,
            Asked::Skipped { name, .. } => return Ok(Self::skipped(name)),
            Asked::Foreign { what } => bail!(what),
        };
        let root = &*format!("{place}{}", request.at);
        let text = settings.to_string();
        let asked = request.payload(&text);
        let response = review(asked.as_bytes(), host);
        let object: Value = serde_json::from_str(request.object)?;
        let admitted_text = response.mutated_object.as_deref().unwrap_or(request.object);
        let admitted = parsed(Some(admitted_text)).unwrap_or_default();
        let findings = match assess(asked.as_bytes(), host, EditsFor::All) {
            Ok(assessment) => findings(assessment.findings, &object, root),
            Err(error) => vec![Finding::unreadable(error, root)],
        };
        let fixing = request.payload(&fixing(settings).to_string());
        let fixed = assess(fixing.as_bytes(), host, EditsFor::File).unwrap_or_default();
        let fixed = parsed(fixed.repaired.as_deref()).unwrap_or_else(|| object.clone());
        let (mut candidates, mut pools) = (Vec::new(), Vec::new());
        if let Ok(settings) = checked(&text) {
            candidates = candidates::of(request.kind, admitted_text, &settings, NAMED);
            if let Some(cluster) = cluster {
                pools = landing::of(request.kind, admitted_text, cluster, &settings, NAMED_OF_POOL);
            }
        }
        pools.iter_mut().for_each(|pod| pod.place.insert_str(0, root));
        let annotations = response.audit_annotations.into_iter();
        Ok(Self {
            verdict: match response.code {
                _ if response.accepted => Verdict::Allowed,
                Some(403) => Verdict::Denied,
                _ => Verdict::Unjudged,
            },
            message: response.message.filter(|_| response.code != Some(403)),
            findings,
            annotations: annotations.map(|(key, value)| (key.to_owned(), value)).collect(),
            patch: patch::between(&object, &admitted, root),
            repair: patch::between(&object, &fixed, root),
            candidates: candidates.into_iter().map(|c| at(root, c)).collect(),
            pools,
            name: request.name,
        })
    }

    fn skipped(name: String) -> Self {
        Self {
            name,
            verdict: Verdict::Skipped,
            message: None,
            findings: Vec::new(),
            annotations: BTreeMap::new(),
            patch: Vec::new(),
            repair: Vec::new(),
            candidates: Vec::new(),
            pools: Vec::new(),
        }
    }
}

impl Finding {
    fn unreadable(error: Error, root: &str) -> Self {
        let (place, fact) = match error {
            Error::Object { place, what, .. } => (format!("{root}{place}"), what),
            error => (String::new(), error.to_string()),
        };
        let action = Action::Deny.to_string();
        Self { rule: "", action, places: vec![place], fact, remedies: Vec::new(), fix: Vec::new() }
    }
}

fn findings(found: Vec<finding::Finding>, object: &Value, root: &str) -> Vec<Finding> {
    let text = object.to_string();
    let finding = |found: finding::Finding| {
        let fixed = policy::apply(&text, &found.edits);
        let fixed = parsed(fixed.as_deref()).filter(|_| !found.edits.is_empty());
        Finding {
            rule: found.rule.name(),
            action: found.action.to_string(),
            places: found
                .places
                .iter()
                .chain(&found.also)
                .map(|place| format!("{root}{place}"))
                .collect(),
            fact: found.fact,
            remedies: found.remedies,
            fix: fixed.map_or_else(Vec::new, |fixed| patch::between(object, &fixed, root)),
        }
    };
    let (denied, other): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|found| found.action == Action::Deny);
    denied.into_iter().chain(other).map(finding).collect()
}

fn parsed(object: Option<&str>) -> Option<Value> {
    serde_json::from_str(object?).ok()
}

/// Moves the places of candidates into the document.
fn at(root: &str, mut candidates: Candidates) -> Candidates {
    candidates.place.insert_str(0, root);
    for step in candidates.alternatives.iter_mut().flatten() {
        if !step.place.is_empty() {
            step.place.insert_str(0, root);
        }
    }
    candidates
}
