//! Collects the findings of rules, and decides the action on each.

use crate::{
    finding::{Action, Edit, Edits, Finding, MAX_LISTED, Report, RuleId, Subject},
    json,
    settings::{Choice, Settings},
    sort,
    view::PodView,
};

/// The findings for which edits are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditsFor {
    /// None: nothing is repaired.
    None,
    /// Those that are fixed.
    Fixes,
    /// All that have a certain remedy, to show the edits in addition to the action.
    All,
    /// All, for an editor of a file: fixes are made whatever the kind, and may change the whole file.
    File,
}

impl EditsFor {
    /// `true` if the edits are also shown.
    pub fn shows_all(self) -> bool {
        matches!(self, Self::All | Self::File)
    }
}

/// The options for checking an object.
#[derive(Clone, Copy)]
pub struct Look<'l> {
    /// The findings for which edits are made.
    pub edits: EditsFor,
    /// `true` if a repair may make an edit; `None` if it may make any.
    pub may: Option<&'l dyn Fn(&Edit) -> bool>,
    /// The rules that check it.
    pub scope: Scope,
}

/// The rules that check an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All rules.
    Everything,
    /// Only rules until something needs a repair: the repaired object is checked again.
    UntilRepaired,
}

/// Collects the findings.
pub struct Findings<'f> {
    settings: &'f Settings<'f>,
    look: Look<'f>,
    /// The current rule, the number of findings before it, and the current pod.
    rule: RuleId,
    before: usize,
    pod: Option<&'f PodView<'f>>,
    found: Vec<Finding>,
}

impl<'f> Findings<'f> {
    /// An empty collection; `first` is the rule that runs next.
    pub fn new(settings: &'f Settings<'f>, look: Look<'f>, first: RuleId) -> Self {
        Self { settings, look, rule: first, before: 0, pod: None, found: Vec::new() }
    }

    /// Makes this rule the current one.
    pub fn begin(&mut self, rule: RuleId) {
        (self.rule, self.before) = (rule, self.found.len());
    }

    /// Makes this pod the current one.
    pub fn look_at(&mut self, pod: Option<&'f PodView<'f>>) {
        self.pod = pod;
    }

    /// `true` if the rule already has more findings than are listed one by one.
    pub fn is_full(&self) -> bool {
        self.found.len() - self.before > MAX_LISTED
    }

    /// Adds a finding without a certain remedy.
    pub fn report(&mut self, report: Report) {
        let action = self.action(&report, false);
        self.push(action, report, Ok(Vec::new()));
    }

    /// Adds a finding with a certain remedy; `edits` is only called if its edits are needed.
    pub fn report_with_fix(&mut self, report: Report, edits: impl FnOnce() -> Edits) {
        let action = self.action(&report, self.rule.info().fixes);
        let edits = match (self.look.edits, self.look.may) {
            // Only the edits show if it can be repaired.
            (_, Some(_)) | (EditsFor::Fixes, _) if action == Action::Fix => edits(),
            (wanted, _) if wanted.shows_all() => edits(),
            _ => Ok(Vec::new()),
        };
        let may = |edits: &[Edit]| self.look.may.is_none_or(|may| edits.iter().all(may));
        match edits {
            Ok(edits) if action == Action::Fix && !may(&edits) => {
                let shown = if self.look.edits.shows_all() { edits } else { Vec::new() };
                self.push(self.settings.unrepaired.into(), report, Ok(shown));
            }
            edits => self.push(action, report, edits),
        }
    }

    /// The action on a finding: the operator's choice, otherwise the rule's proposal. With an open
    /// assumption nothing is fixed, and nothing is denied unless the operator chose it.
    fn action(&self, report: &Report, fixable: bool) -> Action {
        let proven = report.assumptions.is_empty();
        match self.settings.choice(self.rule) {
            Some(Choice::Warn | Choice::Off) => Action::Warn,
            Some(Choice::Deny) => Action::Deny,
            _ if !proven => Action::Warn,
            Some(Choice::Fix) if fixable && report.repair_needs.is_empty() => Action::Fix,
            _ if report.proposed == Action::Fix && !report.repair_needs.is_empty() => Action::Warn,
            _ => report.proposed,
        }
    }

    fn push(&mut self, action: Action, report: Report, edits: Edits) {
        let Report { proposed: _, places, what, assumptions, repair_needs, mut fact, remedies } =
            report;
        if !assumptions.is_empty() {
            fact += &assumptions.to_string();
        }
        // A fix that can't be written is a denial.
        let (action, edits) = match edits {
            Ok(edits) => (action, edits),
            Err(_) if action == Action::Fix => (Action::Deny, Vec::new()),
            Err(_) => (action, Vec::new()),
        };
        let pod = self.pod.map_or("".into(), |pod| pod.place.clone());
        let subject = Subject { pod, what };
        self.found.push(Finding {
            rule: self.rule,
            action,
            subject,
            assumptions: assumptions.and(repair_needs),
            places,
            also: Vec::new(),
            fact,
            remedies,
            edits,
        });
    }

    /// `true` if something must be repaired.
    pub fn has_fixes(&self) -> bool {
        self.found.iter().any(|finding| finding.action == Action::Fix)
    }

    /// The findings in the order of their rules, then of their places.
    pub fn in_order(self) -> Vec<Finding> {
        let found = self.found;
        let compare = |one: &Finding, other: &Finding| {
            one.rule.cmp(&other.rule).then_with(|| json::compare(one.place(), other.place()))
        };
        sort::sorted_by(found, compare)
    }
}
