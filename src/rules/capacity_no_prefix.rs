//! `capacity-no-prefix`: a pod or a NodePool names types only that can't take prefixes.
//!
//! Prefixes need Nitro or bare metal. On other types the CNI silently falls back to secondary
//! addresses, so that the node holds as few pods as before, and a higher `maxPods` leaves pods
//! without an address.
//!
//! Source: aws/amazon-vpc-cni-k8s pkg/awsutils/awsutils.go, IsPrefixDelegationSupported.

use super::shared::{Context, Findings, Lookup};
use crate::{capacity::Capacity, finding::Report};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(placement) = context.placement() else { return };
    let Some((pin, types)) = placement.pinned() else { return };
    if context.cni_mode() == Lookup::Unreachable {
        findings.report(
            Report::warn(
                pin.place.pointer(),
                "the CNI's DaemonSet could not be looked up, so `capacity` of the settings counts",
            )
            .about("aws-node")
            .remedy("let the policy server get `daemonsets`, or set `clusterContext` to `false`"),
        );
    }
    if !context.capacity().prefix_delegation {
        return;
    }
    let instances = || placement.catalog.types(types);
    if instances().any(|instance| instance.takes_prefixes() != Some(false)) {
        return;
    }
    let Some(first) = instances().next() else { return };
    let fact = match (types.len(), Capacity::of(&first, context.capacity()).secondary()) {
        (1, Some(pods)) => format!(
            "`{}` takes no prefixes, being neither Nitro nor bare metal: it holds {pods} pods",
            first.name()
        ),
        (1, None) => {
            format!("`{}` takes no prefixes, being neither Nitro nor bare metal", first.name())
        }
        (count, _) => format!(
            "none of the {count} types takes prefixes, being neither Nitro nor bare metal, `{}` for one",
            first.name()
        ),
    };
    findings.report(Report::warn(pin.place.pointer(), fact).remedy("choose a Nitro type"));
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{accepts, finds, finds_in_pool, finds_under, pod_on};

    const RULE: &str = "capacity-no-prefix";

    #[test]
    fn nitro_and_metal_take_prefixes() {
        accepts(RULE, &pod_on("m5.large", "{}"));
        accepts(RULE, &pod_on("m5.metal", "{}"));
        accepts(RULE, r#"{"nodeSelector": {"karpenter.k8s.aws/instance-category": "m"}}"#);
        // It names no type: a newer one may come.
        accepts(RULE, r#"{"nodeSelector": {"karpenter.k8s.aws/instance-hypervisor": "xen"}}"#);
        let pod = r#"{"spec": {"nodeSelector": {"node.kubernetes.io/instance-type": "m4.large"}}}"#;
        finds_under(RULE, r#"{"capacity": {"prefixDelegation": false}}"#, pod, &[]);
    }

    #[test]
    fn xen_does_not() {
        finds(
            RULE,
            &pod_on("m4.large", "{}"),
            &["warn /spec/nodeSelector/node.kubernetes.io~1instance-type"],
        );
        finds_in_pool(
            RULE,
            r#"[{"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["m4", "c4"]}]"#,
            &["warn /spec/template/spec/requirements/0"],
        );
    }
}
