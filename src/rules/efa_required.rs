//! `efa-required`: training over several nodes that uses whole nodes with EFA, but requests none.
//!
//! NCCL then falls back to TCP, silently and many times slower. The fix requests all interfaces of the
//! node. It needs types that agree on their number, and settings that show what no pod shows: how many
//! interfaces the nodes attach, that the EFA device plugin runs, and that devices are whole. Otherwise
//! the repaired pod could stay Pending, so the finding is a warning.
//!
//! Not reported: pods with claims for EFA or for an unknown class; with EFA 0, `NCCL_NET_PLUGIN=none` or
//! `FI_PROVIDER=tcp` (also if `mpirun` exports it); privileged pods; pods that use a part of a node; and jobs
//! on one node, or on an unknown number of nodes. A claim that can't be looked up is a warning of its own.
//!
//! Source: Amazon EKS best practices for AI/ML, "Networking"; aws/sagemaker-hyperpod-cli issue 306.

use super::shared::{Context, Findings, efa};
use crate::{
    cluster::{Claimed, EFA_CLASS},
    finding::{Action, Assumption, Report},
    kubernetes::EFA,
    nodes::Placement,
    view::PodView,
    workload::{Export, exports},
};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(pod) = context.pod else { return };
    if pod.total(EFA) > 0
        || !context.takes_accelerators()
        || pod.job.is_helper
        || !efa::is_settled(pod)
        || efa::sees_devices(pod)
    {
        return;
    }
    match context.claims().efa {
        Claimed::None | Claimed::Count(0) => {}
        Claimed::Count(_) | Claimed::Unknown => return,
        Claimed::Unreachable => {
            let place = format!("{}/resourceClaims", pod.place);
            let fact =
                "the resource claim could not be looked up, so it is unknown whether it is for EFA";
            let remedy = "ask your platform team to let the policy server read `resourceclaims` and \
                          `resourceclaimtemplates`";
            findings.report(Report::warn(place, fact).about("resourceClaims").remedy(remedy));
            return;
        }
    }
    let Some(placement) = context.placement().filter(|placement| !placement.is_decided) else {
        return;
    };
    // The exports of `mpirun` apply to the workers.
    let exported = exports(context.view);
    let over_tcp = exported.iter().any(|one| efa::switches_off(&one.name, &one.value));
    if efa::opts_out(pod) || over_tcp || missing(context, pod, placement, findings) {
        return;
    }
    meant_but_missing(context, pod, placement, exported, findings);
}

/// Reports a pod that needs EFA and requests none; `true` if it is one.
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
    let Some(share) = efa::of_whole_node(pod, placement, context) else { return false };
    let count = share.count;
    let fact = efa::without(&workload.told(), count);
    let report = Report::warn(efa::place_to_ask(pod), fact).about(EFA.name());
    let report = report.assuming(share.assumptions);
    if context.settings.efa.device_plugin.0 == Some(false) {
        findings.report(
            report.remedy(format!("claim them: a ResourceClaim of the DeviceClass `{EFA_CLASS}`")),
        );
        return true;
    }
    let report = report.remedy(efa::ask_for(count, pod));
    match efa::worker(pod) {
        Some(at) => {
            let plugin = context.assumed(Assumption::Plugin);
            let report = Report { proposed: Action::Fix, ..report }.repair_needs(plugin);
            findings.report_with_fix(report, || Ok(efa::give(&at, count)));
        }
        None => findings.report(report),
    }
    true
}

