//! Fills the marked blocks of a Markdown document.

use anyhow::{Result, anyhow, bail};

const OPEN: &str = "<!-- gen:";
const CLOSE: &str = "<!-- /gen -->";

/// Returns the text with every block filled by the result of `content` for its marker.
///
/// # Errors
/// If a marker has no partner, or `content` fails; the message begins with the line.
pub fn fill(text: &str, content: &mut dyn FnMut(&str) -> Result<String>) -> Result<String> {
    let mut out = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n').enumerate();
    while let Some((index, line)) = lines.next() {
        let number = index + 1;
        out.push_str(line);
        if line.trim_end() == CLOSE {
            bail!("{number}: `{CLOSE}` closes nothing");
        }
        let Some(rest) = line.strip_prefix(OPEN) else { continue };
        let asked = rest.trim_end().strip_suffix("-->");
        let asked = asked.ok_or_else(|| anyhow!("{number}: the marker does not end with `-->`"))?;
        out.push_str(&content(asked.trim()).map_err(|error| anyhow!("{number}: {error:#}"))?);
        let close = lines
            .by_ref()
            .map(|(_, line)| line)
            .find(|line| line.trim_end() == CLOSE || line.starts_with(OPEN));
        match close {
            Some(close) if !close.starts_with(OPEN) => out.push_str(close),
            _ => bail!("{number}: no `{CLOSE}` closes the block"),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn filled(text: &str) -> Result<String, String> {
        let mut content = |asked: &str| match asked {
            "broken" => bail!("no such thing"),
            asked => Ok(format!("<{asked}>\n")),
        };
        fill(text, &mut content).map_err(|error| error.to_string())
    }

    #[test]
    fn what_stood_in_a_block_is_replaced_and_nothing_else() {
        let text = "a\n<!-- gen: one 1 -->\nold\n\nolder\n<!-- /gen -->\n\nb `<!-- gen: no -->`\n\
            <!-- gen: two -->\n<!-- /gen -->";
        let new = "a\n<!-- gen: one 1 -->\n<one 1>\n<!-- /gen -->\n\nb `<!-- gen: no -->`\n\
            <!-- gen: two -->\n<two>\n<!-- /gen -->";
        assert_eq!(filled(text).as_deref(), Ok(new));
        assert_eq!(filled(new).as_deref(), Ok(new));
    }

    #[rstest]
    #[case("a\n<!-- gen: one -->\nb\n", "2: no `<!-- /gen -->` closes the block")]
    #[case(
        "<!-- gen: one -->\n<!-- gen: two -->\n<!-- /gen -->\n",
        "1: no `<!-- /gen -->` closes the block"
    )]
    #[case("a\n\n<!-- /gen -->\n", "3: `<!-- /gen -->` closes nothing")]
    #[case("<!-- gen: one\n-->\n<!-- /gen -->\n", "1: the marker does not end with `-->`")]
    #[case("a\n<!-- gen: broken -->\n<!-- /gen -->\n", "2: no such thing")]
    fn faults_name_their_line(#[case] text: &str, #[case] message: &str) {
        assert_eq!(filled(text), Err(message.to_owned()));
    }
}
