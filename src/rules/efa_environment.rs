//! `efa-environment`: variables that switch EFA off, or hurt it, on a pod that asks for it.
//!
//! Sometimes they are set on purpose, to compare or to debug; so it is a warning.
//!
//! Source: aws/aws-ofi-nccl doc/efa-env-var.md and its issues; libfabric `FI_PROVIDER`.

use super::shared::{Context, Findings, efa};
use crate::{finding::Report, kubernetes::EFA, nodes::Placement, text::Quoted};

/// The variables that may hurt, those of one kind aside that do so with any value.
const NAMES: [&str; 6] = [
    "FI_EFA_USE_DEVICE_RDMA",
    "FI_PROVIDER",
    "NCCL_ALGO",
    "NCCL_NET",
    "NCCL_NET_PLUGIN",
    "NCCL_PROTO",
];

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(pod) = context.pod.filter(|pod| pod.total(EFA) > 0) else { return };
    for at in pod.containers() {
        // A container without both does nothing that EFA is for.
        let computes = || at.takes(EFA) || at.takes_accelerators();
        let mut seen: Vec<&str> = Vec::new();
        for (index, variable) in at.container.env.iter().enumerate().rev() {
            let Some(name) = variable.name.as_deref() else { continue };
            // Where a name comes twice, the last one counts.
            if seen.contains(&name) {
                continue;
            }
            seen.extend(NAMES.contains(&name).then_some(name));
            let Some(value) = variable.value.as_deref() else { continue };
            let counts = || variable.seen().is_some() && computes();
            if let Some((harm, remedy)) =
                harm(name, value, context.placement()).filter(|_| counts())
            {
                let fact = format!("{} {harm}", Quoted(&format!("{name}={value}")));
                let place = format!("{}/env/{index}", at.place());
                findings.report(Report::warn(place, fact).about(name.to_owned()).remedy(remedy));
            }
        }
    }
}

/// What a variable does to EFA, if anything.
fn harm(
    name: &str,
    value: &str,
    placement: Option<&Placement<'_>>,
) -> Option<(&'static str, &'static str)> {
    const REMOVE: &str = "remove the variable";
    // Behind `^` stands what is left out.
    let listed = |wanted: &str| {
        !value.starts_with('^')
            && value.split(',').any(|one| one.trim().eq_ignore_ascii_case(wanted))
    };
    let harms = match name {
        "NCCL_PROTO" if listed("LL") || listed("LL128") => {
            return Some((
                "risks wrong data with older versions of the EFA plugin for NCCL",
                REMOVE,
            ));
        }
        "NCCL_ALGO" if listed("Tree") => return Some(("may hang over EFA", REMOVE)),
        "FI_EFA_USE_DEVICE_RDMA" => {
            let lacks = value == "1" && placement.is_some_and(lacks_rdma_read);
            return lacks.then_some(("asks for RDMA reads, which the type does not have", REMOVE));
        }
        _ if name.starts_with("RDMAV_") => {
            return Some(("can break EFA, and libfabric needs none of them", REMOVE));
        }
        _ => efa::switches_off(name, value),
    };
    harms.then_some((
        "keeps the EFA interfaces idle that the pod asks for",
        "remove the variable, or the request for EFA where TCP is meant",
    ))
}

/// Whether all types that the pod can land on are of a family without RDMA reads.
fn lacks_rdma_read(placement: &Placement<'_>) -> bool {
    placement.pinned().is_some_and(|(_, types)| {
        placement.catalog.types(types).all(|instance| instance.name().starts_with("g5."))
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

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

    #[test]
    fn a_pod_without_efa_may_have_them() {
        accepts("efa-environment", &spec("p5.48xlarge", 0, "NCCL_NET", "Socket"));
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
