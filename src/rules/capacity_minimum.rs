//! `capacity-minimum`: nodes that hold fewer pods than the operator wants, or none.
//!
//! `capacity.minimumPodsPerNode` sets how many pods a node should hold. A type's number is the one in
//! the mode that the other settings of `capacity` describe, at best if they leave it open. Without a
//! minimum, only types that hold no pod are reported. With IPv6 every node has enough addresses. A pod
//! is checked if it names types or families, a NodePool with all types that it can make.
//!
//! Source: as `src/capacity.rs`.

use super::shared::{Context, Findings};
use crate::{
    capacity::{Capacity, Family},
    finding::Report,
};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let wanted = &context.settings.capacity;
    let minimum = wanted.minimum_pods_per_node;
    // Only these options can leave a node without any interface for pods.
    let takes = wanted.custom_networking || wanted.reserved_enis > 0 || wanted.max_enis.is_some();
    // Returns before asking the cluster how its CNI runs.
    if minimum == 0 && !takes {
        return;
    }
    let options = context.capacity();
    if options.family == Family::V6 {
        return;
    }
    let Some(placement) = context.placement() else { return };
    let (place, types) = match placement.pinned() {
        Some((pin, types)) => (pin.place.pointer(), types),
        None if context.pool().is_some() => {
            (crate::view::NodePool::REQUIREMENTS.to_owned(), placement.candidates())
        }
        None => return,
    };
    let smaller = placement.catalog.types(types).filter_map(|instance| {
        let pods = Capacity::of(&instance, options).recommended()?;
        (pods < minimum.max(1)).then_some((pods, instance.name()))
    });
    let smaller: Vec<(u32, &str)> = smaller.collect();
    let Some((pods, name)) = smaller.iter().min() else { return };
    let mode = options.in_words();
    let fact = match smaller.len() {
        _ if minimum == 0 => {
            format!(
                "a `{name}` holds no pods {mode}: the settings leave it no network interface for them"
            )
        }
        1 => format!(
            "a `{name}` holds {pods} pods {mode}, fewer than this cluster's minimum of {minimum}"
        ),
        count => format!(
            "{count} of {} types hold fewer pods {mode} than this cluster's minimum of {minimum}, \
             a `{name}` only {pods}",
            types.len()
        ),
    };
    findings.report(Report::warn(place, fact).remedy("choose larger instance types"));
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::finds_under;

    const RULE: &str = "capacity-minimum";

    fn pod(instance_type: &str) -> String {
        format!(
            r#"{{"spec": {{"nodeSelector": {{"node.kubernetes.io/instance-type": "{instance_type}"}}}}}}"#
        )
    }

    #[test]
    fn no_minimum_or_enough() {
        finds_under(RULE, "{}", &pod("t3.nano"), &[]);
        finds_under(RULE, r#"{"capacity": {"minimumPodsPerNode": 110}}"#, &pod("m5.large"), &[]);
        finds_under(RULE, r#"{"capacity": {"minimumPodsPerNode": 110}}"#, r#"{"spec": {}}"#, &[]);
        // With a trunk it would hold fewer, but it is unknown if there is one.
        let trunk = r#"{"capacity": {"minimumPodsPerNode": 29, "prefixDelegation": false}}"#;
        finds_under(RULE, trunk, &pod("m5.large"), &[]);
    }

    #[test]
    fn too_few_without_prefixes() {
        finds_under(
            RULE,
            r#"{"capacity": {"minimumPodsPerNode": 30, "prefixDelegation": false}}"#,
            &pod("m5.large"),
            &["warn /spec/nodeSelector/node.kubernetes.io~1instance-type"],
        );
    }

    #[test]
    fn too_few_beside_a_trunk() {
        finds_under(
            RULE,
            r#"{"capacity": {"minimumPodsPerNode": 29, "prefixDelegation": false, "securityGroupsForPods": true}}"#,
            &pod("m5.large"),
            &["warn /spec/nodeSelector/node.kubernetes.io~1instance-type"],
        );
    }

    #[test]
    fn no_pod_at_all() {
        let none = r#"{"capacity": {"customNetworking": true, "securityGroupsForPods": true, "prefixDelegation": false}}"#;
        let found = ["warn /spec/nodeSelector/node.kubernetes.io~1instance-type"];
        finds_under(RULE, none, &pod("p5.48xlarge"), &found);
        finds_under(RULE, none, &pod("m5.large"), &[]);
        let without_trunk = r#"{"capacity": {"customNetworking": true}}"#;
        finds_under(RULE, without_trunk, &pod("p5.48xlarge"), &[]);
    }

    #[test]
    fn a_family() {
        finds_under(
            RULE,
            r#"{"capacity": {"minimumPodsPerNode": 100}}"#,
            r#"{"spec": {"nodeSelector": {"karpenter.k8s.aws/instance-family": "t3"}}}"#,
            &["warn /spec/nodeSelector/karpenter.k8s.aws~1instance-family"],
        );
    }
}
