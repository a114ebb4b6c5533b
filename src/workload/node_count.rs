//! The number of nodes that a job runs on, from its pods or its own object.

use crate::{
    json::{self, List, Map, Reader, Text},
    kubernetes::Resource,
    text,
    view::{Container, PodView},
};

/// A number of nodes, and its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nodes {
    /// The number.
    pub count: u64,
    /// `true` if it is only an upper bound.
    pub at_most: bool,
    /// The source, for example `PET_NNODES`.
    pub by: &'static str,
}

/// Arguments of launchers with a number of nodes: torchrun's, accelerate's, DeepSpeed's.
const FLAGS: [&str; 3] = ["--nnodes", "--num_machines", "--num_nodes"];

/// The variables of a container that hold a number of nodes or processes, as far as their values can be seen. They
/// are read in one pass, because containers have many variables.
#[derive(Default)]
struct Told<'c> {
    pet_nnodes: Option<&'c str>,
    paddle_nnodes: Option<&'c str>,
    jax_num_processes: Option<&'c str>,
    num_processes: Option<&'c str>,
    pet_nproc_per_node: Option<&'c str>,
    world_size: Option<&'c str>,
    dmlc_num_worker: Option<&'c str>,
    tf_config: Option<&'c str>,
}

impl<'c> Told<'c> {
    fn of(container: &'c Container<'_>) -> Self {
        let mut told = Self::default();
        for variable in container.env.iter() {
            let place = match variable.name.as_deref().unwrap_or_default() {
                "PET_NNODES" => &mut told.pet_nnodes,
                "PADDLE_NNODES" => &mut told.paddle_nnodes,
                "JAX_NUM_PROCESSES" => &mut told.jax_num_processes,
                "NUM_PROCESSES" => &mut told.num_processes,
                "PET_NPROC_PER_NODE" => &mut told.pet_nproc_per_node,
                "WORLD_SIZE" => &mut told.world_size,
                "DMLC_NUM_WORKER" => &mut told.dmlc_num_worker,
                "TF_CONFIG" => &mut told.tf_config,
                _ => continue,
            };
            // If a name occurs twice, the last one counts.
            *place = variable.seen();
        }
        told
    }

    /// Numbers of nodes; a range such as `1:4` counts with its upper end.
    fn counts(&self) -> [(Option<&'c str>, &'static str); 4] {
        [
            (self.pet_nnodes, "PET_NNODES"),
            (self.paddle_nnodes, "PADDLE_NNODES"),
            (self.jax_num_processes, "JAX_NUM_PROCESSES"),
            (self.num_processes, "NUM_PROCESSES"),
        ]
    }

    /// Numbers of processes.
    fn processes(&self) -> [(Option<&'c str>, &'static str); 2] {
        [(self.world_size, "WORLD_SIZE"), (self.dmlc_num_worker, "DMLC_NUM_WORKER")]
    }
}

impl Nodes {
    /// `true` if a launcher in the pod gets a number of nodes above one.
    pub(super) fn has_several_by_launcher(pod: &PodView<'_>) -> bool {
        let mut several = false;
        for at in pod.containers() {
            let told = Told::of(at.container);
            launched(at.container, &told, &mut |(count, _), _| several |= count > 1);
        }
        several
    }

