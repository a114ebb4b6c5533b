//! The only interface to what the engine offers in addition to the request.

/// Kubewarden's host capabilities.
pub trait Host {
    /// Calls a capability, for example namespace `oci`, operation `v1/manifest_digest`.
    ///
    /// # Errors
    /// The host's message if it refuses or fails.
    fn call(&self, namespace: &str, operation: &str, payload: &[u8]) -> Result<Vec<u8>, String>;
}

/// A host that offers nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoHost;

impl Host for NoHost {
    fn call(&self, namespace: &str, operation: &str, _: &[u8]) -> Result<Vec<u8>, String> {
        Err(format!("this host does not offer `{namespace}` `{operation}`"))
    }
}
