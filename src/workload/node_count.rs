//! On how many nodes a job runs, as its pods or its own object show.

use crate::{
    json::{self, List, Map, Reader, Text},
    kubernetes::Resource,
    text,
    view::PodView,
};

/// A number of nodes, and what tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nodes {
    /// How many.
    pub count: u64,
    /// Whether it is only the most that it may come to.
    pub at_most: bool,
    /// Such as `PET_NNODES`.
    pub by: &'static str,
}

/// Variables that hold a number of nodes; a range such as `1:4` counts with its upper end.
const COUNTS: [&str; 4] = ["PET_NNODES", "PADDLE_NNODES", "JAX_NUM_PROCESSES", "NUM_PROCESSES"];

/// Variables that hold a number of processes.
const PROCESSES: [&str; 2] = ["WORLD_SIZE", "DMLC_NUM_WORKER"];

impl Nodes {
    /// The greatest of all that the pod shows; nothing where it shows none.
    pub fn of(pod: &PodView<'_>) -> Option<Self> {
        let mut greatest: Option<Self> = None;
        let mut see = |count: Option<u64>, by: &'static str| {
            if let Some(count) = count.filter(|count| greatest.is_none_or(|g| *count > g.count)) {
                greatest =
                    Some(Self { count, at_most: by == "replicas" && pod.job.nodes_at_most, by });
            }
        };
        see(pod.job.nodes, "replicas");
        let annotations = &pod.metadata.annotations;
        see(annotations.group_size.as_deref().and_then(number), "leaderworkerset.sigs.k8s.io/size");
        see(
            annotations.pod_group_count.as_deref().and_then(number),
            "kueue.x-k8s.io/pod-group-total-count",
        );
        // Sidecars may speak of other things: where a container has accelerators, it decides.
        let all = !pod.containers().any(|at| at.takes_accelerators());
        for at in pod.containers().filter(|at| all || at.takes_accelerators()) {
            let variable = |name: &str| at.container.variable(name);
            for name in COUNTS {
                see(variable(name).and_then(upper), name);
            }
            for name in PROCESSES {
                see(
                    variable(name).and_then(number).and_then(|all| share(all, pod, &variable)),
                    name,
                );
            }
            see(variable("TF_CONFIG").and_then(hosts), "TF_CONFIG");
            for list in [at.container.command, at.container.args] {
                // Most commands do not say so: that is known at once.
                if text::find(list.text(), "--nnodes").is_some() {
                    see(argument(&list.get()), "--nnodes");
                }
            }
        }
        greatest
    }
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}

/// The upper end of a range, `1:4`, or the number itself.
fn upper(text: &str) -> Option<u64> {
    number(text.rsplit(':').next()?)
}

/// Of so many processes, on how many nodes they run: those of a node are as many as the pod says,
/// else as it has accelerators, so that the answer is never too high.
fn share<'e>(
    all: u64,
    pod: &PodView<'_>,
    variable: &impl Fn(&str) -> Option<&'e str>,
) -> Option<u64> {
    let said = variable("PET_NPROC_PER_NODE").and_then(number);
    let taken = || Resource::accelerators().map(|resource| pod.total(resource)).max();
    let each = said.or_else(taken).filter(|each| *each > 0)?;
    (all > each).then(|| all.div_ceil(each))
}

/// `TF_CONFIG`
#[derive(Default)]
struct TensorFlow<'a> {
    cluster: Map<'a, json::Lazy<'a>>,
}

json::readable! {
    TensorFlow<'a> { "cluster" => cluster }
}

/// The hosts that take part in the collectives of a TensorFlow cluster.
fn hosts(config: &str) -> Option<u64> {
    let TensorFlow { cluster } = Reader::whole(config).ok()?;
    let roles = ["chief", "master", "worker"];
    let count = roles.iter().filter_map(|role| cluster.get(role)).map(|hosts| {
        let list: List<Text<'_>> = hosts.get();
        list.len()
    });
    u64::try_from(count.sum::<usize>()).ok().filter(|count| *count > 0)
}

/// `--nnodes=4`, `--nnodes 4`, also inside the text of a shell.
fn argument(list: &List<Text<'_>>) -> Option<u64> {
    let mut words = list.iter().flat_map(|text| text.split_ascii_whitespace());
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--nnodes") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None => continue,
        };
        if let Some(count) = value.and_then(|value| upper(value.trim_matches('"'))) {
            return Some(count);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::view::{Kind, View};

    #[rstest]
    #[case::none(r#"{"name": "A", "value": "4"}"#, None)]
    #[case::hidden(r#"{"name": "PET_NNODES", "valueFrom": {}}"#, None)]
    #[case::paddle(r#"{"name": "PADDLE_NNODES", "value": "2"}"#, Some(2))]
    #[case::the_greatest(
        r#"{"name": "PADDLE_NNODES", "value": "2"}, {"name": "NUM_PROCESSES", "value": "3"}"#,
        Some(3)
    )]
    #[case::processes_of_each_node(
        r#"{"name": "WORLD_SIZE", "value": "32"}, {"name": "PET_NPROC_PER_NODE", "value": "8"}"#,
        Some(4)
    )]
    #[case::processes_by_accelerators(r#"{"name": "WORLD_SIZE", "value": "16"}"#, Some(2))]
    #[case::replicas_in_world_size(r#"{"name": "WORLD_SIZE", "value": "4"}"#, None)]
    #[case::xgboost_workers(r#"{"name": "DMLC_NUM_WORKER", "value": "16"}"#, Some(2))]
    #[case::tensorflow(
        r#"{"name": "TF_CONFIG", "value": "{\"cluster\":{\"chief\":[\"a\"],\"ps\":[\"p\"],\"worker\":[\"b\",\"c\"]}}"}"#,
        Some(3)
    )]
    // As kubeflow/trainer 1.9 writes it: pkg/controller.v1/tensorflow/tfjob_controller_test.go.
    #[case::tensorflow_of_the_operator(
        r#"{"name": "TF_CONFIG", "value": "{\"cluster\":{\"worker\":[\"w-0.ns.svc:2222\",\"w-1.ns.svc:2222\"]},\"task\":{\"type\":\"worker\",\"index\":0},\"environment\":\"cloud\"}"}"#,
        Some(2)
    )]
    #[case::broken_tensorflow(r#"{"name": "TF_CONFIG", "value": "{\"cluster\":"}"#, None)]
    fn of_variables(#[case] env: &str, #[case] expected: Option<u64>) {
        let pod = format!(
            r#"{{"spec": {{"containers": [{{"env": [{env}], "resources": {{"limits": {{"nvidia.com/gpu": 8}}}}}}]}}}}"#
        );
        let view = View::read(Kind::Pod, &pod).unwrap();
        assert_eq!(Nodes::of(&view.pods()[0]).map(|nodes| nodes.count), expected);
    }

    #[rstest]
    #[case::joined(r#"["--nnodes=4", "x"]"#, Some(4))]
    #[case::apart(r#"["--nnodes", "1:8"]"#, Some(8))]
    #[case::in_a_shell(r#"["-c", "torchrun --nnodes=16 train.py"]"#, Some(16))]
    #[case::of_a_variable(r#"["--nnodes=$(NNODES)"]"#, None)]
    fn of_arguments(#[case] args: &str, #[case] expected: Option<u64>) {
        assert_eq!(argument(&Reader::whole(args).unwrap()), expected);
    }
}