    /// The greatest number that the pod shows; `None` if it shows none.
    pub fn of(pod: &PodView<'_>) -> Option<Self> {
        let mut greatest: Option<Self> = None;
        let mut see_range = |count: Option<(u64, bool)>, by: &'static str| {
            if let Some((count, at_most)) = count
                && greatest.is_none_or(|greatest| count > greatest.count)
            {
                greatest = Some(Self { count, at_most, by });
            }
        };
        let fixed = |count: Option<u64>| count.map(|count| (count, false));
        see_range(fixed(pod.job.nodes), "replicas");
        let annotations = &pod.metadata.annotations;
        for (count, by) in [
            (&annotations.group_size, "leaderworkerset.sigs.k8s.io/size"),
            (&annotations.pod_group_count, "kueue.x-k8s.io/pod-group-total-count"),
        ] {
            see_range(fixed(count.as_deref().and_then(number)), by);
        }
        // Sidecars may have other numbers: if a container has accelerators, it decides.
        let working: Vec<_> = pod.working().collect();
        let all = || pod.containers().filter(|_| working.is_empty());
        for at in all().chain(working.iter().copied()) {
            let told = Told::of(at.container);
            launched(at.container, &told, &mut |count, by| see_range(Some(count), by));
            for (all, name) in told.processes() {
                let all = all.and_then(number);
                see_range(fixed(all.and_then(|all| share(all, pod, &told))), name);
            }
            see_range(fixed(told.tf_config.and_then(hosts)), "TF_CONFIG");
        }
        greatest
    }
}

/// Passes `see` each number of nodes that a container's launcher gets, with its source: from variables
/// that it reads, and from its arguments.
fn launched(
    container: &Container<'_>,
    told: &Told<'_>,
    see: &mut impl FnMut((u64, bool), &'static str),
) {
    for (value, name) in told.counts() {
        if let Some(count) = value.and_then(upper) {
            see(count, name);
        }
    }
    for list in [container.command, container.args] {
        // Most commands have no such flag, which this shows at once.
        if ["--nn", "--num_"].iter().any(|begin| text::find(list.text(), begin).is_some()) {
            arguments(&list.get(), see);
        }
    }
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}

/// The upper end of a range, `1:4`, or the number itself; and `true` if it is the end of a range.
fn upper(text: &str) -> Option<(u64, bool)> {
    let (least, most) = text.split_once(':').unwrap_or((text, text));
    Some((number(most)?, least != most))
}

/// The number of nodes for all of these processes. The processes per node are those that the pod sets,
/// otherwise its number of accelerators, so that the answer is never too high.
fn share(all: u64, pod: &PodView<'_>, told: &Told<'_>) -> Option<u64> {
    let said = told.pet_nproc_per_node.and_then(number);
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

/// The number of hosts in a TensorFlow cluster that take part in the collectives.
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
fn arguments(list: &List<Text<'_>>, see: &mut impl FnMut((u64, bool), &'static str)) {
    // Most arguments contain no such flag, so their words need not be read.
    let flagged = list.iter().enumerate().filter(|(_, text)| text::find(text, "--n").is_some());
    for (at, text) in flagged {
        let next = list.get(at + 1).map(|text| &**text);
        let mut words = text.split_ascii_whitespace();
        while let Some(word) = words.next() {
            let flag = FLAGS.iter().find_map(|flag| Some((*flag, word.strip_prefix(flag)?)));
            let Some((flag, rest)) = flag else { continue };
            let value = match rest {
                "" => words.clone().next().or(next),
                rest => rest.strip_prefix('='),
            };
            if let Some(count) = value.and_then(|value| upper(value.trim_matches('"'))) {
                see(count, flag);
            }
        }
    }
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
    #[case::joined(r#"["--nnodes=4", "x"]"#, Some((4, false)))]
    #[case::a_range(r#"["--nnodes", "1:8"]"#, Some((8, true)))]
    #[case::a_range_of_one(r#"["--nnodes", "8:8"]"#, Some((8, false)))]
    #[case::in_a_shell(r#"["-c", "torchrun --nnodes=16 train.py"]"#, Some((16, false)))]
    #[case::of_a_variable(r#"["--nnodes=$(NNODES)"]"#, None)]
    fn of_arguments(#[case] args: &str, #[case] expected: Option<(u64, bool)>) {
        let mut found = None;
        arguments(&Reader::whole(args).unwrap(), &mut |count, flag| {
            assert_eq!(flag, "--nnodes");
            found = Some(count);
        });
        assert_eq!(found, expected);
    }
}
