//! The objects that make pods: their templates, and what they say of their pods.
//!
//! Sources: kubernetes/api batch/v1 and apps/v1; kubeflow/trainer (release-1.9 and v2); kubeflow/
//! mpi-operator; kubernetes-sigs/jobset and lws; ray-project/kuberay: the `*_types.go` of each.

mod ray;
mod train_job;

use ray::{RayCluster, RayJob, ray};
use train_job::{TrainJob, train_job};

use super::{Job, Kind, Metadata, Object, PodTemplate, PodView, Present};
use crate::{
    json::{self, List, Map, Read, Reader, Text},
    kubernetes::Resource,
};

/// Reads the object of a kind that makes pods.
pub(super) fn read<'a>(
    kind: Kind,
    reader: &mut Reader<'a>,
) -> json::Result<(Metadata<'a>, Vec<PodView<'a>>)> {
    let mut made =
        Made { kind, metadata: Metadata::default(), pods: Vec::new(), mounts_shm: false };
    templates(&mut made, reader)?;
    Ok((made.metadata, made.pods))
}

/// What is read of an object: its metadata, and the templates of its pods.
struct Made<'a> {
    kind: Kind,
    metadata: Metadata<'a>,
    pods: Vec<PodView<'a>>,
    /// What [`Job::mounts_shm`] says of the next pod.
    mounts_shm: bool,
}

fn templates<'a>(made: &mut Made<'a>, reader: &mut Reader<'a>) -> json::Result<()> {
    match made.kind {
        Kind::CronJob => {
            let job: Object<'a, CronJob<'a>> = Object::read(reader)?;
            made.metadata = job.metadata;
            let job = job.spec.job_template.spec;
            let nodes = job.nodes();
            made.push(job.template, "/spec/jobTemplate/spec/template/spec", nodes, false);
        }
        Kind::JobSet => {
            let set: Object<'a, JobSet<'a>> = Object::read(reader)?;
            made.metadata = set.metadata;
            let jobs = set.spec.replicated_jobs.0;
            let takes = |job: &ReplicatedJob<'_>| takes_devices(&job.template.spec.template);
            // Beside jobs with accelerators, one without starts them or prepares their data.
            let some_take = jobs.iter().any(takes);
            let is_helper = |job: &ReplicatedJob<'_>| {
                job.name.ends_with("initializer") || (some_take && !takes(job))
            };
            let working = jobs.iter().filter(|job| !is_helper(job));
            let nodes = working.map(ReplicatedJob::nodes).fold(0, u64::saturating_add);
            for (index, job) in jobs.into_iter().enumerate() {
                let place = format!("/spec/replicatedJobs/{index}/template/spec/template/spec");
                let is_helper = is_helper(&job);
                made.push(job.template.spec.template, place, Some(nodes), is_helper);
            }
        }
        Kind::RayCluster => {
            let cluster: Object<'a, RayCluster<'a>> = Object::read(reader)?;
            made.metadata = cluster.metadata;
            ray(made, cluster.spec, "/spec");
        }
        Kind::RayJob => {
            let job: Object<'a, RayJob<'a>> = Object::read(reader)?;
            made.metadata = job.metadata;
            ray(made, job.spec.cluster, "/spec/rayClusterSpec");
            made.mounts_shm = false;
            made.push(job.spec.submitter, "/spec/submitterPodTemplate/spec", None, true);
        }
        Kind::LeaderWorkerSet => {
            let set: Object<'a, LeaderWorkerSet<'a>> = Object::read(reader)?;
            made.metadata = set.metadata;
            let template = set.spec.template;
            let nodes = Some(template.size.0.unwrap_or(1));
            let place = "/spec/leaderWorkerTemplate";
            made.push(template.leader, format!("{place}/leaderTemplate/spec"), nodes, false);
            made.push(template.worker, format!("{place}/workerTemplate/spec"), nodes, false);
        }
        Kind::TrainJob => {
            let job: Object<'a, TrainJob<'a>> = Object::read(reader)?;
            made.metadata = job.metadata;
            train_job(made, job.spec);
        }
        Kind::PodTemplate => {
            let object: Template<'a> = Template::read(reader)?;
            made.metadata = object.metadata;
            made.push(object.template, "/template/spec", None, false);
        }
        kind if kind.trains() => kubeflow(made, reader)?,
        kind => {
            let object: Object<'a, Templated<'a>> = Object::read(reader)?;
            made.metadata = object.metadata;
            let nodes = object.spec.nodes().filter(|_| kind == Kind::Job);
            made.push(object.spec.template, "/spec/template/spec", nodes, false);
        }
    }
    Ok(())
}

impl<'a> Made<'a> {
    fn push(
        &mut self,
        template: PodTemplate<'a>,
        place: impl Into<std::borrow::Cow<'static, str>>,
        nodes: Option<u64>,
        is_helper: bool,
    ) {
        if let Some(spec) = template.spec {
            let is_partial = self.kind == Kind::TrainJob;
            let mounts_shm = self.mounts_shm;
            let job = Job { kind: Some(self.kind), nodes, is_helper, is_partial, mounts_shm };
            let PodTemplate { metadata, .. } = template;
            self.pods.push(PodView::new(place, metadata, job, spec));
        }
    }
}

