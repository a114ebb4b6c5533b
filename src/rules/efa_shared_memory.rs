//! `efa-shared-memory`: a container with several GPUs has no memory-backed /dev/shm.
//!
//! A container has 64 MiB of shared memory unless a volume gives it more. NCCL and data loaders need
//! gigabytes, and crash with a bus error or "posix_fallocate failed". A container that runs no
//! collective needs none, and KubeRay mounts it into the pods that it makes.
//!
//! Source: NVIDIA/nccl issue 525; AWS's own examples mount an `emptyDir` with `medium: Memory`.

use super::shared::{Context, Findings, efa};
use crate::{
    cluster::Claimed,
    finding::Report,
    kubernetes::Resource,
    view::{ContainerAt, PodView},
    workload::runs_none,
};

/// The most containers that are checked: no node has GPUs for more containers with several.
const CONTAINERS: usize = 64;

/// Lines to paste: a volume, and its mount.
const ADD: &str = "add `- {name: shm, emptyDir: {medium: Memory}}` to `volumes` and \
                   `- {name: shm, mountPath: /dev/shm}` to `volumeMounts`";
const IN_MEMORY: &str = "make it `emptyDir: {medium: Memory}`";

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(pod) = context.pod else { return };
    let several = gpus_known().any(|gpu| pod.total(gpu) > 1) || claims_several(context, pod);
    if !several || pod.job.is_partial || pod.spec.host_ipc == Some(true) {
        return;
    }
    let volumes = pod.volumes();
    let in_memory = |name: &str| {
        volumes.iter().filter(|volume| &*volume.name == name).any(|volume| {
            let empty = volume.empty_dir.as_ref().is_some_and(|empty| &*empty.medium == "Memory");
            empty || volume.host_path.as_ref().is_some_and(|path| is_shm(&path.path))
        })
    };
    let gpus = |at: &ContainerAt<'_, '_>| gpus(at).max(claimed_for(context, at));
    for at in pod.containers().filter(|at| gpus(at) > 1).take(CONTAINERS) {
        let mounts = at.container.mounts();
        let mounted = mounts.iter().find(|mount| is_shm(&mount.mount_path));
        let (fact, remedy) = match mounted {
            Some(mount) if in_memory(&mount.name) => continue,
            None if (pod.job.mounts_shm && at.is_first()) || runs_none(at.container) => continue,
            Some(_) => ("the volume at /dev/shm is not in memory".to_owned(), IN_MEMORY),
            None => {
                let fact = "GPUs share the default 64 MiB of /dev/shm, too little for NCCL";
                (format!("{} {fact}", gpus(&at)), ADD)
            }
        };
        findings.report(
            Report::warn(at.place(), fact)
                .about(at.container.name.as_deref().unwrap_or_default().to_owned())
                .remedy(remedy),
        );
    }
}

fn gpus_known() -> impl Iterator<Item = Resource> {
    Resource::accelerators().filter(|resource| resource.is_gpu())
}

fn gpus(at: &ContainerAt<'_, '_>) -> u64 {
    let asked = |gpu| at.asks(gpu).and_then(|count| count.count());
    gpus_known().filter(|gpu| at.takes(*gpu)).filter_map(asked).max().unwrap_or(0)
}

/// The number of GPUs that it has by claims, if no other container can have them.
fn claimed_for(context: &Context<'_>, at: &ContainerAt<'_, '_>) -> u64 {
    match context.claims().gpus {
        Claimed::Count(claimed) if efa::claims_gpus(context, at) => claimed,
        _ => 0,
    }
}

fn claims_several(context: &Context<'_>, pod: &PodView<'_>) -> bool {
    pod.spec.resource_claims.is_some() && context.claims().node_gpus > 1
}

fn is_shm(path: &str) -> bool {
    path.trim_end_matches('/') == "/dev/shm"
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use testkit::build::pod;

    use crate::rules::testing::{accepts, devices, finds, finds_claimed};

    fn spec(gpus: u32, mount: &str, volume: &str) -> String {
        format!(
            r#"{{"containers": [{{"name": "train", "resources": {{"limits": {{"nvidia.com/gpu": {gpus}}}}}, "volumeMounts": [{mount}]}}],
                "volumes": [{volume}]}}"#
        )
    }

    const MOUNT: &str = r#"{"name": "shm", "mountPath": "/dev/shm"}"#;

    #[rstest]
    #[case::in_memory(
        8,
        MOUNT,
        r#"{"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "64Gi"}}"#
    )]
    #[case::of_the_host(8, MOUNT, r#"{"name": "shm", "hostPath": {"path": "/dev/shm"}}"#)]
    #[case::one_gpu(1, "", "")]
    fn enough(#[case] gpus: u32, #[case] mount: &str, #[case] volume: &str) {
        accepts("efa-shared-memory", &spec(gpus, mount, volume));
    }

    #[test]
    fn of_the_host_by_ipc() {
        accepts("efa-shared-memory", &spec(8, "", "").replacen('{', r#"{"hostIPC": true, "#, 1));
    }

    #[test]
    fn one_gpu_each() {
        let one = r#"{"resources": {"limits": {"nvidia.com/gpu": 1}}}"#;
        accepts("efa-shared-memory", &format!(r#"{{"containers": [{one}, {one}]}}"#));
    }

    #[test]
    fn claimed() {
        let rule = "efa-shared-memory";
        let found = ["warn /spec/containers/0: main"];
        finds_claimed(rule, &devices("gpu.nvidia.com", 8), &pod().claims("gpus"), &found);
        finds_claimed(rule, &devices("gpu.nvidia.com", 1), &pod().claims("gpus"), &[]);
        finds_claimed(rule, &devices("mig.nvidia.com", 7), &pod().claims("gpus"), &[]);
        // It is unknown which of the two has them.
        let two = pod().claims("gpus").container("other").claims("scratch");
        finds_claimed(rule, &devices("gpu.nvidia.com", 8), &two, &[]);
    }

    #[test]
    fn none() {
        finds("efa-shared-memory", &spec(8, "", ""), &["warn /spec/containers/0: train"]);
        finds(
            "efa-shared-memory",
            &spec(8, MOUNT, r#"{"name": "shm", "emptyDir": {}}"#),
            &["warn /spec/containers/0: train"],
        );
    }
}
