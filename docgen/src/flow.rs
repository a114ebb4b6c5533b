//! Draws the flow of a request as a diagram of the groups of modules in `src/lib.rs`, in their order.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};

use crate::case::fence;

/// Returns the diagram in Mermaid.
///
/// # Errors
/// If `src/lib.rs` can't be read, or has no groups.
pub fn diagram(root: &Path) -> Result<String> {
    let text = fs::read_to_string(root.join("src/lib.rs")).context("can't read src/lib.rs")?;
    let groups = groups(&text);
    ensure!(!groups.is_empty(), "src/lib.rs has no groups of modules");
    let mut out = "flowchart TB\n".to_owned();
    for (index, (title, modules)) in groups.iter().enumerate() {
        out += &format!("  subgraph g{index} [\"{title}\"]\n    direction LR\n");
        for module in modules {
            out += &format!("    {module}[{module}]\n");
        }
        out += "  end\n";
    }
    for index in 1..groups.len() {
        out += &format!("  g{} --> g{index}\n", index - 1);
    }
    Ok(fence("mermaid", &out))
}

/// The groups: each with the comment above it and the modules that follow.
fn groups(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in text.lines() {
        let comment = line.strip_prefix("// ");
        let module = line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod "));
        if let Some(comment) = comment {
            groups.push((comment.trim_end_matches('.'), Vec::new()));
        } else if let Some(module) = module
            && let Some((_, modules)) = groups.last_mut()
        {
            modules.push(module.trim_end_matches(';'));
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_stand_in_their_groups() {
        let text = "//! A policy.\n\n// Ground: text.\npub mod text;\npub mod sort;\n\n// The answer.\nmod guest;\n";
        let expected = vec![("Ground: text", vec!["text", "sort"]), ("The answer", vec!["guest"])];
        assert_eq!(groups(text), expected);
    }
}
