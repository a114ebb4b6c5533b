//! Finds out what `--fix` does, or would do.

use eks_aiml_networking::{
    finding::{self, Action},
    rules::EditsFor,
};

use super::{Judge, place::Here};
use crate::{
    engine::{Answer, Engine},
    outcome::{
        Finding, Severity,
        finding::{ChangedLine, known},
    },
};

/// The findings that `--fix` would leave. If it would leave the object unchanged: the reason, if there was
/// anything to repair.
pub(super) type Mended = Result<Vec<finding::Finding>, Option<String>>;

impl<E: Engine> Judge<'_, E> {
    /// The library's findings, with the changes of each fix.
    pub(super) fn told(
        &self,
        here: Here<'_>,
        findings: &[finding::Finding],
        is_repaired: bool,
        mended: &Mended,
    ) -> Vec<Finding> {
        let is_left = |finding: &finding::Finding| match mended {
            Ok(left) => left
                .iter()
                .any(|other| (other.rule, &other.subject) == (finding.rule, &finding.subject)),
            Err(_) => true,
        };
        let told = |finding: &finding::Finding| {
            let mut one = known(finding, here.object);
            one.is_fixable = !is_left(finding);
            if !finding.edits.is_empty() {
                one.change = here.change(finding);
            }
            if is_repaired && one.severity == Severity::Fix {
                one.severity = Severity::Fixed;
            }
            one
        };
        findings.iter().map(told).collect()
    }

    /// Tries `--fix`.
    pub(super) fn mended(&self, here: Here<'_>) -> Mended {
        let payload = here.request.payload(self.fixing);
        let depends = |finding: &finding::Finding| here.variable(finding).is_some();
        let answer = self.engine.judge(&payload, EditsFor::File, &depends).map_err(|_| None)?;
        let (Some(after), Answer::Judged { findings, .. }) = (answer.repaired(), &answer) else {
            return Err(None);
        };
        here.edited(after).map_err(|why| Some(here.said(&why)))?;
        Ok(findings.iter().filter(|one| one.action != Action::Fix).cloned().collect())
    }
}

/// Shows a change that several findings share only at the first of them.
pub(super) fn show_once(findings: &mut [Finding]) {
    let mut shown: Vec<Vec<ChangedLine>> = Vec::new();
    for finding in findings {
        if shown.contains(&finding.change) {
            finding.change.clear();
        } else {
            shown.push(finding.change.clone());
        }
    }
}
