//! `admit explain`: the page of a rule, as docs/rules has it.

use std::fmt::Write as _;

use anstyle::Style;
use anyhow::{Result, bail};
use clap::Args;
use eks_aiml_networking::{
    rules::{self, RULES},
    suggest::suggest,
};

use crate::table::{self, words};

/// What a rule finds and why, a manifest that it finds fault with, one that it does not, and what
/// to do.
#[derive(Args, Debug)]
pub struct Command {
    /// The id of the rule, as messages name it; without one, all rules are listed.
    #[arg(value_name = "RULE")]
    rule: Option<String>,
}

macro_rules! pages {
    ($($id:literal)*) => {
        [$(($id, include_str!(concat!("../../docs/rules/", $id, ".md")))),*]
    };
}

/// The page of each rule, in the order of the rules.
const PAGES: [(&str, &str); RULES.len()] = pages! {
    "efa-required"
    "efa-count"
    "efa-limits"
    "efa-share"
    "efa-environment"
    "efa-hugepages"
    "efa-shared-memory"
    "efa-device-path"
    "efa-zone"
    "efa-image"
    "efa-inference"
    "efa-device-plugin"
    "bandwidth-required"
    "bandwidth-value"
    "node-unsatisfiable"
    "node-label"
    "node-operator"
    "instance-type-unknown"
    "prefix-delegation"
    "prefix-warm-targets"
    "prefix-cni-version"
    "prefix-conflict"
    "capacity-minimum"
    "capacity-no-prefix"
    "capacity-max-pods"
    "capacity-multi-nic"
    "capacity-pod-eni"
};

/// The page of a rule, or the list of rules, styled for a terminal.
///
/// # Errors
/// Where no rule has this id, with what may have been meant.
pub fn run(command: &Command) -> Result<String> {
    let Some(asked) = &command.rule else { return Ok(list()) };
    // Messages have the id in brackets.
    let id = asked.trim_matches(['[', ']']);
    match PAGES.iter().find(|(known, _)| *known == id) {
        Some((_, page)) => Ok(styled(page)),
        None => bail!("no rule has the id `{id}`; {}", suggest(id, &PAGES.map(|(known, _)| known))),
    }
}

fn list() -> String {
    let columns = [words("rule"), words("default"), words("finds")];
    let rows = rules::infos()
        .map(|info| [info.id.to_owned(), info.default.to_string(), info.finds.to_owned()]);
    table::lines(&columns, &rows, "").join("\n") + "\n"
}

/// A page with its headings bold, its code dim, and without the markers of generated blocks.
fn styled(page: &str) -> String {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let mut out = String::with_capacity(page.len());
    let mut in_code = false;
    for line in page.lines().filter(|line| !line.starts_with("<!-- ")) {
        let fence = line.starts_with("```");
        let style = match () {
            () if in_code || fence => dim,
            () if line.starts_with('#') => bold,
            () => Style::new(),
        };
        in_code ^= fence;
        // Writing to a string can't fail.
        let _ = writeln!(out, "{style}{line}{style:#}");
    }
    out
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    #[test]
    fn each_rule_has_a_page_and_each_page_a_rule() {
        let ids = rules::infos().map(|info| info.id);
        assert_eq!(PAGES.map(|(id, _)| id), ids);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules");
        let pages: BTreeSet<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let named = ids.map(|id| format!("{id}.md"));
        assert_eq!(pages, named.into_iter().chain(["README.md".to_owned()]).collect());
    }

    #[test]
    fn markers_are_not_shown_and_code_is_dim() {
        let page = "# A\n\ntext\n<!-- gen: rule a -->\n```yaml\n# no heading\n```\n<!-- /gen -->\n";
        assert_eq!(
            styled(page),
            "\u{1b}[1m# A\u{1b}[0m\n\ntext\n\
             \u{1b}[2m```yaml\u{1b}[0m\n\u{1b}[2m# no heading\u{1b}[0m\n\u{1b}[2m```\u{1b}[0m\n"
        );
    }
}
