//! `capacity-no-prefix`: a pod or a NodePool only names types that don't support prefixes.
//!
//! Prefixes need Nitro or bare metal. On other types the CNI silently falls back to secondary addresses,
//! so the node holds as few pods as before, and a higher `maxPods` leaves pods without an address. With
//! IPv6 the CNI does not start there. A pod has its own reasons for a type, so it is only reported if
//! prefix delegation is known to be on.
//!
//! Source: aws/amazon-vpc-cni-k8s pkg/awsutils/awsutils.go, IsPrefixDelegationSupported;
//! pkg/ipamd/ipamd.go, isConfigValid.

use super::shared::{Context, Findings, Lookup};
use crate::{
    capacity::{Capacity, Family},
    finding::{Assumption, Report},
};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(placement) = context.placement() else { return };
    let Some((pin, types)) = placement.pinned() else { return };
    let instances = || placement.catalog.types(types);
    // The cluster is only asked if its answer matters.
    if instances().any(|instance| instance.takes_prefixes() != Some(false)) {
        return;
    }
    if context.cni_mode() == Lookup::Unreachable {
        findings.report(
            Report::warn(
                pin.place.pointer(),
                "the VPC CNI's DaemonSet could not be looked up, so the settings `capacity` are used",
            )
            .about("aws-node")
            .remedy("ask your platform team to let the policy server read `daemonsets`"),
        );
    }
    let options = context.capacity();
    let matters = match options.prefix_delegation.0 {
        None => context.pool().is_some(),
        Some(on) => on,
    };
    if !matters {
        return;
    }
    let Some(first) = instances().next() else { return };
    let name = first.name();
    let mut fact = match types.len() {
        1 => format!("`{name}` can't use prefix delegation (neither Nitro nor bare metal)"),
        count => format!(
            "none of the {count} types can use prefix delegation (neither Nitro nor bare metal), for example `{name}`"
        ),
    };
    match (options.family, Capacity::of(&first, options).secondary()) {
        (Family::V6, _) => fact += ", and the VPC CNI won't start there with IPv6",
        (Family::V4, Some(pods)) if types.len() == 1 => {
            fact += &format!(", so it holds only {pods} pods")
        }
        (Family::V4, _) => {}
    }
    let report = Report::warn(pin.place.pointer(), fact).remedy("choose a Nitro instance type");
    findings.report(report.assuming(context.assumed(Assumption::Prefixes)));
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{accepts, finds_in_pool, finds_under, pod_on};

    const RULE: &str = "capacity-no-prefix";
    const XEN: &str =
        r#"{"spec": {"nodeSelector": {"node.kubernetes.io/instance-type": "m4.large"}}}"#;

    #[test]
    fn nitro_and_metal_take_prefixes() {
        accepts(RULE, &pod_on("m5.large", "{}"));
        accepts(RULE, &pod_on("m5.metal", "{}"));
        accepts(RULE, r#"{"nodeSelector": {"karpenter.k8s.aws/instance-category": "m"}}"#);
        // It names no type, so a newer one may match.
        accepts(RULE, r#"{"nodeSelector": {"karpenter.k8s.aws/instance-hypervisor": "xen"}}"#);
        for known in ["false", "\"auto\""] {
            let settings = format!(r#"{{"capacity": {{"prefixDelegation": {known}}}}}"#);
            finds_under(RULE, &settings, XEN, &[]);
        }
    }

    #[test]
    fn xen_does_not() {
        finds_under(
            RULE,
            r#"{"capacity": {"prefixDelegation": true}}"#,
            XEN,
            &["warn /spec/nodeSelector/node.kubernetes.io~1instance-type"],
        );
        finds_in_pool(
            RULE,
            r#"[{"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["m4", "c4"]}]"#,
            &["warn /spec/template/spec/requirements/0"],
        );
    }
}
