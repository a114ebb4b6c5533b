//! A finding as one line, `[rule] place, place: fact; remedy; remedy`, and the parts of such a line.
//!
//! This is the only place that joins and splits the parts. `"; "` and `": "` separate them outside of
//! backticks; user text is in backticks, which are always in pairs. Places contain no spaces.

use std::borrow::Cow;

use super::{Action, Finding};
use crate::json;

const ELLIPSIS: &str = "…";

/// The data that the lines of findings need in addition to the findings.
#[derive(Clone, Debug, Default)]
pub struct Lines<'l> {
    /// The places of the object: items of its lists are called by their names.
    pub places: json::Paths<'l>,
    /// The address of the rules' pages, with which the lines end; empty for none.
    pub pages: Cow<'l, str>,
}

impl Lines<'_> {
    /// The finding as one line.
    pub fn line(&self, finding: &Finding) -> String {
        let places = self.places(&self.path(finding.place()), finding, MAX_PLACES);
        joined(finding, &places, &finding.fact, &self.page(finding))
    }

    /// The line in at most `limit` bytes. It loses first all places but one, then the beginning of that
    /// one, then the end of the fact, and last the end of the remedies. The page stays.
    pub fn within(&self, finding: &Finding, limit: usize) -> String {
        const SHORTEST: usize = 24;
        const SHORTEST_FACT: usize = 160;
        let (first, page) = (self.path(finding.place()), self.page(finding));
        let places = self.places(&first, finding, MAX_PLACES);
        if length(finding, &places, &finding.fact) + page.len() <= limit {
            return joined(finding, &places, &finding.fact, &page);
        }
        let page = if page.len() > limit / 2 { "" } else { &page };
        let limit = limit - page.len();
        let mut place = self.places(&first, finding, 1);
        let over = |place: &str| length(finding, place, &finding.fact).saturating_sub(limit);
        if over(&place) > 0 {
            let (first, more) = place.split_once(' ').unwrap_or((&place, ""));
            let kept = first.len().saturating_sub(over(&place) + ELLIPSIS.len()).max(SHORTEST);
            if first.len() > kept + ELLIPSIS.len() {
                let start = first.ceil_char_boundary(first.len() - kept);
                let blank = if more.is_empty() { "" } else { " " };
                place = [ELLIPSIS, first.get(start..).unwrap_or_default(), blank, more].concat();
            }
        }
        let kept = finding.fact.len().saturating_sub(over(&place) + ELLIPSIS.len());
        let fact = match over(&place) {
            0 => finding.fact.clone(),
            _ => cut(&finding.fact, kept.max(SHORTEST_FACT)),
        };
        let line = joined(finding, &place, &fact, "");
        let kept = limit - ELLIPSIS.len();
        let line = if line.len() > limit { cut(&line, kept) } else { line };
        line + page
    }

    /// The first places, and how many more there are.
    fn places(&self, first: &str, finding: &Finding, most: usize) -> String {
        let mut out = first.to_owned();
        for place in finding.also.iter().take(most - 1) {
            out.push_str(PLACE_SEPARATOR);
            out.push_str(&self.path(place));
        }
        match (finding.also.len() + 1).checked_sub(most) {
            None | Some(0) => out,
            Some(more) => out + AND + &more.to_string() + MORE,
        }
    }

    fn path(&self, place: &str) -> String {
        self.places.path(place)
    }

    /// The address of the rule's page, for the end of a line: `{rule}` in the address stands for the
    /// rule's id; without it, the id follows the address.
    fn page(&self, finding: &Finding) -> String {
        const RULE: &str = "{rule}";
        let rule = finding.rule.name();
        match self.pages.split_once(RULE) {
            _ if self.pages.is_empty() => String::new(),
            Some((before, after)) => [SEPARATOR_OF_PAGE, before, rule, after].concat(),
            None => [SEPARATOR_OF_PAGE, self.pages.trim_end_matches('/'), "/", rule].concat(),
        }
    }
}

/// How long the line is without a page.
fn length(finding: &Finding, places: &str, fact: &str) -> usize {
    let remedies: usize =
        finding.remedies.iter().map(|remedy| SEPARATOR.len() + remedy.len()).sum();
    let is_fixed = finding.action == Action::Fix && !finding.remedies.is_empty();
    let fixed = if is_fixed { SEPARATOR_OF_FIX.len() - SEPARATOR.len() } else { 0 };
    "[] : ".len() + finding.rule.name().len() + places.len() + fact.len() + remedies + fixed
}

