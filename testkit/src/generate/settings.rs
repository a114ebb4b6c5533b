//! Generates what operators set.

use eks_aiml_networking::rule::{self, RuleInfo};
use proptest::{collection::vec, prelude::*};
use serde_json::{Map, Value, json};

use super::{at_times, members, one_of};

/// Settings without rules, exemptions and `mutate`: the laws choose those themselves.
pub fn settings() -> BoxedStrategy<Value> {
    let interfaces = prop::sample::select(vec![
        json!("auto"),
        json!("all"),
        json!({ "p5.*": 4 }),
        json!({ "p4d.24xlarge": 0 }),
    ]);
    let efa = (one_of(&["auto", "true", "false"]), any::<bool>(), interfaces).prop_map(
        |(plugin, refuses, interfaces)| {
            let refused: &[&str] = if refuses { &["example.com/*"] } else { &[] };
            json!({ "devicePlugin": plugin, "refusedImages": refused, "interfaces": interfaces })
        },
    );
    let known = || one_of(&["auto", "true", "false"]);
    let capacity = (known(), known(), any::<bool>(), 0_u32..200).prop_map(
        |(prefixes, groups, custom, pods)| {
            json!({
                "prefixDelegation": prefixes, "securityGroupsForPods": groups,
                "customNetworking": custom, "minimumPodsPerNode": pods,
            })
        },
    );
    let types = (one_of(&["off", "warn", "deny"]), any::<bool>()).prop_map(|(unknown, few)| {
        let allowed: &[&str] = if few { &["p5*", "m5.*", "p6-b200.48xlarge"] } else { &[] };
        json!({ "unknown": unknown, "allowed": allowed })
    });
    let class = Just(json!({ "namespaces": ["ml"] }));
    let whole = known().prop_map(|whole| json!({ "whole": whole }));
    let release = one_of(&["auto", "1.0", "1.8", "1.14"]).prop_map(Value::from);
    let unrepaired = one_of(&["warn", "deny"]).prop_map(Value::from);
    let labels = one_of(&["auto", "karpenter", "autoMode", "both", "none"]).prop_map(Value::from);
    (
        at_times(60, choices()),
        at_times(60, efa),
        at_times(40, capacity),
        at_times(30, types),
        at_times(40, labels),
        at_times(20, class),
        at_times(20, (0_u32..400_000).prop_map(|mbps| json!({ "minimumMbps": mbps }))),
        (at_times(40, whole), at_times(30, release), at_times(30, unrepaired)),
    )
        .prop_map(|(rules, efa, capacity, types, labels, training, bandwidth, others)| {
            let (whole, release, unrepaired) = others;
            members([
                ("accelerators", whole),
                ("karpenterVersion", release),
                ("unrepaired", unrepaired),
                ("rules", rules),
                ("efa", efa),
                ("capacity", capacity),
                ("instanceTypes", types),
                ("nodeLabels", labels),
                ("training", training),
                ("bandwidth", bandwidth),
            ])
        })
        .boxed()
}

/// Some rules, with the action for their findings.
fn choices() -> BoxedStrategy<Value> {
    let choice = (
        prop::sample::select(rule::infos().collect::<Vec<_>>()),
        one_of(&["off", "warn", "deny", "fix"]),
    );
    vec(choice, 0..5)
        .prop_map(|choices| {
            let one = |(rule, choice): (RuleInfo, String)| {
                let choice =
                    if choice == "fix" && !rule.fixes { "deny".to_owned() } else { choice };
                (rule.id.to_owned(), choice.into())
            };
            Value::Object(choices.into_iter().map(one).collect::<Map<_, _>>())
        })
        .boxed()
}
