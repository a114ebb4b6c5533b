//! The signals of the operators, in the order in which they decide.

use super::{Class, Nodes, Why, Workload};
use crate::{
    settings::Settings,
    text,
    view::{Kind, PodView},
};

/// Labels of operators that serve; if a value is given, only that value counts.
const SERVES: [(&str, &str); 10] = [
    ("app.kubernetes.io/part-of", "llminferenceservice"),
    ("app.kubernetes.io/part-of", "nim-service"),
    ("kueue.x-k8s.io/pod-group-serving", "true"),
    ("llm-d.ai/role", ""),
    ("nvidia.com/dynamo-graph-deployment-name", ""),
    ("ray.io/serve", ""),
    ("seldon-deployment-id", ""),
    ("serving.knative.dev/revision", ""),
    ("serving.kserve.io/inferenceservice", ""),
    ("serving.kserve.io/servingruntime", ""),
];

/// The operators whose pods train, by `training.kubeflow.org/operator-name`; MPI is not always training,
/// but as tightly coupled.
const OPERATORS: [&str; 7] = [
    "jaxjob-controller",
    "mpi-operator",
    "mpijob-controller",
    "paddlejob-controller",
    "pytorchjob-controller",
    "tfjob-controller",
    "xgboostjob-controller",
];

/// Variables that Kubeflow's Trainer gives to the nodes of a TrainJob.
const TRAINER: [&str; 3] = ["PET_NNODES", "JAX_NUM_PROCESSES", "DMLC_NUM_WORKER"];

/// Commands that start distributed training.
const LAUNCHERS: [&str; 5] =
    ["torchrun", "torch.distributed.run", "hyperpodrun", "deepspeed", "accelerate launch"];

/// Commands that serve.
const SERVERS: [&str; 4] = ["vllm serve", "tritonserver", "sglang", "dynamo"];

const JOBSET: &str = "jobset.sigs.k8s.io/jobset-name";
const REPLICATED_JOB: &str = "jobset.sigs.k8s.io/replicatedjob-name";

/// `true` if the pod only loads what other pods train on.
pub(super) fn initializes(pod: &PodView<'_>) -> bool {
    let role = pod.metadata.labels.get(REPLICATED_JOB);
    role.is_some_and(|role| matches!(&**role, "dataset-initializer" | "model-initializer"))
}

/// `true` if the pod only serves those that train: parameter servers and evaluators take no part in the
/// collectives.
pub(super) fn assists(pod: &PodView<'_>) -> bool {
    let role = pod.metadata.labels.get("training.kubeflow.org/replica-type");
    role.is_some_and(|role| ["ps", "evaluator"].iter().any(|name| role.eq_ignore_ascii_case(name)))
}

/// The class according to the signals; `None` if there is none.
pub(super) fn classify<'v>(pod: &'v PodView<'v>, settings: &Settings<'_>) -> Option<Workload<'v>> {
    let (inference, training) = (settings.inference.built_in, settings.training.built_in);
    let found = |class, certain, why| Some(Workload { class, certain, why, nodes: None });
    if let Some(why) = serves(pod).filter(|_| inference) {
        return found(Class::Inference, true, why);
    }
    if let Some(why) = trains(pod).filter(|_| training) {
        return found(Class::Training, true, why);
    }
    if let Some(why) = may_train(pod).filter(|_| training) {
        // Numbered pods, with a launcher that gets several nodes, are one job.
        let launched = matches!(why, Why::Command(_));
        let certain = launched && is_indexed(pod) && Nodes::has_several_by_launcher(pod);
        return found(Class::Training, certain, why);
    }
    if let Some(why) = may_serve(pod).filter(|_| inference) {
        return found(Class::Inference, false, why);
    }
    None
}

fn serves<'v>(pod: &'v PodView<'v>) -> Option<Why<'v>> {
    let labels = &pod.metadata.labels;
    let label = SERVES.iter().find_map(|(key, wanted)| {
        let value = labels.get(key)?;
        (wanted.is_empty() || **value == **wanted).then_some(Why::Label(key, value))
    });
    let kind = || pod.job.kind.filter(|kind| kind.serves()).map(|kind| Why::Kind(kind.name()));
    let label = kind().or(label);
    let group = pod.metadata.annotations.pod_group_serving.as_deref() == Some("true");
    label.or_else(|| group.then_some(Why::Label("kueue.x-k8s.io/pod-group-serving", "true")))
}

