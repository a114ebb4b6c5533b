//! The objects that make pods: their templates, and the facts about their pods.
//!
//! Sources: kubernetes/api batch/v1 and apps/v1; kubeflow/trainer (release-1.9 and v2); kubeflow/
//! mpi-operator; kubernetes-sigs/jobset and lws; ray-project/kuberay; volcano-sh/apis; kserve/kserve;
//! ai-dynamo/dynamo deploy/operator/api: the `*_types.go` of each; aws/sagemaker-hyperpod-cli
//! src/sagemaker/hyperpod/training/config.

mod dynamo;
mod job_set;
mod kubeflow;
mod leader_worker_set;
mod llm_inference_service;
mod ray;
mod roles;
mod train_job;

use super::{Form, Job, Kind, Metadata, Object, PodSpec, PodTemplate, PodView, Present};
use crate::{
    json::{self, Read, Reader, Text, Value},
    kubernetes::Resource,
};

/// Reads an object of a kind that makes pods.
pub(super) fn read<'a>(
    kind: Kind,
    reader: &mut Reader<'a>,
) -> json::Result<(Metadata<'a>, Vec<PodView<'a>>)> {
    let mut made = Made {
        kind,
        metadata: Metadata::default(),
        pods: Vec::new(),
        mounts_shm: false,
        form: Form::Spec,
    };
    templates(&mut made, reader)?;
    Ok((made.metadata, made.pods))
}

/// The parts that are read of an object: its metadata, and the templates of its pods.
struct Made<'a> {
    kind: Kind,
    metadata: Metadata<'a>,
    pods: Vec<PodView<'a>>,
    /// [`Job::mounts_shm`] of the next pod.
    mounts_shm: bool,
    /// How the containers of the next pod are written.
    form: Form,
}

fn templates<'a>(made: &mut Made<'a>, reader: &mut Reader<'a>) -> json::Result<()> {
    match made.kind {
        Kind::CronJob => {
            let job: CronJob<'a> = made.spec(reader)?;
            let job = job.job_template.spec;
            let nodes = job.nodes();
            made.push(job.template, "/spec/jobTemplate/spec/template/spec", nodes, false);
        }
        Kind::ClusterTrainingRuntime | Kind::TrainingRuntime => train_job::runtime(made, reader)?,
        Kind::DisaggregatedSet => leader_worker_set::disaggregated(made, reader)?,
        Kind::DynamoGraphDeployment => dynamo::read(made, reader)?,
        Kind::HyperPodPyTorchJob => roles::hyper_pod(made, reader)?,
        Kind::JobSet => job_set::read(made, reader)?,
        Kind::LeaderWorkerSet => leader_worker_set::read(made, reader)?,
        Kind::LlmInferenceService => llm_inference_service::read(made, reader)?,
        Kind::RayCluster | Kind::RayCronJob | Kind::RayJob | Kind::RayService => {
            ray::read(made, reader)?;
        }
        Kind::TrainJob => train_job::read(made, reader)?,
        Kind::VolcanoJob => roles::volcano(made, reader)?,
        Kind::PodTemplate => {
            let object: Template<'a> = Template::read(reader)?;
            made.metadata = object.metadata;
            made.push(object.template, "/template/spec", None, false);
        }
        kind if kind.trains() => kubeflow::read(made, reader)?,
        kind => {
            let object: Templated<'a> = made.spec(reader)?;
            let nodes = object.nodes().filter(|_| kind == Kind::Job);
            made.push(object.template, "/spec/template/spec", nodes, false);
        }
    }
    Ok(())
}

impl<'a> Made<'a> {
    /// Reads the object: keeps its metadata, and returns its `spec`.
    fn spec<S: Read<'a> + Default>(&mut self, reader: &mut Reader<'a>) -> json::Result<S> {
        let object: Object<'a, S> = Object::read(reader)?;
        self.metadata = object.metadata;
        Ok(object.spec)
    }

    fn push(
        &mut self,
        template: PodTemplate<'a>,
        place: impl Into<std::borrow::Cow<'static, str>>,
        nodes: Option<u64>,
        is_helper: bool,
    ) {
        if let Some(spec) = template.spec {
            let job = Job {
                kind: Some(self.kind),
                nodes,
                is_helper,
                is_partial: self.kind.is_partial(),
                mounts_shm: self.mounts_shm,
                form: self.form,
            };
            let PodTemplate { metadata, .. } = template;
            self.pods.push(PodView::new(place, metadata, job, spec));
        }
    }
}

/// A template without metadata.
fn template(spec: PodSpec<'_>) -> PodTemplate<'_> {
    PodTemplate { spec: Some(spec), ..PodTemplate::default() }
}

/// `true` if its containers request accelerators or EFA interfaces.
fn takes_devices(template: &PodTemplate<'_>) -> bool {
    template.spec.as_ref().is_some_and(|spec| {
        let limits = spec.containers.iter().filter_map(|one| one.resources.as_ref());
        limits.flat_map(|one| one.limits.0.iter()).any(|(name, _)| Resource::of(name).is_some())
    })
}

/// A number of pods. An invalid one, for example a negative number, counts as absent: operators treat it
/// as they like, and no proof depends on it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count(Option<u64>);

json::read_as! { Value: Count }

impl<'a> Value<'a> for Count {
    fn take(&mut self, reader: &mut Reader<'a>) -> json::Result<()> {
        self.0 = reader.skip()?.parse().ok();
        Ok(())
    }
}

/// An object with a template, and a Job's numbers.
#[derive(Default)]
pub(super) struct Templated<'a> {
    template: PodTemplate<'a>,
    parallelism: Count,
    completions: Count,
    completion_mode: Option<Text<'a>>,
}

impl Templated<'_> {
    /// The number of pods that work together. Those of an indexed Job run at the same time; those of
    /// others seem to have nothing to do with each other.
    fn nodes(&self) -> Option<u64> {
        let indexed = self.completion_mode.as_deref() == Some("Indexed");
        indexed.then(|| self.parallel())
    }

    /// The most of its pods that run at the same time.
    fn parallel(&self) -> u64 {
        let parallel = self.parallelism.0.unwrap_or(1);
        self.completions.0.map_or(parallel, |completions| parallel.min(completions))
    }
}

/// A PodTemplate, whose template is at its root.
#[derive(Default)]
struct Template<'a> {
    metadata: Metadata<'a>,
    template: PodTemplate<'a>,
}

#[derive(Default)]
struct CronJob<'a> {
    job_template: JobTemplate<'a>,
}

#[derive(Default)]
struct JobTemplate<'a> {
    spec: Templated<'a>,
}

/// Pods of one role.
#[derive(Default)]
struct Replicas<'a> {
    replicas: Count,
    min_replicas: Count,
    max_replicas: Count,
    hosts: Count,
    /// Present if Ray's objects are kept elsewhere than in /dev/shm, which KubeRay then does not mount.
    params: Present,
    template: PodTemplate<'a>,
}

json::readable! {
    Templated<'a> {
        "template" => template,
        "parallelism" => parallelism,
        "completions" => completions,
        "completionMode" => completion_mode,
    }
    Template<'a> { "metadata" => metadata, "template" => template }
    CronJob<'a> { "jobTemplate" => job_template }
    JobTemplate<'a> { "spec" => spec }
    Replicas<'a> {
        "replicas" => replicas,
        "minReplicas" => min_replicas,
        "maxReplicas" => max_replicas,
        "numOfHosts" => hosts,
        "rayStartParams": { "plasma-directory" => params },
        "template" => template,
    }
}
