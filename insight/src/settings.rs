//! Settings as the policy takes them, as a repair wants them, and as a snapshot of a cluster does.

use anyhow::{Result, anyhow, bail};
use eks_aiml_networking::{
    error::Error,
    json::RawJson,
    rule,
    settings::{self, Settings},
};
use serde_json::{Map, Value};

/// The settings in `text`, which is JSON, as the policy takes them.
///
/// # Errors
/// Every fault, where they are not valid.
pub fn checked(text: &str) -> Result<Settings<'_>> {
    let faults = settings::validate(text);
    if !faults.is_empty() {
        bail!("{}", Error::Settings(faults));
    }
    Settings::read(Some(RawJson(text))).map_err(|error| anyhow!("{error}"))
}

/// `settings` under which the cluster is asked, since there is one to answer.
#[must_use]
pub fn asking(mut settings: Value) -> Value {
    if let Some(settings) = settings.as_object_mut() {
        settings.insert("clusterContext".to_owned(), true.into());
    }
    settings
}

/// `settings` under which everything with a certain remedy is repaired. What is off stays off.
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