/// Reports `FI_PROVIDER=efa` on a pod with accelerators that requests no EFA.
fn meant_but_missing(
    context: &Context<'_>,
    pod: &PodView<'_>,
    placement: &Placement<'_>,
    exported: Vec<Export>,
    findings: &mut Findings<'_>,
) {
    let set = pod.containers().find_map(|at| {
        let (index, variable) = at.container.entry("FI_PROVIDER")?;
        // `^` begins a list of exclusions, which does not show that EFA is wanted.
        variable.seen().filter(|list| !list.starts_with('^') && efa::names_efa(list))?;
        Some(at.env_place(index))
    });
    let set = set.or_else(|| {
        let means = |one: &Export| one.name == "FI_PROVIDER" && !one.value.starts_with('^');
        exported
            .into_iter()
            .find(|one| means(one) && efa::names_efa(&one.value))
            .map(|one| one.place)
    });
    // The rest of a TrainJob's pod is in its runtime.
    // On one node, no traffic uses EFA.
    let alone = pod.job.nodes == Some(1);
    if let Some(place) = set.filter(|_| !pod.job.is_partial && !alone) {
        let fact = format!(
            "`FI_PROVIDER` is `efa`, but the pod requests no `{EFA}`, so it gets no EFA device"
        );
        let has_efa = placement.candidates().meets(&placement.catalog.efa().above(0));
        let remedy = match context.settings.efa.device_plugin.0 {
            _ if !has_efa => "remove the variable, or choose an instance type with EFA".to_owned(),
            Some(false) => "claim EFA by DRA, or remove the variable".to_owned(),
            _ => format!("add `{EFA}` to `resources.limits`, or remove the variable"),
        };
        findings.report(Report::warn(place, fact).about("FI_PROVIDER").remedy(remedy));
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;
    use testkit::build::{Object, pod};

    use crate::rules::testing::{devices, finds_claimed, finds_under};

    const RULE: &str = "efa-required";
    /// Settings that leave nothing to assume.
    const KNOWN: &str =
        r#"{"efa": {"devicePlugin": true, "interfaces": "all"}, "accelerators": {"whole": true}}"#;

    fn worker(instance_type: &str, gpus: u64) -> Object {
        pod().training().on(instance_type).gpus(gpus).env("PET_NNODES", "4")
    }

    #[rstest]
    #[case::part_of_a_node(worker("p5.48xlarge", 4))]
    #[case::type_without_efa(worker("g5.xlarge", 1))]
    #[case::one_node(worker("p5.48xlarge", 8).with("/spec/containers/0/env/0/value", "1"))]
    #[case::claims(worker("p5.48xlarge", 8).with("/spec/resourceClaims/-", json!({"name": "efa"})))]
    #[case::no_plugin(worker("p5.48xlarge", 8).env("NCCL_NET_PLUGIN", "none"))]
    #[case::no_plugin_in_capitals(worker("p5.48xlarge", 8).env("NCCL_NET_PLUGIN", "None"))]
    #[case::tcp(worker("p5.48xlarge", 8).env("FI_PROVIDER", "tcp"))]
    #[case::another_one_is_left_out(worker("p5.48xlarge", 4).env("FI_PROVIDER", "^tcp"))]
    #[case::zero(worker("p5.48xlarge", 8).limit("vpc.amazonaws.com/efa", "0"))]
    #[case::placed(worker("p5.48xlarge", 8).with("/spec/nodeName", "n"))]
    #[case::a_word_in_another_variable(worker("p5.48xlarge", 4).env("TRANSPORT", "efa"))]
    #[case::meant_but_switched_off(
        worker("p5.48xlarge", 4).env("FI_PROVIDER", "efa").env("NCCL_NET_PLUGIN", "none")
    )]
    #[case::no_training(
        worker("p5.48xlarge", 8).label("training.kubeflow.org/operator-name", "other")
    )]
    #[case::privileged(
        worker("p5.48xlarge", 8).with("/spec/containers/0/securityContext/privileged", true)
    )]
    #[case::devices_of_the_node(worker("p5.48xlarge", 8).with(
        "/spec/volumes/-",
        json!({"name": "ib", "hostPath": {"path": "/dev/infiniband"}})
    ))]
    fn left_alone(#[case] pod: Object) {
        finds_under(RULE, KNOWN, &pod.text(), &[]);
    }

    const EDITS: &str = "{/spec/containers/0/resources/requests/vpc.amazonaws.com~1efa = \"32\", \
        /spec/containers/0/resources/limits/vpc.amazonaws.com~1efa = \"32\"}";

    #[test]
    fn all_interfaces_where_nothing_is_assumed() {
        let line = format!("fix /spec/containers/0/resources: vpc.amazonaws.com/efa {EDITS}");
        finds_under(RULE, KNOWN, &worker("p5.48xlarge", 8).text(), &[&line]);
    }

    /// A variable doesn't show how many interfaces nodes attach, if the plugin runs, or if GPUs are whole.
    #[rstest]
    #[case::nothing_is_known("{}")]
    #[case::how_many_nodes_attach(
        r#"{"efa": {"devicePlugin": true}, "accelerators": {"whole": true}}"#
    )]
    #[case::whether_the_plugin_runs(
        r#"{"efa": {"interfaces": "all"}, "accelerators": {"whole": true}}"#
    )]
    #[case::whether_gpus_are_whole(r#"{"efa": {"devicePlugin": true, "interfaces": "all"}}"#)]
    fn a_warning_under_what_is_assumed(#[case] settings: &str) {
        let line = format!("warn /spec/containers/0/resources: vpc.amazonaws.com/efa {EDITS}");
        let pod = worker("p5.48xlarge", 8);
        finds_under(RULE, settings, &pod.text(), &[&line]);
        finds_under(RULE, settings, &pod.env("FI_PROVIDER", "efa").text(), &[&line]);
    }

    #[test]
    fn where_the_plugin_does_not_run_it_is_a_claim() {
        let line = "warn /spec/containers/0/resources: vpc.amazonaws.com/efa";
        let settings = r#"{"efa": {"devicePlugin": false}}"#;
        finds_under(RULE, settings, &worker("p5.48xlarge", 8).text(), &[line]);
    }

    #[test]
    fn which_container_gets_them_is_not_known() {
        let line = "warn /spec: vpc.amazonaws.com/efa";
        let two = worker("p5.48xlarge", 4).env("FI_PROVIDER", "efa").container("other").gpus(4);
        finds_under(RULE, "{}", &two.text(), &[line]);
        // The same if the only container with accelerators ends before the job begins.
        let before = pod().training().on("p5.48xlarge").init_container("pytorch").gpus(8);
        let before = before.env("PET_NNODES", "4").env("FI_PROVIDER", "efa");
        finds_under(RULE, "{}", &before.text(), &[line]);
    }

    const GPU: &str = "gpu.nvidia.com";

    fn claiming() -> Object {
        pod().training().on("p5.48xlarge").env("PET_NNODES", "4").claims("devices")
    }

    #[rstest]
    #[case::a_whole_node(devices(GPU, 8), true)]
    #[case::with_parts_of_gpus(format!("{}, {}", devices(GPU, 8), devices("mig.nvidia.com", 1)), true)]
    #[case::part_of_a_node(devices(GPU, 4), false)]
    #[case::parts_of_gpus(devices("mig.nvidia.com", 8), false)]
    #[case::efa_too(format!("{}, {}", devices(GPU, 8), devices("efa.networking.k8s.aws", 32)), false)]
    #[case::or_efa(format!("{}, {}", devices(GPU, 8), devices("multinic", 1)), false)]
    #[case::another_accelerator(devices("neuron.aws.com", 16), false)]
    fn of_claimed_gpus(#[case] requests: String, #[case] found: bool) {
        let lines = ["warn /spec/containers/0/resources: vpc.amazonaws.com/efa"];
        finds_claimed(RULE, &requests, &claiming(), if found { &lines } else { &[] });
    }

    #[test]
    fn who_claims_gpus_may_do_without() {
        let pod = claiming().env("NCCL_NET_PLUGIN", "none");
        finds_claimed(RULE, &devices(GPU, 8), &pod, &[]);
        let pod = claiming().env("FI_PROVIDER", "efa");
        let meant = ["warn /spec/containers/0/env/1: FI_PROVIDER"];
        finds_claimed(RULE, &devices(GPU, 4), &pod, &meant);
    }

    /// Devices of a claim are not shared, so that needs no assumption.
    #[test]
    fn gpus_by_the_resource_of_their_class() {
        let pod = pod().training().on("p5.48xlarge").env("PET_NNODES", "4");
        let pod = pod.limit("deviceclass.resource.kubernetes.io/gpu.nvidia.com", 8);
        let settings = r#"{"efa": {"devicePlugin": true, "interfaces": "all"}}"#;
        let line = format!("fix /spec/containers/0/resources: vpc.amazonaws.com/efa {EDITS}");
        finds_under(RULE, settings, &pod.text(), &[&line]);
        finds_under(RULE, "{}", &pod.text(), &[&line.replacen("fix", "warn", 1)]);
    }

    #[test]
    fn meant_by_a_variable() {
        let pod = worker("p5.48xlarge", 4).env("FI_PROVIDER", "efa").text();
        let expected = ["warn /spec/containers/0/env/1: FI_PROVIDER"];
        finds_under(RULE, r#"{"efa": {"devicePlugin": false}}"#, &pod, &expected);
        finds_under(RULE, "{}", &pod, &expected);
    }
}
