//! Answers Kubewarden's host capabilities from a recording in the format of kwctl's
//! `--record-host-capabilities-interactions`. Without a recording, there are none.
//!
//! Format: kubewarden/kubewarden-controller crates/kwctl/src/callback_handler/proxy.rs; requests in
//! crates/policy-evaluator/src/callback_requests.rs.

use std::{collections::VecDeque, fs, path::Path, sync::Mutex};

use anyhow::{Context, Result};
use eks_aiml_networking::Host;
use serde::Deserialize;

/// The recorded exchanges, in order.
#[derive(Debug, Default)]
pub struct Recording {
    exchanges: Option<Mutex<VecDeque<Exchange>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    #[serde(rename = "type")]
    _type: String,
    request: String,
    response: Answer,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
enum Answer {
    Success { payload: String },
    Error { message: String },
}

/// The supported calls of a policy.
#[derive(Debug, PartialEq, Eq, Deserialize)]
enum Asked {
    OciManifestAndConfig { image: String },
    KubernetesGetResource(GetResource),
    KubernetesListResourceAll(ListResources),
}

/// The payload of `get_resource`.
#[derive(Debug, PartialEq, Eq, Deserialize)]
struct GetResource {
    api_version: String,
    kind: String,
    name: String,
    namespace: Option<String>,
    disable_cache: bool,
    field_masks: Option<Vec<String>>,
}

/// The payload of `list_resources_all`.
#[derive(Debug, PartialEq, Eq, Deserialize)]
struct ListResources {
    api_version: String,
    kind: String,
    label_selector: Option<String>,
    field_selector: Option<String>,
    field_masks: Option<Vec<String>>,
}

impl Recording {
    /// Reads a recording.
    ///
    /// # Errors
    /// If the file can't be read, or is not a list of exchanges.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let exchanges: VecDeque<Exchange> =
            yaml_serde::from_str(&text).with_context(|| path.display().to_string())?;
        Ok(Self { exchanges: Some(Mutex::new(exchanges)) })
    }
}

/// Returns the recorded answer if the call is the next recorded one.
impl Host for Recording {
    fn call(&self, namespace: &str, operation: &str, payload: &[u8]) -> Result<Vec<u8>, String> {
        let Some(exchanges) = &self.exchanges else {
            return Err(format!(
                "admit can't answer `{namespace}` `{operation}` without a recording"
            ));
        };
        let asked = asked(namespace, operation, payload)?;
        let next = exchanges.lock().map_err(|error| error.to_string())?.pop_front();
        let Exchange { request, response, .. } = next.ok_or("the recording has no more answers")?;
        let recorded: Asked = yaml_serde::from_str(&request).map_err(|error| error.to_string())?;
        if recorded != asked {
            return Err(format!(
                "the recording has {recorded:?}, but the policy asks for {asked:?}"
            ));
        }
        match response {
            Answer::Success { payload } => Ok(payload.into_bytes()),
            Answer::Error { message } => Err(message),
        }
    }
}

fn asked(namespace: &str, operation: &str, payload: &[u8]) -> Result<Asked, String> {
    let asked = match (namespace, operation) {
        ("oci", "v1/oci_manifest_config") => {
            serde_json::from_slice(payload).map(|image| Asked::OciManifestAndConfig { image })
        }
        ("kubernetes", "get_resource") => {
            serde_json::from_slice(payload).map(Asked::KubernetesGetResource)
        }
        ("kubernetes", "list_resources_all") => {
            serde_json::from_slice(payload).map(Asked::KubernetesListResourceAll)
        }
        _ => return Err(format!("admit does not know `{namespace}` `{operation}`")),
    };
    asked.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &str = "
- type: Exchange
  request: |
    !OciManifestAndConfig
    image: a/b:1
  response:
    type: Success
    payload: '{}'
- type: Exchange
  request: |
    !KubernetesGetResource
    api_version: apps/v1
    kind: DaemonSet
    name: aws-node
    namespace: kube-system
    disable_cache: false
    field_masks: null
  response:
    type: Error
    message: no
";

    fn recording() -> Recording {
        let exchanges = yaml_serde::from_str(RECORDED).unwrap();
        Recording { exchanges: Some(Mutex::new(exchanges)) }
    }

    #[test]
    fn answers_in_order() {
        let recording = recording();
        let image = br#""a/b:1""#;
        assert_eq!(recording.call("oci", "v1/oci_manifest_config", image), Ok(b"{}".to_vec()));
        let get = br#"{"api_version":"apps/v1","kind":"DaemonSet","name":"aws-node","namespace":"kube-system","disable_cache":false}"#;
        assert_eq!(recording.call("kubernetes", "get_resource", get), Err("no".to_owned()));
        let none = recording.call("oci", "v1/oci_manifest_config", image).unwrap_err();
        assert_eq!(none, "the recording has no more answers");
    }

    #[test]
    fn another_call_is_an_error() {
        let error = recording().call("oci", "v1/oci_manifest_config", br#""other""#).unwrap_err();
        assert!(error.starts_with("the recording has OciManifestAndConfig"), "{error}");
        let error = Recording::default().call("oci", "x", b"").unwrap_err();
        assert_eq!(error, "admit can't answer `oci` `x` without a recording");
    }
}
