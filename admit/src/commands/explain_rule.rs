//! `admit explain`: shows the page of a rule in docs/rules.

use std::fmt::Write as _;

use anstyle::Style;
use anyhow::{Result, bail};
use clap::Args;
use eks_aiml_networking::{
    for_each_rule,
    rule::{self, RuleId},
    text::suggest,
};

use crate::output::{
    sarif,
    table::{self, words},
};

/// Show the page of a rule: what it finds, why, a bad and a good example, and how to fix it.
#[derive(Args, Debug)]
pub struct Command {
    /// The id of the rule, as shown in messages. Without it, all rules are listed.
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

/// Returns the page of a rule, or the list of rules, styled for a terminal.
///
/// # Errors
/// If no rule has this id; with the probable one.
pub fn run(command: &Command) -> Result<String> {
    let Some(asked) = &command.rule else { return Ok(list()) };
    // Messages show the id in brackets.
    let id = asked.trim_matches(['[', ']']);
    match RuleId::of(id) {
        Some(rule) => {
            let more = sarif::page(rule.name());
            Ok(format!("{}\nAs a page: {more}\n", styled(page(rule)).trim_end()))
        }
        None => bail!("there is no rule `{id}`; {}", suggest(id, &ids())),
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

/// Styles a page for a terminal: headings bold, code dim and separate, without Markdown's markup. Only
/// links to the web keep their targets.
fn styled(page: &str) -> String {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let mut out = String::with_capacity(page.len());
    let mut in_code = false;
    for line in page.lines().filter(|line| !line.starts_with("<!-- ")) {
        // Writing to a string can't fail.
        let _ = match line {
            line if line.starts_with("```") => {
                in_code = !in_code;
                continue;
            }
            line if in_code => writeln!(out, "    {dim}{line}{dim:#}"),
            line if line.starts_with('#') => {
                let heading = line.trim_start_matches(['#', ' ']).replace('`', "");
                writeln!(out, "{bold}{heading}{bold:#}")
            }
            // The files that the links lead to are not at hand.
            line => writeln!(out, "{}", unlinked(line.split(" [Code](").next().unwrap_or(line))),
        };
    }
    out
}

/// Replaces the links of a line by text: `[Karpenter](https://…)` by `Karpenter (https://…)`.
fn unlinked(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, text, target, after)) = link(rest) {
        out.push_str(before);
        out.push_str(text);
        if target.starts_with("https://") {
            let _ = write!(out, " ({target})");
        }
        rest = after;
    }
    out + rest
}

/// Splits a line at its first link: the text before, the link's text and target, and the text after.
fn link(line: &str) -> Option<(&str, &str, &str, &str)> {
    let (head, rest) = line.split_once("](")?;
    let (before, text) = head.rsplit_once('[')?;
    let (target, after) = rest.split_once(')')?;
    Some((before, text, target, after))
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
    fn a_page_is_for_the_terminal() {
        let page = "# A\n\nsee [b](../b.md) and [c](https://c.org)\n<!-- gen: rule a -->\n\
                    ```yaml\n# no heading\n```\n<!-- /gen -->\n";
        assert_eq!(
            styled(page),
            "\u{1b}[1mA\u{1b}[0m\n\nsee b and c (https://c.org)\n    \u{1b}[2m# no heading\u{1b}[0m\n"
        );
    }
}
