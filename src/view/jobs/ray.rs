//! The groups of a Ray cluster: their number of pods, and what KubeRay adds to these.
//!
//! Source: ray-project/kuberay ray-operator/controllers/ray/utils/util.go and common/pod.go.

use super::{Kind, Made, PodTemplate, Replicas, takes_devices};
use crate::json::{self, List, Reader};

#[derive(Default)]
struct RayCluster<'a> {
    head: Replicas<'a>,
    workers: List<Replicas<'a>>,
}

#[derive(Default)]
struct RayJob<'a> {
    cluster: RayCluster<'a>,
    submitter: PodTemplate<'a>,
}

#[derive(Default)]
struct RayCronJob<'a> {
    job: RayJob<'a>,
}

#[derive(Default)]
struct RayService<'a> {
    cluster: RayCluster<'a>,
}

json::readable! {
    RayCluster<'a> { "headGroupSpec" => head, "workerGroupSpecs" => workers }
    RayJob<'a> { "rayClusterSpec" => cluster, "submitterPodTemplate" => submitter }
    RayCronJob<'a> { "jobTemplate" => job }
    RayService<'a> { "rayClusterConfig" => cluster }
}

pub(super) fn read<'a>(made: &mut Made<'a>, reader: &mut Reader<'a>) -> json::Result<()> {
    match made.kind {
        Kind::RayCronJob => {
            let cron: RayCronJob<'a> = made.spec(reader)?;
            job(made, cron.job, "/spec/jobTemplate");
        }
        Kind::RayJob => {
            let of: RayJob<'a> = made.spec(reader)?;
            job(made, of, "/spec");
        }
        Kind::RayService => {
            let service: RayService<'a> = made.spec(reader)?;
            groups(made, service.cluster, "/spec/rayClusterConfig");
        }
        _ => {
            let cluster: RayCluster<'a> = made.spec(reader)?;
            groups(made, cluster, "/spec");
        }
    }
    Ok(())
}

/// The pods of a RayJob whose `spec` is at `place`.
fn job<'a>(made: &mut Made<'a>, job: RayJob<'a>, place: &str) {
    groups(made, job.cluster, &format!("{place}/rayClusterSpec"));
    made.mounts_shm = false;
    made.push(job.submitter, format!("{place}/submitterPodTemplate/spec"), None, true);
}

/// The pods of a cluster whose `spec` is at `place`.
fn groups<'a>(made: &mut Made<'a>, cluster: RayCluster<'a>, place: &str) {
    let groups = cluster.workers.0.iter().map(|group| {
        let (least, most) =
            (group.min_replicas.0.unwrap_or(0), group.max_replicas.0.unwrap_or(u64::MAX));
        let replicas = group.replicas.0.unwrap_or(0).max(least).min(most.max(least));
        replicas.saturating_mul(group.hosts.0.unwrap_or(1))
    });
    let head = takes_devices(&cluster.head.template);
    // Without workers so far, an autoscaler decides.
    let nodes = groups.fold(u64::from(head), u64::saturating_add);
    let nodes = (nodes > 0).then_some(nodes);
    made.mounts_shm = !cluster.head.params.0;
    made.push(cluster.head.template, format!("{place}/headGroupSpec/template/spec"), nodes, false);
    for (index, group) in cluster.workers.0.into_iter().enumerate() {
        let place = format!("{place}/workerGroupSpecs/{index}/template/spec");
        made.mounts_shm = !group.params.0;
        made.push(group.template, place, nodes, false);
    }
}
