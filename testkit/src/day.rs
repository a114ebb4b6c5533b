//! A day in a cluster, as the API server sees it: what happens, and the requests that it makes. How often
//! things happen is assumed; which requests they make is what Kubernetes' controllers do.

use serde_json::{Value, json};

use crate::{
    admission::Request,
    corpus::{case, good},
};

/// An event in a cluster, and the requests that it causes.
pub struct Event {
    /// In words.
    pub what: String,
    /// How often each comes.
    pub requests: Vec<(u64, Request)>,
}

impl Event {
    /// An event that happens so often.
    fn new(what: &str, times: u64, each: Vec<(u64, Request)>) -> Self {
        let requests = each.into_iter().map(|(count, request)| (count * times, request)).collect();
        Self { what: what.to_owned(), requests }
    }
}

/// A day of a cluster of 1,000 nodes.
///
/// # Panics
/// If an object of the corpus can't be read.
pub fn day() -> Vec<Event> {
    Things::read().day()
}

/// 1,000 pods more, in several ways.
///
/// # Panics
/// If an object of the corpus can't be read.
pub fn scaling() -> Vec<Event> {
    Things::read().scaling()
}

/// The objects that requests are about.
struct Things {
    web: Value,
    web_pod: Value,
    serving: Value,
    serving_pod: Value,
    job: Value,
    job_pod: Value,
    plain_job: Value,
    daemon_set: Value,
    gpu_daemon_set: Value,
    cni: Value,
    pool: Value,
}

impl Things {
    fn read() -> Self {
        let good = |path: &str| {
            let found = good().into_iter().find(|manifest| manifest.path.ends_with(path));
            found.unwrap_or_else(|| panic!("e2e/good has no {path}")).object
        };
        let case = |name: &str| case(name).request()["object"].clone();
        let web_pod = case("request/web-pod");
        let template =
            json!({ "metadata": { "labels": { "app": "web" } }, "spec": web_pod["spec"] });
        let metadata = json!({ "name": "web", "namespace": "shop" });
        let serving = good("inference/vllm-deployment-g5-12xlarge.yaml");
        let mut web = serving.clone();
        web["metadata"] = metadata.clone();
        web["spec"]["template"] = template.clone();
        let worker = good("training/pytorchjob-worker-pod-p5-48xlarge.yaml");
        Self {
            web,
            web_pod: owned(web_pod, "apps/v1", "ReplicaSet"),
            serving_pod: made_of(&serving, "apps/v1", "ReplicaSet"),
            serving,
            plain_job: json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": { "template": template } }),
            job: good("training/pytorchjob-fsdp-p5-48xlarge.yaml"),
            job_pod: owned(worker, "kubeflow.org/v1", "PyTorchJob"),
            daemon_set: good("system/fluent-bit.yaml"),
            gpu_daemon_set: good("system/dcgm-exporter-on-gpu-types.yaml"),
            cni: case("prefix-delegation/as-shipped"),
            pool: good("karpenter/nodepool-general-with-min-values.yaml"),
        }
    }

