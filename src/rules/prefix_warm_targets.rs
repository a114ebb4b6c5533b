//! `prefix-warm-targets`: what the VPC CNI keeps warm does not fit prefix delegation.
//!
//! Without a warm prefix, pods wait for EC2 at start: `WARM_PREFIX_TARGET` 0 (which is also what
//! its absence means) is documented as unsupported unless IP targets are set. `WARM_IP_TARGET`
//! and `MINIMUM_IP_TARGET` belong together. `WARM_ENI_TARGET` is ignored under prefixes.
//!
//! Source: aws/amazon-vpc-cni-k8s docs/prefix-and-ip-target.md; pkg/ipamd/ipamd.go,
//! getWarmPrefixTarget.

use super::{
    Case, Findings, Rule,
    aws_node::{Cni, Variable},
    prefix_delegation,
};
use crate::{
    finding::{Action, RuleInfo},
    json::Quoted,
};

pub(super) const RULE: Rule = Rule {
    info: RuleInfo {
        id: "prefix-warm-targets",
        finds: "warm targets of the VPC CNI that don't fit prefix delegation",
        default: Action::Fix,
        fixes: true,
    },
    check,
};

const WARM_PREFIX: &str = "WARM_PREFIX_TARGET";
const WARM_IP: &str = "WARM_IP_TARGET";
const MINIMUM_IP: &str = "MINIMUM_IP_TARGET";
const WARM_ENI: &str = "WARM_ENI_TARGET";

fn check(case: &Case<'_>, findings: &mut Findings<'_>) {
    let Some(cni) = Cni::of(case) else { return };
    let on = |name| cni.variable(name).boolean() == Some(true);
    // With IPv6 one /80 prefix is more than a node can use, whatever the targets.
    if !on(prefix_delegation::NAME) || on("ENABLE_IPv6") {
        return;
    }
    let prefixes = cni.variable(WARM_PREFIX);
    let ip_targets = [WARM_IP, MINIMUM_IP].map(|name| cni.variable(name));
    let is_set = |variable: Variable<'_>| variable == Variable::Hidden || variable.target() > 0;
    match ip_targets.map(is_set) {
        [false, false] if !is_set(prefixes) => {
            let target = case.settings.warm_prefix_target.to_string();
            let is = match prefixes {
                Variable::Value(value) => format!("is {}", Quoted(value)),
                Variable::Unset | Variable::Hidden => "is not set, which means 0".to_owned(),
            };
            findings.repairable(
                Action::Fix,
                vec![cni.place(WARM_PREFIX)],
                format!(
                    "`{WARM_PREFIX}` {is}, so the CNI keeps no prefix warm and pods wait for EC2"
                ),
                format!("set it to `{target}`"),
                || vec![cni.set(WARM_PREFIX, &target)],
            );
        }
        [true, false] => findings.add(
            Action::Warn,
            cni.place(WARM_IP),
            format!("`{WARM_IP}` without `{MINIMUM_IP}` is not supported with prefixes"),
            format!("set both, or only `{WARM_PREFIX}`"),
        ),
        [false, true] => findings.add(
            Action::Warn,
            cni.place(MINIMUM_IP),
            format!("`{MINIMUM_IP}` without `{WARM_IP}` keeps no address warm beyond the minimum"),
            format!("set both, or only `{WARM_PREFIX}`"),
        ),
        _ => {}
    }
    if let Variable::Value(value) = cni.variable(WARM_ENI)
        && value != "1"
    {
        findings.add(
            Action::Warn,
            cni.place(WARM_ENI),
            format!(
                "`{WARM_ENI}` is {}, but the CNI ignores it while it assigns prefixes",
                Quoted(value)
            ),
            format!("use `{WARM_PREFIX}`"),
        );
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::rules::testing::finds_in_cni;

    const AT: &str = "/spec/template/spec/containers/1/env";

    fn env(variables: &[(&str, &str)]) -> String {
        let variables: Vec<String> = [("ENABLE_PREFIX_DELEGATION", "true")]
            .iter()
            .chain(variables)
            .map(|(name, value)| format!(r#"{{"name": "{name}", "value": "{value}"}}"#))
            .collect();
        format!("[{}]", variables.join(", "))
    }

    #[rstest]
    #[case::as_shipped(&[("WARM_PREFIX_TARGET", "1"), ("WARM_ENI_TARGET", "1")])]
    #[case::both_ip_targets(&[("WARM_IP_TARGET", "5"), ("MINIMUM_IP_TARGET", "10")])]
    #[case::both_ip_targets_override(&[("WARM_PREFIX_TARGET", "0"), ("WARM_IP_TARGET", "5"), ("MINIMUM_IP_TARGET", "10")])]
    #[case::ipv6(&[("ENABLE_IPv6", "true")])]
    #[case::not_yet_on(&[("ENABLE_PREFIX_DELEGATION", "false")])]
    fn accepted(#[case] variables: &[(&str, &str)]) {
        finds_in_cni("prefix-warm-targets", &env(variables), &[]);
    }

    #[rstest]
    #[case::absent(&[], format!("fix {AT}: `WARM_PREFIX_TARGET` is not set, which means 0, so the CNI keeps no prefix warm \
        and pods wait for EC2; set it to `1` {{{AT}/- = {{\"name\":\"WARM_PREFIX_TARGET\",\"value\":\"1\"}}}}"))]
    #[case::zero(&[("WARM_PREFIX_TARGET", "0")], format!("fix {AT}/1/value: `WARM_PREFIX_TARGET` is `0`, so the CNI keeps no \
        prefix warm and pods wait for EC2; set it to `1` {{{AT}/1/value = \"1\"}}"))]
    #[case::no_number(&[("WARM_PREFIX_TARGET", "one")], format!("fix {AT}/1/value: `WARM_PREFIX_TARGET` is `one`, so the CNI \
        keeps no prefix warm and pods wait for EC2; set it to `1` {{{AT}/1/value = \"1\"}}"))]
    #[case::one_ip_target(&[("WARM_PREFIX_TARGET", "1"), ("WARM_IP_TARGET", "5")], format!("warn {AT}/2/value: `WARM_IP_TARGET` \
        without `MINIMUM_IP_TARGET` is not supported with prefixes; set both, or only `WARM_PREFIX_TARGET`"))]
    #[case::the_other_ip_target(&[("MINIMUM_IP_TARGET", "5")], format!("warn {AT}/1/value: `MINIMUM_IP_TARGET` without \
        `WARM_IP_TARGET` keeps no address warm beyond the minimum; set both, or only `WARM_PREFIX_TARGET`"))]
    #[case::tuned_enis(&[("WARM_PREFIX_TARGET", "1"), ("WARM_ENI_TARGET", "2")], format!("warn {AT}/2/value: `WARM_ENI_TARGET` \
        is `2`, but the CNI ignores it while it assigns prefixes; use `WARM_PREFIX_TARGET`"))]
    fn found(#[case] variables: &[(&str, &str)], #[case] finding: String) {
        finds_in_cni("prefix-warm-targets", &env(variables), &[&finding]);
    }
}
