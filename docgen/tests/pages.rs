//! Checks the rules' pages: each has the same sections, a bad manifest in which its rule finds something,
//! and a good one in which it does not.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use eks_aiml_networking::rule;
use testkit::{
    corpus,
    files::{root, text},
};

const SECTIONS: [&str; 9] = [
    "What it finds",
    "Why it costs you",
    "Bad",
    "Good",
    "How to fix",
    "What it can't see",
    "Assumptions",
    "Settings",
    "Sources",
];

/// The page's head, and its sections by name.
fn parts(id: &str) -> (String, Vec<(String, String)>) {
    let text = text(root().join(format!("docs/rules/{id}.md")));
    let mut parts = text.split("\n## ");
    let head = parts.next().unwrap().to_owned();
    let section = |part: &str| {
        let (name, text) = part.split_once('\n').unwrap();
        (name.to_owned(), text.to_owned())
    };
    (head, parts.map(section).collect())
}

/// The cases that a section shows, and `true` for those in which the rule finds something.
fn cases(id: &str, section: &str) -> Vec<(String, bool)> {
    let markers = section.lines().filter_map(|line| line.strip_prefix("<!-- gen: case "));
    markers
        .map(|marker| marker.strip_suffix(" -->").unwrap())
        .map(|case| (case.to_owned(), corpus::case(case).finds(id)))
        .collect()
}

#[test]
fn each_page_says_first_what_it_means_and_has_all_sections() {
    for info in rule::infos() {
        let id = info.id;
        let (head, sections) = parts(id);
        let start = format!("# `{id}`\n\n");
        let rest = head.strip_prefix(&start).unwrap_or_else(|| panic!("{id}: {head}"));
        assert!(rest.starts_with(char::is_uppercase), "{id}: {rest}");
        assert!(rest.contains(&format!("\n<!-- gen: rule {id} -->\n")), "{id}: {rest}");
        let names: Vec<&str> = sections.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, SECTIONS, "{id}");
        let (_, costs) = &sections[1];
        let is_number =
            |word: &str| word.trim_start_matches(['(', '`']).starts_with(char::is_numeric);
        assert!(costs.split_whitespace().any(is_number), "{id}: no number says what it costs");
    }
}

#[test]
fn bad_manifests_are_found_fault_with_and_good_ones_are_not() {
    for info in rule::infos() {
        let (_, sections) = parts(info.id);
        for (name, expected) in [("Bad", true), ("Good", false)] {
            let (_, text) = sections.iter().find(|(section, _)| section == name).unwrap();
            let shown = cases(info.id, text);
            assert!(!shown.is_empty(), "{}: {name} shows no case", info.id);
            for (case, finds) in shown {
                assert_eq!(finds, expected, "{}: {name}: {case}", info.id);
            }
        }
    }
}

#[test]
fn the_index_has_every_rule_once() {
    let index = text(root().join("docs/rules/README.md"));
    for info in rule::infos() {
        let row = format!("| [`{0}`]({0}.md) |", info.id);
        assert_eq!(index.matches(&row).count(), 1, "{}", info.id);
    }
}
