//! `admit -o sarif`: writes a log for code scanning in SARIF 2.1.0
//! (docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), with the properties that GitHub requires
//! (docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning).

use std::{collections::HashMap, fmt::Write as _};

use eks_aiml_networking::rule::{RuleId, RuleInfo};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use manifest::Position;

use crate::outcome::{Answer, Finding, Outcome, Place, Severity};

/// The project's home, as in `metadata.yml`.
const HOME: &str = "https://github.com/OWNER/eks-aiml-networking";
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The rule for lines that name none, for example `and 3 more`.
const OTHER: &str = "admit";
/// The characters that a path in a URI does not escape.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A log in progress.
#[derive(Debug)]
pub struct Log {
    /// The ids and descriptions of the rules.
    rules: Vec<(String, Value)>,
    results: Vec<Value>,
    notifications: Vec<Value>,
    /// How often each fingerprint was used.
    fingerprints: HashMap<String, u32>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            rules: RuleId::ALL.iter().map(|id| (id.to_string(), rule(id.info()))).collect(),
            results: Vec::new(),
            notifications: Vec::new(),
            fingerprints: HashMap::new(),
        }
    }
}

impl Log {
    /// Adds the outcome of an object.
    pub fn add(&mut self, outcome: &Outcome) {
        match &outcome.answer {
            Answer::Failed { why, at } => self.notifications.push(json!({
                "level": "error",
                "message": { "text": why },
                "locations": [{ "physicalLocation": physical(outcome, at.unwrap_or(Position::START)) }],
            })),
            Answer::Skipped { .. } => {}
            Answer::Judged(judged) => {
                for finding in &judged.findings {
                    let result = self.result(outcome, finding);
                    self.results.push(result);
                }
            }
        }
    }

    fn result(&mut self, outcome: &Outcome, finding: &Finding) -> Value {
        let rule = if finding.rule.is_empty() { OTHER } else { &finding.rule };
        let location = |place: &Place| {
            json!({
                "physicalLocation": physical(outcome, place.at),
                "logicalLocations": [{
                    "fullyQualifiedName": place.path,
                    "decoratedName": outcome.name,
                    "kind": "member",
                }],
            })
        };
        json!({
            "ruleId": rule,
            "ruleIndex": self.rule(rule),
            "level": finding.severity.level(),
            "message": { "text": finding.message() },
            "locations": finding.places.iter().take(1).map(location).collect::<Vec<_>>(),
            "relatedLocations": finding.places.iter().skip(1).map(location).collect::<Vec<_>>(),
            "partialFingerprints": { "finding/v1": self.fingerprint(outcome, finding) },
        })
    }

    /// The index of a rule; rules of other modules are added on first use.
    fn rule(&mut self, id: &str) -> usize {
        let known = self.rules.iter().position(|(known, _)| known == id);
        known.unwrap_or_else(|| {
            self.rules.push((id.to_owned(), json!({ "id": id })));
            self.rules.len() - 1
        })
    }

    /// A fingerprint that stays the same when lines move or numbers change: the file, the object, the rule
    /// and the place, and a counter if several findings share them.
    fn fingerprint(&mut self, outcome: &Outcome, finding: &Finding) -> String {
        let file = outcome.located(finding.at()).map_or_else(String::new, |(file, _)| file);
        let parts = [&*file, &outcome.name, &finding.rule, finding.path()];
        let digest = parts
            .into_iter()
            .fold(Sha256::new(), |digest, part| digest.chain_update(part).chain_update([0]));
        let mut print = digest.finalize().iter().take(16).fold(String::new(), |mut hex, byte| {
            // Writing to a string can't fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let count = self.fingerprints.entry(print.clone()).or_default();
        *count += 1;
        let _ = write!(print, ":{count}");
        print
    }

    /// Returns the log as JSON.
    pub fn to_json(&self) -> Value {
        let rules: Vec<&Value> = self.rules.iter().map(|(_, rule)| rule).collect();
        json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "eks-aiml-networking",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "version": env!("CARGO_PKG_VERSION"),
                    "informationUri": HOME,
                    "rules": rules,
                } },
                "columnKind": "unicodeCodePoints",
                "invocations": [{
                    "executionSuccessful": self.notifications.is_empty(),
                    "toolExecutionNotifications": self.notifications,
                }],
                "results": self.results,
            }],
        })
    }
}

/// The URL of a rule's page.
pub fn page(rule: &str) -> String {
    format!("{HOME}/blob/main/docs/rules/{rule}.md")
}

fn rule(info: &RuleInfo) -> Value {
    let page = page(info.id);
    json!({
        "id": info.id,
        "shortDescription": { "text": info.finds },
        "fullDescription": { "text": info.finds },
        "help": { "text": format!("Finds {}: {page}", info.finds) },
        "helpUri": page,
        "defaultConfiguration": { "level": Severity::from(info.default).level() },
    })
}

/// The line in the file. GitHub requires one even if it is unknown.
fn physical(outcome: &Outcome, position: Position) -> Value {
    let (file, position) =
        outcome.located(position).unwrap_or_else(|| ("standard-input".to_owned(), Some(position)));
    let region = match position {
        Some(Position { line, column }) => json!({ "startLine": line, "startColumn": column }),
        None => json!({ "startLine": 1 }),
    };
    let path = utf8_percent_encode(&file, PATH);
    let uri = if file.starts_with('/') { format!("file://{path}") } else { path.to_string() };
    json!({ "artifactLocation": { "uri": uri }, "region": region })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_is_where_the_metadata_say() {
        let metadata = include_str!("../../../metadata.yml");
        assert!(metadata.contains(&format!("io.kubewarden.policy.source: {HOME}\n")));
    }
}
