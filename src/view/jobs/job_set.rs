//! The jobs of a JobSet.
//!
//! Source: kubernetes-sigs/jobset api/jobset/v1alpha2/jobset_types.go.

use super::{Count, JobTemplate, Made, takes_devices};
use crate::json::{self, List, Reader, Text};

/// The `spec` of a JobSet
#[derive(Default)]
pub(super) struct JobSet<'a> {
    pub(super) replicated_jobs: List<ReplicatedJob<'a>>,
}

#[derive(Default)]
pub(super) struct ReplicatedJob<'a> {
    pub(super) name: Text<'a>,
    replicas: Count,
    pub(super) template: JobTemplate<'a>,
}

impl ReplicatedJob<'_> {
    /// The number of its pods. They all run at the same time, because a JobSet's jobs are indexed.
    fn nodes(&self) -> u64 {
        self.replicas.0.unwrap_or(1).saturating_mul(self.template.spec.parallel())
    }
}

json::readable! {
    JobSet<'a> { "replicatedJobs" => replicated_jobs }
    ReplicatedJob<'a> { "name" => name, "replicas" => replicas, "template" => template }
}

pub(super) fn read<'a>(made: &mut Made<'a>, reader: &mut Reader<'a>) -> json::Result<()> {
    let set: JobSet<'a> = made.spec(reader)?;
    let jobs = set.replicated_jobs.0;
    let takes = |job: &ReplicatedJob<'_>| takes_devices(&job.template.spec.template);
    // If some jobs have accelerators, one without starts them or prepares their data.
    let some_take = jobs.iter().any(takes);
    let is_helper =
        |job: &ReplicatedJob<'_>| job.name.ends_with("initializer") || (some_take && !takes(job));
    let working = jobs.iter().filter(|job| !is_helper(job));
    let nodes = working.map(ReplicatedJob::nodes).fold(0, u64::saturating_add);
    for (index, job) in jobs.into_iter().enumerate() {
        let place = format!("/spec/replicatedJobs/{index}/template/spec/template/spec");
        let is_helper = is_helper(&job);
        made.push(job.template.spec.template, place, Some(nodes), is_helper);
    }
    Ok(())
}
