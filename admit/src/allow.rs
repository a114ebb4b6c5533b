//! Comments that silence findings: `# admit: allow <rule>[,<rule>…] <reason>`. At the end of a line, or on
//! the line before, a comment applies to that line and everything below it in the structure; at the head of
//! a document, to the whole document.

use eks_aiml_networking::{
    finding::RuleId,
    rule,
    text::{Quoted, suggest},
};
use manifest::Document;

use crate::outcome::Finding;

/// The beginning of a comment for `admit`.
const MARK: &str = "# admit:";
const FORM: &str = "# admit: allow <rule>[,<rule>] <reason>";

/// The findings that the comments of a document silence.
#[derive(Debug, Default)]
pub struct Allows {
    allows: Vec<Allow>,
    /// The comments with errors: their lines, and the reasons.
    pub faults: Vec<(u32, String)>,
}

#[derive(Debug)]
struct Allow {
    rules: Vec<RuleId>,
    /// The first line and the last.
    lines: (u32, u32),
}

/// A line of a document.
struct Line<'t> {
    number: u32,
    text: &'t str,
}

impl Line<'_> {
    fn is_content(&self) -> bool {
        let text = self.text.trim_start();
        let text = text.strip_prefix("---").map_or(text, str::trim_start);
        !(text.is_empty() || text.starts_with(['#', '%']))
    }

    fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }
}

impl Allows {
    /// Reads the comments of a document.
    pub fn of(document: &Document<'_>) -> Self {
        if !document.text.contains(MARK) {
            return Self::default();
        }
        let numbers = document.start.line..;
        let lines = numbers.zip(document.text.lines());
        let lines: Vec<Line<'_>> = lines.map(|(number, text)| Line { number, text }).collect();
        let mut found = Self::default();
        for (index, line) in lines.iter().enumerate() {
            let Some((lead, said)) = line.text.split_once(MARK) else { continue };
            // Inside quotes it is not a comment.
            if ['"', '\''].iter().any(|quote| lead.matches(*quote).count() % 2 == 1) {
                continue;
            }
            let said = said.trim();
            match said.strip_prefix("allow ").ok_or_else(not_understood).and_then(rules) {
                Ok(rules) => {
                    let (before, after) = lines.split_at(index);
                    let is_head = !before.iter().any(Line::is_content) && !line.is_content();
                    let is_alone = lead.trim().is_empty();
                    let after = if is_alone { after.get(1..).unwrap_or_default() } else { after };
                    found.allows.push(Allow { rules, lines: reach(after, is_head) });
                }
                Err(why) => found.faults.push((line.number, why)),
            }
        }
        found
    }

    /// Removes the silenced places of a finding; returns `true` if none is left.
    pub fn silence(&self, finding: &mut Finding) -> bool {
        let is_silenced = |line| {
            self.allows.iter().any(|allow| {
                let (first, last) = allow.lines;
                let named = allow.rules.iter().any(|rule| rule.name() == finding.rule);
                named && (first..=last).contains(&line)
            })
        };
        let (gone, kept): (Vec<_>, Vec<_>) =
            finding.places.iter().cloned().partition(|place| is_silenced(place.at.line));
        if !gone.is_empty() && !kept.is_empty() {
            finding.places = kept;
            return false;
        }
        !gone.is_empty()
    }
}

