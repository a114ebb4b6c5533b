//! Builds the admission request around an object.

use anyhow::{Context, Result};
use eks_aiml_networking::view::KINDS;
use serde_json::{Value, json};

/// Returns the request in which a user creates an object, or replaces an old one. Both are JSON text, and
/// go into the request as they are.
///
/// # Errors
/// If the object is not a JSON object.
pub fn request(object: &str, old: Option<&str>) -> Result<String> {
    let shape: Value = serde_json::from_str(object)?;
    shape.as_object().context("the object is not a JSON object")?;
    let text = |place| shape.pointer(place).and_then(Value::as_str).unwrap_or_default();
    let api_version = text("/apiVersion");
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    let (kind, plural) = (text("/kind"), plural(group, text("/kind")));
    let kind = json!({ "group": group, "version": version, "kind": kind });
    let resource = json!({ "group": group, "version": version, "resource": plural });
    let namespace = match text("/metadata/namespace") {
        "" => "default",
        namespace => namespace,
    };
    let mut request = json!({
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
        "kind": kind,
        "resource": resource,
        "requestKind": kind,
        "requestResource": resource,
        "name": text("/metadata/name"),
        "namespace": namespace,
        "operation": if old.is_some() { "UPDATE" } else { "CREATE" },
        "userInfo": { "username": "jane@example.com", "groups": ["system:authenticated"] },
    })
    .to_string();
    // The rest is joined as text: numbers keep their digits, objects their duplicate keys.
    request.pop();
    request += &format!(",\"object\":{}", object.trim_end());
    if let Some(old) = old {
        request += &format!(",\"oldObject\":{}", old.trim_end());
    }
    Ok(request + ",\"dryRun\":false}")
}

/// The resource name of a kind, if known.
fn plural(group: &str, kind: &str) -> String {
    let known = KINDS.iter().find(|(of, name, ..)| *of == group && *name == kind);
    known.map_or_else(
        || format!("{}s", kind.to_lowercase()),
        |(_, _, plural, _)| (*plural).to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_what_the_api_server_sends() {
        let class = r#"{"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass",
            "metadata": {"name": "gpu"}, "spec": {"x": 1.50}}"#;
        let request = request(class, Some("{}\n")).unwrap();
        assert!(request.contains("\"x\": 1.50"), "{request}");
        let request: Value = serde_json::from_str(&request).unwrap();
        let kind = json!({"group": "karpenter.k8s.aws", "version": "v1", "kind": "EC2NodeClass"});
        assert_eq!((&request["kind"], &request["requestKind"]), (&kind, &kind));
        assert_eq!(request["resource"]["resource"], "ec2nodeclasses");
        assert_eq!((&request["name"], &request["namespace"]), (&json!("gpu"), &json!("default")));
        assert_eq!((&request["operation"], &request["oldObject"]), (&json!("UPDATE"), &json!({})));
    }
}
