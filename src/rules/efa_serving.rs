//! `efa-serving`: serving over several nodes that uses whole nodes with EFA, but requests none.
//!
//! The data between its nodes (tensors, layers, the cache of keys and values) then goes over TCP: NVIDIA
//! measured some 98 seconds to the first token, and one second with EFA. Nothing is repaired, because a
//! server is built for one transport or another.
//!
//! Not reported: pods whose spec is partly in another object, pods with claims for EFA or for an unknown
//! class, with EFA 0, with `FI_PROVIDER=tcp` and the like, privileged pods, and pods that use a part of
//! a node.
//!
//! Source: NVIDIA Dynamo documentation, "EFA" on Amazon EKS; EC2 User Guide, "Elastic Fabric Adapter" (NIXL).

use super::shared::{Context, Findings, efa};
use crate::{
    finding::Report,
    kubernetes::EFA,
    workload::{Class, together},
};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(pod) = context.pod.filter(|_| context.takes_accelerators()) else { return };
    if pod.total(EFA) > 0
        || pod.job.is_helper
        || pod.job.is_partial
        || context.workload().is_none_or(|workload| workload.class != Class::Inference)
    {
        return;
    }
    let Some(together) = together(pod) else { return };
    if !efa::is_settled(pod)
        || efa::sees_devices(pod)
        || efa::opts_out(pod)
        || !context.claims().efa.is_none()
    {
        return;
    }
    let Some(placement) = context.placement().filter(|placement| !placement.is_decided) else {
        return;
    };
    let Some(share) = efa::of_whole_node(pod, placement, context) else { return };
    let count = share.count;
    let fact = efa::without(&format!("inference across nodes ({together})"), count);
    let report = Report::warn(efa::place_to_ask(pod), fact).about(EFA.name());
    findings.report(report.assuming(share.assumptions).remedy(efa::ask_for(count, pod)));
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;
    use testkit::build::{Object, pod};

    use crate::rules::testing::{devices, finds_about, finds_claimed};

    const RULE: &str = "efa-serving";

    fn server(instance_type: &str, gpus: u64) -> Object {
        let labels = json!({"leaderworkerset.sigs.k8s.io/name": "vllm"});
        let size = json!({"leaderworkerset.sigs.k8s.io/size": "2"});
        pod()
            .on(instance_type)
            .gpus(gpus)
            .with("/metadata/labels", labels)
            .with("/metadata/annotations", size)
    }

    #[rstest]
    #[case::a_group(server("p5.48xlarge", 8), true)]
    #[case::of_one(server("p5.48xlarge", 8).with("/metadata/annotations", json!({})), false)]
    #[case::part_of_a_node(server("p5.48xlarge", 4), false)]
    #[case::without_efa(server("g5.xlarge", 1), false)]
    #[case::over_tcp_on_purpose(server("p5.48xlarge", 8).env("FI_PROVIDER", "tcp"), false)]
    #[case::trains(server("p5.48xlarge", 8).training(), false)]
    fn finds(#[case] pod: Object, #[case] expected: bool) {
        let pod = pod.text();
        assert_eq!(finds_about(RULE, &pod).is_some(), expected, "{pod}");
    }

    #[rstest]
    #[case::a_whole_node(devices("gpu.nvidia.com", 8), true)]
    #[case::part_of_a_node(devices("gpu.nvidia.com", 4), false)]
    #[case::not_known(devices("fast", 8), false)]
    fn of_claimed_gpus(#[case] requests: String, #[case] found: bool) {
        let lines = ["warn /spec/containers/0/resources: vpc.amazonaws.com/efa"];
        let pod = server("p5.48xlarge", 0).claims("gpus");
        finds_claimed(RULE, &requests, &pod, if found { &lines } else { &[] });
        // A flag of the container for which they are claimed proves the same.
        let flags = json!(["vllm", "serve", "m", "--nnodes=2"]);
        let pod =
            pod.with("/metadata/annotations", json!({})).with("/spec/containers/0/args", flags);
        finds_claimed(RULE, &requests, &pod, if found { &lines } else { &[] });
    }
}
