//! Builders of objects for tests. Each makes a plain JSON value; [`Object::with`] sets fields that have no
//! method of their own.
//!
//! ```
//! use serde_json::json;
//! use testkit::build::{aws_node, expression, pod};
//!
//! let worker = pod().on("p5.48xlarge").gpus(8).efa(32).env("PET_NNODES", "4");
//! let anywhere = pod().gpus(8).nodes([expression("karpenter.k8s.aws/instance-family", "In", &["p5"])]);
//! let sidecar = worker.clone().container("sidecar").with("/spec/hostNetwork", true);
//! let cni = aws_node("amazon-k8s-cni:v1.20.4", &[("ENABLE_PREFIX_DELEGATION", "true")]);
//! assert_eq!(worker.json()["spec"]["containers"][0]["env"][0], json!({"name": "PET_NNODES", "value": "4"}));
//! # let _ = (anywhere, sidecar, cni);
//! ```

mod place;

use eks_aiml_networking::json::join;
use serde_json::{Value, json};

/// An object under construction.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    value: Value,
    /// The place of the pod, or of the template of the pods.
    pod: &'static str,
    /// The place of the container that the methods on containers change.
    container: String,
}

/// A pod with one container.
pub fn pod() -> Object {
    let spec = json!({ "containers": [{ "name": "main" }] });
    object("v1", "Pod", "").named("llm-0").namespace("ml").with("/spec", spec)
}

/// A DaemonSet with this pod as its template.
pub fn daemon_set(pod: Object) -> Object {
    workload("apps/v1", "DaemonSet", pod)
}

/// An object of this kind with this pod as its `spec.template`.
pub fn workload(api_version: &str, kind: &str, pod: Object) -> Object {
    const TEMPLATE: &str = "/spec/template";
    let container = format!("{TEMPLATE}{}", pod.container);
    let mut template = pod.value;
    let parts = ["metadata", "spec"].map(|part| template[part].take());
    let [mut metadata, spec] = parts;
    let mut made = object(api_version, kind, TEMPLATE);
    made.container = container;
    // The name and the namespace move from the pod to the workload.
    if let Value::Object(members) = &mut metadata {
        for part in ["name", "namespace"] {
            if let Some(value) = members.shift_remove(part) {
                made = made.with(&format!("/metadata/{part}"), value);
            }
        }
        if !members.is_empty() {
            made = made.with("/spec/template/metadata", metadata);
        }
    }
    made.with("/spec/template/spec", spec)
}

/// The DaemonSet of the VPC CNI, with this image and these variables.
pub fn aws_node(image: &str, variables: &[(&str, &str)]) -> Object {
    let cni = pod().named("aws-node").namespace("kube-system");
    let cni = cni.with("/spec/containers/0/name", "aws-eks-nodeagent").container("aws-node");
    let cni = variables.iter().fold(cni.image(image), |cni, (name, value)| cni.env(name, value));
    daemon_set(cni)
}

/// A NodePool of Karpenter with these requirements.
pub fn node_pool(requirements: impl IntoIterator<Item = Value>) -> Object {
    let requirements = Value::from_iter(requirements);
    let pool = object("karpenter.sh/v1", "NodePool", "/spec/template").named("gpu");
    pool.with("/spec/template/spec/requirements", requirements)
}

/// An EC2NodeClass of Karpenter with this `kubelet`.
pub fn node_class(kubelet: Value) -> Object {
    object("karpenter.k8s.aws/v1", "EC2NodeClass", "").named("gpu").with("/spec/kubelet", kubelet)
}

/// A requirement of a NodePool, or an expression of a node affinity.
pub fn expression(key: &str, operator: &str, values: &[&str]) -> Value {
    match values {
        [] => json!({ "key": key, "operator": operator }),
        values => json!({ "key": key, "operator": operator, "values": values }),
    }
}

fn object(api_version: &str, kind: &str, pod: &'static str) -> Object {
    let value = json!({ "apiVersion": api_version, "kind": kind });
    Object { value, pod, container: format!("{pod}/spec/containers/0") }
}

