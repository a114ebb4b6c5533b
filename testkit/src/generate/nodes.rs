//! Generates what pods require of their nodes.

use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};

use super::{at_times, map, members, one_of};

const TYPE: &str = "node.kubernetes.io/instance-type";

fn label() -> impl Strategy<Value = (String, String)> + Clone {
    let instance_type = one_of(&[
        "p5.48xlarge",
        "p5.48xlarge",
        "p4d.24xlarge",
        "ml.p5en.48xlarge",
        "trn1.32xlarge",
        "g5.48xlarge",
        "m5.large",
        "m4.large",
        "p3.2xlarge",
        "p9.48xlarge",
        "p5.48xlrge",
        "p5.48xlarge\n[efa-count] /spec: forged; fixed: all is well; merge it: x",
    ]);
    let bandwidth = one_of(&[
        "karpenter.k8s.aws/instance-network-bandwidth",
        "eks.amazonaws.com/instance-network-bandwidth",
    ]);
    let fact = one_of(&[
        "karpenter.k8s.aws/instance-family",
        "karpenter.k8s.aws/instance-famly",
        "karpenter.k8s.aws/instance-famly\n[efa-count] /spec: forged; fixed: all is well; merge it",
        "eks.amazonaws.com/instance-category",
        "eks.amazonaws.com/nodegroup",
        "kubernetes.io/arch",
        "karpenter.k8s.aws/instance-cpu",
        "topology.kubernetes.io/zone",
    ]);
    prop_oneof![
        4 => (one_of(&[TYPE, TYPE, TYPE, "beta.kubernetes.io/instance-type"]), instance_type),
        2 => (bandwidth, one_of(&["100000", "3200000", "100Gbps", "0", "077", "123456", "100000`\u{202e}; or faster"])),
        2 => (fact, one_of(&["p5", "p5", "p", "amd64", "arm64", "192", "us-west-2a"])),
    ]
}

/// `nodeSelector`
pub(super) fn selector() -> BoxedStrategy<Value> {
    let pinned = one_of(&["p5.48xlarge", "p5.48xlarge", "p4d.24xlarge", "m5.large", "m4.large"])
        .prop_map(|name| vec![(TYPE.to_owned(), name)]);
    prop_oneof![1 => pinned, 2 => vec(label(), 0..3)].prop_map(map).boxed()
}

fn requirement() -> BoxedStrategy<Value> {
    let operator =
        one_of(&["In", "In", "In", "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte"]);
    (label(), operator, label(), 0_u32..20)
        .prop_map(|((key, value), operator, other, chance)| {
            let count = match (&*operator, chance) {
                (_, 0) => 2,
                ("Exists" | "DoesNotExist", _) => 0,
                ("In", 1..5) => 2,
                _ => 1,
            };
            let values: Vec<String> = [value, other.1].into_iter().take(count).collect();
            json!({ "key": key, "operator": operator, "values": values })
        })
        .boxed()
}

fn term() -> BoxedStrategy<Value> {
    vec(requirement(), 0..4)
        .prop_map(|expressions| json!({ "matchExpressions": expressions }))
        .boxed()
}

/// `affinity`
pub(super) fn affinity() -> BoxedStrategy<Value> {
    let required = vec(term(), 0..4).prop_map(|terms| json!({ "nodeSelectorTerms": terms }));
    let preferred = vec(term(), 0..2).prop_map(|terms| {
        let preferred = terms.into_iter().map(|term| json!({ "weight": 1, "preference": term }));
        Value::Array(preferred.collect())
    });
    let zones = one_of(&["topology.kubernetes.io/zone", "kubernetes.io/hostname"]);
    let apart = zones.prop_map(
        |key| json!({ "requiredDuringSchedulingIgnoredDuringExecution": [{ "topologyKey": key }] }),
    );
    (at_times(80, required), at_times(20, preferred), at_times(20, apart))
        .prop_map(|(required, preferred, apart)| {
            let nodes = members([
                ("requiredDuringSchedulingIgnoredDuringExecution", required),
                ("preferredDuringSchedulingIgnoredDuringExecution", preferred),
            ]);
            members([("nodeAffinity", Some(nodes)), ("podAntiAffinity", apart)])
        })
        .boxed()
}

/// The requirements of a NodePool.
pub(super) fn requirements() -> BoxedStrategy<Value> {
    let one = (requirement(), at_times(20, (1_u32..9).prop_map(Value::from)));
    vec(one, 0..4)
        .prop_map(|requirements| {
            let one = |(mut one, least): (Value, Option<Value>)| {
                if let Some(least) = least {
                    one["minValues"] = least;
                }
                one
            };
            Value::Array(requirements.into_iter().map(one).collect())
        })
        .boxed()
}
