//! `efa-environment`: variables and arguments that switch EFA off, or break it, on a pod that requests it.
//!
//! They are sometimes set on purpose, to compare or to debug, so this is a warning.
//!
//! Source: aws/aws-ofi-nccl doc/efa-env-var.md and its issues; libfabric `FI_PROVIDER`. Of NIXL:
//! ai-dynamo/dynamo docs/kubernetes/cloud-providers/eks/efa.md, "Configure NIXL Backend"; llm-d/llm-d
//! docs/infrastructure/rdma.

use super::shared::{Context, Findings, efa};
use crate::{
    finding::{Assumption, Report},
    kubernetes::EFA,
    nodes::Placement,
    text::Quoted,
    view::{Kind, PodView},
    workload::{Export, exports, over_ucx},
};

const RDMA: &str = "FI_EFA_USE_DEVICE_RDMA";

/// The variables that can do harm, except `RDMAV_*`, which do so with any value, and the names of interfaces.
const NAMES: [&str; 6] =
    [RDMA, "FI_PROVIDER", "NCCL_ALGO", "NCCL_NET", "NCCL_NET_PLUGIN", "NCCL_PROTO"];

/// How the names of variables end that name the interface of a library.
const SOCKET_INTERFACE: &str = "_SOCKET_IFNAME";

/// Families whose EFA has no RDMA reads, according to both AWS's table and its text (EC2 User Guide,
/// "Elastic Fabric Adapter"). For c8gd, i8g, m8gd, r7a, r7g, r7gd, r7i, r7iz, r8g, r8gd and x8g the two
/// differ, so nothing is known.
const WITHOUT_RDMA_READ: [&str; 14] = [
    "c5n", "dl2q", "g4dn", "g5", "i3en", "inf1", "m5dn", "m5n", "m5zn", "p3dn", "r5dn", "r5n",
    "vt1", "x2iezn",
];

/// The change to the value of `--kv-transfer-config`.
const BY_LIBFABRIC: &str = "set `\"kv_connector_extra_config\":{\"backends\":[\"LIBFABRIC\"]}`";

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(pod) = context.pod else { return };
    if pod.total(EFA) == 0 {
        // It is reported at the launcher.
        if context.view.kind == Kind::MpiJob && pod.job.is_helper {
            exported(context, findings);
        }
        return;
    }
    for at in pod.containers() {
        if at.takes(EFA)
            && let Some(place) = over_ucx(&at)
        {
            let fact = "vLLM's `NixlConnector` uses UCX here, which over EFA is no faster than TCP";
            let report = Report::warn(place, fact).about("kv_connector_extra_config");
            findings.report(report.remedy(BY_LIBFABRIC));
        }
        // A container without both does nothing that uses EFA.
        let computes = || at.takes(EFA) || at.takes_accelerators();
        let mut seen: Vec<&str> = Vec::new();
        for (index, variable) in at.container.env.iter().enumerate().rev() {
            let Some(name) = variable.name.as_deref().filter(may_harm) else { continue };
            // If a name occurs twice, the last one counts.
            if seen.contains(&name) {
                continue;
            }
            seen.extend(NAMES.contains(&name).then_some(name));
            let Some(value) = variable.value.as_deref() else { continue };
            let counts = || variable.seen().is_some() && computes();
            if let Some((harm, remedy)) = harm(name, value, context.placement())
                .or_else(|| on_host(pod, name, value))
                .filter(|_| counts())
            {
                let fact = format!("{} {harm}", Quoted(&format!("{name}={value}")));
                let place = at.env_place(index);
                let mut report = Report::warn(place, fact).about(name.to_owned()).remedy(remedy);
                if name == RDMA && context.placement().is_some_and(|one| !one.is_closed()) {
                    report = report.assuming(Assumption::Types);
                }
                findings.report(report);
            }
        }
    }
}

