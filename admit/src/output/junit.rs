//! `admit -o junit`: writes a test case for each object in the format that most CI servers read
//! (github.com/testmoapp/junitxml). A finding that makes the command fail is a failure; other findings are
//! output.

use std::fmt::Write as _;

use super::xml::escaped;
use crate::outcome::{Answer, Finding, Outcome, Place, Severity};

/// A report in progress.
#[derive(Debug)]
pub struct Report {
    /// The lowest severity that is a failure.
    least: Severity,
    cases: String,
    tests: u32,
    failures: u32,
    errors: u32,
    skipped: u32,
}

impl Report {
    /// Starts a report in which findings of at least this severity are failures.
    pub fn new(least: Severity) -> Self {
        Self { least, cases: String::new(), tests: 0, failures: 0, errors: 0, skipped: 0 }
    }

    /// Adds the outcome of an object.
    pub fn add(&mut self, outcome: &Outcome) {
        self.tests += 1;
        let name = if outcome.name.is_empty() { &outcome.uid } else { &outcome.name };
        // Writing to a string can't fail.
        let _ = write!(
            self.cases,
            "  <testcase classname=\"{}\" name=\"{}\">",
            escaped(&outcome.uid),
            escaped(name)
        );
        match &outcome.answer {
            Answer::Failed { why, .. } => {
                self.errors += 1;
                let _ = write!(self.cases, "<error message=\"{}\"/>", escaped(why));
            }
            Answer::Skipped { why, .. } => {
                self.skipped += 1;
                let _ = write!(self.cases, "<skipped message=\"{}\"/>", escaped(why));
            }
            Answer::Judged(judged) => {
                let fails = |finding: &&Finding| {
                    finding.severity >= self.least
                        || (finding.is_fixable && self.least <= Severity::Fix)
                };
                let (failures, others): (Vec<&Finding>, Vec<&Finding>) =
                    judged.findings.iter().partition(fails);
                self.failures += u32::from(!failures.is_empty());
                let file = outcome.file();
                if let Some(first) = failures.first() {
                    let lines: Vec<String> = failures.iter().map(|one| line(&file, one)).collect();
                    let _ = write!(
                        self.cases,
                        "<failure type=\"{}\" message=\"{}\">{}</failure>",
                        escaped(&first.rule),
                        escaped(&first.fact),
                        escaped(&lines.join("\n"))
                    );
                }
                if !others.is_empty() {
                    let lines: Vec<String> = others.iter().map(|one| line(&file, one)).collect();
                    let _ = write!(
                        self.cases,
                        "<system-out>{}</system-out>",
                        escaped(&lines.join("\n"))
                    );
                }
            }
        }
        self.cases.push_str("</testcase>\n");
    }

    /// Returns the report as XML.
    pub fn to_xml(&self) -> String {
        let Self { tests, failures, errors, skipped, cases, .. } = self;
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <testsuites tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">\n\
             <testsuite name=\"admit\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">\n\
             {cases}</testsuite>\n</testsuites>\n"
        )
    }
}

/// Formats a finding, one line for each of its places.
fn line(file: &str, finding: &Finding) -> String {
    let place = |place: &Place| {
        let (line, path) = (place.at.line, &place.path);
        let (severity, rule) = (finding.severity, &finding.rule);
        format!("{file}:{line}: {severity} [{rule}] {path}: {}", finding.message())
    };
    finding.places.iter().map(place).collect::<Vec<_>>().join("\n")
}
