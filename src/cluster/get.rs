//! One object of the cluster, by Kubewarden's capability `kubernetes` `get_resource`.

use crate::{host::Host, json};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Query<'q> {
    /// Such as `apps/v1`.
    pub api_version: &'q str,
    /// Such as `DaemonSet`.
    pub kind: &'q str,
    /// The object's name.
    pub name: &'q str,
    /// The object's namespace.
    pub namespace: &'q str,
    /// The fields that are wanted of it.
    pub field_mask: &'q str,
}

/// Its text; nothing where the cluster could not be asked, or does not have it.
pub fn get(host: &dyn Host, query: &Query<'_>) -> Option<String> {
    let payload = format!(
        r#"{{"api_version":{},"kind":{},"name":{},"namespace":{},"disable_cache":false,"field_masks":[{}]}}"#,
        json::string(query.api_version),
        json::string(query.kind),
        json::string(query.name),
        json::string(query.namespace),
        json::string(query.field_mask),
    );
    let answer = host.call("kubernetes", "get_resource", payload.as_bytes()).ok()?;
    String::from_utf8(answer).ok()
}
