//! The settings file: the policy's settings, or a ClusterAdmissionPolicy that has them.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};
pub use insight::settings::{checked, fixing};
use serde_json::{Value, json};

/// Reads a settings file in YAML or JSON; without one, the settings are empty.
///
/// # Errors
/// Where the file can't be read, or holds no settings.
pub fn read(path: Option<&Path>) -> Result<Value> {
    let Some(path) = path else { return Ok(json!({})) };
    let text = fs::read_to_string(path)
        .with_context(|| format!("can't read the settings {}", path.display()))?;
    let value: Value = yaml_serde::from_str(&text)
        .with_context(|| format!("{} is neither YAML nor JSON", path.display()))?;
    match value {
        Value::Null => Ok(json!({})),
        Value::Object(object) => {
            let settings = object.get("spec").and_then(|spec| spec.get("settings"));
            Ok(settings.cloned().unwrap_or(Value::Object(object)))
        }
        _ => bail!("{} holds no settings, but {value}", path.display()),
    }
}
