//! `capacity-pod-eni`: a pod requests more branch network interfaces than its types have.
//!
//! Security groups for pods give a pod an interface of its own, a branch of the node's trunk. Only types that
//! support a trunk offer `vpc.amazonaws.com/pod-eni`, each a fixed number; on others the pod stays Pending.
//!
//! Source: EC2 trunking limits by aws/karpenter-provider-aws
//! pkg/providers/instancetype/zz_generated.vpclimits.go.

use super::shared::{Context, Findings};
use crate::{finding::Report, kubernetes::POD_ENI};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(pod) = context.pod else { return };
    let asked = pod.total(POD_ENI);
    if asked == 0 {
        return;
    }
    let Some(placement) = context.placement() else { return };
    let Some((_, types)) = placement.pinned() else { return };
    let instances = || placement.catalog.types(types);
    let most = instances()
        .map(|instance| instance.branch_enis())
        .try_fold(0, |most: u16, branches| branches.map(|branches| most.max(branches)));
    // A type that the table doesn't know may have any number.
    let Some(most) = most.filter(|most| u64::from(*most) < asked) else { return };
    let Some(first) = instances().next() else { return };
    let who = match types.len() {
        1 => format!("`{}` has", first.name()),
        count => format!("the {count} types it can run on have at most"),
    };
    let (fact, remedy) = match most {
        0 => (
            format!(
                "the pod requests a branch network interface, but {who} none, so it stays Pending"
            ),
            "choose a type with trunk interfaces, or remove the pod from its SecurityGroupPolicy"
                .to_owned(),
        ),
        most => (
            format!(
                "the pod requests {asked} branch network interfaces, but {who} {most}, so it stays Pending"
            ),
            format!("request at most {most}"),
        ),
    };
    let place = pod.place_asking(POD_ENI);
    findings.report(Report::deny(place, fact).about(POD_ENI.name()).remedy(remedy));
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{accepts, finds, pod_on};

    const RULE: &str = "capacity-pod-eni";

    #[test]
    fn as_many_as_there_are_or_unknown() {
        accepts(RULE, &pod_on("m5.large", r#"{"limits": {"vpc.amazonaws.com/pod-eni": "9"}}"#));
        accepts(
            RULE,
            &pod_on("hpc6a.48xlarge", r#"{"limits": {"vpc.amazonaws.com/pod-eni": "1"}}"#),
        );
        accepts(
            RULE,
            r#"{"containers": [{"resources": {"limits": {"vpc.amazonaws.com/pod-eni": "1"}}}]}"#,
        );
    }

    #[test]
    fn a_type_that_can_not_trunk() {
        finds(
            RULE,
            &pod_on("t3.large", r#"{"limits": {"vpc.amazonaws.com/pod-eni": "1"}}"#),
            &[
                "deny /spec/containers/0/resources/limits/vpc.amazonaws.com~1pod-eni: vpc.amazonaws.com/pod-eni",
            ],
        );
    }

    #[test]
    fn more_than_there_are() {
        finds(
            RULE,
            &pod_on("m5.large", r#"{"limits": {"vpc.amazonaws.com/pod-eni": "10"}}"#),
            &[
                "deny /spec/containers/0/resources/limits/vpc.amazonaws.com~1pod-eni: vpc.amazonaws.com/pod-eni",
            ],
        );
    }
}
