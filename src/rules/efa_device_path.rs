//! `efa-device-path`: a workload mounts /dev/infiniband from its host.
//!
//! The device plugin gives a container the devices that were allocated to it. With the host's
//! directory on top, the container sees devices that it may not open: `fi_info -p efa` fails
//! with -61. The device plugin itself mounts it rightly.
//!
//! Source: aws-samples/aws-do-eks issue 63.

use super::shared::{Context, Findings};
use crate::{finding::Report, kubernetes::EFA, text};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(pod) = context.pod else { return };
    let works = pod.total(EFA) > 0 || pod.takes_accelerators();
    if !works || text::find(pod.spec.volumes.text(), "infiniband").is_none() {
        return;
    }
    for (index, volume) in pod.volumes().iter().enumerate() {
        let Some(host) = &volume.host_path else { continue };
        if host.path.trim_end_matches('/').starts_with("/dev/infiniband") {
            findings.report(Report::warn(format!("{}/volumes/{index}/hostPath", pod.place), "/dev/infiniband of the host hides the devices that the device plugin allocates").about("/dev/infiniband").remedy(format!("drop the volume, and ask for `{EFA}`")));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{accepts, finds};

    fn spec(resource: &str, path: &str) -> String {
        format!(
            r#"{{"containers": [{{"resources": {{"limits": {{"{resource}": 1}}}}}}],
                "volumes": [{{"name": "a", "emptyDir": {{}}}}, {{"name": "b", "hostPath": {{"path": "{path}"}}}}]}}"#
        )
    }

    #[test]
    fn other_paths_and_other_pods() {
        accepts("efa-device-path", &spec("vpc.amazonaws.com/efa", "/dev/shm"));
        accepts("efa-device-path", &spec("cpu", "/dev/infiniband"));
    }

    #[test]
    fn a_workload() {
        for path in ["/dev/infiniband", "/dev/infiniband/"] {
            finds(
                "efa-device-path",
                &spec("vpc.amazonaws.com/efa", path),
                &["warn /spec/volumes/1/hostPath: /dev/infiniband"],
            );
        }
    }
}
