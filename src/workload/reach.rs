//! Finds signs that a serving pod works together with pods on other nodes.
//!
//! Sources: vllm-project/vllm (its flags accept `_` for `-`, and JSON in parts, after dots);
//! sgl-project/sglang; ai-dynamo/dynamo deploy/operator; kubernetes-sigs/lws; ai-dynamo/grove.

use std::fmt;

use super::Nodes;
use crate::{
    json::{List, Text},
    kubernetes::Resource,
    text,
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

/// Parts of the names of variables of such inference.
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

/// Flags that hold a number of parts; a single part is not a sign.
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

/// Kinds of which one object may serve over several nodes without a further sign.
const KINDS: [Kind; 5] = [
    Kind::DisaggregatedSet,
    Kind::DynamoGraphDeployment,
    Kind::LeaderWorkerSet,
    Kind::LlmInferenceService,
    Kind::RayService,
];

/// The proof that serving pods work together across nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Together {
    /// The object, or an annotation, puts this many pods into one group.
    Group(u64),
    /// A flag of the server.
    Flag(&'static str),
}

impl fmt::Display for Together {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(count) => write!(f, "a group of {count} pods"),
            Self::Flag(flag) => write!(f, "`{flag}`"),
        }
    }
}

/// Connectors that pass computed results to another pod.
const CONNECTORS: [&str; 3] = ["Mooncake", "Nixl", "P2pNccl"];

/// The proof in a pod; `None` if it may as well run on one node.
pub fn together(pod: &PodView<'_>) -> Option<Together> {
    let of_groups = |kind: &Kind| KINDS.contains(kind) && *kind != Kind::RayService;
    let by_kind = pod.job.kind.filter(of_groups).and(pod.job.nodes);
    let size = &pod.metadata.annotations.group_size;
    let by_annotation = || size.as_deref().and_then(|size| size.parse().ok());
    if let Some(count) = by_kind.or_else(by_annotation).filter(|count| *count > 1) {
        return Some(Together::Group(count));
    }
    let accelerators = Resource::accelerators().map(|one| pod.total(one)).max().unwrap_or(0);
    let lists = pod.working().flat_map(|at| [at.container.command, at.container.args]);
    let lists = lists.filter(|list| list.is_some());
    lists.into_iter().find_map(|list| by_flags(&list.get(), accelerators))
}

/// The proof in these arguments of a pod with this many accelerators.
fn by_flags(arguments: &List<Text<'_>>, accelerators: u64) -> Option<Together> {
    const TENSOR: [&str; 4] = ["--tensor-parallel-size", "--tp-size", "--tp", "-tp"];
    const PIPELINE: [&str; 3] = ["--pipeline-parallel-size", "--pp-size", "-pp"];
    let (mut tensor, mut pipeline) = (1_u64, 1_u64);
    let mut words = arguments.iter().flat_map(|text| text.split_ascii_whitespace()).peekable();
    while let Some(word) = words.next() {
        let (flag, value) = word.split_once('=').map_or((word, None), |(f, v)| (f, Some(v)));
        let flag = flag.replace('_', "-");
        let value = value.or_else(|| words.peek().copied()).unwrap_or("").trim_matches(['"', '\'']);
        let count = || value.parse::<u64>().ok().filter(|count| *count > 0);
        match &*flag {
            "--nnodes" if count() > Some(1) => return Some(Together::Flag("--nnodes")),
            "--disaggregation-mode" if matches!(value, "prefill" | "decode") => {
                return Some(Together::Flag("--disaggregation-mode"));
            }
            flag if flag.starts_with("--kv-transfer-config") => {
                // A JSON value may contain spaces, so all arguments are searched.
                let names = |text: &Text<'_>| {
                    CONNECTORS.iter().any(|name| text::find(text, name).is_some())
                };
                if arguments.iter().any(names) {
                    return Some(Together::Flag("--kv-transfer-config"));
                }
            }
            flag if TENSOR.contains(&flag) => tensor = count().unwrap_or(1),
            flag if PIPELINE.contains(&flag) => pipeline = count().unwrap_or(1),
            _ => {}
        }
    }
    let spans = accelerators > 0 && tensor.saturating_mul(pipeline) > accelerators;
    let flag = if pipeline > 1 { PIPELINE[0] } else { TENSOR[0] };
    spans.then_some(Together::Flag(flag))
}

/// `true` if there is any sign, even one that proves nothing.
pub fn works_over_nodes(pod: &PodView<'_>) -> bool {
    pod.job.kind.is_some_and(|kind| KINDS.contains(&kind))
        || Nodes::of(pod).is_some_and(|nodes| nodes.count > 1)
        || LABELS.iter().any(|label| pod.metadata.labels.get(label).is_some())
        || pod.containers().any(|at| says_so(at.container))
}

fn says_so(container: &Container<'_>) -> bool {
    let mut names = container.env.iter().filter_map(|variable| variable.name.as_deref());
    names.any(|name| VARIABLES.iter().any(|known| name.contains(known)))
        || [container.command, container.args].iter().any(|list| is_flagged(&list.get()))
}

/// `true` if one of these arguments is such a flag; a shell's text is split into words.
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

    #[rstest]
    #[case::more_than_its_gpus(r#"["vllm serve m -tp 8 -pp 2"]"#, Some("--pipeline-parallel-size"))]
    #[case::tensors_alone(r#"["--tensor_parallel_size=16"]"#, Some("--tensor-parallel-size"))]
    #[case::within_the_pod(r#"["-tp", "4", "-pp", "2"]"#, None)]
    #[case::hidden(r#"["-tp", "$(TP)", "-pp", "$(PP)"]"#, None)]
    #[case::nodes(r#"["--nnodes", "2"]"#, Some("--nnodes"))]
    #[case::one_node(r#"["--nnodes=1"]"#, None)]
    #[case::prefill(r#"["--disaggregation-mode", "prefill"]"#, Some("--disaggregation-mode"))]
    #[case::hands_over(
        r#"["--kv_transfer_config", "{\"kv_connector\": \"NixlConnector\"}"]"#,
        Some("--kv-transfer-config")
    )]
    #[case::offloads(
        r#"["--kv-transfer-config", "{\"kv_connector\":\"OffloadingConnector\"}"]"#,
        None
    )]
    fn shows(#[case] arguments: &str, #[case] expected: Option<&'static str>) {
        let expected = expected.map(Together::Flag);
        assert_eq!(by_flags(&Reader::whole(arguments).unwrap(), 8), expected);
    }
}
