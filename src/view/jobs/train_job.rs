//! What a TrainJob says of its pods, and what it changes of those of its runtime.
//!
//! Source: kubeflow/trainer pkg/apis/trainer/v1alpha1/trainjob_types.go, by its release tags.

use super::{Count, Made, ReplicatedJob};
use crate::{
    json::{self, List},
    view::{Container, PodSpec, PodTemplate, PodView},
};

#[derive(Default)]
pub(super) struct TrainJob<'a> {
    trainer: Trainer<'a>,
    /// Of Trainer 2.0.
    spec_overrides: List<PodSpec<'a>>,
    /// Of Trainer 2.1.
    overrides: List<PodTemplate<'a>>,
    /// Of Trainer 2.2 and newer.
    patches: List<RuntimePatch<'a>>,
}

/// What a TrainJob changes of the jobs of its runtime.
#[derive(Default)]
struct RuntimePatch<'a> {
    jobs: List<ReplicatedJob<'a>>,
}

/// What runs on each node of a TrainJob, spelled unlike a container.
#[derive(Default)]
struct Trainer<'a> {
    num_nodes: Count,
    container: Container<'a>,
}

json::readable! {
    Trainer<'a> {
        "numNodes" => num_nodes,
        "image" => container.image,
        "command" => container.command,
        "args" => container.args,
        "env" => container.env,
        "resourcesPerNode" => container.resources,
    }
    TrainJob<'a> {
        "trainer" => trainer,
        "podSpecOverrides" => spec_overrides,
        "podTemplateOverrides" => overrides,
        "runtimePatches" => patches,
    }
    RuntimePatch<'a> {
        "trainingRuntimeSpec": { "template": { "spec": { "replicatedJobs" => jobs } } },
    }
}

/// A TrainJob names a runtime that has the template of its pods: what it overrides is all that
/// shows here.
pub(super) fn train_job<'a>(made: &mut Made<'a>, spec: TrainJob<'a>) {
    let Trainer { num_nodes, container } = spec.trainer;
    let containers = List(vec![container]);
    let trainer = PodTemplate {
        spec: Some(PodSpec { containers, ..PodSpec::default() }),
        ..PodTemplate::default()
    };
    made.push(trainer, PodView::TRAINER, num_nodes.0, false);
    for (index, one) in spec.spec_overrides.0.into_iter().enumerate() {
        let one = PodTemplate { spec: Some(one), ..PodTemplate::default() };
        made.push(one, format!("/spec/podSpecOverrides/{index}"), num_nodes.0, false);
    }
    for (index, one) in spec.overrides.0.into_iter().enumerate() {
        made.push(one, format!("/spec/podTemplateOverrides/{index}/spec"), num_nodes.0, false);
    }
    for (index, patch) in spec.patches.0.into_iter().enumerate() {
        for (at, job) in patch.jobs.0.into_iter().enumerate() {
            let place = format!(
                "/spec/runtimePatches/{index}/trainingRuntimeSpec/template/spec/replicatedJobs/{at}/template/spec/template/spec"
            );
            let is_helper = job.name.ends_with("initializer");
            made.push(job.template.spec.template, place, num_nodes.0, is_helper);
        }
    }
}
