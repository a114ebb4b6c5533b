//! `efa-count`: a pod requests more EFA interfaces than any type that it can land on has.
//!
//! The scheduler finds no node ("Insufficient vpc.amazonaws.com/efa"), and the pod stays Pending. The
//! API server refuses a count that is not a whole number, because extended resources are counted. A typo
//! in the name of EFA's resource, or of another known one, leaves the pod Pending too.
//!
//! Source: EC2 `NetworkInfo.EfaInfo.MaximumEfaInterfaces` by aws/karpenter-provider-aws
//! website/content/en/preview/reference/instance-types.md; kubernetes/kubernetes
//! pkg/apis/core/validation/validation.go, ValidateResourceQuantityValue.

use super::shared::{
    Context, Findings,
    resource_names::{Slip, slips},
};
use crate::{
    cluster::{self, Claimed, claimed},
    finding::{Action, Assumption, Assumptions, Report},
    instances,
    kubernetes::EFA,
    text::Quoted,
    view::{Body, Claim, DeviceRequest},
};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if let Body::Claim(claim) = &context.view.body {
        return of_claim(context, claim, findings);
    }
    let Some(pod) = context.pod else { return };
    for at in pod.containers() {
        let Some(resources) = &at.container.resources else { continue };
        let lists = resources.lists();
        let mut asked = lists.iter().filter_map(|(list, map)| Some((list, map.get(EFA.name())?)));
        if let Some((list, quantity)) = asked.find(|(_, quantity)| quantity.count().is_none()) {
            findings.report(
                Report::deny(
                    at.listed_place(list, EFA.name()),
                    format!(
                        "{} is not a whole number of `{EFA}`, so the API server refuses it",
                        Quoted(quantity.text())
                    ),
                )
                .about(EFA.name())
                .remedy("request a whole number of interfaces"),
            );
        }
    }
    for Slip { name, meant, place } in slips(pod) {
        let fact = format!("no known device plugin offers {}", Quoted(name));
        let report = Report::warn(place, fact).about(name.to_owned());
        findings.report(report.remedy(format!("did you mean `{meant}`?")));
    }
    let Some(placement) = context.placement() else { return };
    let Some(demand) = placement.constraints().find(|constraint| constraint.is_efa()) else {
        return;
    };
    let efa = placement.catalog.efa();
    // For most pods, some type is known to have as many.
    if placement.candidates().and(&demand.types).meets(&efa.known()) {
        return;
    }
    let closed = placement.is_closed();
    let known = placement.candidates().and(&efa.known());
    let unknown = placement.names_unknown() || (closed && known != *placement.candidates());
    let Some(most) = efa.greatest(&known).filter(|_| !unknown && !known.is_empty()) else {
        return;
    };
    let asked = pod.total(EFA);
    if asked <= u64::from(most) {
        return;
    }
    let who = match placement.catalog.types(&known).next() {
        Some(only) if known.len() == 1 => format!("`{}` has", only.name()),
        _ => format!("the {} types it can run on have at most", known.len()),
    };
    let noun = if asked == 1 { "interface" } else { "interfaces" };
    let world = if closed { String::new() } else { format!(" as of {}", instances::DATE) };
    let remedy = match most {
        0 => format!("remove `{EFA}`, or choose an instance type with EFA"),
        most => format!("request at most {most}"),
    };
    findings.report(
        Report::new(
            if closed { Action::Deny } else { Action::Warn },
            demand.place.pointer(),
            format!(
                "the pod requests {asked} EFA {noun}, but {who} {most}{world}, so it stays Pending"
            ),
        )
        .about(EFA.name())
        .remedy(remedy),
    );
}

