//! The contents that a block can have.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};
use eks_aiml_networking::text::suggest;

use crate::{calls, case, command, flow, kinds, rules, sizes};

/// Returns the content of a block whose marker says `asked`, in the document at this path.
///
/// - `rules`: a table of all rules; `rules efa prefix`: of those whose ids begin with these words.
/// - `kinds`: a table of the kinds that the policy checks.
/// - `rule efa-count`: the head of a rule's page.
/// - `case efa-count/fraction`: a case of the corpus, `e2e/cases`.
/// - `file bench/costs.txt`: what is in the file.
/// - `flow`: the modules of the policy in the order of the flow, as a diagram.
/// - `calls`: how many of a day's requests reach the policies.
/// - `sizes`: what a policy-server needs, by the size of a cluster.
/// - `$ admit …`, `$ make run`: the output of the command.
///
/// # Errors
/// If no block has this name, or its content can't be made.
pub fn content(root: &Path, document: &Path, asked: &str) -> Result<String> {
    const KINDS: [&str; 9] =
        ["rules", "rule", "kinds", "case", "file", "flow", "calls", "sizes", "$"];
    let (kind, what) = asked.split_once(' ').unwrap_or((asked, ""));
    match kind {
        "rules" => rules::table(document, what),
        "rule" => rules::head(root, document, what),
        "kinds" => Ok(kinds::table()),
        "case" => case::shown(root, what),
        "file" => {
            let text = fs::read_to_string(root.join(what)).with_context(|| what.to_owned())?;
            Ok(case::fence("text", &text))
        }
        "flow" => flow::diagram(root),
        "calls" => Ok(calls::tables()),
        "sizes" => sizes::table(root),
        "$" => command::output(root, what),
        _ => bail!("unknown kind of block `{kind}`; {}", suggest(kind, &KINDS)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_kind_of_block_is_refused() {
        let refused =
            |asked| content(Path::new("."), Path::new("a.md"), asked).unwrap_err().to_string();
        assert_eq!(refused("cas a/b"), "unknown kind of block `cas`; did you mean `case`?");
        assert_eq!(
            refused("picture of a cat"),
            "unknown kind of block `picture`; known are `rules`, `rule`, `kinds`, `case`, `file`, `flow`, `calls`, `sizes`, `$`"
        );
    }
}
