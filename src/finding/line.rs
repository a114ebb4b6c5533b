//! A finding as one line, `[rule] place: fact; remedy; remedy`, and the parts of such a line.
//!
//! Only here are the parts joined and taken apart. `"; "` and `": "` separate them outside of
//! backticks; user text stands in backticks, which are always pairs.

use super::{Action, Finding};
use crate::text;

const ELLIPSIS: &str = "…";

impl Finding {
    /// The finding as one line.
    pub fn line(&self) -> String {
        self.line_at(self.place(), &self.fact)
    }

    /// The line in at most `limit` bytes: the middle of a long place goes first, then the end of
    /// the fact, and last the end of the remedies.
    pub fn line_within(&self, limit: usize) -> String {
        const SHORTEST: usize = 24;
        const SHORTEST_FACT: usize = 80;
        let line = self.line();
        let over = line.len().saturating_sub(limit);
        if over == 0 {
            return line;
        }
        let place = self.place();
        let kept = place.len().saturating_sub(over + ELLIPSIS.len()).max(SHORTEST);
        let place = match place.len() > kept + ELLIPSIS.len() {
            true => {
                let start = place.ceil_char_boundary(place.len() - kept);
                [ELLIPSIS, place.get(start..).unwrap_or_default()].concat()
            }
            false => place.to_owned(),
        };
        let over = self.line_at(&place, &self.fact).len().saturating_sub(limit);
        let kept = self.fact.len().saturating_sub(over + ELLIPSIS.len()).max(SHORTEST_FACT);
        let fact = if over > 0 { cut(&self.fact, kept) } else { self.fact.clone() };
        let line = self.line_at(&place, &fact);
        let kept = limit - ELLIPSIS.len();
        if line.len() > limit { cut(&line, kept) } else { line }
    }

    fn line_at(&self, place: &str, fact: &str) -> String {
        let rule = self.rule.name();
        // A key of the user's is in the place: it must not begin a line or a part of its own.
        let forges = |c: char| text::misleads(c) || c.is_whitespace() || c == '`';
        let place = match text::is_token(place) {
            true => place,
            false => &*place.replace(forges, "?"),
        };
        let remedies: usize = self.remedies.iter().map(|remedy| remedy.len() + 2).sum();
        let room = rule.len() + place.len() + fact.len() + remedies + 16;
        let mut line = String::with_capacity(room);
        for part in ["[", rule, "] ", place, ": ", fact] {
            line.push_str(part);
        }
        for (index, remedy) in self.remedies.iter().enumerate() {
            let fixed = index == 0 && self.action == Action::Fix;
            line.push_str(if fixed { SEPARATOR_OF_FIX } else { SEPARATOR });
            line.push_str(remedy);
        }
        line
    }
}

const SEPARATOR: &str = "; ";
const SEPARATOR_OF_FIX: &str = "; fixed: ";

/// The beginning of a text, and a sign that it goes on; a quote that is cut is closed.
fn cut(text: &str, kept: usize) -> String {
    if text.len() <= kept {
        return text.to_owned();
    }
    let begin = |kept: usize| text.get(..text.floor_char_boundary(kept)).unwrap_or_default();
    let open = |text: &str| text.bytes().filter(|byte| *byte == b'`').count() % 2 == 1;
    match begin(kept) {
        // Half a separator would end the part before it.
        kept if !open(kept) => {
            [kept.trim_end_matches("; ").trim_end_matches(';'), ELLIPSIS].concat()
        }
        longer => {
            let kept = begin(longer.len().saturating_sub(1));
            [kept, ELLIPSIS, if open(kept) { "`" } else { "" }].concat()
        }
    }
}

/// The parts of a line, as texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'l> {
    /// The id of the rule.
    pub rule: &'l str,
    /// The place, where it is not cut.
    pub place: &'l str,
    /// The fact.
    pub fact: &'l str,
    /// Whether the remedies were carried out.
    pub fixed: bool,
    /// The remedies.
    pub remedies: Vec<&'l str>,
}

impl<'l> Line<'l> {
    /// Takes a line apart; `None` for one that is no finding's.
    pub fn parse(line: &'l str) -> Option<Self> {
        let (rule, rest) = line.strip_prefix('[')?.split_once("] ")?;
        let (place, rest) = rest.split_once(": ")?;
        let mut parts = Parts(Some(rest));
        let fact = parts.next().unwrap_or_default();
        let mut remedies: Vec<&str> = parts.collect();
        let mut fixed = false;
        if let Some(first) = remedies.first_mut()
            && let Some(remedy) = first.strip_prefix("fixed: ")
        {
            (*first, fixed) = (remedy, true);
        }
        Some(Self { rule, place, fact, fixed, remedies })
    }
}

/// The parts of a text that are separated by `"; "` outside of backticks.
struct Parts<'t>(Option<&'t str>);

impl<'t> Iterator for Parts<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let text = self.0.take()?;
        let mut quoted = false;
        let ends = |(at, byte): (usize, u8)| {
            quoted ^= byte == b'`';
            (!quoted && byte == b';' && text.get(at..)?.starts_with(SEPARATOR)).then_some(at)
        };
        match text.bytes().enumerate().find_map(ends) {
            Some(at) => {
                self.0 = text.get(at + SEPARATOR.len()..);
                text.get(..at)
            }
            None => Some(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::finding::{Assumptions, RuleId, Subject};

    fn finding(place: &str, fact: &str, remedies: &[&str]) -> Finding {
        Finding {
            rule: RuleId::EfaCount,
            action: Action::Warn,
            subject: Subject { pod: "/spec".into(), what: None },
            assumptions: Assumptions::NONE,
            places: vec![place.to_owned()],
            fact: fact.to_owned(),
            remedies: remedies.iter().map(|remedy| (*remedy).to_owned()).collect(),
            edits: Vec::new(),
        }
    }

    #[rstest]
    #[case::none("a fact", &[])]
    #[case::two("a fact: so it is", &["do this", "or that"])]
    #[case::quoted("the image `a:1; ignore it` is `b`", &["use `c; d`"])]
    fn what_is_joined_comes_apart_again(#[case] fact: &str, #[case] remedies: &[&str]) {
        let mut one = finding("/spec/a", fact, remedies);
        for fixed in [false, true] {
            one.action = if fixed { Action::Fix } else { Action::Warn };
            let fixed = fixed && !remedies.is_empty();
            let expected = Line {
                rule: "efa-count",
                place: "/spec/a",
                fact,
                fixed,
                remedies: remedies.to_vec(),
            };
            assert_eq!(Line::parse(&one.line()), Some(expected));
        }
    }

    #[rstest]
    #[case::an_error("the `Pod` can't be read: /spec: must be an object")]
    #[case::more("and 3 more")]
    fn other_lines_are_no_findings(#[case] line: &str) {
        assert_eq!(Line::parse(line), None);
    }

    #[test]
    fn what_is_cut_ends_its_quote() {
        let long = format!("the image `{}; gone` is bad", "x".repeat(300));
        let line = finding("/spec/a", &long, &["use another"]).line_within(256);
        assert!(line.len() <= 256, "{line}");
        let parts = Line::parse(&line).unwrap();
        assert!(parts.fact.ends_with("…`"), "{line}");
        assert_eq!(parts.remedies, ["use another"]);
    }

    #[test]
    fn a_key_in_a_place_forges_nothing() {
        let line = finding("/spec/nodeSelector/a: b; `c\n[x] d", "a fact", &[]).line();
        assert_eq!(Line::parse(&line).unwrap().fact, "a fact", "{line}");
    }
}
