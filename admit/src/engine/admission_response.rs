//! The answer in the form that the API server gets, as Kubewarden's policy server and kwctl make
//! it of a module's answer (kubewarden-controller, policy-evaluator/src/admission_response.rs).

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use json_patch::Patch;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a module answers: the SDK's `ValidationResponse`.
#[derive(Debug, Deserialize)]
struct ModuleResponse {
    accepted: bool,
    message: Option<String>,
    code: Option<u16>,
    mutated_object: Option<Value>,
    audit_annotations: Option<BTreeMap<String, String>>,
    warnings: Option<Vec<String>>,
}

/// admission/v1 `AdmissionResponse`
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdmissionResponse {
    /// The uid of the request.
    pub uid: String,
    /// Whether the request may go on.
    pub allowed: bool,
    /// `JSONPatch`, where there is a patch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch_type: Option<&'static str>,
    /// The patch in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// For the audit log.
    pub audit_annotations: Option<BTreeMap<String, String>>,
    /// For whoever sent the request.
    pub warnings: Option<Vec<String>>,
}

/// The reason of a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// As an HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
}

/// The answer to `request`, from what the module said.
///
/// # Errors
/// Where the module's answer does not have the SDK's form.
pub fn of(request: &Value, answer: Value) -> Result<(AdmissionResponse, Patch)> {
    let answer: ModuleResponse =
        serde_json::from_value(answer).context("the module's answer is not the SDK's")?;
    let patch = answer.mutated_object.map_or_else(Patch::default, |mut repaired| {
        let mut object = request.get("object").cloned().unwrap_or_default();
        // Kubewarden keeps objects sorted, and the order of the patch follows from it.
        object.sort_all_objects();
        repaired.sort_all_objects();
        json_patch::diff(&object, &repaired)
    });
    let encoded = (!patch.0.is_empty()).then(|| serde_json::to_string(&patch)).transpose()?;
    let response = AdmissionResponse {
        uid: request.get("uid").and_then(Value::as_str).unwrap_or_default().to_owned(),
        allowed: answer.accepted,
        patch_type: encoded.as_ref().map(|_| "JSONPatch"),
        patch: encoded.map(|patch| STANDARD.encode(patch)),
        status: (answer.message.is_some() || answer.code.is_some())
            .then_some(Status { message: answer.message, code: answer.code }),
        audit_annotations: answer.audit_annotations,
        warnings: answer.warnings,
    };
    Ok((response, patch))
}
