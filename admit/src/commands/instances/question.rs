//! Turns expressions into a pod with the same requirements, so that the policy itself gives the answer.

use anyhow::{Result, bail, ensure};
use eks_aiml_networking::{
    instances::Catalog,
    kubernetes::EFA,
    nodes::{Domain, Key},
    text::{self, Quoted},
};
use serde_json::{Value, json};

use super::selector::{Expression, Test};
use crate::commands::types;

const TYPE: &str = "node.kubernetes.io/instance-type";
const ARCH: &str = "kubernetes.io/arch";
const INSTANCE: &str = "instance-";

/// Returns a pod that can run on exactly the types that the expressions select.
///
/// # Errors
/// If an expression uses a label that is not an instance type's, or a value that no type has.
pub fn pod(expressions: &[Expression], catalog: &Catalog) -> Result<Value> {
    // The label with the type shows that the node is an EC2 instance. The absence of a provisioner's label
    // only means something on a node that has such labels.
    let mut required = vec![requirement(TYPE, "Exists", Vec::new())];
    let mut efa = 0;
    for Expression { key, test } in expressions {
        let name = full(key);
        if name == EFA.name() {
            efa = efa.max(interfaces(key, test)?);
            continue;
        }
        let Some(label) = Key::of(&name, catalog) else { bail!("{}", unknown(key)) };
        if matches!(label.domain, Domain::Karpenter | Domain::AutoMode) {
            let family = format!("{}/instance-family", label.domain.prefix());
            required.push(requirement(&family, "Exists", Vec::new()));
        }
        check(key, label, test, catalog)?;
        required.push(match test.clone() {
            Test::In(values) if label.label.is_none() => {
                let named = types::named(&values, catalog)?;
                let names = named.iter().map(|one| one.name().to_owned());
                requirement(&name, "In", names.collect())
            }
            Test::In(values) => requirement(&name, "In", values),
            Test::NotIn(values) if label.label.is_none() => {
                // Excluding a type means excluding both of its spellings.
                let hyperpod: Vec<String> =
                    values.iter().map(|name| format!("ml.{name}")).collect();
                requirement(&name, "NotIn", [values, hyperpod].concat())
            }
            Test::NotIn(values) => requirement(&name, "NotIn", values),
            Test::Exists => requirement(&name, "Exists", Vec::new()),
            Test::DoesNotExist => requirement(&name, "DoesNotExist", Vec::new()),
            Test::Above(bound) => requirement(&name, "Gt", vec![bound.to_string()]),
            Test::Below(bound) => requirement(&name, "Lt", vec![bound.to_string()]),
        });
    }
    Ok(json!({ "spec": {
        "containers": [{ "name": "main", "resources": { "limits": { EFA.name(): efa.to_string() } } }],
        "affinity": { "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{ "matchExpressions": required }] } } },
    } }))
}

fn requirement(key: &str, operator: &str, values: Vec<String>) -> Value {
    json!({ "key": key, "operator": operator, "values": values })
}

/// The full name of a label: one without a domain is Karpenter's.
fn full(key: &str) -> String {
    match key {
        "type" | "instance-type" => TYPE.to_owned(),
        "arch" => ARCH.to_owned(),
        "efa" | "efa-interfaces" => EFA.name().to_owned(),
        // The names that people and the tables of this command use.
        "bandwidth" => full("network-bandwidth"),
        "vcpu" | "vcpus" | "cpus" => full("cpu"),
        "gpu" | "gpus" => full("gpu-count"),
        "accelerators" => full("accelerator-count"),
        _ if key.contains('/') => key.to_owned(),
        _ => {
            let name = key.strip_prefix(INSTANCE).unwrap_or(key);
            format!("{}/{INSTANCE}{name}", Domain::Karpenter.prefix())
        }
    }
}

/// The number of EFA interfaces that a pod requests to express a test, which can only be a minimum.
fn interfaces(key: &str, test: &Test) -> Result<i64> {
    match test {
        Test::Exists => Ok(1),
        Test::Above(bound) => Ok(bound.saturating_add(1).max(0)),
        _ => bail!("EFA interfaces can only be compared with `>=`; write `{key}>=4`"),
    }
}

/// Checks that the label can have such values.
fn check(key: &str, label: Key<'_>, test: &Test, catalog: &Catalog) -> Result<()> {
    let is_number = label.label.is_some_and(|label| label.is_number());
    match test {
        Test::Above(_) | Test::Below(_) => {
            ensure!(is_number, "the values of `{key}` are not numbers; write `{key}=…`");
        }
        Test::In(values) | Test::NotIn(values) if is_number => {
            for value in values {
                let number = value.parse::<u32>().is_ok_and(|number| number.to_string() == *value);
                ensure!(number, "`{key}` takes whole numbers, not {}", Quoted(value));
            }
        }
        // A wildcard is checked when it is expanded.
        Test::NotIn(values) if label.label.is_none() => types::check(values, catalog)?,
        Test::In(values) => {
            for value in values {
                if let Some(label) = label.label.filter(|label| label.with(value).is_empty()) {
                    bail!("{}", no_type(key, value, label.words()));
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// The message for a value that no type has, with the probable value.
fn no_type(key: &str, value: &str, known: &[&str]) -> String {
    let lower = value.to_ascii_lowercase();
    let begins: Vec<&str> = known
        .iter()
        .filter(|one| {
            one.strip_prefix(&*lower).is_some_and(|rest| rest.starts_with(['-', 'e', 'n']))
        })
        .copied()
        .collect();
    let remedy = match text::nearest(&lower, known) {
        _ if known.contains(&&*lower) => format!("did you mean `{lower}`?"),
        _ if !begins.is_empty() => format!("the values are {}", text::listed(&begins)),
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the values are {}", text::listed(known)),
    };
    format!("no type has the value {} for `{key}`; {remedy}", Quoted(value))
}

/// The message for a label that does not depend on the type, with the probable label.
fn unknown(key: &str) -> String {
    let bare = |name: &'static str| name.strip_prefix(INSTANCE).unwrap_or(name);
    let known: Vec<&str> =
        Catalog::label_names().map(bare).chain(["arch", "efa", "type"]).collect();
    let name = key.rsplit_once('/').map_or(key, |(_, name)| name);
    let name = name.strip_prefix(INSTANCE).unwrap_or(name);
    let remedy = match text::nearest(name, &known) {
        Some(near) if key.contains('/') => format!("did you mean `{}`?", full(near)),
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known are {}", text::listed(&known)),
    };
    format!("{} is no label of an instance type; {remedy}", Quoted(key))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::commands::instances::selector;

    fn asked(text: &str) -> Result<Value, String> {
        let expressions = selector::parse(text).unwrap();
        pod(&expressions, &Catalog::default()).map_err(|error| error.to_string())
    }

    #[rstest]
    #[case("gpus=8", "karpenter.k8s.aws/instance-gpu-count In 8")]
    #[case("bandwidth>=400Gbps", "karpenter.k8s.aws/instance-network-bandwidth Gt 399999")]
    #[case("type=p5.*", "node.kubernetes.io/instance-type In p5.48xlarge,p5.4xlarge")]
    #[case("gpu-count=8", "karpenter.k8s.aws/instance-gpu-count In 8")]
    #[case("instance-gpu-count>=4", "karpenter.k8s.aws/instance-gpu-count Gt 3")]
    #[case("eks.amazonaws.com/instance-cpu<=4", "eks.amazonaws.com/instance-cpu Lt 5")]
    #[case("type!=m5.large", "node.kubernetes.io/instance-type NotIn m5.large,ml.m5.large")]
    #[case("arch=arm64", "kubernetes.io/arch In arm64")]
    #[case("!gpu-name", "karpenter.k8s.aws/instance-gpu-name DoesNotExist ")]
    fn the_last_requirement(#[case] text: &str, #[case] expected: &str) {
        let pod = asked(text).unwrap();
        let required = &pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
        let all = required["nodeSelectorTerms"][0]["matchExpressions"].as_array().unwrap();
        let last = all.last().unwrap();
        let values: Vec<&str> = last["values"]
            .as_array()
            .unwrap()
            .iter()
            .map(|value| value.as_str().unwrap())
            .collect();
        let (key, operator) = (last["key"].as_str().unwrap(), last["operator"].as_str().unwrap());
        assert_eq!(format!("{key} {operator} {}", values.join(",")), expected);
    }

    #[rstest]
    #[case("efa", "1")]
    #[case("efa>=4", "4")]
    #[case("efa>4,vpc.amazonaws.com/efa>=2", "5")]
    #[case("efa>=-3", "0")]
    fn efa_is_asked_for(#[case] text: &str, #[case] count: &str) {
        let pod = asked(text).unwrap();
        assert_eq!(pod["spec"]["containers"][0]["resources"]["limits"][EFA.name()], count);
    }

    #[rstest]
    #[case("gpu-cout=8", "`gpu-cout` is no label of an instance type; did you mean `gpu-count`?")]
    #[case(
        "karpenter.sh/instance-famly=p5",
        "`karpenter.sh/instance-famly` is no label of an instance type; did you mean `karpenter.k8s.aws/instance-family`?"
    )]
    #[case("efa=4", "EFA interfaces can only be compared with `>=`; write `efa>=4`")]
    #[case("family>5", "the values of `family` are not numbers; write `family=…`")]
    #[case("network-bandwidth=fast", "`network-bandwidth` takes whole numbers, not `fast`")]
    #[case("gpu-name=H100", "no type has the value `H100` for `gpu-name`; did you mean `h100`?")]
    #[case(
        "family=p6",
        "no type has the value `p6` for `family`; the values are `p6-b200`, `p6-b300`, `p6e-gb200`"
    )]
    #[case("type=q9*", "no instance type matches `q9*` (as of 2026-08-21)")]
    #[case("cpu=08", "`cpu` takes whole numbers, not `08`")]
    #[case(
        "type=m5.lrge",
        "the instance type `m5.lrge` is not known (as of 2026-08-21); did you mean `m5.large`?"
    )]
    fn refused(#[case] text: &str, #[case] message: &str) {
        assert_eq!(asked(text).unwrap_err(), message);
    }

    #[test]
    fn what_is_far_from_all_is_told_what_there_is() {
        let message = asked("topology.kubernetes.io/zone=a").unwrap_err();
        assert!(
            message.contains("is no label of an instance type; known are `accelerator-count`, ")
        );
    }
}