/// The devices of one node must meet a claim.
fn of_claim(context: &Context<'_>, claim: &Claim<'_>, findings: &mut Findings<'_>) {
    let Claimed::Count(asked) = claimed(claim, context.cluster()).efa else { return };
    let catalog = &context.settings.catalog;
    let Some(most) = catalog.efa().greatest(&catalog.efa().known()) else { return };
    if asked > u64::from(most) {
        let of_efa = |one: &DeviceRequest<'_>| match cluster::asked(one, context.cluster()).efa {
            Claimed::Count(count) => count,
            _ => 0,
        };
        let greatest = claim.requests().max_by_key(|(_, one)| of_efa(one));
        let place = greatest
            .map_or_else(String::new, |(place, one)| format!("{place}{}/count", one.place()));
        let fact = format!(
            "the claim requests {asked} EFA interfaces, but no instance type has more than {most}"
        );
        let report = Report::deny(place, fact).about(EFA.name());
        let report = report.assuming(Assumptions::NONE.with(Assumption::Types));
        findings.report(report.remedy(format!("request at most {most}")));
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{accepts, finds, pod_on};

    #[test]
    fn as_many_as_there_are() {
        accepts(
            "efa-count",
            &pod_on("p5.48xlarge", r#"{"limits": {"vpc.amazonaws.com/efa": 32}}"#),
        );
        accepts("efa-count", &pod_on("m5.large", r#"{"limits": {"vpc.amazonaws.com/efa": "0"}}"#));
    }

    #[test]
    fn one_more() {
        finds(
            "efa-count",
            &pod_on("p5.48xlarge", r#"{"limits": {"vpc.amazonaws.com/efa": 33}}"#),
            &[
                "deny /spec/containers/0/resources/limits/vpc.amazonaws.com~1efa: vpc.amazonaws.com/efa",
            ],
        );
    }

    #[test]
    fn a_type_without() {
        finds(
            "efa-count",
            &pod_on("m5.large", r#"{"limits": {"vpc.amazonaws.com/efa": 1}}"#),
            &[
                "deny /spec/containers/0/resources/limits/vpc.amazonaws.com~1efa: vpc.amazonaws.com/efa",
            ],
        );
    }

    #[test]
    fn a_type_whose_efa_is_unknown_proves_nothing() {
        accepts(
            "efa-count",
            &pod_on("trn2.3xlarge", r#"{"limits": {"vpc.amazonaws.com/efa": 64}}"#),
        );
        accepts(
            "efa-count",
            &pod_on("p9.48xlarge", r#"{"limits": {"vpc.amazonaws.com/efa": 64}}"#),
        );
    }

    #[test]
    fn without_a_type_a_newer_one_may_come() {
        finds(
            "efa-count",
            r#"{"containers": [{"resources": {"requests": {"vpc.amazonaws.com/efa": "64"}}}],
                "nodeSelector": {"karpenter.k8s.aws/instance-cpu": "192"}}"#,
            &[
                "warn /spec/containers/0/resources/requests/vpc.amazonaws.com~1efa: vpc.amazonaws.com/efa",
            ],
        );
    }

    #[test]
    fn containers_add_up_and_init_containers_do_not() {
        let pod = |init: &str| {
            format!(
                r#"{{"nodeSelector": {{"node.kubernetes.io/instance-type": "p4d.24xlarge"}},
                    "initContainers": [{init}],
                    "containers": [{{"resources": {{"limits": {{"vpc.amazonaws.com/efa": 2}}}}}},
                                   {{"resources": {{"limits": {{"vpc.amazonaws.com/efa": 2}}}}}}]}}"#
            )
        };
        let four = r#"{"resources": {"limits": {"vpc.amazonaws.com/efa": 4}}}"#;
        accepts("efa-count", &pod(four));
        let sidecar =
            r#"{"restartPolicy": "Always", "resources": {"limits": {"vpc.amazonaws.com/efa": 1}}}"#;
        finds(
            "efa-count",
            &pod(sidecar),
            &[
                "deny /spec/initContainers/0/resources/limits/vpc.amazonaws.com~1efa: vpc.amazonaws.com/efa",
            ],
        );
    }

    #[test]
    fn a_fraction() {
        finds(
            "efa-count",
            &pod_on("p5.48xlarge", r#"{"limits": {"vpc.amazonaws.com/efa": "0.5"}}"#),
            &[
                "deny /spec/containers/0/resources/limits/vpc.amazonaws.com~1efa: vpc.amazonaws.com/efa",
            ],
        );
    }
}
