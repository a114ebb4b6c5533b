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
    let Some(share) = share.filter(|_| !placement.names_unknown()) else { return false };
    let count = share.count;
    let fact =
        format!("{} takes its whole node, but none of its {count} EFA interfaces", workload.told());
    let worker = efa::worker(pod);
    let place = worker.map_or_else(|| pod.place.clone().into_owned(), |at| at.resources_place());
    let report = Report::warn(place, fact).about(EFA.name());
    let request = format!("ask for {count} × `{EFA}`");
    let closed = placement.is_closed() && share.certain;
    match remedy(context.settings.efa.device_plugin, efa::means_efa(pod), closed) {
        Remedy::Give => match worker {
            Some(at) => {
                let report = Report { proposed: Action::Fix, ..report }.remedy(request);
                findings.report_with_fix(report, || Ok(efa::give(&at, count)));
            }
            None => findings.report(report.remedy(request)),
        },
        Remedy::Request => findings.report(report.remedy(request)),
        Remedy::RequestWithPlugin => {
            findings.report(report.remedy(format!("{request}, or set `efa.devicePlugin`")));
        }
        Remedy::Claim => {
            findings.report(report.remedy(format!("claim them by DRA, class `{EFA_CLASS}`")));
        }
    }
    true
}

/// What helps a pod that needs EFA and asks for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Remedy {
    /// Its worker gets the interfaces, where there is one that can be told.
    Give,
    /// A request of the device plugin's resource.
    Request,
    /// The same, once it is known that the plugin runs.
    RequestWithPlugin,
    /// A claim by DRA.
    Claim,
}

/// `meant` says that a variable of the pod shows EFA, `closed` that its types and their share are
/// known.
fn remedy(plugin: DevicePlugin, meant: bool, closed: bool) -> Remedy {
    match plugin {
        DevicePlugin::No => Remedy::Claim,
        DevicePlugin::Auto if !meant => Remedy::RequestWithPlugin,
        DevicePlugin::Auto | DevicePlugin::Yes if closed => Remedy::Give,
        DevicePlugin::Auto | DevicePlugin::Yes => Remedy::Request,
    }
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

    use super::*;
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

    #[rstest]
    #[case::known_to_run(DevicePlugin::Yes, false, true, Remedy::Give)]
    #[case::meant_by_the_pod(DevicePlugin::Auto, true, true, Remedy::Give)]
    #[case::a_newer_type_may_come(DevicePlugin::Yes, false, false, Remedy::Request)]
    #[case::no_evidence(DevicePlugin::Auto, false, true, Remedy::RequestWithPlugin)]
    #[case::known_not_to_run(DevicePlugin::No, true, true, Remedy::Claim)]
    fn remedies(
        #[case] plugin: DevicePlugin,
        #[case] meant: bool,
        #[case] closed: bool,
        #[case] expected: Remedy,
    ) {
        assert_eq!(remedy(plugin, meant, closed), expected);
    }

    const EDITS: &str = "{/spec/containers/0/resources/requests/vpc.amazonaws.com~1efa = \"32\", \
        /spec/containers/0/resources/limits/vpc.amazonaws.com~1efa = \"32\"}";

    #[test]
    fn all_interfaces_where_the_plugin_is_known() {
        let line = format!("fix /spec/containers/0/resources: vpc.amazonaws.com/efa {EDITS}");
        finds_under(RULE, PLUGIN, &worker("p5.48xlarge", 8, "", ""), &[&line]);
        let meant = r#", {"name": "FI_PROVIDER", "value": "efa"}"#;
        finds_under(RULE, "{}", &worker("p5.48xlarge", 8, meant, ""), &[&line]);
    }

    #[test]
    fn a_warning_where_it_is_not() {
        let line = "warn /spec/containers/0/resources: vpc.amazonaws.com/efa";
        finds_under(RULE, "{}", &worker("p5.48xlarge", 8, "", ""), &[line]);
        finds_under(
            RULE,
            r#"{"efa": {"devicePlugin": false}}"#,
            &worker("p5.48xlarge", 8, "", ""),
            &[line],
        );
    }

    #[test]
    fn a_word_in_another_variable_is_no_evidence() {
        let line = "warn /spec/containers/0/resources: vpc.amazonaws.com/efa";
        let word = r#", {"name": "TRANSPORT", "value": "efa"}"#;
        finds_under(RULE, "{}", &worker("p5.48xlarge", 8, word, ""), &[line]);
    }

    #[test]
    fn which_container_gets_them_is_not_known() {
        let line = "warn /spec: vpc.amazonaws.com/efa";
        let four = r#""resources": {"limits": {"nvidia.com/gpu": 4}}"#;
        let meant = r#", {"name": "FI_PROVIDER", "value": "efa"}"#;
        let pod = worker("p5.48xlarge", 4, meant, "").replace(
            r#""containers": ["#,
            &format!(r#""containers": [{{"name": "other", {four}}}, "#),
        );
        finds_under(RULE, "{}", &pod, &[line]);
        // Or the only one that takes the accelerators has ended when the job begins.
        let pod = worker("p5.48xlarge", 8, meant, "").replace(
            r#""containers": ["#,
            r#""containers": [{"name": "main"}], "initContainers": ["#,
        );
        finds_under(RULE, "{}", &pod, &[line]);
    }

    #[test]
    fn meant_by_a_variable() {
        let pod = worker("p5.48xlarge", 4, r#", {"name": "FI_PROVIDER", "value": "efa"}"#, "");
        finds_under(
            RULE,
            r#"{"efa": {"devicePlugin": false}}"#,
            &pod,
            &["warn /spec/containers/0/env/1: FI_PROVIDER"],
        );
        finds_under(RULE, "{}", &pod, &["warn /spec/containers/0/env/1: FI_PROVIDER"]);
    }
}