    fn day(&self) -> Vec<Event> {
        let lease = json!({ "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": { "name": "a", "namespace": "kube-node-lease" } });
        let node = json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "a" } });
        let claim = json!({ "apiVersion": "karpenter.sh/v1", "kind": "NodeClaim", "metadata": { "name": "a" } });
        let map = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a", "namespace": "shop" } });
        let cron = json!({ "apiVersion": "batch/v1", "kind": "CronJob", "metadata": { "name": "a", "namespace": "shop" } });
        vec![
            Event::new("leases of nodes, each 10 s", 1_000, vec![(8_640, update(&lease))]),
            Event::new("leases of 20 leaders, each 2 s", 20, vec![(43_200, update(&lease))]),
            Event::new(
                "status of nodes, each 5 min",
                1_000,
                vec![(288, update(&node).part("status"))],
            ),
            Event::new("ConfigMaps that controllers write", 5_000, vec![(1, update(&map))]),
            Event::new(
                "300 roll-outs of a web Deployment, 20 pods each",
                300,
                self.rolled_out(&self.web, &self.web_pod, 20),
            ),
            Event::new(
                "2,000 scalings of one by an HPA, 3 pods each",
                2_000,
                scaled(&self.web, &self.web_pod, 3),
            ),
            Event::new("50 CronJobs, each hour a pod", 1_200, {
                let made = owned(self.plain_job.clone(), "batch/v1", "CronJob");
                let mut all = vec![
                    (1, Request::creating(&made)),
                    (3, update(&made).part("status")),
                    (2, update(&cron).part("status")),
                ];
                all.extend(pods(&self.web_pod, 1));
                all
            }),
            Event::new(
                "20 roll-outs of a GPU Deployment, 8 pods each",
                20,
                self.rolled_out(&self.serving, &self.serving_pod, 8),
            ),
            Event::new(
                "200 scalings of one by an HPA, 2 pods each",
                200,
                scaled(&self.serving, &self.serving_pod, 2),
            ),
            Event::new("100 training jobs, 16 pods each", 100, self.trained(16)),
            Event::new(
                "500 nodes come and go, 8 DaemonSets on each",
                500,
                self.node(&claim, &node),
            ),
            Event::new(
                "10 changes of a NodePool, 2,000 of its status",
                10,
                vec![
                    (1, changed(&self.pool, "/spec/template")),
                    (200, update(&self.pool).part("status")),
                    (5, update(&self.pool)),
                ],
            ),
            Event::new(
                "the VPC CNI is upgraded",
                1,
                vec![
                    (1, changed(&self.cni, "/spec/template")),
                    (1_000, update(&self.cni).part("status")),
                ],
            ),
        ]
    }

    fn scaling(&self) -> Vec<Event> {
        vec![
            Event::new("of a web Deployment", 1, scaled(&self.web, &self.web_pod, 1_000)),
            Event::new("of a GPU Deployment", 1, scaled(&self.serving, &self.serving_pod, 1_000)),
            Event::new("of 50 training jobs", 50, self.trained(20)),
            Event::new(
                "of a DaemonSet for GPUs",
                1,
                pods(&made_of(&self.gpu_daemon_set, "apps/v1", "DaemonSet"), 1_000),
            ),
        ]
    }

    /// A new template: a new ReplicaSet is scaled up by one pod after another, the old one down.
    fn rolled_out(&self, deployment: &Value, pod: &Value, count: u64) -> Vec<(u64, Request)> {
        let set = replica_set(deployment);
        let mut all = vec![
            (1, changed(deployment, "/spec/template")),
            (2 * count, update(deployment).part("status")),
            (1, Request::creating(&set)),
            (2 * count, changed(&set, "/spec/replicas")),
            (2 * count, update(&set).part("status")),
        ];
        all.extend(pods(pod, count));
        all
    }

    fn trained(&self, workers: u64) -> Vec<(u64, Request)> {
        let mut all =
            vec![(1, Request::creating(&self.job)), (workers, update(&self.job).part("status"))];
        all.extend(pods(&self.job_pod, workers));
        all
    }

    fn node(&self, claim: &Value, node: &Value) -> Vec<(u64, Request)> {
        let mut all = vec![
            (1, Request::creating(claim)),
            (5, update(claim).part("status")),
            (1, Request::creating(node)),
            (5, update(node)),
            (8, update(&self.daemon_set).part("status")),
        ];
        all.extend(pods(&made_of(&self.daemon_set, "apps/v1", "DaemonSet"), 7));
        all.extend(pods(&made_of(&self.gpu_daemon_set, "apps/v1", "DaemonSet"), 1));
        all
    }
}

/// A Deployment's number of pods grows: by the subresource, then its ReplicaSet's.
fn scaled(deployment: &Value, pod: &Value, count: u64) -> Vec<(u64, Request)> {
    let set = replica_set(deployment);
    let mut all = vec![
        (1, changed(deployment, "/spec/replicas").part("scale")),
        (count, update(deployment).part("status")),
        (1, changed(&set, "/spec/replicas")),
        (count, update(&set).part("status")),
    ];
    all.extend(pods(pod, count));
    all
}

/// The requests of so many pods, from their creation to their end.
fn pods(pod: &Value, count: u64) -> Vec<(u64, Request)> {
    let mut gone = Request::creating(pod).value;
    gone["operation"] = "DELETE".into();
    gone["oldObject"] = gone["object"].take();
    vec![
        (count, Request::creating(pod)),
        (count, Request::creating(pod).part("binding")),
        (4 * count, update(pod).part("status")),
        (count, Request::of(gone)),
    ]
}

/// An update that leaves what pods are made of: a label.
fn update(object: &Value) -> Request {
    let mut new = object.clone();
    new["metadata"]["labels"] = json!({ "example.com/seen": "yes" });
    Request::updating(object, &new)
}

/// An update of the value at this place.
fn changed(object: &Value, place: &str) -> Request {
    let mut new = object.clone();
    match new.pointer_mut(place) {
        Some(Value::Object(members)) => {
            members.insert(
                "metadata".to_owned(),
                json!({ "annotations": { "example.com/version": "2" } }),
            );
        }
        Some(other) => *other = json!(7),
        None => {}
    }
    Request::updating(object, &new)
}

fn replica_set(deployment: &Value) -> Value {
    let mut set = owned(deployment.clone(), "apps/v1", "Deployment");
    set["kind"] = "ReplicaSet".into();
    set
}

/// The pod that a controller makes of an object's template.
fn made_of(object: &Value, api_version: &str, kind: &str) -> Value {
    let mut pod = object["spec"]["template"].clone();
    pod["apiVersion"] = "v1".into();
    pod["kind"] = "Pod".into();
    pod["metadata"]["namespace"] = object["metadata"]["namespace"].clone();
    owned(pod, api_version, kind)
}

fn owned(mut object: Value, api_version: &str, kind: &str) -> Value {
    object["metadata"]["ownerReferences"] = json!([{ "apiVersion": api_version, "kind": kind, "name": "a", "uid": "1", "controller": true }]);
    object
}