/// The replicas of Kubeflow's jobs, by role.
fn kubeflow<'a>(made: &mut Made<'a>, reader: &mut Reader<'a>) -> json::Result<()> {
    let job: Object<'a, KubeflowJob<'a>> = Object::read(reader)?;
    made.metadata = job.metadata;
    let KubeflowJob { field, replicas, run_launcher_as_worker } = job.spec;
    let mpi = made.kind == Kind::MpiJob;
    let is = |role: &str, name: &str| role.eq_ignore_ascii_case(name);
    // Parameter servers and evaluators take no part in the collectives; a launcher of MPI may.
    let takes_part = |role: &str| match mpi {
        true => is(role, "Worker") || (run_launcher_as_worker && is(role, "Launcher")),
        false => ["Chief", "Master", "Worker"].iter().any(|name| is(role, name)),
    };
    let count = |role: &Text<'_>, set: &Replicas<'_>| {
        let absent = u64::from(!(mpi && is(role, "Worker")));
        // `elasticPolicy.maxReplicas` is a bound, and says nothing of how many there are.
        set.replicas.0.unwrap_or(absent)
    };
    let taking_part = replicas.0.iter().filter(|(role, _)| takes_part(role));
    let nodes = taking_part.map(|(role, set)| count(role, set)).fold(0, u64::saturating_add);
    for (role, set) in replicas.0 {
        let place = json::join(&format!("/spec/{field}"), &role) + "/template/spec";
        let is_helper = !takes_part(&role);
        made.push(set.template, place, Some(nodes), is_helper);
    }
    Ok(())
}

/// Whether its containers take accelerators or EFA interfaces.
fn takes_devices(template: &PodTemplate<'_>) -> bool {
    template.spec.as_ref().is_some_and(|spec| {
        let limits = spec.containers.iter().filter_map(|one| one.resources.as_ref());
        limits.flat_map(|one| one.limits.0.iter()).any(|(name, _)| Resource::of(name).is_some())
    })
}

/// A number of pods. What is none, such as a negative one, is as if it were not there: operators take
/// it as they like, and it steers no proof.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count(Option<u64>);

impl<'a> Read<'a> for Count {
    fn read(reader: &mut Reader<'a>) -> json::Result<Self> {
        reader.skip().map(|text| Self(text.parse().ok()))
    }
}

/// What has a template, and a Job's numbers.
#[derive(Default)]
pub(super) struct Templated<'a> {
    template: PodTemplate<'a>,
    parallelism: Count,
    completions: Count,
    completion_mode: Option<Text<'a>>,
}

impl Templated<'_> {
    /// The pods of an indexed Job run side by side; those of others have nothing to do with each
    /// other, as far as can be seen.
    fn nodes(&self) -> Option<u64> {
        let indexed = self.completion_mode.as_deref() == Some("Indexed");
        indexed.then(|| self.parallel())
    }

    /// How many of its pods run at the same time at most.
    fn parallel(&self) -> u64 {
        let parallel = self.parallelism.0.unwrap_or(1);
        self.completions.0.map_or(parallel, |completions| parallel.min(completions))
    }
}

/// A PodTemplate, whose template stands at its root.
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

#[derive(Default)]
struct JobSet<'a> {
    replicated_jobs: List<ReplicatedJob<'a>>,
}

#[derive(Default)]
struct ReplicatedJob<'a> {
    name: Text<'a>,
    replicas: Count,
    template: JobTemplate<'a>,
}

impl ReplicatedJob<'_> {
    /// Its pods all run side by side: a JobSet's jobs are indexed.
    fn nodes(&self) -> u64 {
        self.replicas.0.unwrap_or(1).saturating_mul(self.template.spec.parallel())
    }
}

/// Pods of one role.
#[derive(Default)]
struct Replicas<'a> {
    replicas: Count,
    min_replicas: Count,
    max_replicas: Count,
    hosts: Count,
    /// Whether Ray's objects are kept elsewhere than in /dev/shm, which KubeRay then does not mount.
    params: Present,
    template: PodTemplate<'a>,
}

#[derive(Default)]
struct LeaderWorkerSet<'a> {
    template: LeaderWorkerTemplate<'a>,
}

#[derive(Default)]
struct LeaderWorkerTemplate<'a> {
    size: Count,
    leader: PodTemplate<'a>,
    worker: PodTemplate<'a>,
}

/// Any of Kubeflow's jobs: each has a field of its own for its replicas.
#[derive(Default)]
struct KubeflowJob<'a> {
    field: &'static str,
    replicas: Map<'a, Replicas<'a>>,
    run_launcher_as_worker: bool,
}

const REPLICA_SPECS: [&str; 6] = [
    "jaxReplicaSpecs",
    "mpiReplicaSpecs",
    "paddleReplicaSpecs",
    "pytorchReplicaSpecs",
    "tfReplicaSpecs",
    "xgbReplicaSpecs",
];

impl<'a> Read<'a> for KubeflowJob<'a> {
    fn read(reader: &mut Reader<'a>) -> json::Result<Self> {
        let mut out = Self::default();
        reader.object(&mut |key, reader| match key {
            "runLauncherAsWorker" => reader.set(&mut out.run_launcher_as_worker),
            key => match REPLICA_SPECS.iter().find(|field| **field == key) {
                Some(field) => {
                    out.field = field;
                    reader.set(&mut out.replicas)
                }
                None => reader.pass(),
            },
        })?;
        Ok(out)
    }
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
    JobSet<'a> { "replicatedJobs" => replicated_jobs }
    ReplicatedJob<'a> { "name" => name, "replicas" => replicas, "template" => template }
    Replicas<'a> {
        "replicas" => replicas,
        "minReplicas" => min_replicas,
        "maxReplicas" => max_replicas,
        "numOfHosts" => hosts,
        "rayStartParams": { "plasma-directory" => params },
        "template" => template,
    }
    LeaderWorkerSet<'a> { "leaderWorkerTemplate" => template }
    LeaderWorkerTemplate<'a> { "size" => size, "leaderTemplate" => leader, "workerTemplate" => worker }
}
