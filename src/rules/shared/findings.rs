//! Where rules put what they find, and what is decided of it.

use crate::{
    finding::{Action, Edit, Edits, Finding, MAX_LISTED, Report, RuleId, Subject},
    settings::{Choice, Settings},
    sort,
    view::PodView,
};

/// For which findings the edits are worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditsFor {
    /// For none: nothing is repaired.
    None,
    /// For those that are fixed.
    Fixes,
    /// For all that have a certain remedy: they are shown beside what is done.
    All,
    /// For all, and whoever asks edits a file: fixes are made whatever the kind, and may change all of it.
    File,
}

impl EditsFor {
    /// Whether the edits are for showing too.
    pub fn shows_all(self) -> bool {
        matches!(self, Self::All | Self::File)
    }
}

/// How an object is looked at.
#[derive(Clone, Copy)]
pub struct Look<'l> {
    /// For which findings the edits are worked out.
    pub edits: EditsFor,
    /// Whether a repair may make an edit; `None` where it may make any.
    pub may: Option<&'l dyn Fn(&Edit) -> bool>,
    /// How far it is judged.
    pub scope: Scope,
}

/// How far an object is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// By all rules.
    Everything,
    /// Until there is something to repair: it will be judged again once it is repaired.
    UntilRepaired,
}

/// Where a rule puts its findings.
pub struct Findings<'f> {
    settings: &'f Settings<'f>,
    look: Look<'f>,
    /// The rule that is looking, how many findings there were before it, and the pod it looks at.
    rule: RuleId,
    before: usize,
    pod: Option<&'f PodView<'f>>,
    found: Vec<Finding>,
}

impl<'f> Findings<'f> {
    /// None yet; `first` is the rule that will look.
    pub fn new(settings: &'f Settings<'f>, look: Look<'f>, first: RuleId) -> Self {
        Self { settings, look, rule: first, before: 0, pod: None, found: Vec::new() }
    }

    /// From here on this rule looks.
    pub fn begin(&mut self, rule: RuleId) {
        (self.rule, self.before) = (rule, self.found.len());
    }

    /// From here on it looks at this pod.
    pub fn look_at(&mut self, pod: Option<&'f PodView<'f>>) {
        self.pod = pod;
    }

    /// Whether the rule has more already than are listed one by one.
    pub fn is_full(&self) -> bool {
        self.found.len() - self.before > MAX_LISTED
    }

    /// A finding without a certain remedy.
    pub fn report(&mut self, report: Report) {
        let action = self.action(&report, false);
        self.push(action, report, Ok(Vec::new()));
    }

    /// A finding with a certain remedy: `edits` are worked out where they are wanted.
    pub fn report_with_fix(&mut self, report: Report, edits: impl FnOnce() -> Edits) {
        let action = self.action(&report, self.rule.info().fixes);
        let edits = match (self.look.edits, self.look.may) {
            // Without its edits it is not known whether it is a repair.
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

    /// What is done about it: what the operator wants, else what the rule proposes. Under an open
    /// assumption nothing is fixed, and nothing is denied unless the operator says so.
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
        // A fix that can't be written is none: it is told like one that may not be made.
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

    /// Whether something is to be repaired.
    pub fn has_fixes(&self) -> bool {
        self.found.iter().any(|finding| finding.action == Action::Fix)
    }

    /// The findings in the order of their rules, then of their places.
    pub fn in_order(self) -> Vec<Finding> {
        let found = self.found;
        let key = |at: &usize| found.get(*at).map(|finding| (finding.rule, &finding.places));
        let order = sort::order(found.len(), &mut |a, b| key(a).cmp(&key(b)));
        sort::ordered(order, found)
    }
}
