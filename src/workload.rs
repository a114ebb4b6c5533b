//! Decides what a pod is for (training, inference, or neither), and on how many nodes its job runs.
//!
//! The signals are those in the operators' own sources (docs/workloads.md). The first one that is found
//! decides, and messages name it. They are not a security boundary: anyone can set a label.

mod collectives;
mod exports;
mod kv_transfer;
mod node_count;
mod reach;
mod signals;

use std::fmt;

pub use collectives::runs_none;
pub use exports::{Export, exports};
pub use kv_transfer::over_ucx;
pub use node_count::Nodes;
pub use reach::{together, works_over_nodes};

use crate::{
    kubernetes::{EFA, Pods},
    settings::Settings,
    text::Quoted,
    view::{Kind, PodView},
};

/// The class of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// It trains, or runs tightly coupled processes in the same way.
    Training,
    /// It serves.
    Inference,
    /// Neither, as far as can be seen.
    Neither,
}

/// The signal that decided the class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why<'v> {
    /// The part of the settings that names it.
    Settings(&'static str, &'static str),
    /// The kind of the object that makes the pod.
    Kind(&'static str),
    /// A label of the pod, and its value.
    Label(&'static str, &'v str),
    /// A variable of a container.
    Env(&'static str),
    /// A command of a container.
    Command(&'static str),
    /// Nothing.
    Nothing,
}

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(class, part) => write!(f, "`{class}.{part}` of the policy's settings"),
            Self::Kind(kind) => write!(f, "kind `{kind}`"),
            Self::Label(key, value) => write!(f, "{}", Quoted(&format!("{key}={value}"))),
            Self::Env(name) => write!(f, "variable `{name}`"),
            Self::Command(command) => write!(f, "command `{command}`"),
            Self::Nothing => f.write_str("nothing"),
        }
    }
}

/// A pod as a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workload<'v> {
    /// Its class.
    pub class: Class,
    /// `true` if that is certain; a guess is only good for warnings.
    pub certain: bool,
    /// The signal that decided.
    pub why: Why<'v>,
    /// The number of nodes of the job, if it is known.
    pub nodes: Option<Nodes>,
}

impl<'v> Workload<'v> {
    const NEITHER: Self =
        Self { class: Class::Neither, certain: true, why: Why::Nothing, nodes: None };

    /// The workload of this pod.
    pub fn of(pod: &'v PodView<'v>, namespace: &str, settings: &Settings<'_>) -> Self {
        let labels = &pod.metadata.labels;
        let meant = |pods: &Pods<'_>| pods.select(namespace, labels);
        let by_settings = |class, why| Self { class, certain: true, why, nodes: None };
        let computes = computes(pod);
        let workload = if let Some(part) = meant(&settings.training.pods) {
            by_settings(Class::Training, Why::Settings("training", part))
        } else if let Some(part) = meant(&settings.inference.pods) {
            by_settings(Class::Inference, Why::Settings("inference", part))
        } else if !computes {
            return Self::NEITHER;
        } else {
            signals::classify(pod, settings).unwrap_or(Self::NEITHER)
        };
        match workload.class {
            // Helpers, and pods that compute nothing, take no part in the job's traffic.
            Class::Training if computes => Self { nodes: Nodes::of(pod), ..workload },
            _ => workload,
        }
    }

    /// For messages: the class and its signal, `training on 4 nodes (…)`.
    pub fn told(&self) -> String {
        let Self { class, why, nodes, .. } = self;
        match nodes {
            Some(Nodes { count, at_most, by }) => {
                let noun = if *count == 1 { "node" } else { "nodes" };
                let bound = if *at_most { "up to " } else { "" };
                let why = match why {
                    // Labels and kinds of jobs need no explanation.
                    Why::Label(..) | Why::Kind(_) => String::new(),
                    why => format!(", {why}"),
                };
                format!("{class} on {bound}{count} {noun} (`{by}`{why})")
            }
            None => format!("{class} ({why})"),
        }
    }

