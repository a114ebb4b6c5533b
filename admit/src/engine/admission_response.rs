//! Builds the answer in the format of the API server, as Kubewarden's policy server and kwctl do from a
//! module's answer (kubewarden-controller, policy-evaluator/src/admission_response.rs).

use std::collections::BTreeMap;

use anyhow::Result;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use eks_aiml_networking::response::Response;
use json_patch::Patch;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The answer of a policy: the SDK's `ValidationResponse`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ModuleResponse {
    /// `true` if the request is accepted.
    pub accepted: bool,
    /// The reason for a denial: one line for each denying finding.
    pub message: Option<String>,
    /// The HTTP status code.
    pub code: Option<u16>,
    /// The repaired object.
    pub mutated_object: Option<Value>,
    /// Annotations for the audit log.
    pub audit_annotations: Option<BTreeMap<String, String>>,
    /// Warnings for the sender of the request.
    pub warnings: Option<Vec<String>>,
}

impl From<Response> for ModuleResponse {
    fn from(response: Response) -> Self {
        let annotations = response.audit_annotations.into_iter();
        let annotations: BTreeMap<_, _> =
            annotations.map(|(key, value)| (key.to_owned(), value)).collect();
        let object = response.mutated_object.as_deref();
        Self {
            accepted: response.accepted,
            message: response.message,
            code: response.code,
            mutated_object: object.and_then(|object| serde_json::from_str(object).ok()),
            audit_annotations: Some(annotations).filter(|all| !all.is_empty()),
            warnings: Some(response.warnings).filter(|all| !all.is_empty()),
        }
    }
}

/// The `AdmissionResponse` of admission/v1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdmissionResponse {
    /// The uid of the request.
    pub uid: String,
    /// `true` if the request is accepted.
    pub allowed: bool,
    /// `JSONPatch` if there is a patch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch_type: Option<&'static str>,
    /// The patch in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
    /// The reason for a denial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Annotations for the audit log.
    pub audit_annotations: Option<BTreeMap<String, String>>,
    /// Warnings for the sender of the request.
    pub warnings: Option<Vec<String>>,
}

/// The reason for a denial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The HTTP status code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
}

/// Returns the answer to a request about `object`, from the policy's answer.
///
/// # Errors
/// If the patch can't be written as JSON.
pub fn of(uid: &str, object: &Value, answer: ModuleResponse) -> Result<(AdmissionResponse, Patch)> {
    let patch = answer.mutated_object.map_or_else(Patch::default, |mut repaired| {
        let mut object = object.clone();
        // Kubewarden keeps objects sorted, which decides the order of the patch.
        object.sort_all_objects();
        repaired.sort_all_objects();
        json_patch::diff(&object, &repaired)
    });
    let encoded = (!patch.0.is_empty()).then(|| serde_json::to_string(&patch)).transpose()?;
    let response = AdmissionResponse {
        uid: uid.to_owned(),
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
