//! Builds admission requests from manifests as the API server would. All of it stays JSON text: an object
//! can be large, and only the policy parses it, once.

use std::{borrow::Cow, fmt::Write as _};

use anyhow::{Context, Result};
use eks_aiml_networking::{
    json::{self, Text},
    text,
    view::{KINDS, Kind, View},
};

/// The operation on the object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum), value(rename_all = "UPPER"))]
pub enum Operation {
    /// The object is created.
    #[default]
    Create,
    /// The object changes; `--old` names the old object.
    Update,
    /// The object is being deleted.
    Delete,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

/// The result of reading a document.
#[derive(Debug)]
pub enum Asked<'o> {
    /// A request to check.
    Request(Request<'o>),
    /// Nothing to check: the policy does not check this kind.
    Skipped {
        /// `ConfigMap settings`
        name: String,
        /// A kind that the policy checks, and that was probably meant.
        meant: Option<&'static str>,
    },
    /// Nothing to check: it is not a Kubernetes object.
    Foreign {
        /// The reason why it is not one.
        what: String,
    },
}

/// An admission request.
#[derive(Debug)]
pub struct Request<'o> {
    /// `Pod ml-workload`
    pub name: String,
    /// The place of the object in the given document; empty if it is the document.
    pub at: &'static str,
    /// The unique id of the request.
    pub uid: Cow<'o, str>,
    /// The kind, if the policy checks it.
    pub kind: Option<Kind>,
    /// The object as JSON; `null` if there is none.
    pub object: &'o str,
    text: Sent<'o>,
}

#[derive(Debug)]
enum Sent<'o> {
    /// A complete request.
    Given(&'o str),
    /// Built from a manifest.
    Made { head: String, old: &'o str },
}

impl Request<'_> {
    /// The payload that an engine sends to `validate`, with settings in JSON.
    #[must_use]
    pub fn payload(&self, settings: &str) -> String {
        let length = match &self.text {
            Sent::Given(request) => request.len(),
            Sent::Made { head, old } => head.len() + self.object.len() + old.len(),
        };
        let mut out = String::with_capacity(length + settings.len() + 64);
        out.push_str("{\"settings\":");
        out.push_str(settings);
        out.push_str(",\"request\":");
        match &self.text {
            Sent::Given(request) => out.push_str(request),
            Sent::Made { head, old } => {
                let parts = [head, ",\"object\":", self.object, ",\"oldObject\":", old, "}"];
                parts.into_iter().for_each(|part| out.push_str(part));
            }
        }
        out.push('}');
        out
    }
}

/// The objects of a document: itself, or the items of a list, each with its place.
#[must_use]
pub fn objects(document: &str) -> Vec<(String, &str)> {
    let mut objects = Vec::new();
    collect(String::new(), document, &mut objects);
    objects
}

fn collect<'v>(place: String, value: &'v str, objects: &mut Vec<(String, &'v str)>) {
    let is_list = || string(value, "/kind").is_some_and(|kind| kind.ends_with("List"));
    let items = json::at(value, "/items").filter(|items| items.starts_with('[') && is_list());
    match items {
        Some(items) => {
            for (index, item) in json::members(items) {
                collect(format!("{place}/items/{index}"), item, objects);
            }
        }
        None => objects.push((place, value)),
    }
}

/// Reads an object: an admission review, an admission request, or a manifest.
///
/// # Errors
/// If an admission review has no request, or an update no old object.
pub fn of<'o>(
    document: &'o str,
    uid: &'o str,
    operation: Operation,
    old: Option<&'o str>,
) -> Result<Asked<'o>> {
    let members = json::members(document);
    let member = |key| member(&members, key);
    if member("kind").is_some_and(|kind| kind == "\"AdmissionReview\"") {
        let request = member("request").context("the AdmissionReview has no `request`")?;
        return Ok(Asked::Request(given(request, true)));
    }
    let is_request =
        member("operation").is_some() && member("kind").is_some_and(|kind| kind.starts_with('{'));
    if is_request {
        return Ok(Asked::Request(given(document, false)));
    }
    manifest(document, &members, (uid, operation, old))
}

fn given(request: &str, is_in_review: bool) -> Request<'_> {
    let kind = text_at(request, "/kind/kind");
    let there = |at| json::at(request, at).filter(|object| object.starts_with('{'));
    let (object, old) = (there("/object"), there("/oldObject"));
    let name = match object.or(old) {
        Some(object) => text_at(object, "/metadata/name"),
        None => text_at(request, "/name"),
    };
    Request {
        name: named(&kind, &name),
        at: if is_in_review { "/request/object" } else { "/object" },
        uid: text_at(request, "/uid"),
        kind: Kind::of(&text_at(request, "/kind/group"), &kind),
        object: object.unwrap_or("null"),
        text: Sent::Given(request),
    }
}