    /// For the audit annotation: `training, 4 nodes`; a guess has a question mark.
    pub fn note(&self) -> String {
        let mut note = String::with_capacity(64);
        note += self.class.name();
        note += if self.certain { "" } else { "?" };
        if let Some(Nodes { count, at_most, .. }) = self.nodes {
            note += if at_most && count != 1 { ", up to " } else { ", " };
            note += &count.to_string();
            note += if count == 1 { " node" } else { " nodes" };
        }
        note
    }

    /// The number of nodes, if it certainly trains, and certainly on several nodes.
    pub fn spans_nodes(&self) -> Option<Nodes> {
        let certain = self.class == Class::Training && self.certain;
        self.nodes.filter(|nodes| certain && nodes.count > 1)
    }
}

impl Class {
    const fn name(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Inference => "inference",
            Self::Neither => "neither",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `true` if it uses accelerators or EFA, and is neither a helper of a job nor a pod of a DaemonSet.
fn computes(pod: &PodView<'_>) -> bool {
    // Most pods use none, which this shows at once.
    let takes =
        pod.takes_accelerators() || pod.total(EFA) > 0 || pod.spec.resource_claims.is_some();
    takes
        && !pod.job.is_helper
        && pod.job.kind != Some(Kind::DaemonSet)
        && !pod.metadata.is_owned_by(r#""DaemonSet""#)
        && !signals::initializes(pod)
        && !signals::assists(pod)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{json::RawJson, view::View};

    fn told(metadata: &str, container: &str, settings: &str) -> String {
        let pod = format!(
            r#"{{"metadata": {metadata}, "spec": {{"containers": [{{"name": "main",
                "resources": {{"limits": {{"nvidia.com/gpu": 8}}}}, {container}}}]}}}}"#
        );
        let view = View::read(Kind::Pod, &pod).unwrap();
        let settings = Settings::read(Some(RawJson(settings))).unwrap();
        let workload = Workload::of(&view.pods()[0], "ml", &settings);
        format!("{} by {}", workload.note(), workload.why)
    }

    const PYTORCH: &str = r#"{"labels": {"training.kubeflow.org/job-name": "llm",
        "training.kubeflow.org/operator-name": "pytorchjob-controller"}}"#;

    #[rstest]
    #[case::pytorch_job(
        PYTORCH,
        r#""env": [{"name": "PET_NNODES", "value": "4"}]"#,
        "training, 4 nodes by `training.kubeflow.org/operator-name=pytorchjob-controller`"
    )]
    #[case::elastic(
        PYTORCH,
        r#""env": [{"name": "PET_NNODES", "value": "1:4"}, {"name": "WORLD_SIZE", "value": "16"}]"#,
        "training, up to 4 nodes by `training.kubeflow.org/operator-name=pytorchjob-controller`"
    )]
    #[case::mpi(
        r#"{"labels": {"training.kubeflow.org/job-name": "nccl", "training.kubeflow.org/operator-name": "mpi-operator"}}"#,
        r#""image": "nccl""#,
        "training by `training.kubeflow.org/operator-name=mpi-operator`"
    )]
    #[case::hyperpod(
        r#"{"labels": {"HPJob": "llm"}}"#,
        r#""args": ["hyperpodrun", "--nnodes=8", "train.py"]"#,
        "training, 8 nodes by `HPJob=llm`"
    )]
    #[case::trainer_v2(
        r#"{"labels": {"jobset.sigs.k8s.io/jobset-name": "llm", "jobset.sigs.k8s.io/replicatedjob-name": "node"}}"#,
        r#""env": [{"name": "PET_NNODES", "value": "2"}]"#,
        "training, 2 nodes by variable `PET_NNODES`"
    )]
    #[case::trainer_v2_download(
        r#"{"labels": {"jobset.sigs.k8s.io/jobset-name": "llm", "jobset.sigs.k8s.io/replicatedjob-name": "dataset-initializer"}}"#,
        r#""env": [{"name": "PET_NNODES", "value": "2"}]"#,
        "neither by nothing"
    )]
    #[case::bare_job_with_torchrun(
        r#"{"labels": {"batch.kubernetes.io/job-name": "llm"}}"#,
        r#""command": ["torchrun", "--nnodes", "4"]"#,
        "training?, 4 nodes by command `torchrun`"
    )]
    #[case::indexed_job_with_torchrun(
        r#"{"labels": {"batch.kubernetes.io/job-name": "llm", "batch.kubernetes.io/job-completion-index": "0"}}"#,
        r#""command": ["torchrun", "--nnodes", "4"]"#,
        "training, 4 nodes by command `torchrun`"
    )]
    #[case::indexed_job_with_torchrun_on_one_node(
        r#"{"labels": {"batch.kubernetes.io/job-name": "llm", "batch.kubernetes.io/job-completion-index": "0"}}"#,
        r#""command": ["torchrun", "--nproc-per-node=8"]"#,
        "training? by command `torchrun`"
    )]
    #[case::bare_job(
        r#"{"labels": {"batch.kubernetes.io/job-name": "llm"}}"#,
        r#""command": ["python", "render.py"]"#,
        "neither by nothing"
    )]
    #[case::volcano(
        r#"{"labels": {"volcano.sh/job-name": "llm"}}"#,
        r#""env": [{"name": "MASTER_ADDR", "value": "m"}, {"name": "WORLD_SIZE", "value": "4"}]"#,
        "training? by `volcano.sh/job-name=llm`"
    )]
    #[case::kserve(
        r#"{"labels": {"serving.kserve.io/inferenceservice": "llama"}}"#,
        r#""command": ["torchrun"]"#,
        "inference by `serving.kserve.io/inferenceservice=llama`"
    )]
    #[case::ray_service(
        r#"{"labels": {"ray.io/serve": "true", "ray.io/cluster": "x"}}"#,
        r#""image": "ray""#,
        "inference by `ray.io/serve=true`"
    )]
    #[case::ray_cluster(
        r#"{"labels": {"ray.io/cluster": "x"}}"#,
        r#""image": "ray""#,
        "neither by nothing"
    )]
    #[case::leader_worker_set(
        r#"{"labels": {"leaderworkerset.sigs.k8s.io/name": "vllm"}}"#,
        r#""image": "vllm""#,
        "inference? by `leaderworkerset.sigs.k8s.io/name=vllm`"
    )]
    #[case::vllm(
        r#"{"ownerReferences": [{"kind": "ReplicaSet", "name": "vllm-1"}]}"#,
        r#""command": ["vllm", "serve", "m"]"#,
        "inference? by command `vllm serve`"
    )]
    #[case::daemon_set(
        r#"{"ownerReferences": [{"kind": "DaemonSet", "name": "dcgm"}], "labels": {"HPJob": "x"}}"#,
        r#""image": "dcgm""#,
        "neither by nothing"
    )]
    #[case::plain("{}", r#""image": "cuda""#, "neither by nothing")]
    fn built_in(#[case] metadata: &str, #[case] container: &str, #[case] expected: &str) {
        assert_eq!(told(metadata, container, "{}"), expected);
    }

    #[test]
    fn the_settings_come_first() {
        let settings =
            r#"{"training": {"namespaces": ["ml"]}, "inference": {"namespaces": ["ml"]}}"#;
        let kserve = r#"{"labels": {"serving.kserve.io/inferenceservice": "llama"}}"#;
        assert_eq!(
            told(kserve, r#""image": "a""#, settings),
            "training by `training.namespaces` of the policy's settings"
        );
        let settings = r#"{"training": {"builtInSignals": false}}"#;
        assert_eq!(told(PYTORCH, r#""image": "a""#, settings), "neither by nothing");
        let settings = r#"{"inference": {"builtInSignals": false}}"#;
        assert_eq!(told(kserve, r#""image": "a""#, settings), "neither by nothing");
    }

    #[test]
    fn a_pod_that_takes_nothing_is_neither() {
        let pod = r#"{"metadata": {"labels": {"HPJob": "x"}}, "spec": {"containers": [{"resources": {"limits": {"nvidia.com/gpu": 0}}}]}}"#;
        let view = View::read(Kind::Pod, pod).unwrap();
        let settings = Settings::read(None).unwrap();
        assert_eq!(Workload::of(&view.pods()[0], "ml", &settings), Workload::NEITHER);
    }
}
