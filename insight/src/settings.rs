//! Reads settings as the policy does, and changes them for repairs and for a snapshot of a cluster.

use anyhow::{Result, anyhow, bail};
use eks_aiml_networking::{
    error::Error,
    json::RawJson,
    rule,
    settings::{self, Settings},
};
use serde_json::{Map, Value};

/// Reads the settings in `text`, which is JSON, as the policy does.
///
/// # Errors
/// If they are not valid; with every error.
pub fn checked(text: &str) -> Result<Settings<'_>> {
    let faults = settings::validate(text);
    if !faults.is_empty() {
        bail!("{}", Error::Settings(faults));
    }
    Settings::read(Some(RawJson(text))).map_err(|error| anyhow!("{error}"))
}

/// Returns `settings` that use the cluster, because a snapshot can answer.
#[must_use]
pub fn asking(mut settings: Value) -> Value {
    if let Some(settings) = settings.as_object_mut() {
        settings.insert("clusterContext".to_owned(), true.into());
    }
    settings
}

/// Returns `settings` that repair everything that has a certain fix. Rules that are off stay off.
pub fn fixing(settings: &Value) -> Value {
    let mut settings = settings.clone();
    let Some(object) = settings.as_object_mut() else { return settings };
    object.insert("mutate".to_owned(), true.into());
    let choices = object.entry("rules").or_insert_with(|| Map::new().into());
    if let Some(choices) = choices.as_object_mut() {
        for info in rule::infos().filter(|info| info.fixes) {
            let choice = choices.get(info.id);
            if !choice.is_some_and(|choice| choice == "off" || *choice == false) {
                choices.insert(info.id.to_owned(), "fix".into());
            }
        }
    }
    settings
}
