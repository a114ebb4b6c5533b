//! What nodes leave of CPUs and memory, for `node-unsatisfiable`: less than the types have.

use super::{Context, Findings};
use crate::{
    finding::{Assumption, Report},
    kubernetes::Compute,
    nodes::{Placement, left_for_pods},
    view::PodView,
};

/// The pod asks for more than Karpenter expects any node to leave that the pod can land on.
pub fn check(
    context: &Context<'_>,
    pod: &PodView<'_>,
    placement: &Placement<'_>,
    findings: &mut Findings<'_>,
) {
    for compute in Compute::ALL {
        let asked = pod.at_least(compute);
        if asked == 0 {
            continue;
        }
        let types = placement.likely();
        let mut most = 0;
        for instance in placement.catalog.types(&types) {
            // Of most pods the first type leaves enough.
            match left_for_pods(compute, &instance) {
                Some(left) if left < asked => most = most.max(left),
                _ => {
                    most = u64::MAX;
                    break;
                }
            }
        }
        if most < asked && most > 0 {
            let fact = format!(
                "the pod asks for {} of `{}`, and its nodes leave {} for pods",
                compute.in_words(asked),
                compute.name(),
                compute.in_words(most)
            );
            let report = Report::warn(pod.place_asking_most(compute), fact)
                .about(compute.name())
                .assuming(context.assumed(Assumption::Provisioning));
            findings.report(report.remedy(format!("ask for at most {}", compute.in_words(most))));
        }
    }
}