/// The result of `told` for an object of a kind; empty if it can't be read, which the verdict reports.
pub(crate) fn viewed<T>(
    kind: Option<Kind>,
    object: &str,
    told: impl FnOnce(&View<'_>) -> Vec<T>,
) -> Vec<T> {
    let view = kind.and_then(|kind| View::read(kind, object).ok());
    view.map(|view| told(&view)).unwrap_or_default()
}

/// The members of an object.
type Members<'o> = [(Cow<'o, str>, &'o str)];

fn member<'o>(members: &Members<'o>, key: &str) -> Option<&'o str> {
    members.iter().rfind(|(name, _)| name == key).map(|(_, value)| *value)
}

/// Reads a manifest from its members.
fn manifest<'o>(
    object: &'o str,
    members: &Members<'o>,
    (uid, operation, old): (&'o str, Operation, Option<&'o str>),
) -> Result<Asked<'o>> {
    if !object.trim_ascii_start().starts_with('{') {
        return Ok(foreign(&format!(", but {}", shown(object))));
    }
    let string_at = |key| member(members, key).and_then(|value| string(value, ""));
    let Some(api_version) = string_at("apiVersion") else {
        return Ok(foreign(": no `apiVersion`"));
    };
    let Some(kind) = string_at("kind") else { return Ok(foreign(": no `kind`")) };
    let metadata = member(members, "metadata").map(json::members).unwrap_or_default();
    let of_metadata =
        |key| member(&metadata, key).and_then(|value| string(value, "")).unwrap_or_default();
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", &api_version));
    let object_name = match of_metadata("name") {
        name if name.is_empty() => of_metadata("generateName"),
        name => name,
    };
    let name = named(&kind, &object_name);
    let judged = Kind::of(group, &kind).filter(|judged| match judged {
        // Of all ConfigMaps, the policy checks only this one.
        Kind::ConfigMap => object_name == "amazon-vpc-cni",
        _ => true,
    });
    let Some(judged) = judged else {
        return Ok(Asked::Skipped { name, meant: meant(group, &kind) });
    };
    let namespace = match of_metadata("namespace") {
        namespace if namespace.is_empty() => Cow::Borrowed("default"),
        namespace => namespace,
    };
    let plural = KINDS.iter().find(|(of, name, ..)| *of == group && *name == kind);
    let plural = plural.map_or("", |(_, _, plural, _)| plural);
    let (object, old) = match operation {
        Operation::Create => (object, "null"),
        Operation::Update => (object, old.context("an UPDATE needs the old object: --old FILE")?),
        Operation::Delete => ("null", object),
    };
    let mut head = String::from("{\"uid\":");
    json::write_string(&mut head, uid);
    for key in ["kind", "requestKind"] {
        write_group(&mut head, key, (group, version), "kind", &kind);
    }
    for key in ["resource", "requestResource"] {
        write_group(&mut head, key, (group, version), "resource", plural);
    }
    for (key, value) in
        [("name", &*object_name), ("namespace", &namespace), ("operation", operation.name())]
    {
        // Writing to a string can't fail.
        let _ = write!(head, ",\"{key}\":");
        json::write_string(&mut head, value);
    }
    head.push_str(",\"userInfo\":{\"username\":\"admit\"},\"dryRun\":true");
    Ok(Asked::Request(Request {
        name,
        at: "",
        uid: Cow::Borrowed(uid),
        kind: Some(judged),
        object,
        text: Sent::Made { head, old },
    }))
}

fn write_group(
    out: &mut String,
    key: &str,
    (group, version): (&str, &str),
    what: &str,
    name: &str,
) {
    let _ = write!(out, ",\"{key}\":{{\"group\":");
    json::write_string(out, group);
    out.push_str(",\"version\":");
    json::write_string(out, version);
    let _ = write!(out, ",\"{what}\":");
    json::write_string(out, name);
    out.push('}');
}

/// Kinds in Kubernetes' own groups that the policy does not check; they are not typos.
const OTHERS: [(&str, &str); 6] = [
    ("", "Binding"),
    ("", "Endpoints"),
    ("", "Node"),
    ("", "PodTemplate"),
    ("", "Secret"),
    ("apps", "ControllerRevision"),
];

/// The checked kind that this one is probably a typo of.
fn meant(group: &str, kind: &str) -> Option<&'static str> {
    let kinds = || KINDS.iter().filter(|(of, ..)| *of == group).map(|(_, name, ..)| *name);
    if kinds().any(|known| known == kind) {
        return None;
    }
    let same = || kinds().find(|known| known.eq_ignore_ascii_case(kind));
    // Kubernetes' own groups have many similar kinds that the policy does not check.
    let is_known = OTHERS.contains(&(group, kind));
    let near = || text::nearest(kind, &kinds().collect::<Vec<_>>());
    // `LLMInferenceServiceConfig`, for example, is a different kind.
    let is_slip = |meant: &&str| text::distance(kind, meant) <= 2 && !is_known;
    same().or_else(|| near().filter(is_slip))
}

