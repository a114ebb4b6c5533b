//! `prefix-warm-targets`: the VPC CNI's warm targets do not fit prefix delegation.
//!
//! With `WARM_PREFIX_TARGET` 0 (or missing, which means 0) and no IP targets, the CNI exits at startup;
//! a word passes that check, and keeps nothing warm. `MINIMUM_IP_TARGET` by itself limits a node to that
//! many addresses, and `WARM_IP_TARGET` by itself calls EC2 often, so they belong together.
//! `WARM_ENI_TARGET` is ignored with prefixes. On Windows, the ConfigMap `amazon-vpc-cni` has the same
//! targets, and IP targets override the prefix target there.
//!
//! Source: aws/amazon-vpc-cni-k8s cmd/aws-vpc-cni/main.go, "Setting WARM_PREFIX_TARGET = 0 is not
//! supported"; docs/prefix-and-ip-target.md; pkg/ipamd/ipamd.go, datastoreTargetState;
//! aws/amazon-vpc-resource-controller-k8s pkg/config/loader.go.

use super::shared::{Context, Findings, aws_node};
use crate::{
    capacity::PREFIX,
    cni::{
        ENABLE_IPV6, ENABLE_PREFIX_DELEGATION, MINIMUM_IP_TARGET as MINIMUM_IP, Switch, Variable,
        WARM_ENI_TARGET as WARM_ENI, WARM_IP_TARGET as WARM_IP, WARM_PREFIX_TARGET as WARM_PREFIX,
        Windows, refuses_targets,
    },
    finding::{Action, Report},
    text::Quoted,
};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if let Some(windows) = Windows::of(context.view, context.namespace) {
        of_windows(&windows, findings);
    }
    let Some(cni) = context.aws_node() else { return };
    if cni.switch(ENABLE_PREFIX_DELEGATION) != Switch::On {
        return;
    }
    let prefixes = cni.variable(WARM_PREFIX);
    let ip_targets = [WARM_IP, MINIMUM_IP].map(|name| cni.variable(name));
    let is_set = |variable: Variable<'_>| variable == Variable::Hidden || variable.target() > 0;
    let refuses = refuses_targets(cni);
    match ip_targets.map(is_set) {
        counts if refuses || counts == [false, false] && !is_set(prefixes) => {
            let target = context.settings.warm_prefix_target.to_string();
            let then = match refuses {
                true => "and without IP targets the VPC CNI won't start with that",
                false => "so the VPC CNI keeps no spare prefix and new pods wait for EC2",
            };
            let fact = match prefixes {
                Variable::Unset | Variable::Hidden | Variable::Value("") => {
                    format!("`{WARM_PREFIX}` is not set, {then}")
                }
                Variable::Value(value) => format!("`{WARM_PREFIX}` is {}, {then}", Quoted(value)),
            };
            findings.report_with_fix(
                Report::new(Action::Fix, cni.place(WARM_PREFIX), fact)
                    .about(WARM_PREFIX)
                    .remedy(format!("set it to `{target}`")),
                || aws_node::set(cni, WARM_PREFIX, &target),
            );
        }
        // With IPv6, one prefix is more than a node can use, and no target counts.
        _ if cni.switch(ENABLE_IPV6) != Switch::Off => {}
        [true, false] => findings.report(
            Report::warn(
                cni.place(WARM_IP),
                format!(
                    "`{WARM_IP}` without `{MINIMUM_IP}` makes the VPC CNI call EC2 for a few addresses at a time"
                ),
            )
            .about(WARM_IP)
            .remedy(format!("set both, or only `{WARM_PREFIX}`")),
        ),
        [false, true] => {
            let [_, minimum] = ip_targets;
            let most = minimum.target().div_ceil(PREFIX.into()).saturating_mul(PREFIX.into());
            let fact = match minimum {
                Variable::Hidden => {
                    format!("`{MINIMUM_IP}` without `{WARM_IP}` limits a node to that many IP addresses")
                }
                _ => format!(
                    "`{MINIMUM_IP}` without `{WARM_IP}` limits a node to {most} IP addresses"
                ),
            };
            let remedy = format!("set both, or only `{WARM_PREFIX}`");
            findings
                .report(Report::warn(cni.place(MINIMUM_IP), fact).about(MINIMUM_IP).remedy(remedy));
        }
        _ => {}
    }
    if let Variable::Value(value) = cni.variable(WARM_ENI)
        && !["", "1"].contains(&value)
    {
        findings.report(
            Report::warn(
                cni.place(WARM_ENI),
                format!(
                    "`{WARM_ENI}` is {}, but with prefix delegation the VPC CNI ignores it",
                    Quoted(value)
                ),
            )
            .about(WARM_ENI)
            .remedy(format!("use `{WARM_PREFIX}`")),
        );
    }
}

