//! Checks CPUs and memory against what nodes leave for pods, for `node-unsatisfiable`; types have more
//! than that.

use super::{Context, Findings};
use crate::{
    finding::{Assumption, Report},
    kubernetes::Compute,
    nodes::{Placement, leaves, left_for_pods},
    view::PodView,
};

/// Reports a pod that requests more than Karpenter expects to be left on any node that the pod can land on.
pub fn check(
    context: &Context<'_>,
    pod: &PodView<'_>,
    placement: &Placement<'_>,
    findings: &mut Findings<'_>,
) {
    let asked = Compute::ALL.map(|compute| (compute, pod.at_least(compute)));
    if asked.iter().all(|(_, asked)| *asked == 0) {
        return;
    }
    let types = match placement.constraints().find(|one| one.is_efa()) {
        Some(efa) => placement.likely().and(&efa.types),
        None => placement.likely().clone(),
    };
    for (compute, asked) in asked {
        let mut most = 0;
        for instance in placement.catalog.types(&types) {
            // For most pods, the first type leaves enough.
            let left = match leaves(compute, &instance, asked) {
                true => None,
                false => left_for_pods(compute, &instance).filter(|left| *left < asked),
            };
            let Some(left) = left else {
                most = u64::MAX;
                break;
            };
            most = most.max(left);
        }
        if most < asked && most > 0 {
            let fact = format!(
                "the pod requests {} of `{}`, but its nodes have only {} for pods",
                compute.in_words(asked),
                compute.name(),
                compute.in_words(most)
            );
            let report = Report::warn(pod.place_asking_most(compute), fact)
                .about(compute.name())
                .assuming(context.assumed(Assumption::Provisioning));
            findings.report(report.remedy(format!("request at most {}", compute.in_words(most))));
        }
    }
}
