//! Blocks about rules: tables of them, and the head of a rule's page.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use eks_aiml_networking::{
    rule::{self, RuleId, RuleInfo},
    text::{listed, suggest},
};

/// The folder of the pages.
const PAGES: &str = "docs/rules";

/// The page for people who got a message.
const DENIED: &str = "docs/denied.md";

/// Returns a table of the rules whose ids begin with one of these words; without words, of all rules.
pub fn table(document: &Path, words: &str) -> Result<String> {
    let words: Vec<&str> = words.split_whitespace().collect();
    let begins = |info: &RuleInfo, word: &str| info.id.split('-').next() == Some(word);
    if let Some(word) = words.iter().find(|word| !rule::infos().any(|info| begins(&info, word))) {
        bail!("no rule id begins with `{word}`");
    }
    let mut out = "| rule | finds | default |\n|--|--|--|\n".to_owned();
    for info in rule::infos() {
        if words.is_empty() || words.iter().any(|word| begins(&info, word)) {
            let RuleInfo { id, finds, default, .. } = info;
            let page = link(document, &format!("{PAGES}/{id}.md"))?;
            out += &format!("| [`{id}`]({page}) | {finds} | {default} |\n");
        }
    }
    Ok(out)
}

/// Returns the head of a rule's page: its default, its possible actions, its code and its cases.
pub fn head(root: &Path, document: &Path, id: &str) -> Result<String> {
    let Some(info) = RuleId::of(id).map(RuleId::info) else {
        let known: Vec<&str> = rule::infos().map(|info| info.id).collect();
        bail!("there is no rule `{id}`; {}", suggest(id, &known));
    };
    let code = format!("src/rules/{}.rs", id.replace('-', "_"));
    let cases = format!("e2e/cases/{id}");
    for source in [&code, &cases] {
        ensure!(root.join(source).exists(), "{source} does not exist");
    }
    let choices: &[&str] =
        if info.fixes { &["off", "warn", "deny", "fix"] } else { &["off", "warn", "deny"] };
    Ok(format!(
        "Default: **{}**. Can be {}. [Code]({}), [cases]({}). [Denied or warned: what now?]({})\n",
        info.default,
        listed(choices),
        link(document, &code)?,
        link(document, &cases)?,
        link(document, DENIED)?,
    ))
}

/// Makes a link from a document to a file of the project.
fn link(document: &Path, target: &str) -> Result<String> {
    let folder = document.parent().unwrap_or(Path::new(""));
    let relative = pathdiff::diff_paths(target, folder);
    Ok(relative
        .with_context(|| format!("{} is outside the project", document.display()))?
        .display()
        .to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_link_to_the_pages() {
        let all = table(Path::new("README.md"), "").unwrap();
        assert_eq!(all.lines().count(), 2 + RuleId::ALL.len());
        assert_eq!(
            all.lines().nth(3),
            Some(
                "| [`efa-count`](docs/rules/efa-count.md) | more EFA interfaces than any possible instance type has, or a typo in a resource's name | deny |"
            )
        );
        let some = table(Path::new("docs/rules/README.md"), "node instance").unwrap();
        let links: Vec<&str> =
            some.lines().skip(2).filter_map(|row| row.split(['(', ')']).nth(1)).collect();
        assert_eq!(
            links,
            [
                "node-unsatisfiable.md",
                "node-pool.md",
                "node-class.md",
                "node-label.md",
                "node-operator.md",
                "instance-type-unknown.md"
            ]
        );
        let error = table(Path::new("README.md"), "efa ef").unwrap_err().to_string();
        assert_eq!(error, "no rule id begins with `ef`");
    }

    #[test]
    fn the_head_of_a_page_tells_what_the_rule_can_do() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let head =
            |id| head(root, Path::new("docs/rules/x.md"), id).map_err(|error| error.to_string());
        assert_eq!(
            head("efa-limits").as_deref(),
            Ok("Default: **fix**. Can be `off`, `warn`, `deny`, `fix`. \
                [Code](../../src/rules/efa_limits.rs), [cases](../../e2e/cases/efa-limits). \
                [Denied or warned: what now?](../denied.md)\n")
        );
        assert_eq!(
            head("efa-zone").as_deref(),
            Ok("Default: **warn**. Can be `off`, `warn`, `deny`. \
                [Code](../../src/rules/efa_zone.rs), [cases](../../e2e/cases/efa-zone). \
                [Denied or warned: what now?](../denied.md)\n")
        );
        assert_eq!(
            head("efa-cuont"),
            Err("there is no rule `efa-cuont`; did you mean `efa-count`?".to_owned())
        );
    }
}
