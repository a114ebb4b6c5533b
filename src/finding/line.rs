//! A finding as one line, `[rule] place, place: fact; remedy; remedy`, and the parts of such a line.
//!
//! Only here are the parts joined and taken apart. `"; "` and `": "` separate them outside of
//! backticks; user text stands in backticks, which are always pairs. No place holds a blank.

use std::borrow::Cow;

use super::{Action, Finding};
use crate::text;

const ELLIPSIS: &str = "…";

impl Finding {
    /// The finding as one line.
    pub fn line(&self) -> String {
        self.line_at(&self.listed(MAX_PLACES), &self.fact)
    }

    /// The line in at most `limit` bytes: all places but one go first, then the middle of that, then
    /// the end of the fact, and last the end of the remedies.
    pub fn line_within(&self, limit: usize) -> String {
        const SHORTEST: usize = 24;
        const SHORTEST_FACT: usize = 80;
        let line = self.line();
        if line.len() <= limit {
            return line;
        }
        let mut place = self.listed(1);
        let over = self.line_at(&place, &self.fact).len().saturating_sub(limit);
        if over > 0 {
            let (first, more) = place.split_once(' ').unwrap_or((&place, ""));
            let kept = first.len().saturating_sub(over + ELLIPSIS.len()).max(SHORTEST);
            if first.len() > kept + ELLIPSIS.len() {
                let start = first.ceil_char_boundary(first.len() - kept);
                let blank = if more.is_empty() { "" } else { " " };
                place = [ELLIPSIS, first.get(start..).unwrap_or_default(), blank, more].concat();
            }
        }
        let over = self.line_at(&place, &self.fact).len().saturating_sub(limit);
        let kept = self.fact.len().saturating_sub(over + ELLIPSIS.len()).max(SHORTEST_FACT);
        let fact = if over > 0 { cut(&self.fact, kept) } else { self.fact.clone() };
        let line = self.line_at(&place, &fact);
        let kept = limit - ELLIPSIS.len();
        if line.len() > limit { cut(&line, kept) } else { line }
    }

    /// The first places, and how many more there are.
    fn listed(&self, most: usize) -> String {
        let mut out = sanitized(self.place()).into_owned();
        for place in self.also.iter().take(most - 1) {
            out.push_str(PLACE_SEPARATOR);
            out.push_str(&sanitized(place));
        }
        match (self.also.len() + 1).checked_sub(most) {
            None | Some(0) => out,
            Some(more) => out + AND + &more.to_string() + MORE,
        }
    }

    fn line_at(&self, places: &str, fact: &str) -> String {
        let rule = self.rule.name();
        let remedies: usize = self.remedies.iter().map(|remedy| remedy.len() + 2).sum();
        let room = rule.len() + places.len() + fact.len() + remedies + 16;
        let mut line = String::with_capacity(room);
        for part in ["[", rule, "] ", places, ": ", fact] {
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

/// More places than these are only counted.
const MAX_PLACES: usize = 4;

/// A key of the user's is in a place: it must not begin a line or a part of its own.
fn sanitized(place: &str) -> Cow<'_, str> {
    let forges = |c: char| text::misleads(c) || c.is_whitespace() || c == '`';
    match text::is_token(place) {
        true => Cow::Borrowed(place),
        false => Cow::Owned(place.replace(forges, "?")),
    }
}

const PLACE_SEPARATOR: &str = ", ";
const AND: &str = " and ";
const MORE: &str = " more";
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
    /// The first place, of which `…` begins what is cut.
    pub place: &'l str,
    /// The other places, as far as they are listed.
    pub also: Vec<&'l str>,
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
        let (places, rest) = rest.split_once(": ")?;
        let places = match places.rsplit_once(AND) {
            Some((listed, more)) if more.ends_with(MORE) => listed,
            _ => places,
        };
        let mut places = places.split(PLACE_SEPARATOR);
        let (place, also) = (places.next()?, places.collect());
        let mut parts = Parts(Some(rest));
        let fact = parts.next().unwrap_or_default();
        let mut remedies: Vec<&str> = parts.collect();
        let mut fixed = false;
        if let Some(first) = remedies.first_mut()
            && let Some(remedy) = first.strip_prefix("fixed: ")
        {
            (*first, fixed) = (remedy, true);
        }
        Some(Self { rule, place, also, fact, fixed, remedies })
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
            also: Vec::new(),
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
                also: Vec::new(),
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

    #[rstest]
    #[case::two(1, 200, &["/spec/a", "/spec/1"])]
    #[case::four(3, 200, &["/spec/a", "/spec/1", "/spec/2", "/spec/3"])]
    #[case::many(20, 200, &["/spec/a", "/spec/1", "/spec/2", "/spec/3"])]
    #[case::in_little_room(20, 60, &["/spec/a"])]
    fn the_same_in_other_places(
        #[case] more: usize,
        #[case] limit: usize,
        #[case] listed: &[&str],
    ) {
        let mut one = finding("/spec/a", "a fact: so it is", &["do this"]);
        one.also = (1..=more).map(|at| format!("/spec/{at}")).collect();
        let line = one.line_within(limit);
        let parts = Line::parse(&line).unwrap();
        assert_eq!([vec![parts.place], parts.also].concat(), listed, "{line}");
        assert_eq!((parts.fact, parts.remedies), ("a fact: so it is", vec!["do this"]));
        let unlisted = more + 1 - listed.len();
        assert_eq!(line.contains(&format!(" and {unlisted} more: ")), unlisted > 0, "{line}");
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
