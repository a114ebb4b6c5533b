//! `admit -o json`: writes one record per line for each object, and for each file that can't be read. The
//! fields of the API server's AdmissionResponse keep their names.

use eks_aiml_networking::finding::RuleId;
use serde_json::{Map, Value, json};

use crate::outcome::{
    Answer, Finding, Judged, Outcome, Place,
    finding::{Changed, ChangedLine},
};

/// Returns the record of an outcome.
pub fn record(outcome: &Outcome) -> Value {
    let mut record = match &outcome.answer {
        Answer::Judged(Judged { response: Some(Value::Object(response)), .. }) => response.clone(),
        _ => Map::new(),
    };
    // A request has its own uid.
    record.entry("uid").or_insert_with(|| outcome.uid.clone().into());
    let mut put = |key: &str, value: Value| record.insert(key.to_owned(), value);
    let (file, is_line) = match outcome.located(outcome.start) {
        Some((file, at)) => (Value::from(file), at.is_some()),
        None => (Value::Null, true),
    };
    put("file", file);
    if !outcome.name.is_empty() {
        put("object", outcome.name.clone().into());
    }
    match &outcome.answer {
        Answer::Judged(judged) => {
            let findings = judged.findings.iter().map(|one| finding(one, is_line));
            put("findings", findings.collect());
            if judged.untold > 0 {
                put("silenced", judged.untold.into());
            }
            if !judged.candidates.is_empty() {
                put("pods", json!(judged.candidates));
            }
            let unfilled = judged.unfilled.iter();
            let unfilled = unfilled.map(|(name, at)| json!({"variable": name, "line": at.line}));
            if !judged.unfilled.is_empty() {
                put("unfilled", unfilled.collect());
            }
        }
        Answer::Failed { why, at } => {
            if let Some(at) = at {
                put("line", at.line.into());
                put("column", at.column.into());
            }
            put("error", why.clone().into());
        }
        Answer::Skipped { why, .. } => {
            put("skipped", why.clone().into());
        }
    }
    record.into()
}

fn finding(finding: &Finding, is_line: bool) -> Value {
    let mut written = json!({
        "rule": finding.rule,
        "severity": finding.severity.name(),
        "places": finding.places.iter().map(|place| one_place(place, is_line)).collect::<Vec<_>>(),
        "fact": finding.fact,
        "remedies": finding.remedies,
        "fixable": finding.is_fixable,
    });
    let Value::Object(members) = &mut written else { return written };
    if !finding.assumptions.is_empty() {
        let open: Vec<&str> = finding.assumptions.split('+').collect();
        members.insert("assumptions".to_owned(), open.into());
    }
    if !finding.change.is_empty() {
        members.insert("change".to_owned(), finding.change.iter().map(changed).collect());
    }
    if let Some(rule) = RuleId::of(&finding.rule) {
        members.insert("page".to_owned(), super::sarif::page(rule.name()).into());
    }
    written
}

fn one_place(place: &Place, is_line: bool) -> Value {
    let mut written = json!({ "path": place.path, "pointer": place.pointer });
    if is_line && let Value::Object(members) = &mut written {
        members.insert("line".to_owned(), place.at.line.into());
        members.insert("column".to_owned(), place.at.column.into());
    }
    written
}

fn changed(line: &ChangedLine) -> Value {
    let kind = match line.kind {
        Changed::Kept => "kept",
        Changed::Removed => "removed",
        Changed::Added => "added",
    };
    json!({ "line": line.number, "what": kind, "text": line.text })
}
