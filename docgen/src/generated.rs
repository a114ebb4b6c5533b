//! The files that are generated as a whole: where each is, and what stands in it.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{artifacthub, questions, schema, settings::Descriptions};

/// The path and the text of each generated file.
///
/// # Errors
/// Where a source can't be read, or does not fit the code.
pub fn files(root: &Path) -> Result<Vec<(String, String)>> {
    let read = |path: &str| {
        fs::read_to_string(root.join(path)).with_context(|| format!("can't read {path}"))
    };
    let words = read("docs/settings.md")?;
    let schema = schema::schema(&mut Descriptions::read(&words)?)?;
    let questions = questions::questions(&mut Descriptions::read(&words)?)?;
    let questions = format!(
        "# The form of the settings in Rancher, made of docs/settings.md and the code by `make gen`.\n{}",
        yaml_serde::to_string(&questions)?
    );

    let metadata: Value = yaml_serde::from_str(&read("metadata.yml")?)?;
    let version = metadata["annotations"]["io.kubewarden.policy.version"].as_str();
    let package = format!("artifacthub/{}/artifacthub-pkg.yml", version.unwrap_or_default());
    let released = released(&read("CHANGELOG.md")?, version.unwrap_or_default())?;
    let content = artifacthub::package(&metadata, &questions, &released)?;
    let content = format!(
        "# What Artifact Hub shows of this version, made of metadata.yml and questions-ui.yml by `make gen`.\n{}",
        yaml_serde::to_string(&content)?
    );
    Ok(vec![
        ("policy-settings/schema.json".to_owned(), format!("{schema:#}\n")),
        ("questions-ui.yml".to_owned(), questions),
        (package, content),
    ])
}

/// When the version was released, as its heading in the changelog has it: `## 0.1.0 (2026-11-24)`.
fn released(changelog: &str, version: &str) -> Result<String> {
    let heading = format!("## {version} (");
    let date = changelog.lines().find_map(|line| line.strip_prefix(&heading)?.strip_suffix(')'));
    let date = date.with_context(|| format!("CHANGELOG.md has no heading `{heading}YYYY-MM-DD)`"))?;
    Ok(format!("{date}T00:00:00Z"))
}
