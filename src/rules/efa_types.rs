//! `efa-types`: the pods of one job can land on types that can't talk EFA with each other.
//!
//! EFA of P4d, P4de and DL1 only reaches their own kind, so a job with workers there and elsewhere hangs
//! or falls back to TCP. AWS does not say if the three reach each other, so that is not reported.
//!
//! Source: EC2 User Guide, "Elastic Fabric Adapter", limitations.

use super::shared::{Context, Findings};
use crate::{
    finding::Report,
    instances::TypeSet,
    kubernetes::EFA,
    workload::{Class, together},
};

/// Families whose EFA reaches no others.
const APART: [&str; 3] = ["dl1", "p4d", "p4de"];

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(pod) = context.pod.filter(|pod| pod.total(EFA) > 0 && !pod.job.is_helper) else {
        return;
    };
    // Types that nobody named are not meant to be combined.
    let Some(placement) = context.placement().filter(|one| !one.is_decided && one.is_closed())
    else {
        return;
    };
    let (catalog, types) = (placement.catalog, placement.candidates());
    // Most pods name one type.
    if types.len() < 2 {
        return;
    }
    let family = catalog.family();
    let alone = APART.iter().fold(TypeSet::none(), |mut all, name| {
        all |= &family.with(name);
        all
    });
    let (alone, others) = (types.and(&alone), types.minus(&alone).and(&catalog.efa().above(0)));
    let first = |types: &TypeSet| catalog.types(types).next().map(|one| one.name());
    let (Some(alone), Some(other)) = (first(&alone), first(&others)) else { return };
    let spans = context.workload().is_some_and(|workload| match workload.class {
        Class::Training => workload.nodes.is_some_and(|nodes| nodes.count > 1),
        Class::Inference => together(pod).is_some(),
        Class::Neither => false,
    });
    if spans {
        let fact = format!(
            "pods of this job can run on `{alone}` and on `{other}`, which can't talk EFA with each other"
        );
        let report = Report::warn(&*pod.place, fact).about("types");
        findings.report(report.remedy("keep only one of the two"));
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;
    use testkit::build::{Object, pod};

    use crate::rules::testing::finds_about;

    fn worker(types: &[&str], nodes: &str) -> Object {
        let terms = json!([{"matchExpressions": [
            {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": types}]}]);
        let affinity = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}});
        pod().training().gpus(8).efa(4).env("PET_NNODES", nodes).with("/spec/affinity", affinity)
    }

    #[rstest]
    #[case::p4d_and_p5(worker(&["p4d.24xlarge", "p5.48xlarge"], "4"), true)]
    #[case::on_one_node(worker(&["p4d.24xlarge", "p5.48xlarge"], "1"), false)]
    #[case::newer_ones(worker(&["p5.48xlarge", "p5en.48xlarge"], "4"), false)]
    #[case::of_which_nothing_is_said(worker(&["p4d.24xlarge", "p4de.24xlarge"], "4"), false)]
    #[case::a_type_that_is_not_known(worker(&["p4d.24xlarge", "p9.48xlarge"], "4"), false)]
    #[case::types_that_nobody_named(pod().training().gpus(8).efa(4).env("PET_NNODES", "4"), false)]
    fn finds(#[case] pod: Object, #[case] expected: bool) {
        let pod = pod.text();
        assert_eq!(finds_about("efa-types", &pod).is_some(), expected, "{pod}");
    }
}
