//! What of a cluster reaches the policies in `policy-settings/`: the API server's side of a webhook,
//! with the conditions evaluated.

use std::cell::OnceCell;

use cel::{Context, Program};
use serde::Deserialize;
use serde_json::Value;

use crate::{corpus, files::text};

/// The fields of a ClusterAdmissionPolicy that these manifests use; an unknown field is a typo.
/// Source: kubewarden/kubewarden-controller `api/policies/v1/policy_types.go`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are Kubewarden's")]
pub struct Policy {
    pub api_version: String,
    pub kind: String,
    pub metadata: Metadata,
    pub spec: Spec,
}

/// A policy's metadata.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are Kubernetes' own")]
pub struct Metadata {
    pub name: String,
    #[serde(default)]
    pub annotations: Value,
}

/// A policy's spec.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are Kubewarden's")]
pub struct Spec {
    pub module: String,
    pub policy_server: String,
    pub mode: String,
    pub mutating: bool,
    pub failure_policy: String,
    pub timeout_seconds: u8,
    pub timeout_eval_seconds: u8,
    pub background_audit: bool,
    pub rules: Vec<Rule>,
    #[serde(default)]
    pub namespace_selector: Option<NamespaceSelector>,
    #[serde(default)]
    pub match_conditions: Vec<MatchCondition>,
    pub context_aware_resources: Value,
    pub settings: Value,
}

/// The requests that a policy registers for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are Kubernetes' own")]
pub struct Rule {
    pub api_groups: Vec<String>,
    pub api_versions: Vec<String>,
    pub resources: Vec<String>,
    pub operations: Vec<String>,
}

/// Kubewarden joins its own expression to these, and drops `matchLabels`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamespaceSelector {
    match_expressions: Vec<Expression>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expression {
    key: String,
    operator: String,
    values: Vec<String>,
}

/// A condition in CEL.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchCondition {
    name: String,
    expression: String,
    #[serde(skip)]
    program: OnceCell<Program>,
}

/// The parts of a request that decide if the webhook is called.
pub struct Request {
    /// The group of the resource.
    pub group: String,
    version: String,
    /// Its name, and the subresource's behind a slash, as rules have it.
    pub resource: String,
    namespace: String,
    /// CREATE, UPDATE, …
    pub operation: String,
    /// The whole request.
    pub value: Value,
}

impl Request {
    /// A request as the API server sends it.
    pub fn of(value: Value) -> Self {
        let text = |pointer: &str| {
            value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let resource = match (text("/resource/resource"), text("/subResource")) {
            (resource, part) if part.is_empty() => resource,
            (resource, part) => format!("{resource}/{part}"),
        };
        Self {
            group: text("/resource/group"),
            version: text("/resource/version"),
            resource,
            namespace: text("/namespace"),
            operation: text("/operation"),
            value,
        }
    }

    /// `true` if the kind is one of the API server's own.
    fn is_typed(&self) -> bool {
        ["", "apps", "batch"].contains(&&*self.group)
    }

    /// The request that creates an object.
    ///
    /// # Panics
    /// If it is not an object.
    pub fn creating(object: &Value) -> Self {
        let request = corpus::request(&object.to_string(), None).unwrap();
        Self::of(serde_json::from_str(&request).unwrap())
    }

    /// The request that puts an object in the place of an old one.
    ///
    /// # Panics
    /// If it is not an object.
    pub fn updating(old: &Value, object: &Value) -> Self {
        let request = corpus::request(&object.to_string(), Some(&old.to_string())).unwrap();
        Self::of(serde_json::from_str(&request).unwrap())
    }

    /// The same for a part of the object, such as its status.
    pub fn part(self, name: &str) -> Self {
        let mut value = self.value;
        value["subResource"] = name.into();
        Self::of(value)
    }
}

impl Policy {
    /// `true` if the API server calls the policy's webhook.
    ///
    /// # Panics
    /// If a condition can't be evaluated: the API server would refuse or pass over the request.
    pub fn is_called(&self, request: &Request) -> bool {
        let ruled = self.spec.rules.iter().any(|rule| {
            rule.api_groups.contains(&request.group)
                && rule.api_versions.contains(&request.version)
                && rule.resources.contains(&request.resource)
                && rule.operations.contains(&request.operation)
        });
        let namespaced = self.spec.namespace_selector.iter().all(|selector| {
            selector.match_expressions.iter().all(|expression| {
                assert_eq!(expression.key, "kubernetes.io/metadata.name");
                assert_eq!(expression.operator, "NotIn");
                !expression.values.contains(&request.namespace)
            })
        });
        ruled && namespaced && self.conditions_hold(request)
    }

    /// `true` if all of its conditions do.
    ///
    /// # Panics
    /// If one can't be evaluated.
    pub fn conditions_hold(&self, request: &Request) -> bool {
        let mut context = Context::default();
        context.add_variable("request", decoded(&request.value)).unwrap();
        for object in ["object", "oldObject"] {
            let value = &request.value[object];
            let seen = if request.is_typed() { decoded(value) } else { value.clone() };
            context.add_variable(object, seen).unwrap();
        }
        self.spec.match_conditions.iter().all(|condition| {
            let compiled = || Program::compile(&condition.expression).unwrap();
            let value =
                condition.program.get_or_init(compiled).execute(&context).unwrap_or_else(|error| {
                    // The API server would refuse or pass over the request.
                    panic!(
                        "{} of {}: {error}: {}",
                        condition.name, self.metadata.name, request.value
                    )
                });
            value == cel::Value::Bool(true)
        })
    }
}

/// The object as conditions see it, where it is the API server's own: that has decoded it, and an absent
/// field is no `null`.
fn decoded(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().filter(|(_, member)| !member.is_null());
            members.map(|(name, member)| (name.clone(), decoded(member))).collect()
        }
        Value::Array(items) => items.iter().map(decoded).collect(),
        value => value.clone(),
    }
}

/// The policies of a file in `policy-settings/`.
///
/// # Panics
/// If they can't be read.
pub fn policies(file: &str) -> Vec<Policy> {
    let text = text(format!("policy-settings/{file}"));
    text.split("\n---\n").map(|document| yaml_serde::from_str(document).unwrap()).collect()
}

/// Those of several files.
///
/// # Panics
/// If they can't be read.
pub fn together(files: &[&str]) -> Vec<Policy> {
    files.iter().flat_map(|file| policies(file)).collect()
}
