//! `capacity-multi-nic`: a pod wants an address on every network card, but its types have one card.
//!
//! The pod still runs, but with one interface, and without the bandwidth that was intended. (The CNI
//! requests an address on each card that it manages: with one card there is one.)
//!
//! Source: aws/amazon-vpc-cni-k8s README, ENABLE_MULTI_NIC; pkg/ipamd/rpc_handler.go, AddNetwork.

use super::shared::{Context, Findings};
use crate::{finding::Report, json};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(pod) = context.pod else { return };
    if pod.metadata.annotations.nic_config.as_deref() != Some("multi-nic-attachment") {
        return;
    }
    let Some(placement) = context.placement() else { return };
    let Some((_, types)) = placement.pinned() else { return };
    let instances = || placement.catalog.types(types);
    if instances().any(|instance| instance.network_cards() != Some(1)) {
        return;
    }
    let Some(first) = instances().next() else { return };
    let fact = match types.len() {
        1 => format!(
            "`{}` has one network card, so the pod gets only one network interface",
            first.name()
        ),
        count => format!(
            "none of the {count} types has more than one network card, so the pod gets only one network interface"
        ),
    };
    let metadata = pod.place.strip_suffix("spec").unwrap_or_default();
    let annotations = format!("{metadata}metadata/annotations");
    findings.report(
        Report::warn(json::join(&annotations, "k8s.amazonaws.com/nicConfig"), fact)
            .remedy("choose a type with several network cards, or remove the annotation"),
    );
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::finds_under;

    const RULE: &str = "capacity-multi-nic";

    fn pod(instance_type: &str, value: &str) -> String {
        format!(
            r#"{{"metadata": {{"annotations": {{"k8s.amazonaws.com/nicConfig": "{value}"}}}},
                "spec": {{"nodeSelector": {{"node.kubernetes.io/instance-type": "{instance_type}"}}}}}}"#
        )
    }

    #[test]
    fn several_cards_or_another_value() {
        finds_under(RULE, "{}", &pod("p5.48xlarge", "multi-nic-attachment"), &[]);
        finds_under(RULE, "{}", &pod("m5.large", "single"), &[]);
        let unpinned = r#"{"metadata": {"annotations": {"k8s.amazonaws.com/nicConfig": "multi-nic-attachment"}}, "spec": {}}"#;
        finds_under(RULE, "{}", unpinned, &[]);
    }

    #[test]
    fn one_card() {
        finds_under(
            RULE,
            "{}",
            &pod("m5.large", "multi-nic-attachment"),
            &["warn /metadata/annotations/k8s.amazonaws.com~1nicConfig"],
        );
    }
}
