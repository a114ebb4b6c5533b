//! Admission requests, made of manifests as the API server would make them.

use anyhow::{Context, Result};
use eks_aiml_networking::{
    text,
    view::{KINDS, Kind, View},
};
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
        /// Where in what was given the object to judge stands; empty where it is the object.
        at: &'static str,
    },
    /// Nothing: the policy does not judge this kind.
    Skipped {
        /// `ConfigMap settings`
        name: String,
    },
    /// Nothing: it is no object of Kubernetes.
    Foreign {
        /// What is wrong with it as one.
        what: String,
    },
}

/// The request as about a pod that a controller made, where it is about a pod. A file may be changed
/// as a whole; of a pod that was applied as it is, the policy leaves all that it says as it is.
#[must_use]
pub fn as_made(request: &Value) -> Value {
    let mut request = request.clone();
    if request.pointer("/kind/kind").is_some_and(|kind| kind == "Pod")
        && let Some(metadata) =
            request.pointer_mut("/object/metadata").and_then(Value::as_object_mut)
    {
        let owner = json!({ "apiVersion": "v1", "kind": "Any", "controller": true });
        metadata.entry("ownerReferences").or_insert_with(|| json!([owner]));
    }
    request
}

/// The objects of a document: itself, or the items of a list, each with its place.
pub fn objects(document: &Value) -> Vec<(String, &Value)> {
    let mut objects = Vec::new();
    collect(String::new(), document, &mut objects);
    objects
}

fn collect<'v>(place: String, value: &'v Value, objects: &mut Vec<(String, &'v Value)>) {
    let list = value.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
    match value.get("items").and_then(Value::as_array) {
        Some(items) if list => {
            for (index, item) in items.iter().enumerate() {
                collect(format!("{place}/items/{index}"), item, objects);
            }
        }
        _ => objects.push((place, value)),
    }
}

/// What an object asks for: it is an admission review, an admission request, or a manifest.
///
/// # Errors
/// Where an admission review has no request, or an update no old object.
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
        let at = if review { "/request/object" } else { "/object" };
        return Ok(Asked::Request { request: request.clone(), name: named(&kind, &name), at });
    }
    manifest(document, uid, operation, old)
}

/// What `told` makes of the object of an admission request; nothing where it can't be read: the verdict
/// says so.
///
/// # Errors
/// Where the object can't be written as JSON.
pub(crate) fn viewed<T>(
    request: &Value,
    object: &Value,
    told: impl FnOnce(&View<'_>) -> Vec<T>,
) -> Result<Vec<T>> {
    let kind = Kind::of(&text(request, "/kind/group"), &text(request, "/kind/kind"));
    let object = serde_json::to_string(object).context("the object can't be written as JSON")?;
    let view = kind.and_then(|kind| View::read(kind, &object).ok());
    Ok(view.map(|view| told(&view)).unwrap_or_default())
}

fn manifest(object: &Value, uid: &str, operation: Operation, old: Option<&Value>) -> Result<Asked> {
    if !object.is_object() {
        return Ok(foreign(&format!(", but {}", shown(object))));
    }
    let field = |name| object.get(name).and_then(Value::as_str);
    let Some(api_version) = field("apiVersion") else { return Ok(foreign(": no `apiVersion`")) };
    let Some(kind) = field("kind") else { return Ok(foreign(": no `kind`")) };
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
    Ok(Asked::Request { request, name, at: "" })
}

fn foreign(what: &str) -> Asked {
    Asked::Foreign { what: format!("holds no Kubernetes object{what}") }
}

/// A value in few words.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 40;
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::String(text) if text.chars().count() > LONGEST => "a text".to_owned(),
        value => value.to_string(),
    }
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn named(kind: &str, name: &str) -> String {
    // It begins a line of what is told.
    format!("{kind} {name}").trim_end().replace(text::misleads, " ")
}