/// Checks the launcher's exports of an MPIJob, which apply to its workers.
fn exported(context: &Context<'_>, findings: &mut Findings<'_>) {
    // The API has only two roles.
    if !context.view.pods().iter().take(2).any(|pod| pod.total(EFA) > 0) {
        return;
    }
    for Export { name, value, place } in exports(context.view) {
        // The types of the workers are unknown here.
        if let Some((harm, remedy)) = harm(&name, &value, None) {
            let fact =
                format!("`mpirun` exports {}, which {harm}", Quoted(&format!("{name}={value}")));
            findings.report(Report::warn(place, fact).about(name).remedy(remedy));
        }
    }
}

/// The harm of naming an interface that exists in a pod's own network, but not in its host's.
fn on_host(pod: &PodView<'_>, name: &str, value: &str) -> Option<(&'static str, &'static str)> {
    let pins = name.ends_with(SOCKET_INTERFACE) && value.trim_start_matches('=') == "eth0";
    // Gloo knows no `^` (aws-samples/aws-do-eks, pull request 51).
    let remedy = match name.starts_with("NCCL_") {
        true => "set it to `^lo,docker`: all interfaces except these",
        false => "remove it, or set it to the real interface, often `ens5`",
    };
    (pins && pod.spec.host_network == Some(true)).then_some((
        "finds no interface: with `hostNetwork` on AL2023 they are called `ens5` and the like",
        remedy,
    ))
}

/// `true` if some value of the variable does harm: most names show at once that none does.
fn may_harm(name: &&str) -> bool {
    NAMES.contains(name) || name.starts_with("RDMAV_") || name.ends_with(SOCKET_INTERFACE)
}

/// The harm that a variable does to EFA, if any, and the remedy.
fn harm(
    name: &str,
    value: &str,
    placement: Option<&Placement<'_>>,
) -> Option<(&'static str, &'static str)> {
    const REMOVE: &str = "remove the variable";
    // `^` begins a list of exclusions.
    let listed = |wanted: &str| {
        !value.starts_with('^')
            && value.split(',').any(|one| one.trim().eq_ignore_ascii_case(wanted))
    };
    let harms = match name {
        "NCCL_PROTO" if listed("LL") || listed("LL128") => {
            return Some((
                "can corrupt data with older versions of aws-ofi-nccl, the EFA plugin for NCCL",
                REMOVE,
            ));
        }
        "NCCL_ALGO" if listed("Tree") => return Some(("can hang over EFA", REMOVE)),
        RDMA => {
            // The values that libfabric reads as true.
            let on = ["1", "on", "true", "yes"].iter().any(|on| value.eq_ignore_ascii_case(on));
            let lacks = on && placement.is_some_and(lack_rdma_read);
            return lacks.then_some((
                "aborts the job: no instance type it can run on supports RDMA reads",
                "remove the variable, or choose a type that supports them",
            ));
        }
        _ if name.starts_with("RDMAV_") => {
            return Some(("can break EFA, and current libfabric does not need it", REMOVE));
        }
        _ => efa::switches_off(name, value),
    };
    harms.then_some((
        "leaves the requested EFA interfaces idle",
        "remove the variable, or, if you want TCP, the request for `vpc.amazonaws.com/efa`",
    ))
}

