//! Jobs whose pods are in a list of roles.
//!
//! Source: volcano-sh/apis pkg/apis/batch/v1alpha1/job.go; aws/sagemaker-hyperpod-cli
//! src/sagemaker/hyperpod/training/config/hyperpod_pytorch_job_unified_config.py.

use super::{Made, Replicas, takes_devices};
use crate::json::{self, Lazy, List, Map, Reader};

/// The `spec` of a HyperPodPyTorchJob
#[derive(Default)]
struct HyperPodJob<'a> {
    replicas: List<Replicas<'a>>,
}

/// The `spec` of Volcano's Job
#[derive(Default)]
struct VolcanoJob<'a> {
    tasks: List<Replicas<'a>>,
    plugins: Map<'a, Lazy<'a>>,
}

json::readable! {
    HyperPodJob<'a> { "replicaSpecs" => replicas }
    VolcanoJob<'a> { "tasks" => tasks, "plugins" => plugins }
}

/// Plugins of Volcano that combine all tasks into one job.
const TOGETHER: [&str; 3] = ["mpi", "pytorch", "tensorflow"];

pub(super) fn hyper_pod<'a>(made: &mut Made<'a>, reader: &mut Reader<'a>) -> json::Result<()> {
    let job: HyperPodJob<'a> = made.spec(reader)?;
    push(made, job.replicas, "/spec/replicaSpecs", true);
    Ok(())
}

pub(super) fn volcano<'a>(made: &mut Made<'a>, reader: &mut Reader<'a>) -> json::Result<()> {
    let job: VolcanoJob<'a> = made.spec(reader)?;
    let is_one = TOGETHER.iter().any(|plugin| job.plugins.get(plugin).is_some());
    push(made, job.tasks, "/spec/tasks", is_one);
    Ok(())
}

/// Adds all roles; `is_one` if they are known to work together.
fn push<'a>(made: &mut Made<'a>, roles: List<Replicas<'a>>, place: &str, is_one: bool) {
    // If some roles have accelerators, one without starts them.
    let some_take = roles.iter().any(|role| takes_devices(&role.template));
    let is_helper = |role: &Replicas<'_>| some_take && !takes_devices(&role.template);
    // An absent number is 0 or 1, by the operator's version.
    let working = roles.iter().filter(|role| !is_helper(role));
    let nodes = working.map(|role| role.replicas.0.unwrap_or(1)).fold(0, u64::saturating_add);
    let nodes = (is_one && nodes > 0).then_some(nodes);
    for (index, role) in roles.0.into_iter().enumerate() {
        let is_helper = is_helper(&role);
        made.push(role.template, format!("{place}/{index}/template/spec"), nodes, is_helper);
    }
}
