//! `admit explain`: the page of a rule, as docs/rules has it.

use std::fmt::Write as _;

use anstyle::Style;
use anyhow::{Result, bail};
use clap::Args;
use eks_aiml_networking::{
    for_each_rule,
    rule::{self, RuleId},
    text::suggest,
};

use crate::output::table::{self, words};

/// What a rule finds and why, a manifest that it finds fault with, one that it does not, and what
/// to do.
#[derive(Args, Debug)]
pub struct Command {
    /// The id of the rule, as messages name it; without one, all rules are listed.
    #[arg(value_name = "RULE")]
    rule: Option<String>,
}

macro_rules! pages {
    ($($module:ident: $rule:ident { id: $id:literal, $($more:tt)* })*) => {
        /// The page of a rule.
        fn page(rule: RuleId) -> &'static str {
            match rule {
                $(RuleId::$rule => include_str!(concat!("../../../docs/rules/", $id, ".md")),)*
            }
        }
    };
}

for_each_rule!(pages);

/// The page of a rule, or the list of rules, styled for a terminal.
///
/// # Errors
/// Where no rule has this id, with what may have been meant.
pub fn run(command: &Command) -> Result<String> {
    let Some(asked) = &command.rule else { return Ok(list()) };
    // Messages have the id in brackets.
    let id = asked.trim_matches(['[', ']']);
    match RuleId::of(id) {
        Some(rule) => Ok(styled(page(rule))),
        None => bail!("no rule has the id `{id}`; {}", suggest(id, &ids())),
    }
}

fn ids() -> Vec<&'static str> {
    rule::infos().map(|info| info.id).collect()
}

fn list() -> String {
    let columns = [words("rule"), words("default"), words("finds")];
    let rows: Vec<_> = rule::infos()
        .map(|info| [info.id.to_owned(), info.default.to_string(), info.finds.to_owned()])
        .collect();
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
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules");
        let pages: BTreeSet<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let named = ids().into_iter().map(|id| format!("{id}.md"));
        assert_eq!(pages, named.chain(["README.md".to_owned()]).collect());
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
