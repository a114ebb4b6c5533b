//! `efa-inference`: inference on one node requests EFA interfaces that training needs.
//!
//! Inference across nodes needs EFA (pipeline parallelism, separate prefill and decode), so nothing is
//! denied, and any sign of it silences the rule.
//!
//! Source: Amazon EKS best practices for AI/ML, "Networking": inference workloads typically have no
//! high inter-node communication.

use super::shared::{Context, Findings, efa};
use crate::{
    finding::Report,
    kubernetes::EFA,
    workload::{Class, works_over_nodes},
};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(pod) = context.pod.filter(|pod| pod.total(EFA) > 0) else { return };
    let Some(workload) = context.workload().filter(|workload| workload.class == Class::Inference)
    else {
        return;
    };
    if works_over_nodes(pod) {
        return;
    }
    findings.report(
        Report::warn(
            pod.place_asking(EFA),
            format!(
                "{} requests {}, but seems to run on one node, where EFA is not used",
                workload.told(),
                efa::interfaces(pod.total(EFA))
            ),
        )
        .about(EFA.name())
        .remedy(format!("remove `{EFA}`, unless its pods talk to each other")),
    );
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::rules::testing::finds_under;

    fn pod(labels: &str, container: &str) -> String {
        format!(
            r#"{{"metadata": {{"labels": {{{labels}}}}}, "spec": {{"containers": [{{{container}
                "resources": {{"limits": {{"nvidia.com/gpu": 8, "vpc.amazonaws.com/efa": 32}}}}}}]}}}}"#
        )
    }

    #[rstest]
    #[case::training(r#""HPJob": "llm""#, "")]
    #[case::neither("", "")]
    #[case::ray_service(r#""ray.io/serve": "true", "ray.io/cluster": "x""#, "")]
    #[case::prefill_and_decode(r#""llm-d.ai/role": "decode""#, "")]
    #[case::pipeline(
        r#""serving.kserve.io/inferenceservice": "llama""#,
        r#""env": [{"name": "PIPELINE_PARALLEL_SIZE", "value": "2"}],"#
    )]
    #[case::transfer(
        r#""serving.kserve.io/inferenceservice": "llama""#,
        r#""args": ["--kv-transfer-config", "{}"],"#
    )]
    fn left_alone(#[case] labels: &str, #[case] container: &str) {
        finds_under("efa-inference", "{}", &pod(labels, container), &[]);
    }

    #[test]
    fn on_one_node() {
        finds_under(
            "efa-inference",
            "{}",
            &pod(r#""serving.kserve.io/inferenceservice": "llama""#, ""),
            &[FOUND],
        );
        // One process means one node.
        let alone = r#""env": [{"name": "NUM_PROCESSES", "value": "1"}],"#;
        finds_under(
            "efa-inference",
            "{}",
            &pod(r#""serving.kserve.io/inferenceservice": "llama""#, alone),
            &[FOUND],
        );
    }

    const FOUND: &str =
        "warn /spec/containers/0/resources/limits/vpc.amazonaws.com~1efa: vpc.amazonaws.com/efa";

    #[test]
    fn without_efa() {
        let pod = pod(r#""serving.kserve.io/inferenceservice": "llama""#, "")
            .replace(r#", "vpc.amazonaws.com/efa": 32"#, "");
        finds_under("efa-inference", "{}", &pod, &[]);
    }
}
