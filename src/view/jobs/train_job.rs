//! What a TrainJob says of its pods, and what it changes of those of its runtime.
//!
//! Source: kubeflow/trainer pkg/apis/trainer/v1alpha1/trainjob_types.go, by its release tags.

use super::{
    Count, Form, Made, PodSpec, PodTemplate,
    job_set::{JobSet, ReplicatedJob},
    template,
};
use crate::{
    json::{self, List, Reader},
    view::Container,
};

#[derive(Default)]
struct TrainJob<'a> {
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

/// The `spec` of a runtime
#[derive(Default)]
struct Runtime<'a> {
    set: JobSet<'a>,
}

json::readable! {
    Runtime<'a> { "template": { "spec" => set } }
}

/// A TrainJob names a runtime that has the template of its pods: what it overrides is all that
/// shows here.
pub(super) fn read<'a>(made: &mut Made<'a>, reader: &mut Reader<'a>) -> json::Result<()> {
    let job: TrainJob<'a> = made.spec(reader)?;
    let TrainJob { trainer, spec_overrides, overrides, patches } = job;
    let Trainer { num_nodes, container } = trainer;
    let containers = List(vec![container]);
    made.form = Form::Trainer;
    let trainer = template(PodSpec { containers, ..PodSpec::default() });
    made.push(trainer, "/spec/trainer", num_nodes.0, false);
    made.form = Form::Spec;
    for (index, one) in spec_overrides.0.into_iter().enumerate() {
        let place = format!("/spec/podSpecOverrides/{index}");
        made.push(template(one), place, num_nodes.0, false);
    }
    for (index, one) in overrides.0.into_iter().enumerate() {
        made.push(one, format!("/spec/podTemplateOverrides/{index}/spec"), num_nodes.0, false);
    }
    for (index, patch) in patches.0.into_iter().enumerate() {
        let place = format!("/spec/runtimePatches/{index}/trainingRuntimeSpec/template/spec");
        jobs(made, patch.jobs, &place, num_nodes.0);
    }
    Ok(())
}

/// A runtime is no job: a TrainJob says on how many nodes it runs, and may say what they take.
pub(super) fn runtime<'a>(made: &mut Made<'a>, reader: &mut Reader<'a>) -> json::Result<()> {
    let runtime: Runtime<'a> = made.spec(reader)?;
    jobs(made, runtime.set.replicated_jobs, "/spec/template/spec", None);
    Ok(())
}

/// The jobs of a JobSet's `spec` at this place.
fn jobs<'a>(made: &mut Made<'a>, jobs: List<ReplicatedJob<'a>>, place: &str, nodes: Option<u64>) {
    for (at, job) in jobs.0.into_iter().enumerate() {
        let place = format!("{place}/replicatedJobs/{at}/template/spec/template/spec");
        let is_helper = job.name.ends_with("initializer");
        made.push(job.template.spec.template, place, nodes, is_helper);
    }
}