/// IP targets take precedence, even the shipped ones, 1 and 3.
fn of_windows(windows: &Windows<'_>, findings: &mut Findings<'_>) {
    if !windows.is_on("enable-windows-prefix-delegation") {
        return;
    }
    let target =
        |name| windows.value(name).filter(|value| value.parse::<u32>().is_ok_and(|n| n > 0));
    let ip_targets = ["warm-ip-target", "minimum-ip-target"];
    if let (Some(_), Some(ip)) =
        (target("warm-prefix-target"), ip_targets.into_iter().find(|name| target(name).is_some()))
    {
        findings.report(
            Report::warn(
                windows.place("warm-prefix-target"),
                format!("`warm-prefix-target` is ignored, because `{ip}` takes precedence"),
            )
            .about("warm-prefix-target")
            .remedy("remove `warm-ip-target` and `minimum-ip-target`, or set them to `0`"),
        );
    }
    for name in ["warm-prefix-target", "warm-ip-target", "minimum-ip-target"] {
        let long = format!("windows-{name}");
        if windows.value(name).is_some() && windows.value(&long).is_some() {
            findings.report(
                Report::warn(
                    windows.place(&long),
                    format!("`{long}` is ignored, because `{name}` takes precedence"),
                )
                .about(long.clone())
                .remedy(format!("remove `{name}`")),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::rules::testing::{finds_in_cni, finds_in_cni_of};

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
    #[case::ipv6(&[("ENABLE_IPv6", "true"), ("WARM_PREFIX_TARGET", "1"), ("WARM_IP_TARGET", "5")])]
    #[case::not_yet_on(&[("ENABLE_PREFIX_DELEGATION", "false")])]
    fn accepted(#[case] variables: &[(&str, &str)]) {
        finds_in_cni("prefix-warm-targets", &env(variables), &[]);
    }

    #[rstest]
    #[case::absent(&[], format!("fix {AT}: WARM_PREFIX_TARGET {{{AT}/- = {{\"name\":\"WARM_PREFIX_TARGET\",\"value\":\"1\"}}}}"))]
    #[case::zero(&[("WARM_PREFIX_TARGET", "0")], format!("fix {AT}/1/value: WARM_PREFIX_TARGET {{{AT}/1/value = \"1\"}}"))]
    #[case::no_number(&[("WARM_PREFIX_TARGET", "one")], format!("fix {AT}/1/value: WARM_PREFIX_TARGET {{{AT}/1/value = \"1\"}}"))]
    #[case::one_ip_target(&[("WARM_PREFIX_TARGET", "1"), ("WARM_IP_TARGET", "5")], format!("warn {AT}/2/value: WARM_IP_TARGET"))]
    #[case::the_other_ip_target(&[("MINIMUM_IP_TARGET", "5")], format!("warn {AT}/1/value: MINIMUM_IP_TARGET"))]
    #[case::tuned_enis(&[("WARM_PREFIX_TARGET", "1"), ("WARM_ENI_TARGET", "2")], format!("warn {AT}/2/value: WARM_ENI_TARGET"))]
    #[case::empty(&[("WARM_PREFIX_TARGET", "")], format!("fix {AT}/1/value: WARM_PREFIX_TARGET {{{AT}/1/value = \"1\"}}"))]
    fn found(#[case] variables: &[(&str, &str)], #[case] finding: String) {
        finds_in_cni("prefix-warm-targets", &env(variables), &[&finding]);
    }

    #[test]
    fn an_ip_target_that_can_not_be_seen() {
        let hidden = r#"[{"name": "ENABLE_PREFIX_DELEGATION", "value": "true"},
            {"name": "MINIMUM_IP_TARGET", "valueFrom": {"configMapKeyRef": {"name": "cni", "key": "ips"}}}]"#;
        let finding = format!("warn {AT}/1/value: MINIMUM_IP_TARGET");
        finds_in_cni("prefix-warm-targets", hidden, &[&finding]);
    }
    /// At startup the CNI compares text, and `+1` sorts before `0`; a shell compared numbers.
    #[rstest]
    #[case::in_a_shell("a/amazon-k8s-cni:v1.12.0", false)]
    #[case::in_go("a/amazon-k8s-cni:v1.12.1", true)]
    fn a_signed_number(#[case] image: &str, #[case] refused: bool) {
        let found = format!("fix {AT}/1/value: WARM_PREFIX_TARGET {{{AT}/1/value = \"1\"}}");
        let found = [found.as_str()];
        let expected: &[&str] = if refused { &found } else { &[] };
        let env = env(&[("WARM_PREFIX_TARGET", "+1")]);
        finds_in_cni_of("prefix-warm-targets", image, &env, expected);
    }
}