fn joined(finding: &Finding, places: &str, fact: &str, page: &str) -> String {
    let rule = finding.rule.name();
    let mut line = String::with_capacity(length(finding, places, fact) + page.len());
    for part in ["[", rule, "] ", places, ": ", fact] {
        line.push_str(part);
    }
    for (index, remedy) in finding.remedies.iter().enumerate() {
        let fixed = index == 0 && finding.action == Action::Fix;
        line.push_str(if fixed { SEPARATOR_OF_FIX } else { SEPARATOR });
        line.push_str(remedy);
    }
    line.push_str(page);
    line
}

/// Places beyond these are only counted.
const MAX_PLACES: usize = 4;

const PLACE_SEPARATOR: &str = ", ";
const AND: &str = " and ";
const MORE: &str = " more";
const SEPARATOR: &str = "; ";
const SEPARATOR_OF_FIX: &str = "; fixed: ";
const SEPARATOR_OF_PAGE: &str = "; see ";

/// The beginning of a text and an ellipsis; closes a quote that is cut.
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
    /// The first place; `…` stands for a beginning that was cut.
    pub place: &'l str,
    /// The other places, as far as they are listed.
    pub also: Vec<&'l str>,
    /// The fact.
    pub fact: &'l str,
    /// `true` if the remedies were carried out.
    pub fixed: bool,
    /// The remedies.
    pub remedies: Vec<&'l str>,
}

impl<'l> Line<'l> {
    /// Splits a line into its parts; `None` if it is not the line of a finding.
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
                place: "spec.a",
                also: Vec::new(),
                fact,
                fixed,
                remedies: remedies.to_vec(),
            };
            assert_eq!(Line::parse(&Lines::default().line(&one)), Some(expected));
        }
    }

    #[rstest]
    #[case::an_error("the `Pod` can't be read: /spec: must be an object")]
    #[case::more("and 3 more")]
    fn other_lines_are_no_findings(#[case] line: &str) {
        assert_eq!(Line::parse(line), None);
    }

    #[rstest]
    #[case::two(1, 200, &["spec.a", "spec[1]"])]
    #[case::four(3, 200, &["spec.a", "spec[1]", "spec[2]", "spec[3]"])]
    #[case::many(20, 200, &["spec.a", "spec[1]", "spec[2]", "spec[3]"])]
    #[case::in_little_room(20, 60, &["spec.a"])]
    fn the_same_in_other_places(
        #[case] more: usize,
        #[case] limit: usize,
        #[case] listed: &[&str],
    ) {
        let mut one = finding("/spec/a", "a fact: so it is", &["do this"]);
        one.also = (1..=more).map(|at| format!("/spec/{at}")).collect();
        let line = Lines::default().within(&one, limit);
        let parts = Line::parse(&line).unwrap();
        assert_eq!([vec![parts.place], parts.also].concat(), listed, "{line}");
        assert_eq!((parts.fact, parts.remedies), ("a fact: so it is", vec!["do this"]));
        let unlisted = more + 1 - listed.len();
        assert_eq!(line.contains(&format!(" and {unlisted} more: ")), unlisted > 0, "{line}");
    }

    #[test]
    fn what_is_cut_ends_its_quote() {
        let long = format!("the image `{}; gone` is bad", "x".repeat(300));
        let line = Lines::default().within(&finding("/spec/a", &long, &["use another"]), 256);
        assert!(line.len() <= 256, "{line}");
        let parts = Line::parse(&line).unwrap();
        assert!(parts.fact.ends_with("…`"), "{line}");
        assert_eq!(parts.remedies, ["use another"]);
    }

    #[test]
    fn a_key_in_a_place_forges_nothing() {
        let line =
            Lines::default().line(&finding("/spec/nodeSelector/a: b; `c\n[x] d", "a fact", &[]));
        assert_eq!(Line::parse(&line).unwrap().fact, "a fact", "{line}");
    }

    #[rstest]
    #[case::after_the_address("https://a.b/rules/", "https://a.b/rules/efa-count")]
    #[case::within_it("https://a.b/{rule}.md#why", "https://a.b/efa-count.md#why")]
    fn a_line_ends_with_the_page_however_short_it_is(#[case] pages: &str, #[case] page: &str) {
        let lines = Lines { pages: pages.into(), ..Lines::default() };
        let long = finding("/spec/a", &"x".repeat(300), &["use another"]);
        let (short, whole) = (lines.within(&long, 256), lines.line(&long));
        assert!(short.len() <= 256, "{short}");
        for line in [&short, &whole] {
            assert!(line.ends_with(&format!("; see {page}")), "{line}");
        }
        assert!(lines.within(&long, 80).len() <= 80);
    }
}
