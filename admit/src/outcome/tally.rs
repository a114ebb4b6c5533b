//! Counts the outcomes.

use super::{Answer, Outcome, Severity};

/// The number of objects by outcome, and the number of findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    judged: u32,
    failed: u32,
    skipped: u32,
    untold: u32,
    denials: u32,
    fixes: u32,
    warnings: u32,
    fixable: u32,
    fixed: u32,
}

impl Tally {
    /// Counts the outcome of an object.
    pub fn count(&mut self, outcome: &Outcome) {
        match &outcome.answer {
            Answer::Judged(judged) => {
                self.judged += 1;
                self.untold += judged.untold;
                for finding in &judged.findings {
                    *match finding.severity {
                        Severity::Deny => &mut self.denials,
                        Severity::Fix => &mut self.fixes,
                        Severity::Warn => &mut self.warnings,
                        Severity::Fixed => &mut self.fixed,
                    } += 1;
                    self.fixable += u32::from(finding.is_fixable);
                }
            }
            Answer::Failed { .. } => self.failed += 1,
            Answer::Skipped { .. } => self.skipped += 1,
        }
    }

    /// The number of checked objects.
    pub fn judged(&self) -> u32 {
        self.judged
    }

    /// `true` if an object could not be checked.
    pub fn has_failed(&self) -> bool {
        self.failed > 0
    }

    /// `true` if there is a finding of this severity or a higher one. A warning that `--fix` would repair
    /// counts as a repair that was not made.
    pub fn has(&self, least: Severity) -> bool {
        self.denials > 0
            || (least <= Severity::Fix && self.fixes + self.fixable > 0)
            || (least <= Severity::Warn && self.warnings > 0)
    }

    /// `312 objects checked, 4 not, 20 skipped: 3 findings (1 deny, 2 warn; --fix repairs 1)`
    pub fn line(&self, can_fix: bool) -> String {
        let objects = if self.judged == 1 { "object" } else { "objects" };
        let mut line = format!("{} {objects} checked", self.judged);
        for (count, what) in [(self.failed, "not checked"), (self.skipped, "skipped")] {
            if count > 0 {
                line += &format!(", {count} {what}");
            }
        }
        let found = self.denials + self.fixes + self.warnings;
        if self.judged == 0 {
            return line;
        }
        line += &match found {
            0 => ": no findings".to_owned(),
            1 => ": 1 finding".to_owned(),
            found => format!(": {found} findings"),
        };
        let kinds = [(self.denials, "deny"), (self.fixes, "fix"), (self.warnings, "warn")];
        let kinds = kinds.iter().filter(|(count, _)| *count > 0);
        let kinds: Vec<String> = kinds.map(|(count, what)| format!("{count} {what}")).collect();
        if found > 0 {
            let mends = match self.fixable {
                more @ 1.. if can_fix => format!("; --fix repairs {more}"),
                _ => String::new(),
            };
            line += &format!(" ({}{mends})", kinds.join(", "));
        }
        if self.fixed > 0 {
            line += &format!(", {} fixed", self.fixed);
        }
        if self.untold > 0 {
            line += &format!(", {} silenced", self.untold);
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_told_in_a_line() {
        let tally = Tally { judged: 1, ..Tally::default() };
        assert_eq!(tally.line(true), "1 object checked: no findings");
        let tally = Tally {
            judged: 7,
            failed: 1,
            skipped: 2,
            untold: 3,
            denials: 1,
            fixes: 0,
            warnings: 2,
            fixable: 1,
            fixed: 0,
        };
        assert_eq!(
            tally.line(true),
            "7 objects checked, 1 not checked, 2 skipped: 3 findings (1 deny, 2 warn; --fix repairs 1), 3 silenced"
        );
        let told = [Severity::Warn, Severity::Fix, Severity::Deny].map(|least| tally.has(least));
        assert_eq!(told, [true; 3]);
        let warned = Tally { warnings: 1, ..Tally::default() };
        let told = [Severity::Warn, Severity::Fix, Severity::Deny].map(|least| warned.has(least));
        assert_eq!(told, [true, false, false]);
    }
}