/// `true` if all types with EFA that the pod can land on are of families without RDMA reads.
fn lack_rdma_read(placement: &Placement<'_>) -> bool {
    let mut types = placement.candidates().clone();
    if let Some(efa) = placement.constraints().find(|constraint| constraint.is_efa()) {
        types = types.and(&efa.types);
    }
    let lacks = |name: &str| {
        name.split_once('.').is_some_and(|(family, _)| WITHOUT_RDMA_READ.contains(&family))
    };
    !types.is_empty()
        && !placement.names_unknown()
        && placement.catalog.types(&types).all(|instance| lacks(instance.name()))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::RDMA;
    use crate::rules::testing::{accepts, finds};

    fn spec(instance_type: &str, efa: u32, name: &str, value: &str) -> String {
        format!(
            r#"{{"nodeSelector": {{"node.kubernetes.io/instance-type": "{instance_type}"}}, "containers": [
                {{"resources": {{"limits": {{"vpc.amazonaws.com/efa": {efa}}}}}, "env": [{{"name": "{name}", "value": "{value}"}}]}}]}}"#
        )
    }

    #[rstest]
    #[case::right("FI_PROVIDER", "efa")]
    #[case::right_among_others("FI_PROVIDER", "efa,shm")]
    #[case::excludes_others("FI_PROVIDER", "^tcp")]
    #[case::obsolete("FI_EFA_USE_DEVICE_RDMA", "1")]
    #[case::workaround("FI_EFA_USE_HUGE_PAGE", "0")]
    #[case::simple("NCCL_PROTO", "simple")]
    #[case::ring("NCCL_ALGO", "Ring")]
    #[case::interfaces("NCCL_SOCKET_IFNAME", "^docker,lo,veth")]
    fn harmless(#[case] name: &str, #[case] value: &str) {
        accepts("efa-environment", &spec("p5.48xlarge", 32, name, value));
    }

    #[rstest]
    #[case::with_efa(r#"{"limits": {"vpc.amazonaws.com/efa": 32}}"#, true)]
    #[case::without(r#"{"limits": {"nvidia.com/gpu": 8}}"#, false)]
    fn nixl_by_ucx(#[case] resources: &str, #[case] found: bool) {
        let spec = |extra: &str| {
            format!(
                r#"{{"containers": [{{"resources": {resources}, "args": ["--kv-transfer-config",
                    "{{\"kv_connector\": \"NixlConnector\"{extra}}}"]}}]}}"#
            )
        };
        let lines = ["warn /spec/containers/0/args/1: kv_connector_extra_config"];
        finds("efa-environment", &spec(""), if found { &lines } else { &[] });
        let libfabric = r#", \"kv_connector_extra_config\": {\"backends\": [\"LIBFABRIC\"]}"#;
        accepts("efa-environment", &spec(libfabric));
    }

    #[test]
    fn a_pod_without_efa_may_have_them() {
        accepts("efa-environment", &spec("p5.48xlarge", 0, "NCCL_NET", "Socket"));
    }

    #[rstest]
    #[case::read_and_write("p5.48xlarge", false)]
    #[case::without("p3dn.24xlarge", true)]
    #[case::the_sources_differ("r7i.48xlarge", false)]
    #[case::newer_than_the_table("p9.48xlarge", false)]
    fn rdma_reads(#[case] instance_type: &str, #[case] found: bool) {
        for value in ["1", "yes"] {
            let spec = spec(instance_type, 1, RDMA, value);
            let line = format!("warn /spec/containers/0/env/0: {RDMA}");
            let lines = [&*line];
            finds("efa-environment", &spec, if found { &lines } else { &[] });
        }
        accepts("efa-environment", &spec(instance_type, 1, RDMA, "0"));
    }

    #[rstest]
    #[case::sockets("NCCL_NET", "Socket")]
    #[case::no_plugin("NCCL_NET_PLUGIN", "none")]
    #[case::another_provider("FI_PROVIDER", "tcp")]
    #[case::any_but_efa("FI_PROVIDER", "^efa")]
    #[case::fork("RDMAV_FORK_SAFE", "1")]
    #[case::protocol("NCCL_PROTO", "LL128")]
    #[case::algorithm("NCCL_ALGO", "Tree")]
    #[case::reads_that_a_g5_lacks("FI_EFA_USE_DEVICE_RDMA", "1")]
    fn harmful(#[case] name: &str, #[case] value: &str) {
        let line = format!("warn /spec/containers/0/env/0: {name}");
        finds("efa-environment", &spec("g5.48xlarge", 1, name, value), &[&line]);
    }
}