/// The object as a whole.
impl Object {
    /// Sets a field, given as a JSON pointer; missing parents are created. `-` is the position after the
    /// last item of a list.
    ///
    /// # Panics
    /// If the place is inside a string or a number, or beyond the end of a list.
    pub fn with(mut self, place: &str, value: impl Into<Value>) -> Self {
        *place::made(&mut self.value, place) = value.into();
        self
    }

    /// Sets the name.
    pub fn named(self, name: &str) -> Self {
        self.with("/metadata/name", name)
    }

    /// Sets the namespace.
    pub fn namespace(self, namespace: &str) -> Self {
        self.with("/metadata/namespace", namespace)
    }

    /// Returns the object.
    pub fn json(self) -> Value {
        self.value
    }

    /// Returns the object as JSON text.
    pub fn text(&self) -> String {
        self.value.to_string()
    }

    /// Sets a field of the pod or the template.
    fn with_pod(self, place: &str, value: impl Into<Value>) -> Self {
        let place = format!("{}{place}", self.pod);
        self.with(&place, value)
    }

    fn with_container(self, place: &str, value: impl Into<Value>) -> Self {
        let place = format!("{}{place}", self.container);
        self.with(&place, value)
    }
}

/// The pod, or the template of the pods.
impl Object {
    /// Adds a label to the pods.
    pub fn label(self, key: &str, value: &str) -> Self {
        self.with_pod(&join("/metadata/labels", key), value)
    }

    /// Labels the pods as those of a PyTorchJob.
    pub fn training(self) -> Self {
        self.label("training.kubeflow.org/operator-name", "pytorchjob-controller")
    }

    /// Pins the pods to an instance type.
    pub fn on(self, instance_type: &str) -> Self {
        self.selecting("node.kubernetes.io/instance-type", instance_type)
    }

    /// Adds a label to `nodeSelector`.
    pub fn selecting(self, key: &str, value: &str) -> Self {
        self.with_pod(&join("/spec/nodeSelector", key), value)
    }

    /// Adds a term to the required node affinity.
    pub fn nodes(self, expressions: impl IntoIterator<Item = Value>) -> Self {
        let expressions = Value::from_iter(expressions);
        self.with_pod(
            "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/-",
            json!({ "matchExpressions": expressions }),
        )
    }
}

/// The container that was added last.
impl Object {
    /// Adds a container, which the methods below then change.
    pub fn container(self, name: &str) -> Self {
        self.another("containers", name)
    }

    /// Adds an init container, which the methods below then change.
    pub fn init_container(self, name: &str) -> Self {
        self.another("initContainers", name)
    }

    fn another(mut self, list: &str, name: &str) -> Self {
        let list = format!("{}/spec/{list}", self.pod);
        let count = self.value.pointer(&list).and_then(Value::as_array).map_or(0, Vec::len);
        self.container = format!("{list}/{count}");
        self.with(&format!("{list}/-"), json!({ "name": name }))
    }

    /// Sets the image.
    pub fn image(self, image: &str) -> Self {
        self.with_container("/image", image)
    }

    /// Adds a variable.
    pub fn env(self, name: &str, value: &str) -> Self {
        self.with_container("/env/-", json!({ "name": name, "value": value }))
    }

    /// Sets a limit.
    pub fn limit(self, resource: &str, amount: impl Into<Value>) -> Self {
        self.with_container(&join("/resources/limits", resource), amount)
    }

    /// Sets a limit of this many NVIDIA GPUs.
    pub fn gpus(self, count: u64) -> Self {
        self.limit("nvidia.com/gpu", count)
    }

    /// Sets a limit of this many EFA interfaces.
    pub fn efa(self, count: u64) -> Self {
        self.limit("vpc.amazonaws.com/efa", count)
    }

    /// Adds a claim of the template of this name.
    pub fn claims(self, template: &str) -> Self {
        let entry = json!({ "name": template, "resourceClaimTemplateName": template });
        self.with_pod("/spec/resourceClaims/-", entry)
            .with_container("/resources/claims/-", json!({ "name": template }))
    }
}

#[cfg(test)]
mod tests;
