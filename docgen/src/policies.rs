//! Generates the ClusterAdmissionPolicies: `docgen/policies` has one file for each, and the parts that
//! several share. A line `{{ parts/x.yml key=value }}` is replaced by a part, indented like the line; in
//! the part, `{{ key }}` is replaced by the value.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

/// Returns the names and texts of the manifests, in the order of their names.
///
/// # Errors
/// If a file can't be read, or a part or a value is missing.
pub fn manifests(folder: &Path) -> Result<Vec<(String, String)>> {
    let mut manifests = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let path = entry?.path();
        if path.is_file() {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let head = format!("# Generated from docgen/policies/{name} by `make gen`.\n");
            let text = whole(folder, &fs::read_to_string(&path)?).with_context(|| name.clone())?;
            manifests.push((name, head + &text));
        }
    }
    manifests.sort();
    Ok(manifests)
}

/// Replaces the lines that stand for parts.
fn whole(folder: &Path, text: &str) -> Result<String> {
    let mut out = String::new();
    for line in text.lines() {
        let inner = line.trim().strip_prefix("{{ ").and_then(|rest| rest.strip_suffix(" }}"));
        let Some((file, values)) = inner.map(|inner| inner.split_once(' ').unwrap_or((inner, "")))
        else {
            out += line;
            out.push('\n');
            continue;
        };
        let mut part = fs::read_to_string(folder.join(file)).with_context(|| file.to_owned())?;
        if let Some((key, value)) = values.split_once('=') {
            part = part.replace(&format!("{{{{ {key} }}}}"), value);
        }
        if part.contains("{{") {
            bail!("{file}: a value is missing");
        }
        let indent = line.len() - line.trim_start().len();
        for line in part.lines() {
            out += &format!("{:indent$}{line}\n", "");
        }
    }
    Ok(out)
}
