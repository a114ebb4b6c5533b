//! The policy for a browser: the library's functions, typed for TypeScript. No logic of its own.
//!
//! [`review`] and [`validate_settings`] take and return the same bytes as for an engine. [`judge`],
//! [`capacity`] and [`plan`] return data for the page's views.

mod cluster;
mod host;
mod judgement;
mod patch;

use eks_aiml_networking::{error, finding::RuleId, host::NoHost, instances, settings};
use insight::{capacity::Row, plan::AddressPlan, settings::checked, types};
use json_patch::PatchOperation;
use manifest::{documents::documents, edit};
use serde::Serialize;
use tsify::{Ts, Tsify};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

pub use cluster::Cluster;
pub use judgement::{Finding, Judgement, Verdict};
pub use patch::{Operation, Operator};

/// Checks the payload that an engine sends to `validate`; returns Kubewarden's `ValidationResponse` as
/// JSON. `host` answers calls of host capabilities; without it there are none.
#[wasm_bindgen]
pub fn review(payload: &[u8], host: Option<host::Answers>) -> String {
    match host {
        Some(answers) => eks_aiml_networking::review(payload, &answers).to_json(),
        None => eks_aiml_networking::review(payload, &NoHost).to_json(),
    }
}

/// Checks the settings that an engine sends to `validate_settings`; returns Kubewarden's
/// `SettingsValidationResponse` as JSON.
#[wasm_bindgen(js_name = validateSettings)]
pub fn validate_settings(payload: &[u8]) -> String {
    eks_aiml_networking::validate_settings(payload)
}

/// Checks a manifest, a list of them, an admission request or an admission review, written as JSON, as if
/// created under these settings in this cluster.
///
/// # Errors
/// If it is none of them.
#[wasm_bindgen]
pub fn judge(
    document: &str,
    settings: &str,
    cluster: &Cluster,
) -> Result<Vec<Ts<Judgement>>, JsError> {
    let judgements = Judgement::all(document, settings, cluster.seen());
    let judgements = judgements.map_err(|error| JsError::new(&error.to_string()))?;
    Ok(judgements.iter().map(Judgement::into_ts).collect::<Result<_, _>>()?)
}

/// Makes changes, written as JSON Patch, to one document of a text: the `index`th that is not empty, from
/// 0. Whatever no change names keeps its text, comments and order.
///
/// # Errors
/// If there is no simple way.
#[wasm_bindgen]
pub fn edit(text: &str, index: usize, operations: &str) -> Result<String, JsError> {
    let operations: Vec<PatchOperation> = serde_json::from_str(operations)?;
    let documents = documents(text, false);
    let mut holding = documents.iter().filter(|one| matches!(one.read(), Ok(Some(_))));
    let document = holding.nth(index).ok_or_else(|| JsError::new("there is no such document"))?;
    let edited = edit::edited(document, &operations).map_err(|error| {
        JsError::new(&format!(
            "can't be written: {} {}; change it by hand",
            error.pointer,
            error.why.words()
        ))
    })?;
    let text =
        documents.iter().map(|one| if std::ptr::eq(one, document) { &*edited } else { one.text });
    Ok(text.collect())
}

/// Returns every error in settings, written as JSON.
///
/// # Errors
/// If the result can't be passed to JavaScript.
#[wasm_bindgen(js_name = settingsFaults)]
pub fn settings_faults(settings: &str) -> Result<Vec<Ts<Fault>>, JsError> {
    let faults = settings::validate(settings).into_iter();
    Ok(faults.map(|fault| Fault::from(fault).into_ts()).collect::<Result<_, _>>()?)
}

/// Returns how many pods a node of each type supports under these settings, written as JSON.
///
/// # Errors
/// If the settings are not valid.
#[wasm_bindgen]
pub fn capacity(settings: &str) -> Result<Vec<Ts<Row>>, JsError> {
    let settings = checked(settings).map_err(|error| JsError::new(&error.to_string()))?;
    let types = types::sorted(settings.catalog.all(), &settings.catalog);
    let row = |instance| Row::of(instance, &settings.capacity).into_ts();
    Ok(types.iter().map(row).collect::<Result<_, _>>()?)
}

/// Returns the address plan of settings, written as JSON; `None` if they name no subnets.
///
/// # Errors
/// If the settings are not valid.
#[wasm_bindgen]
pub fn plan(settings: &str) -> Result<Option<Ts<AddressPlan>>, JsError> {
    let told = |error: anyhow::Error| JsError::new(&error.to_string());
    let valid = checked(settings).map_err(told)?;
    let plan = insight::plan::of(settings, &valid.terms()).map_err(told)?;
    Ok(plan.map(|plan| plan.into_ts()).transpose()?)
}

/// Describes this build.
///
/// # Errors
/// If the result can't be passed to JavaScript.
#[wasm_bindgen]
pub fn about() -> Result<Ts<About>, JsError> {
    let rules = u32::try_from(RuleId::ALL.len())?;
    let (version, table) = (env!("CARGO_PKG_VERSION"), instances::DATE);
    Ok(About { version, table, rules }.into_ts()?)
}

/// An error in settings.
#[derive(Debug, Serialize, Tsify)]
pub struct Fault {
    /// The place, for example `network.subnets[2].cidr`; empty for the settings as a whole.
    pub path: String,
    /// What is wrong, and what would be valid.
    pub what: String,
}

impl From<error::Fault> for Fault {
    fn from(fault: error::Fault) -> Self {
        Self { path: fault.path, what: fault.what }
    }
}

/// The contents of this build.
#[derive(Debug, Serialize, Tsify)]
pub struct About {
    /// The policy's version.
    pub version: &'static str,
    /// The date of the table of instance types.
    pub table: &'static str,
    /// The number of rules.
    pub rules: u32,
}
