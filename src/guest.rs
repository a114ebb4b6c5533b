//! The waPC registrations: the only code that knows of the engine.

mod allocator;
#[cfg(target_os = "wasi")]
mod libc;
mod memory;

use kubewarden_policy_sdk::wapc_guest::{CallResult, host_call, register_function};

use crate::{Host, review, validate_settings};

/// The engine around this module.
struct Engine;

impl Host for Engine {
    fn call(&self, namespace: &str, operation: &str, payload: &[u8]) -> Result<Vec<u8>, String> {
        host_call("kubewarden", namespace, operation, payload).map_err(|error| error.to_string())
    }
}

/// Called by the engine once an instance is ready.
#[expect(unsafe_code, reason = "the engine finds the function by this name")]
#[unsafe(no_mangle)]
pub extern "C" fn wapc_init() {
    register_function("validate", |payload| -> CallResult {
        Ok(review(payload, &Engine).to_json().into_bytes())
    });
    register_function("validate_settings", |payload| -> CallResult {
        Ok(validate_settings(payload).into_bytes())
    });
    register_function("protocol_version", kubewarden_policy_sdk::protocol_version_guest);
}
