//! `efa-mechanisms`: a pod that requests EFA through the device plugin and through Dynamic Resource
//! Allocation.
//!
//! The two don't know of each other: if both run on a node, one device is given to two pods; if only one
//! runs, the other request is never met.
//!
//! Source: EKS User Guide, "Manage EFA devices on Amazon EKS" (do not use both on one node); KEP-5004.

use super::shared::{Context, Findings};
use crate::{cluster::Claimed, finding::Report, kubernetes::EFA};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(pod) = context.pod.filter(|pod| pod.total(EFA) > 0) else { return };
    let Claimed::Count(claimed) = context.claims().efa else { return };
    if claimed > 0 {
        let fact = format!(
            "the pod requests EFA twice: from the device plugin ({} × `{EFA}`) and by DRA ({claimed})",
            pod.total(EFA)
        );
        let report = Report::warn(pod.place_asking(EFA), fact).about(EFA.name());
        findings.report(
            report.remedy("remove one of them: ask your platform team which your nodes have"),
        );
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use testkit::build::{Object, pod};

    use crate::rules::testing::finds_about;

    const CLASS: &str = "deviceclass.resource.kubernetes.io/efa.networking.k8s.aws";

    fn asking(efa: u64, by_class: &str) -> Object {
        let limits = format!("/spec/containers/0/resources/limits/{}", by_class.replace('/', "~1"));
        pod().on("p5.48xlarge").gpus(8).efa(efa).with(&limits, serde_json::json!(4))
    }

    #[rstest]
    #[case::both(asking(4, CLASS), true)]
    #[case::by_dra_alone(asking(0, CLASS), false)]
    #[case::another_class(asking(4, "deviceclass.resource.kubernetes.io/gpu.nvidia.com"), false)]
    #[case::a_class_of_an_administrators(
        asking(4, "deviceclass.resource.kubernetes.io/fast"),
        false
    )]
    fn finds(#[case] pod: Object, #[case] expected: bool) {
        let pod = pod.text();
        assert_eq!(finds_about("efa-mechanisms", &pod).is_some(), expected, "{pod}");
    }
}
