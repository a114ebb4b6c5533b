//! `efa-device-path`: a workload mounts /dev/infiniband from its host.
//!
//! The device plugin gives a container the devices that were allocated to it. With the host's directory
//! on top, the container sees devices that it must not open: `fi_info -p efa` fails with -61. The device
//! plugin itself needs the mount.
//!
//! Source: aws-samples/aws-do-eks issue 63.

use super::shared::{Context, Findings, efa};
use crate::{finding::Report, kubernetes::EFA};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(pod) = context.pod.filter(|pod| pod.total(EFA) > 0) else { return };
    for index in efa::mounts_devices(pod) {
        let place = format!("{}/volumes/{index}/hostPath", pod.place);
        let fact =
            "this `hostPath` hides the EFA devices that the device plugin gives the container";
        let remedy =
            format!("remove the volume and its mount: `{EFA}` in `limits` brings the devices");
        findings.report(Report::warn(place, fact).about("/dev/infiniband").remedy(remedy));
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