/// The lines that a comment applies to: the first of these lines with content, and everything below it in
/// the structure; the whole document for a comment at its head.
fn reach(after: &[Line<'_>], is_head: bool) -> (u32, u32) {
    if is_head {
        return (0, u32::MAX);
    }
    let mut content = after.iter().filter(|line| line.is_content());
    let Some(first) = content.next() else { return (1, 0) };
    // The items of a list can be at the same column as its key.
    let is_key = first.text.split(" #").next().is_some_and(|text| text.trim_end().ends_with(':'));
    let below = content.take_while(|line| {
        let is_item = is_key && line.text.trim_start().starts_with('-');
        line.indent() > first.indent() || (is_item && line.indent() == first.indent())
    });
    (first.number, below.last().map_or(first.number, |line| line.number))
}

fn not_understood() -> String {
    format!("write `{FORM}`")
}

/// Reads the rules that a comment names; it must also give a reason.
fn rules(said: &str) -> Result<Vec<RuleId>, String> {
    // A comma can be followed by a blank.
    let said = said.trim().replace(", ", ",");
    let (ids, reason) = said.split_once(' ').unwrap_or((&said, ""));
    if reason.trim().is_empty() {
        let example = format!("# admit: allow {ids} <reason>");
        return Err(format!("add a reason: {}", Quoted(&example)));
    }
    let rule = |id| {
        RuleId::of(id).ok_or_else(|| {
            let all: Vec<&str> = rule::infos().map(|info| info.id).collect();
            format!("there is no rule {}; {}", Quoted(id), suggest(id, &all))
        })
    };
    ids.split(',').map(rule).collect()
}

#[cfg(test)]
mod tests {
    use manifest::{Position, documents::documents};
    use rstest::rstest;

    use super::*;
    use crate::outcome::{Place, Severity};

    /// The lines with silenced findings of `efa-zone`.
    fn silenced(text: &str) -> Vec<u32> {
        let allows = Allows::of(&documents(text, false)[0]);
        let finding = |line| Finding {
            severity: Severity::Warn,
            rule: "efa-zone".to_owned(),
            places: vec![Place {
                pointer: String::new(),
                path: String::new(),
                at: Position { line, column: 1 },
            }],
            assumptions: String::new(),
            fact: String::new(),
            remedies: Vec::new(),
            change: Vec::new(),
            is_fixable: false,
        };
        (1..=8).filter(|line| allows.silence(&mut finding(*line))).collect()
    }

    #[rstest]
    #[case::on_the_line("a: 1\nb: 2 # admit: allow efa-zone one zone\nc: 3\n", &[2])]
    #[case::before_the_line("a: 1\n# admit: allow efa-zone one zone\n\nb:\n  c: 2\n\n  d: 3\ne: 4\n", &[4, 5, 6, 7])]
    #[case::before_an_item("a:\n# admit: allow efa-zone,efa-image why\n- b: 1\n  c: 2\n- d: 3\n", &[3, 4])]
    #[case::at_the_head("# admit: allow efa-zone why\na:\n  b: 1\n", &[1, 2, 3, 4, 5, 6, 7, 8])]
    #[case::at_the_head_behind_a_marker("--- # a note\n# admit: allow efa-zone why\na: 1\n", &[1, 2, 3, 4, 5, 6, 7, 8])]
    #[case::in_a_text("a: \"x # admit: allow efa-zone why\"\n", &[])]
    #[case::another_rule("# admit: allow efa-image why\na: 1\n", &[])]
    #[case::without_a_reason("a: 1 # admit: allow efa-zone\n", &[])]
    #[case::before_a_list("a:\n  # admit: allow efa-zone, efa-image why\n  b:\n  - c: 1\n    d: 2\n  e: 3\n", &[3, 4, 5])]
    #[case::at_the_end("a: 1\n# admit: allow efa-zone why\n", &[])]
    fn lines_are_silenced(#[case] text: &str, #[case] expected: &[u32]) {
        assert_eq!(silenced(text), expected);
    }

    #[test]
    fn what_silences_nothing_is_told() {
        let text =
            "a: 1 # admit: allow efa-zone\nb: 2 # admit: allow efa-zon why\nc: 3 # admit: ignore\n";
        let faults = Allows::of(&documents(text, false)[0]).faults;
        let form = "write `# admit: allow <rule>[,<rule>] <reason>`";
        assert_eq!(faults[2], (3, form.to_owned()));
        assert_eq!(faults[0], (1, "add a reason: `# admit: allow efa-zone <reason>`".to_owned()));
        assert_eq!(faults[1].0, 2);
        assert!(faults[1].1.contains("did you mean `efa-zone`"), "{}", faults[1].1);
    }
}
