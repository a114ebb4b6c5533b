//! `efa-required`: training over several nodes that takes whole nodes with EFA, but asks for none.
//!
//! NCCL then falls back to TCP, silently and many times slower. The fix asks for all interfaces of
//! the node, where all types that the pod can land on agree on their number and the EFA device
//! plugin is known to run (`efa.devicePlugin`, or `FI_PROVIDER=efa` or `FI_EFA_*` in the pod): in a
//! cluster with the DRA driver only, such a pod would stay Pending.
//!
//! Left alone: pods with resource claims, with EFA 0, `NCCL_NET_PLUGIN=none`, `FI_PROVIDER=tcp`,
//! part of a node, one node, or a number of nodes that nobody knows.
//!
//! Source: Amazon EKS best practices for AI/ML, "Networking"; aws/sagemaker-hyperpod-cli issue 306.

use super::shared::{Context, Findings, efa};
use crate::{
    cluster::{Claims, EFA_CLASS},
    finding::{Action, Report},
    kubernetes::EFA,
    nodes::Placement,
    settings::DevicePlugin,
    view::PodView,
};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(pod) = context.pod else { return };
    if pod.total(EFA) > 0 || !pod.takes_accelerators() || pod.job.is_helper || !efa::is_settled(pod)
    {
        return;
    }
    match context.claims() {
        Claims::None | Claims::Efa(0) => {}
        Claims::Efa(_) | Claims::Unknown => return,
        Claims::Unreachable => {
            findings.report(Report::warn(format!("{}/resourceClaims", pod.place), "the claim's template could not be looked up, so it is not known whether it is for EFA").about("resourceClaims").remedy("let the policy server get `resourceclaimtemplates`, or set `clusterContext` to `false`"));
            return;
        }
    }
    let Some(placement) = context.placement().filter(|placement| !placement.is_decided) else {
        return;
    };
    if !efa::opts_out(pod) && missing(context, pod, placement, findings) {
        return;
    }
    meant_but_missing(context, pod, findings);
}

/// Whether the pod is one that needs EFA and asks for none; it is reported then.
fn missing(
    context: &Context<'_>,
    pod: &PodView<'_>,
    placement: &Placement<'_>,
    findings: &mut Findings<'_>,
) -> bool {
    let Some(workload) = context.workload().filter(|workload| workload.spans_nodes().is_some())
    else {
        return false;
    };
    let share = efa::share(pod, placement).filter(|share| share.count > 0 && share.whole);
    let Some(efa::Share { count, certain, .. }) = share.filter(|_| !placement.names_unknown())
    else {
        return false;
    };
    let plugin = match context.settings.efa.device_plugin {
        DevicePlugin::Yes => true,
        DevicePlugin::No => false,
        DevicePlugin::Auto => efa::means_efa(pod),
    };
    let fact =
        format!("{} takes its whole node, but none of its {count} EFA interfaces", workload.told());
    let place = efa::worker(pod);
    let pointer = place.map_or_else(|| pod.place.clone().into_owned(), |at| at.resources_place());
    match place.filter(|_| placement.is_closed() && plugin && certain) {
        Some(at) => {
            let remedy = format!("ask for {count} × `{EFA}`");
            findings.report_with_fix(
                Report::new(Action::Fix, pointer, fact).about(EFA.name()).remedy(remedy),
                || Ok(efa::give(&at, count)),
            );
        }
        None => {
            let remedy = match context.settings.efa.device_plugin {
                DevicePlugin::No => format!("claim them by DRA, class `{EFA_CLASS}`"),
                DevicePlugin::Auto if !plugin => {
                    format!("ask for {count} × `{EFA}`, or set `efa.devicePlugin`")
                }
                _ => format!("ask for {count} × `{EFA}`"),
            };
            findings.report(Report::warn(pointer, fact).about(EFA.name()).remedy(remedy));
        }
    }
    true
}

