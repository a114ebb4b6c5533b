//! A TrainJob's own pods, and its changes to those of its runtime.
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
    /// In Trainer 2.0.
    spec_overrides: List<PodSpec<'a>>,
    /// In Trainer 2.1.
    overrides: List<PodTemplate<'a>>,
    /// In Trainer 2.2 and newer.
    patches: List<RuntimePatch<'a>>,
}

/// A TrainJob's changes to the jobs of its runtime.
#[derive(Default)]
struct RuntimePatch<'a> {
    jobs: List<ReplicatedJob<'a>>,
}

/// The container on each node of a TrainJob, which has fields of its own.
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

/// Reads a TrainJob. The template of its pods is in its runtime, so only its own values and overrides
/// show here.
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

/// Reads a runtime. It is not a job: a TrainJob sets the number of nodes, and can set their resources.
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
