//! The groups of a Ray cluster: how many pods there are, and what KubeRay adds to them.
//!
//! Source: ray-project/kuberay ray-operator/controllers/ray/utils/util.go and common/pod.go.

use super::{Made, Replicas, takes_devices};
use crate::{
    json::{self, List},
    view::PodTemplate,
};

#[derive(Default)]
pub(super) struct RayCluster<'a> {
    head: Replicas<'a>,
    workers: List<Replicas<'a>>,
}

#[derive(Default)]
pub(super) struct RayJob<'a> {
    pub(super) cluster: RayCluster<'a>,
    pub(super) submitter: PodTemplate<'a>,
}

json::readable! {
    RayCluster<'a> { "headGroupSpec" => head, "workerGroupSpecs" => workers }
    RayJob<'a> { "rayClusterSpec" => cluster, "submitterPodTemplate" => submitter }
}

/// The pods of a cluster whose `spec` stands at `place`.
pub(super) fn ray<'a>(made: &mut Made<'a>, cluster: RayCluster<'a>, place: &str) {
    let groups = cluster.workers.0.iter().map(|group| {
        let (least, most) =
            (group.min_replicas.0.unwrap_or(0), group.max_replicas.0.unwrap_or(u64::MAX));
        let replicas = group.replicas.0.unwrap_or(0).max(least).min(most.max(least));
        replicas.saturating_mul(group.hosts.0.unwrap_or(1))
    });
    let head = takes_devices(&cluster.head.template);
    // Without workers as yet, an autoscaler decides.
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