fn foreign(what: &str) -> Asked<'static> {
    Asked::Foreign { what: format!("not a Kubernetes object{what}") }
}

/// Shortens a value for a message.
fn shown(value: &str) -> &str {
    const LONGEST: usize = 40;
    let value = value.trim_ascii();
    match value.as_bytes().first() {
        Some(b'[') => "a list",
        Some(b'"') if value.chars().count() > LONGEST => "a string",
        _ => value,
    }
}

/// The string at a pointer.
fn string<'v>(value: &'v str, pointer: &str) -> Option<Cow<'v, str>> {
    let raw = json::at(value, pointer).filter(|raw| raw.starts_with('"'))?;
    Text::of(raw).ok().map(|Text(text)| text)
}

fn text_at<'v>(value: &'v str, pointer: &str) -> Cow<'v, str> {
    string(value, pointer).unwrap_or_default()
}

fn named(kind: &str, name: &str) -> String {
    // The name begins a line of output.
    format!("{kind} {name}").trim_end().replace(text::misleads, " ")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn made(document: &Value) -> Value {
        let (document, old) = (document.to_string(), json!({"old": 1}).to_string());
        let asked = of(&document, "f#1", Operation::Update, Some(&old)).unwrap();
        let Asked::Request(request) = asked else { panic!("{asked:?}") };
        serde_json::from_str(&request.payload(r#"{"mutate":false}"#)).unwrap()
    }

    #[test]
    fn a_manifest_becomes_a_request() {
        let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a\"b"}});
        let kind = json!({"group": "batch", "version": "v1", "kind": "Job"});
        let resource = json!({"group": "batch", "version": "v1", "resource": "jobs"});
        let expected = json!({
            "settings": {"mutate": false},
            "request": {
                "uid": "f#1", "kind": kind, "requestKind": kind,
                "resource": resource, "requestResource": resource,
                "name": "a\"b", "namespace": "default", "operation": "UPDATE",
                "userInfo": {"username": "admit"}, "dryRun": true,
                "object": job, "oldObject": {"old": 1},
            },
        });
        assert_eq!(made(&job), expected);
    }

    #[test]
    fn a_request_stays_as_it_is() {
        let request = json!({"uid": "1", "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "operation": "CREATE", "object": {"metadata": {"name": "p"}}, "more": [1]});
        assert_eq!(made(&request)["request"], request);
        assert_eq!(
            made(&json!({"kind": "AdmissionReview", "request": request}))["request"],
            request
        );
    }

    #[test]
    fn what_is_no_request_is_told() {
        let told = |document: Value| {
            let document = document.to_string();
            match of(&document, "", Operation::Create, None).unwrap() {
                Asked::Request(request) => request.name,
                Asked::Skipped { name, meant } => format!("{name} skipped, {meant:?}"),
                Asked::Foreign { what } => what,
            }
        };
        let of_kind = |version: &str, kind: &str| {
            told(json!({"apiVersion": version, "kind": kind, "metadata": {"generateName": "n-"}}))
        };
        assert_eq!(of_kind("v1", "Pod"), "Pod n-");
        assert_eq!(of_kind("v1", "Service"), "Service n- skipped, None");
        assert_eq!(of_kind("v1", "Pdo"), "Pdo n- skipped, Some(\"Pod\")");
        assert_eq!(of_kind("v1", "pod"), "pod n- skipped, Some(\"Pod\")");
        assert_eq!(
            of_kind("kubeflow.org/v1", "PytorchJob"),
            "PytorchJob n- skipped, Some(\"PyTorchJob\")"
        );
        assert_eq!(
            of_kind("kubeflow.org/v1", "PyTorchJobs"),
            "PyTorchJobs n- skipped, Some(\"PyTorchJob\")"
        );
        assert_eq!(told(json!(3)), "not a Kubernetes object, but 3");
        assert_eq!(told(json!({"kind": "Pod"})), "not a Kubernetes object: no `apiVersion`");
    }

    #[test]
    fn lists_are_taken_apart() {
        let list = json!({"kind": "List", "items": [{"kind": "PodList", "items": [1, 2]}, {"kind": "Pod"}]}).to_string();
        let found = objects(&list);
        let found: Vec<_> = found.iter().map(|(place, object)| (&**place, *object)).collect();
        assert_eq!(
            found,
            [
                ("/items/0/items/0", "1"),
                ("/items/0/items/1", "2"),
                ("/items/1", "{\"kind\":\"Pod\"}")
            ]
        );
    }
}
