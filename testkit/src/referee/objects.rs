//! Objects of a cluster, with as few fields as possible.

use serde_json::{Value, json};

/// One NodePool that accepts all pods, with a default class.
pub fn open() -> Vec<Value> {
    vec![class("default", json!({})), pool("default", "default", json!([]))]
}

/// An object without a namespace.
pub fn object(version: &str, kind: &str, name: &str, spec: Value) -> Value {
    json!({"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec})
}

/// An EC2NodeClass with these fields.
pub fn class(name: &str, wishes: Value) -> Value {
    let mut spec = json!({"amiSelectorTerms": [{"alias": "al2023@latest"}], "role": "nodes",
        "subnetSelectorTerms": [{"tags": {"karpenter.sh/discovery": "a"}}],
        "securityGroupSelectorTerms": [{"tags": {"karpenter.sh/discovery": "a"}}]});
    for (key, value) in wishes.as_object().unwrap() {
        spec[key] = value.clone();
    }
    object("karpenter.k8s.aws/v1", "EC2NodeClass", name, spec)
}

/// A NodePool.
pub fn pool(name: &str, class: &str, requirements: Value) -> Value {
    let reference = json!({"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": class});
    let template = json!({"metadata": {"labels": {}}, "spec": {"requirements": requirements, "nodeClassRef": reference}});
    object("karpenter.sh/v1", "NodePool", name, json!({ "template": template }))
}
