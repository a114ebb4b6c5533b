//! Whether anything says that a pod that serves works with pods on other nodes.
//!
//! Sources: vllm-project/vllm (flags take `_` for `-`, and what is JSON in parts, behind dots);
//! sgl-project/sglang; ai-dynamo/dynamo deploy/operator; kubernetes-sigs/lws; ai-dynamo/grove.

use super::Nodes;
use crate::{
    json::{List, Text},
    view::{Container, Kind, PodView},
};

/// Labels of inference over several nodes.
const LABELS: [&str; 9] = [
    "disaggregatedset.x-k8s.io/name",
    "disaggregatedset.x-k8s.io/role",
    "grove.io/podclique",
    "grove.io/podcliquescalinggroup",
    "leaderworkerset.sigs.k8s.io/name",
    "llm-d.ai/role",
    "nvidia.com/dynamo-component-type",
    "nvidia.com/dynamo-graph-deployment-name",
    "ray.io/cluster",
];

/// What stands in the names of variables of such inference.
const VARIABLES: [&str; 12] = [
    "DATA_PARALLEL",
    "DYNAMO_LEADER_ADDRESS",
    "DYN_KV_TRANSFER_",
    "GROVE_PCSG_",
    "LMCACHE_REMOTE_URL",
    "LWS_GROUP_SIZE",
    "MOONCAKE_",
    "NIXL",
    "PIPELINE_PARALLEL_SIZE",
    "RAY_NODE_COUNT",
    "UCX_TLS",
    "VLLM_DP_MASTER_IP",
];

/// The beginnings of flags of such inference, whatever their value.
const FLAGS: [&str; 14] = [
    "--all2all-backend",
    "--data-parallel-address",
    "--data-parallel-backend",
    "--data-parallel-rpc-port",
    "--data-parallel-start-rank",
    "--disaggregation",
    "--dist-init-addr",
    "--enable-expert-parallel",
    "--headless",
    "--kv-transfer-config",
    "--master-addr",
    "--moe-a2a-backend",
    "--node-rank",
    "-dpa",
];

/// Flags that hold a number of parts; one part says nothing.
const COUNTS: [&str; 11] = [
    "--data-parallel-size",
    "--data-parallel-size-local",
    "--dp-size",
    "--ep-size",
    "--nnodes",
    "--pipeline-parallel-size",
    "--pp-size",
    "-dp",
    "-dpl",
    "-dpr",
    "-pp",
];

/// Whether anything says so.
pub fn works_over_nodes(pod: &PodView<'_>) -> bool {
    pod.job.kind == Some(Kind::LeaderWorkerSet)
        || Nodes::of(pod).is_some_and(|nodes| nodes.count > 1)
        || LABELS.iter().any(|label| pod.metadata.labels.get(label).is_some())
        || pod.containers().any(|at| says_so(at.container))
}

fn says_so(container: &Container<'_>) -> bool {
    let mut names = container.env.iter().filter_map(|variable| variable.name.as_deref());
    names.any(|name| VARIABLES.iter().any(|known| name.contains(known)))
        || [container.command, container.args].iter().any(|list| is_flagged(&list.get()))
}

/// Whether a flag among these arguments says so; a shell's text is taken apart.
fn is_flagged(arguments: &List<Text<'_>>) -> bool {
    let mut words = arguments.iter().flat_map(|text| text.split_ascii_whitespace()).peekable();
    while let Some(word) = words.next() {
        let (flag, value) = word.split_once('=').map_or((word, None), |(f, v)| (f, Some(v)));
        let flag = flag.replace('_', "-");
        let next = value.or_else(|| words.peek().copied());
        let several = || next.is_none_or(|value| value.trim_matches(['"', '\'']) != "1");
        let by_ray = || next.is_some_and(|value| value.trim_matches(['"', '\'']) == "ray");
        if FLAGS.iter().any(|known| flag.starts_with(known))
            || (COUNTS.contains(&&*flag) && several())
            || (flag == "--distributed-executor-backend" && by_ray())
            || word.contains("nixl")
        {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::json::Reader;

    #[rstest]
    #[case::in_parts(r#"["--kv-transfer-config.kv_connector", "NixlConnector"]"#, true)]
    #[case::with_underscores(r#"["-c", "vllm serve m --kv_transfer_config '{}'"]"#, true)]
    #[case::a_short_one(r#"["vllm serve m -tp 8 -pp 2"]"#, true)]
    #[case::by_ray(r#"["--distributed_executor_backend=ray"]"#, true)]
    #[case::sglang(r#"["--pp-size", "2"]"#, true)]
    #[case::one_part(r#"["--pipeline-parallel-size=1", "--nnodes", "1"]"#, false)]
    #[case::processes_of_the_node(r#"["--distributed-executor-backend", "mp"]"#, false)]
    #[case::of_one_node(r#"["vllm serve m -tp 8"]"#, false)]
    fn of_arguments(#[case] arguments: &str, #[case] expected: bool) {
        assert_eq!(is_flagged(&Reader::whole(arguments).unwrap()), expected);
    }
}
