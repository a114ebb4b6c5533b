//! Accepts without reading: measures the cost of the engine and the guest's shim alone.
#![cfg(target_os = "wasi")]

use kubewarden_policy_sdk::{protocol_version_guest, wapc_guest::register_function};

/// Called by the engine once an instance is ready.
#[expect(unsafe_code, reason = "the engine finds the function by this name")]
#[unsafe(no_mangle)]
pub extern "C" fn wapc_init() {
    register_function("validate", |_| Ok(br#"{"accepted":true}"#.to_vec()));
    register_function("validate_settings", |_| Ok(br#"{"valid":true}"#.to_vec()));
    register_function("protocol_version", protocol_version_guest);
}
