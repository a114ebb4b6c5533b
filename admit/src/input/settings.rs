//! Reads the settings file: the policy's settings, or a ClusterAdmissionPolicy that contains them.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
pub use insight::settings::{asking, checked, fixing};
use serde_json::{Value, json};

use super::text::{Source, Text};

/// Reads a settings file in YAML or JSON; without one, the settings are empty. Several policies in a file
/// must have equal settings.
///
/// # Errors
/// If the file can't be read, or contains no settings.
pub fn read(path: Option<&Path>) -> Result<Value> {
    let Some(path) = path else { return Ok(json!({})) };
    let text = Text::read(Source::named(path), 0);
    let documents = text.values().context("can't read the settings")?;
    let mut settings: Option<Value> = None;
    for (_, document) in documents {
        let found = match document {
            Value::Object(object) => {
                let settings = object.get("spec").and_then(|spec| spec.get("settings"));
                settings.cloned().unwrap_or(Value::Object(object))
            }
            value => bail!("{} does not contain settings but {value}", path.display()),
        };
        let differ = settings.as_ref().is_some_and(|first| *first != found);
        ensure!(!differ, "{} contains different settings; keep one of them", path.display());
        settings = Some(found);
    }
    Ok(settings.unwrap_or_else(|| json!({})))
}
