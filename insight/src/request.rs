//! Admission requests, made of manifests as the API server would make them.

use anyhow::{Context, Result};
use eks_aiml_networking::view::{KINDS, Kind};
use serde::Serialize;
use serde_json::{Value, json};

/// What is done to the object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum), value(rename_all = "UPPER"))]
pub enum Operation {
    /// The object is new.
    #[default]
    Create,
    /// The object changes; `--old` has it as it was.
    Update,
    /// The object goes.
    Delete,
}

/// What a document asks for.
#[derive(Debug)]
pub enum Asked {
    /// To be judged: an admission request, and what to call it.
    Request {
        /// The request.
        request: Value,
        /// `Pod ml-workload`
        name: String,
    },
    /// Nothing: the policy does not judge this kind.
    Skipped {
        /// `ConfigMap settings`
        name: String,
    },
}

/// What a document asks for: it is an admission review, an admission request, or a manifest.
///
/// # Errors
/// Where a manifest has no `apiVersion` or `kind`.
pub fn of(document: &Value, uid: &str, operation: Operation, old: Option<&Value>) -> Result<Asked> {
    let review = document.get("kind").is_some_and(|kind| kind == "AdmissionReview");
    let request = if review { document.get("request") } else { Some(document) };
    let request = request.context("the AdmissionReview has no `request`")?;
    if review
        || request.get("operation").is_some() && request.get("kind").is_some_and(Value::is_object)
    {
        let kind = text(request, "/kind/kind");
        let object = ["/object", "/oldObject"]
            .into_iter()
            .find_map(|at| request.pointer(at).filter(|object| object.is_object()));
        let name = object.map_or(text(request, "/name"), |object| text(object, "/metadata/name"));
        return Ok(Asked::Request { request: request.clone(), name: named(&kind, &name) });
    }
    manifest(document, uid, operation, old)
}

fn manifest(object: &Value, uid: &str, operation: Operation, old: Option<&Value>) -> Result<Asked> {
    let api_version =
        object.get("apiVersion").and_then(Value::as_str).context("no `apiVersion`")?;
    let kind = object.get("kind").and_then(Value::as_str).context("no `kind`")?;
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    let object_name = match text(object, "/metadata/name") {
        name if name.is_empty() => text(object, "/metadata/generateName"),
        name => name,
    };
    let name = named(kind, &object_name);
    // Of all ConfigMaps the policy looks at one.
    let judged = match Kind::of(group, kind) {
        Some(Kind::ConfigMap) => object_name == "amazon-vpc-cni",
        kind => kind.is_some(),
    };
    if !judged {
        return Ok(Asked::Skipped { name });
    }
    let namespace = match text(object, "/metadata/namespace") {
        namespace if namespace.is_empty() => "default".to_owned(),
        namespace => namespace,
    };
    let gvk = json!({ "group": group, "version": version, "kind": kind });
    let plural = KINDS.iter().find(|(of, name, ..)| *of == group && *name == kind);
    let resource = plural.map_or("", |(_, _, plural, _)| plural);
    let resource = json!({ "group": group, "version": version, "resource": resource });
    let (new, old) = match operation {
        Operation::Create => (object, &Value::Null),
        Operation::Update => (object, old.context("an UPDATE needs the old object: --old FILE")?),
        Operation::Delete => (&Value::Null, object),
    };
    let request = json!({
        "uid": uid,
        "kind": gvk,
        "resource": resource,
        "requestKind": gvk,
        "requestResource": resource,
        "name": object_name,
        "namespace": namespace,
        "operation": operation,
        "userInfo": { "username": "admit" },
        "object": new,
        "oldObject": old,
        "dryRun": true,
    });
    Ok(Asked::Request { request, name })
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn named(kind: &str, name: &str) -> String {
    format!("{kind} {name}").trim_end().to_owned()
}
