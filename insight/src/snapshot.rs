//! A cluster from files: the output of `kubectl get … -o yaml`, or the manifests of a repository. It
//! answers the policy's cluster queries, so that the same code checks against it.

use eks_aiml_networking::Host;
use serde::Deserialize;
use serde_json::{Value, json};

/// The objects of a cluster.
#[derive(Debug, Default)]
pub struct Snapshot {
    objects: Vec<Value>,
}

/// The supported part of a policy's query.
#[derive(Deserialize)]
struct Asked {
    api_version: String,
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    namespace: Option<String>,
    #[serde(default)]
    field_masks: Option<Vec<String>>,
}

impl Asked {
    /// Reduces an object to the requested fields, as Kubewarden does.
    fn cut(&self, object: &Value) -> Value {
        let Some(masks) = self.field_masks.as_ref().filter(|masks| !masks.is_empty()) else {
            return object.clone();
        };
        let always = ["apiVersion", "kind", "metadata.name", "metadata.namespace"];
        let masks = always.into_iter().chain(masks.iter().map(String::as_str));
        let masks: Vec<Vec<&str>> = masks.map(|mask| mask.split('.').collect()).collect();
        let masks: Vec<&[&str]> = masks.iter().map(Vec::as_slice).collect();
        cut(object, &masks)
    }
}

/// The parts of a value that are on one of these paths, which also lead through lists.
fn cut(value: &Value, masks: &[&[&str]]) -> Value {
    if masks.iter().any(|mask| mask.is_empty()) {
        return value.clone();
    }
    match value {
        Value::Array(items) => items.iter().map(|item| cut(item, masks)).collect(),
        Value::Object(members) => {
            let kept = members.iter().filter_map(|(name, member)| {
                let below = masks.iter().filter_map(|mask| mask.split_first());
                let below = below.filter(|(first, _)| *first == name).map(|(_, rest)| rest);
                let below: Vec<&[&str]> = below.collect();
                (!below.is_empty()).then(|| (name.clone(), cut(member, &below)))
            });
            kept.collect()
        }
        _ => Value::Null,
    }
}

impl Snapshot {
    /// Collects the objects of these documents, including those in lists; everything else is skipped.
    #[must_use]
    pub fn of<'v>(documents: impl IntoIterator<Item = &'v Value>) -> Self {
        let all = documents.into_iter().flat_map(objects).map(|(_, object)| object);
        let mut kept: Vec<Value> =
            all.filter(|one| one.get("kind").is_some_and(Value::is_string)).cloned().collect();
        // The order in which the API server writes them.
        kept.iter_mut().for_each(Value::sort_all_objects);
        Self { objects: kept }
    }

    /// The number of objects.
    #[must_use]
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// `true` if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    fn of_kind(&self, asked: &Asked) -> impl Iterator<Item = &Value> {
        let group = |version: &str| {
            version.rsplit_once('/').map_or(String::new(), |(group, _)| group.to_owned())
        };
        let (wanted, kind) = (group(&asked.api_version), asked.kind.clone());
        self.objects.iter().filter(move |object| {
            text(object, "/kind") == kind && group(text(object, "/apiVersion")) == wanted
        })
    }
}

/// The objects of a document: itself, or the items of a list, each with its place.
pub(crate) fn objects(document: &Value) -> Vec<(String, &Value)> {
    fn collect<'v>(place: String, value: &'v Value, objects: &mut Vec<(String, &'v Value)>) {
        match value.get("items").and_then(Value::as_array) {
            Some(items) if text(value, "/kind").ends_with("List") => {
                for (index, item) in items.iter().enumerate() {
                    collect(format!("{place}/items/{index}"), item, objects);
                }
            }
            _ => objects.push((place, value)),
        }
    }
    let mut all = Vec::new();
    collect(String::new(), document, &mut all);
    all
}

fn text<'v>(object: &'v Value, pointer: &str) -> &'v str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

impl Host for Snapshot {
    fn call(&self, namespace: &str, operation: &str, payload: &[u8]) -> Result<Vec<u8>, String> {
        let asked = || -> Result<Asked, String> {
            serde_json::from_slice(payload).map_err(|error| error.to_string())
        };
        let answer = match (namespace, operation) {
            ("kubernetes", "get_resource") => {
                let asked = asked()?;
                // A manifest without a namespace matches any: whoever applies it chooses one.
                let is_there = |object: &&Value| {
                    let within = text(object, "/metadata/namespace");
                    text(object, "/metadata/name") == asked.name
                        && (within.is_empty() || asked.namespace.as_deref() == Some(within))
                };
                let found = self.of_kind(&asked).find(is_there);
                let found = found
                    .ok_or_else(|| format!("no {} `{}` in the snapshot", asked.kind, asked.name))?;
                asked.cut(found).to_string()
            }
            ("kubernetes", "list_resources_all") => {
                let asked = asked()?;
                let items: Vec<Value> = self.of_kind(&asked).map(|one| asked.cut(one)).collect();
                let version = &asked.api_version;
                json!({"apiVersion": version, "kind": "List", "items": items}).to_string()
            }
            _ => return Err(format!("a snapshot can't answer `{namespace}` `{operation}`")),
        };
        Ok(answer.into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(snapshot: &Snapshot, operation: &str, asked: Value) -> Result<Value, String> {
        let answer = snapshot.call("kubernetes", operation, asked.to_string().as_bytes())?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    #[test]
    fn an_answer_has_what_is_asked_for() {
        let pool = json!({"apiVersion": "karpenter.sh/v1", "kind": "NodePool",
            "metadata": {"name": "gpu", "labels": {"a": "b"}},
            "spec": {"weight": 1, "template": {"spec": {"taints": [{"key": "a", "value": "b"}]}}}});
        let asked = json!({"api_version": "karpenter.sh/v1", "kind": "NodePool",
            "field_masks": ["spec.template.spec.taints.key"]});
        let answer = call(&Snapshot::of([&pool]), "list_resources_all", asked).unwrap();
        let expected = json!({"apiVersion": "karpenter.sh/v1", "kind": "NodePool",
            "metadata": {"name": "gpu"}, "spec": {"template": {"spec": {"taints": [{"key": "a"}]}}}});
        assert_eq!(answer["items"], json!([expected]));
    }

    #[test]
    fn objects_are_found_by_group_kind_and_name() {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "gpu"}},
            {"apiVersion": "other.io/v1", "kind": "NodePool", "metadata": {"name": "other"}},
        ]});
        let claim = json!({"apiVersion": "resource.k8s.io/v1beta1", "kind": "ResourceClaimTemplate",
            "metadata": {"name": "efa", "namespace": "ml"}});
        let snapshot = Snapshot::of([&list, &claim, &json!("no object"), &Value::Null]);
        assert_eq!(snapshot.len(), 3);
        let pools = json!({"api_version": "karpenter.sh/v1", "kind": "NodePool"});
        let pools = call(&snapshot, "list_resources_all", pools).unwrap();
        assert_eq!(pools["items"].as_array().unwrap().len(), 1);
        let nothing = json!({"api_version": "v1", "kind": "Node"});
        assert_eq!(call(&snapshot, "list_resources_all", nothing).unwrap()["items"], json!([]));
        let ask = |namespace: &str| {
            let asked = json!({"api_version": "resource.k8s.io/v1", "kind": "ResourceClaimTemplate",
                "name": "efa", "namespace": namespace});
            call(&snapshot, "get_resource", asked)
        };
        assert!(ask("ml").is_ok());
        assert!(ask("web").is_err());
    }
}
