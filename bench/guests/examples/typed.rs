//! A policy written the usual way, without any rule: the SDK reads the request, k8s-openapi reads the pod,
//! and anything unreadable is accepted.
#![cfg(target_os = "wasi")]

use kubewarden_policy_sdk::{
    accept_request, protocol_version_guest,
    request::ValidationRequest,
    settings::Validatable,
    validate_settings,
    wapc_guest::{CallResult, register_function},
};
use serde::{Deserialize, Serialize};

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Settings {}

impl Validatable for Settings {
    fn validate(&self) -> Result<(), String> {
        Ok(())
    }
}

fn validate(payload: &[u8]) -> CallResult {
    let request = ValidationRequest::<Settings>::new(payload)?;
    if let Ok(Some(spec)) = request.extract_pod_spec_from_object() {
        // A rule would look at it here.
        std::hint::black_box(&spec);
    }
    accept_request()
}

/// Called by the engine once an instance is ready.
#[expect(unsafe_code, reason = "the engine finds the function by this name")]
#[unsafe(no_mangle)]
pub extern "C" fn wapc_init() {
    register_function("validate", validate);
    register_function("validate_settings", validate_settings::<Settings>);
    register_function("protocol_version", protocol_version_guest);
}
