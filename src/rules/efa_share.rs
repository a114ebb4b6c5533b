//! `efa-share`: a pod requests fewer EFA interfaces than its share of the node.
//!
//! Each accelerator has its interfaces close by: a pod with all 8 GPUs of a p5.48xlarge can use 32, one
//! with 4 can use 16. With fewer, the others idle. A share below one interface is not reported.
//!
//! Source: EC2 `NetworkInfo.EfaInfo.MaximumEfaInterfaces`, as in tablegen/data/README.md.

use super::shared::{Context, Findings, efa};
use crate::{
    cluster::Claimed,
    finding::{Action, Assumption, Report},
    kubernetes::EFA,
    view::{ContainerAt, PodView},
    workload::Class,
};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(pod) = context.pod else { return };
    let asked = match pod.total(EFA) {
        // A claim counts too, if its request is known.
        0 => match context.claims().efa {
            Claimed::Count(claimed) => claimed,
            _ => 0,
        },
        asked => asked,
    };
    if asked == 0 || pod.job.is_helper {
        return;
    }
    let Some(placement) = context.placement().filter(|placement| placement.pinned().is_some())
    else {
        return;
    };
    let Some(share) = efa::share(pod, placement, context) else { return };
    if asked >= share.count || !efa::is_settled(pod) || efa::sees_devices(pod) {
        return;
    }
    // One card may have the node's address instead.
    let one_less = share.assumptions.has(Assumption::Interfaces) && asked + 1 == share.count;
    let Some(devices) = efa::Devices::of(pod, context).filter(|_| !one_less) else { return };
    let training = context.workload().filter(|w| w.class == Class::Training && w.certain);
    if training.is_some_and(|workload| workload.nodes.is_some_and(|nodes| nodes.count == 1)) {
        return;
    }
    let count = share.count;
    let (place, fact, remedy) = match without_efa(pod) {
        Some(at) => (
            at.resources_place(),
            format!("the container with the {devices} requests no EFA, but {count} come with them"),
            format!("add `{EFA}: {count}` to `limits` of this container"),
        ),
        None => (
            pod.place_asking(EFA),
            format!(
                "the pod requests {}, but {count} come with its {devices}",
                efa::interfaces(asked)
            ),
            match pod.total(EFA) {
                0 => format!("claim {count}"),
                _ => format!("set `{EFA}` to `{count}`"),
            },
        ),
    };
    let report = Report::warn(place, fact).about(EFA.name()).assuming(share.assumptions);
    let worker = efa::worker(pod).filter(|at| at.resource_place(EFA).is_some());
    match worker.filter(|_| training.is_some()) {
        Some(at) => {
            let report = Report { proposed: Action::Fix, ..report }.remedy(remedy);
            findings.report_with_fix(report, || Ok(efa::give(&at, count)));
        }
        None => findings.report(report.remedy(remedy)),
    }
}

/// The only container with accelerators, if another one requests the pod's EFA.
fn without_efa<'v>(pod: &'v PodView<'_>) -> Option<ContainerAt<'v, 'v>> {
    let mut working = pod.containers().filter(ContainerAt::takes_accelerators);
    let worker = working.next().filter(|at| pod.total(EFA) > 0 && !at.takes(EFA))?;
    working.next().is_none().then_some(worker)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use testkit::build::pod;

    use crate::rules::testing::{accepts, devices, finds, finds_claimed, finds_under, pod_on};

    const RULE: &str = "efa-share";

    fn limits(gpus: u32, efa: u32) -> String {
        format!(r#"{{"limits": {{"nvidia.com/gpu": {gpus}, "vpc.amazonaws.com/efa": {efa}}}}}"#)
    }

    #[rstest]
    #[case::all("p5.48xlarge", limits(8, 32))]
    #[case::half("p5.48xlarge", limits(4, 16))]
    #[case::less_than_one("g5.12xlarge", limits(1, 1))]
    #[case::no_accelerators("p5.48xlarge", r#"{"limits": {"vpc.amazonaws.com/efa": 1}}"#.to_owned())]
    #[case::sliced("p5.48xlarge", limits(16, 1))]
    #[case::newer_type("p9.48xlarge", limits(8, 1))]
    fn accepted(#[case] instance_type: &str, #[case] resources: String) {
        accepts(RULE, &pod_on(instance_type, &resources));
    }

    #[test]
    fn too_few_is_a_warning() {
        finds(
            RULE,
            &pod_on("p5.48xlarge", &limits(8, 4)),
            &[
                "warn /spec/containers/0/resources/limits/vpc.amazonaws.com~1efa: vpc.amazonaws.com/efa",
            ],
        );
    }

    #[rstest]
    #[case::too_few(devices("gpu.nvidia.com", 8), 8, true)]
    #[case::all(devices("gpu.nvidia.com", 8), 32, false)]
    #[case::half(devices("gpu.nvidia.com", 4), 16, false)]
    #[case::parts_of_gpus(devices("mig.nvidia.com", 8), 1, false)]
    #[case::not_known(devices("fast", 8), 1, false)]
    #[case::more_than_there_are(devices("gpu.nvidia.com", 16), 1, false)]
    fn of_claimed_gpus(#[case] requests: String, #[case] efa: u64, #[case] found: bool) {
        let line = format!("warn {PLACE}");
        let lines = [&*line];
        let pod = pod().on("p5.48xlarge").efa(efa).claims("devices");
        finds_claimed(RULE, &requests, &pod, if found { &lines } else { &[] });
    }

    #[test]
    fn both_by_one_claim() {
        let requests = [devices("gpu.nvidia.com", 8), devices("efa.networking.k8s.aws", 8)];
        let pod = pod().on("p5.48xlarge").claims("devices");
        finds_claimed(RULE, &requests.join(", "), &pod, &["warn /spec: vpc.amazonaws.com/efa"]);
    }

    /// The edits that give the container four interfaces.
    const FOUR: &str = r#"{/spec/containers/0/resources/requests/vpc.amazonaws.com~1efa = "4", /spec/containers/0/resources/limits/vpc.amazonaws.com~1efa = "4"}"#;
    const PLACE: &str =
        "/spec/containers/0/resources/limits/vpc.amazonaws.com~1efa: vpc.amazonaws.com/efa";

    fn training(efa: u64) -> String {
        pod().label("HPJob", "llm").on("ml.p4d.24xlarge").gpus(8).efa(efa).text()
    }

    #[rstest]
    #[case::all_are_attached(r#"{"efa": {"interfaces": "all"}, "accelerators": {"whole": true}}"#)]
    #[case::so_many_of_this_type(
        r#"{"efa": {"interfaces": {"p4d.*": 4}}, "accelerators": {"whole": true}}"#
    )]
    fn of_training_it_is_fixed_where_the_number_is_known(#[case] settings: &str) {
        finds_under(RULE, settings, &training(1), &[&format!("fix {PLACE} {FOUR}")]);
    }

    #[test]
    fn what_the_nodes_attach_is_the_share() {
        let two =
            r#"{"efa": {"interfaces": {"p4d.24xlarge": 2}}, "accelerators": {"whole": true}}"#;
        finds_under(RULE, two, &training(2), &[]);
    }

    #[test]
    fn where_it_is_not_known_a_node_may_have_fewer() {
        finds_under(RULE, "{}", &training(1), &[&format!("warn {PLACE} {FOUR}")]);
        // One card has the node's address.
        finds_under(RULE, "{}", &training(3), &[]);
    }
}
