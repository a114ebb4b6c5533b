//! The policy for a browser: the library's functions, typed for TypeScript. No logic of its own.
//!
//! [`review`] and [`validate_settings`] take and give the bytes that an engine does. [`judge`],
//! [`capacity`] and [`plan`] tell what they find as data, for the page's views.

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

/// Judges the payload that an engine sends to `validate`: Kubewarden's `ValidationResponse` as
/// JSON. `host` answers the calls of host capabilities; without it none is offered.
#[wasm_bindgen]
pub fn review(payload: &[u8], host: Option<host::Answers>) -> String {
    match host {
        Some(answers) => eks_aiml_networking::review(payload, &answers).to_json(),
        None => eks_aiml_networking::review(payload, &NoHost).to_json(),
    }
}

/// Judges the settings that an engine sends to `validate_settings`: Kubewarden's
/// `SettingsValidationResponse` as JSON.
#[wasm_bindgen(js_name = validateSettings)]
pub fn validate_settings(payload: &[u8]) -> String {
    eks_aiml_networking::validate_settings(payload)
}

/// Judges a manifest, a list of them, an admission request or an admission review, written as JSON,
/// as it would be created under these settings, in this cluster.
///
/// # Errors
/// Where it is none of them.
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

/// A text with changes, written as JSON Patch, in that one of its documents which is the `index`th to hold
/// something, from 0. What no change names keeps its text, comments and order.
///
/// # Errors
/// Where there is no simple way.
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

/// Every fault of settings, written as JSON.
///
/// # Errors
/// Where it can't be told.
#[wasm_bindgen(js_name = settingsFaults)]
pub fn settings_faults(settings: &str) -> Result<Vec<Ts<Fault>>, JsError> {
    let faults = settings::validate(settings).into_iter();
    Ok(faults.map(|fault| Fault::from(fault).into_ts()).collect::<Result<_, _>>()?)
}

/// How many pods a node of each type holds under these settings, written as JSON.
///
/// # Errors
/// Where the settings are not valid.
#[wasm_bindgen]
pub fn capacity(settings: &str) -> Result<Vec<Ts<Row>>, JsError> {
    let settings = checked(settings).map_err(|error| JsError::new(&error.to_string()))?;
    let types = types::sorted(settings.catalog.all(), &settings.catalog);
    let row = |instance| Row::of(instance, &settings.capacity).into_ts();
    Ok(types.iter().map(row).collect::<Result<_, _>>()?)
}

/// The address plan of settings, written as JSON; nothing where they name no subnets.
///
/// # Errors
/// Where the settings are not valid.
#[wasm_bindgen]
pub fn plan(settings: &str) -> Result<Option<Ts<AddressPlan>>, JsError> {
    let told = |error: anyhow::Error| JsError::new(&error.to_string());
    let valid = checked(settings).map_err(told)?;
    let plan = insight::plan::of(settings, &valid.terms()).map_err(told)?;
    Ok(plan.map(|plan| plan.into_ts()).transpose()?)
}

/// What this build knows.
///
/// # Errors
/// Where it can't be told.
#[wasm_bindgen]
pub fn about() -> Result<Ts<About>, JsError> {
    let rules = u32::try_from(RuleId::ALL.len())?;
    let (version, table) = (env!("CARGO_PKG_VERSION"), instances::DATE);
    Ok(About { version, table, rules }.into_ts()?)
}

/// A fault of settings.
#[derive(Debug, Serialize, Tsify)]
pub struct Fault {
    /// Where, as `network.subnets[2].cidr`; empty for the settings as a whole.
    pub path: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl From<error::Fault> for Fault {
    fn from(fault: error::Fault) -> Self {
        Self { path: fault.path, what: fault.what }
    }
}

/// What this build knows.
#[derive(Debug, Serialize, Tsify)]
pub struct About {
    /// The policy's version.
    pub version: &'static str,
    /// The day of the table of instance types.
    pub table: &'static str,
    /// How many rules there are.
    pub rules: u32,
}