/// `FI_PROVIDER=efa` on a pod with accelerators that asks for no EFA.
fn meant_but_missing(context: &Context<'_>, pod: &PodView<'_>, findings: &mut Findings<'_>) {
    let set = pod.containers().find_map(|at| {
        let (index, variable) = at.container.entry("FI_PROVIDER")?;
        variable.seen().filter(|value| efa::names_efa(value))?;
        Some(format!("{}/env/{index}", at.place()))
    });
    // The rest of a TrainJob's pod stands in its runtime.
    if let Some(place) = set.filter(|_| !pod.job.is_partial && !efa::opts_out(pod)) {
        let fact = format!("`FI_PROVIDER` is `efa`, but the pod asks for no `{EFA}`");
        let has_efa = |placement: &Placement<'_>| {
            placement.candidates().meets(&placement.catalog.efa().above(0))
        };
        let remedy = match context.settings.efa.device_plugin {
            _ if !context.placement().is_none_or(has_efa) => {
                "drop the variable, or choose a type with EFA".to_owned()
            }
            DevicePlugin::No => "claim it by DRA, or drop the variable".to_owned(),
            _ => format!("ask for `{EFA}`, or drop the variable"),
        };
        findings.report(Report::warn(place, fact).about("FI_PROVIDER").remedy(remedy));
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::rules::testing::finds_under;

    const RULE: &str = "efa-required";
    const PLUGIN: &str = r#"{"efa": {"devicePlugin": true}}"#;

    fn worker(instance_type: &str, gpus: u32, env: &str, spec: &str) -> String {
        format!(
            r#"{{"metadata": {{"labels": {{"training.kubeflow.org/operator-name": "pytorchjob-controller"}}}},
                "spec": {{{spec} "nodeSelector": {{"node.kubernetes.io/instance-type": "{instance_type}"}},
                  "containers": [{{"name": "pytorch", "resources": {{"limits": {{"nvidia.com/gpu": {gpus}}}}},
                  "env": [{{"name": "PET_NNODES", "value": "4"}}{env}]}}]}}}}"#
        )
    }

    #[rstest]
    #[case::part_of_a_node(worker("p5.48xlarge", 4, "", ""))]
    #[case::type_without_efa(worker("g5.xlarge", 1, "", ""))]
    #[case::one_node(worker("p5.48xlarge", 8, "", "").replace(r#""value": "4""#, r#""value": "1""#))]
    #[case::claims(worker("p5.48xlarge", 8, "", r#""resourceClaims": [{"name": "efa"}],"#))]
    #[case::no_plugin(worker(
        "p5.48xlarge",
        8,
        r#", {"name": "NCCL_NET_PLUGIN", "value": "none"}"#,
        ""
    ))]
    #[case::tcp(worker("p5.48xlarge", 8, r#", {"name": "FI_PROVIDER", "value": "tcp"}"#, ""))]
    #[case::zero(worker("p5.48xlarge", 8, "", "").replace(r#""nvidia.com/gpu": 8"#, r#""nvidia.com/gpu": 8, "vpc.amazonaws.com/efa": "0""#))]
    #[case::placed(worker("p5.48xlarge", 8, "", r#""nodeName": "n","#))]
    #[case::a_word_in_another_variable(worker(
        "p5.48xlarge",
        4,
        r#", {"name": "TRANSPORT", "value": "efa"}"#,
        ""
    ))]
    #[case::meant_but_switched_off(worker(
        "p5.48xlarge",
        4,
        r#", {"name": "FI_PROVIDER", "value": "efa"}, {"name": "NCCL_NET_PLUGIN", "value": "none"}"#,
        ""
    ))]
    #[case::no_training(worker("p5.48xlarge", 8, "", "").replace("pytorchjob-controller", "other"))]
    fn left_alone(#[case] pod: String) {
        finds_under(RULE, PLUGIN, &pod, &[]);
    }

    const WHAT: &str = "training on 4 nodes (`PET_NNODES`, \
        `training.kubeflow.org/operator-name=pytorchjob-controller`) takes its whole node, but none of its \
        32 EFA interfaces";
    const EDITS: &str = "{/spec/containers/0/resources/requests/vpc.amazonaws.com~1efa = \"32\", \
        /spec/containers/0/resources/limits/vpc.amazonaws.com~1efa = \"32\"}";

    #[test]
    fn all_interfaces_where_the_plugin_is_known() {
        let line = format!(
            "fix /spec/containers/0/resources: {WHAT}; ask for 32 × `vpc.amazonaws.com/efa` {EDITS}"
        );
        finds_under(RULE, PLUGIN, &worker("p5.48xlarge", 8, "", ""), &[&line]);
        let meant = r#", {"name": "FI_PROVIDER", "value": "efa"}"#;
        finds_under(RULE, "{}", &worker("p5.48xlarge", 8, meant, ""), &[&line]);
    }

    #[test]
    fn a_warning_where_it_is_not() {
        let line = format!(
            "warn /spec/containers/0/resources: {WHAT}; ask for 32 × `vpc.amazonaws.com/efa`, or set `efa.devicePlugin`"
        );
        finds_under(RULE, "{}", &worker("p5.48xlarge", 8, "", ""), &[&line]);
        let line = format!(
            "warn /spec/containers/0/resources: {WHAT}; claim them by DRA, class `efa.networking.k8s.aws`"
        );
        finds_under(
            RULE,
            r#"{"efa": {"devicePlugin": false}}"#,
            &worker("p5.48xlarge", 8, "", ""),
            &[&line],
        );
    }

    #[test]
    fn a_word_in_another_variable_is_no_evidence() {
        let line = format!(
            "warn /spec/containers/0/resources: {WHAT}; ask for 32 × `vpc.amazonaws.com/efa`, or set `efa.devicePlugin`"
        );
        let word = r#", {"name": "TRANSPORT", "value": "efa"}"#;
        finds_under(RULE, "{}", &worker("p5.48xlarge", 8, word, ""), &[&line]);
    }

    #[test]
    fn which_container_gets_them_is_not_known() {
        let line = format!("warn /spec: {WHAT}; ask for 32 × `vpc.amazonaws.com/efa`");
        let four = r#""resources": {"limits": {"nvidia.com/gpu": 4}}"#;
        let meant = r#", {"name": "FI_PROVIDER", "value": "efa"}"#;
        let pod = worker("p5.48xlarge", 4, meant, "").replace(
            r#""containers": ["#,
            &format!(r#""containers": [{{"name": "other", {four}}}, "#),
        );
        finds_under(RULE, "{}", &pod, &[&line]);
        // Or the only one that takes the accelerators has ended when the job begins.
        let pod = worker("p5.48xlarge", 8, meant, "").replace(
            r#""containers": ["#,
            r#""containers": [{"name": "main"}], "initContainers": ["#,
        );
        finds_under(RULE, "{}", &pod, &[&line]);
    }

    #[test]
    fn meant_by_a_variable() {
        let pod = worker("p5.48xlarge", 4, r#", {"name": "FI_PROVIDER", "value": "efa"}"#, "");
        finds_under(
            RULE,
            r#"{"efa": {"devicePlugin": false}}"#,
            &pod,
            &["warn /spec/containers/0/env/1: `FI_PROVIDER` is `efa`, but the pod asks for no \
               `vpc.amazonaws.com/efa`; claim it by DRA, or drop the variable"],
        );
        finds_under(
            RULE,
            "{}",
            &pod,
            &["warn /spec/containers/0/env/1: `FI_PROVIDER` is `efa`, but the pod asks for no \
               `vpc.amazonaws.com/efa`; ask for `vpc.amazonaws.com/efa`, or drop the variable"],
        );
    }
}