fn trains<'v>(pod: &'v PodView<'v>) -> Option<Why<'v>> {
    if let Some(kind) = pod.job.kind.filter(|kind| kind.trains()) {
        return Some(Why::Kind(kind.name()));
    }
    let labels = &pod.metadata.labels;
    let has = |key: &'static str| labels.get(key).map(|value| Why::Label(key, value));
    let operator = "training.kubeflow.org/operator-name";
    if let Some(Why::Label(key, value)) = has(operator)
        && OPERATORS.contains(&value)
    {
        return Some(Why::Label(key, value));
    }
    if let Some(why) = has("HPJob") {
        return Some(why);
    }
    if let Some(Why::Label(key, "TRIAL")) = has("determined.ai/task_type") {
        return Some(Why::Label(key, "TRIAL"));
    }
    let of_trainer = labels.get(JOBSET).is_some()
        && labels.get(REPLICATED_JOB).is_some_and(|role| matches!(&**role, "node" | "launcher"));
    let variable = TRAINER.iter().find(|name| of_trainer && sets(pod, name));
    variable.map(|name| Why::Env(name))
}

fn may_train<'v>(pod: &'v PodView<'v>) -> Option<Why<'v>> {
    let labels = &pod.metadata.labels;
    if let Some(value) = labels.get("volcano.sh/job-name") {
        let plugin = sets(pod, "TF_CONFIG")
            || sets(pod, "MPI_HOST")
            || (sets(pod, "MASTER_ADDR") && sets(pod, "WORLD_SIZE"));
        return plugin.then_some(Why::Label("volcano.sh/job-name", value));
    }
    if pod.job.kind == Some(Kind::VolcanoJob) && pod.job.nodes.is_some() {
        return Some(Why::Kind(Kind::VolcanoJob.name()));
    }
    let jobs = [Kind::CronJob, Kind::Job, Kind::JobSet, Kind::VolcanoJob];
    let job = pod.job.kind.is_some_and(|kind| jobs.contains(&kind))
        || ["batch.kubernetes.io/job-name", "job-name", JOBSET]
            .iter()
            .any(|key| labels.get(key).is_some());
    if job { runs(pod, &LAUNCHERS) } else { None }
}

/// `true` if its pods are numbered: those of an Indexed Job, and of a JobSet, whose jobs are all indexed.
fn is_indexed(pod: &PodView<'_>) -> bool {
    let has = |key: &str| pod.metadata.labels.get(key).is_some();
    match pod.job.kind {
        Some(Kind::Job | Kind::CronJob) => pod.job.nodes.is_some(),
        Some(Kind::JobSet) => true,
        _ => has("batch.kubernetes.io/job-completion-index") || has(JOBSET),
    }
}

fn may_serve<'v>(pod: &'v PodView<'v>) -> Option<Why<'v>> {
    let labels = &pod.metadata.labels;
    let groups = [Kind::DisaggregatedSet, Kind::LeaderWorkerSet];
    if let Some(kind) = pod.job.kind.filter(|kind| groups.contains(kind)) {
        return Some(Why::Kind(kind.name()));
    }
    if let Some(value) = labels.get("leaderworkerset.sigs.k8s.io/name") {
        return Some(Why::Label("leaderworkerset.sigs.k8s.io/name", value));
    }
    let stands = matches!(pod.job.kind, Some(Kind::Deployment | Kind::ReplicaSet))
        || pod.metadata.is_owned_by(r#""ReplicaSet""#)
        || pod
            .containers()
            .any(|at| text::find(at.container.readiness_probe.text(), r#""httpGet""#).is_some());
    if stands { runs(pod, &SERVERS) } else { None }
}

/// `true` if a container has the variable, with any value.
fn sets(pod: &PodView<'_>, name: &str) -> bool {
    pod.containers().any(|at| at.container.env.iter().any(|env| env.is(name)))
}

/// The first of these commands that a container runs, in its command or its arguments.
fn runs<'v>(pod: &PodView<'_>, commands: &[&'static str]) -> Option<Why<'v>> {
    let says = |command: &str| {
        pod.containers().any(|at| {
            let texts = [at.container.command.text(), at.container.args.text()];
            // The words of a command are in one argument, or in separate ones.
            texts.iter().any(|text| match command.split_once(' ') {
                None => has_word(text, command),
                Some((first, second)) => around(text, first).any(|(_, rest)| {
                    let rest = rest.trim_start_matches(['"', ',', ' ', '\n', '\t']);
                    rest.strip_prefix(second).is_some_and(|rest| !rest.starts_with(joins))
                }),
            })
        })
    };
    commands.iter().find(|command| says(command)).map(|command| Why::Command(command))
}

/// `true` if a character makes the word before it longer.
fn joins(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// `true` if `text` contains `word`, and not as a part of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    // A line end in JSON's spelling ends in a letter.
    let begins = |before: &str| [r"\n", r"\t", r"\r"].iter().any(|end| before.ends_with(end));
    around(text, word).any(|(before, after)| {
        (!before.ends_with(joins) || begins(before)) && !after.starts_with(joins)
    })
}

/// The text before and after each occurrence of `part` in `text`.
fn around<'t>(text: &'t str, part: &str) -> impl Iterator<Item = (&'t str, &'t str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + text::find(text.get(from..)?, part)?;
        from = at + part.len();
        Some((text.get(..at)?, text.get(from..)?))
    })
}
