//! `prefix-delegation`: the VPC CNI does not assign prefixes.
//!
//! With `ENABLE_PREFIX_DELEGATION` the CNI uses /28 prefixes of 16 addresses instead of single ones: a
//! node holds more pods, needs fewer EC2 calls, and keeps a warm prefix so that pods start faster. Go's
//! ParseBool reads the value: `yes` or `on` are errors and count as false.
//!
//! Source: AWS's EKS best practices, networking for AI/ML ("Increase the number of IP addresses
//! available"); aws/amazon-vpc-cni-k8s README.md, ENABLE_PREFIX_DELEGATION.

use super::shared::{Context, Findings, aws_node};
use crate::{
    cni::{ENABLE_PREFIX_DELEGATION as NAME, Variable, Windows},
    finding::{Action, Report},
    text::Quoted,
};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if let Some(windows) = Windows::of(context.view, context.namespace) {
        of_windows(&windows, findings);
    }
    let Some(cni) = context.aws_node() else { return };
    let variable = cni.variable(NAME);
    let fact = match (variable, variable.boolean()) {
        (_, Some(true)) => return,
        (Variable::Hidden, _) => {
            findings.report(
                Report::warn(
                    cni.place(NAME),
                    format!("`{NAME}` is set from elsewhere, so its value can't be seen here"),
                )
                .about(NAME)
                .remedy("make sure that it is `true`"),
            );
            return;
        }
        (Variable::Unset | Variable::Value(""), _) => {
            format!("`{NAME}` is not set, so nodes get single IP addresses instead of prefixes")
        }
        (Variable::Value(value), Some(false)) => {
            format!(
                "`{NAME}` is {}, so nodes get single IP addresses instead of prefixes",
                Quoted(value)
            )
        }
        (Variable::Value(value), None) => {
            format!(
                "`{NAME}` is {}, which the VPC CNI can't parse and treats as `false`",
                Quoted(value)
            )
        }
    };
    // A repair must not lead to a denial by another rule.
    if let Some((version, _)) = cni.version()
        && let (_, least) = cni.prefixes()
        && version < least
    {
        let remedy = format!(
            "upgrade the VPC CNI from {version} to {least} or newer, then set it to `true`"
        );
        findings.report(Report::warn(cni.place(NAME), fact).about(NAME).remedy(remedy));
        return;
    }
    let report = Report::new(Action::Fix, cni.place(NAME), fact)
        .about(NAME)
        .remedy("set it to `true`, and in the EKS add-on's configuration if the add-on manages it");
    findings.report_with_fix(report, || aws_node::set(cni, NAME, "true"));
}

/// Checks the separate switches for Windows nodes; it is unknown here if there are any.
fn of_windows(windows: &Windows<'_>, findings: &mut Findings<'_>) {
    const WINDOWS: &str = "enable-windows-prefix-delegation";
    const IPAM: &str = "enable-windows-ipam";
    let (prefixes, ipam) = (windows.is_on(WINDOWS), windows.is_on(IPAM));
    if prefixes && !ipam {
        findings.report(
            Report::warn(
                windows.place(IPAM),
                format!("`{WINDOWS}` has no effect while `{IPAM}` is not `true`"),
            )
            .about(IPAM)
            .remedy(format!("set `{IPAM}` to `true`")),
        );
    } else if ipam && !prefixes {
        findings.report(
            Report::warn(
                windows.place(WINDOWS),
                format!("`{WINDOWS}` is not `true`, so Windows nodes get no prefixes"),
            )
            .about(WINDOWS)
            .remedy("set it to `true`"),
        );
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::rules::testing::{accepts, finds_in_cni, finds_in_cni_of};

    #[rstest]
    #[case::lower("true")]
    #[case::title("True")]
    #[case::upper("TRUE")]
    #[case::one("1")]
    #[case::letter("t")]
    fn on(#[case] value: &str) {
        let env = format!(r#"[{{"name": "ENABLE_PREFIX_DELEGATION", "value": "{value}"}}]"#);
        finds_in_cni("prefix-delegation", &env, &[]);
    }

    #[rstest]
    #[case::shipped("false")]
    #[case::yes("yes")]
    #[case::mixed_case("tRUE")]
    #[case::empty("")]
    fn off(#[case] value: &str) {
        let env = format!(
            r#"[{{"name": "X"}}, {{"name": "ENABLE_PREFIX_DELEGATION", "value": "{value}"}}]"#
        );
        let place = "/spec/template/spec/containers/1/env/1/value";
        let finding = format!(r#"fix {place}: ENABLE_PREFIX_DELEGATION {{{place} = "true"}}"#);
        finds_in_cni("prefix-delegation", &env, &[&finding]);
    }

    #[test]
    fn absent() {
        finds_in_cni(
            "prefix-delegation",
            "[]",
            &["fix /spec/template/spec/containers/1/env: ENABLE_PREFIX_DELEGATION \
               {/spec/template/spec/containers/1/env/- = {\"name\":\"ENABLE_PREFIX_DELEGATION\",\"value\":\"true\"}}"],
        );
    }

    #[test]
    fn hidden() {
        finds_in_cni(
            "prefix-delegation",
            r#"[{"name": "ENABLE_PREFIX_DELEGATION", "valueFrom": {"configMapKeyRef": {"name": "a", "key": "b"}}}]"#,
            &["warn /spec/template/spec/containers/1/env/0/value: ENABLE_PREFIX_DELEGATION"],
        );
    }

    #[test]
    fn expanded() {
        finds_in_cni(
            "prefix-delegation",
            r#"[{"name": "ENABLE_PREFIX_DELEGATION", "value": "$(PREFIXES)"}]"#,
            &["warn /spec/template/spec/containers/1/env/0/value: ENABLE_PREFIX_DELEGATION"],
        );
    }

    #[test]
    fn the_last_of_two_counts() {
        finds_in_cni(
            "prefix-delegation",
            r#"[{"name": "ENABLE_PREFIX_DELEGATION", "value": "false"}, {"name": "ENABLE_PREFIX_DELEGATION", "value": "true"}]"#,
            &[],
        );
    }

    #[test]
    fn other_daemon_sets_are_none_of_its_business() {
        accepts("prefix-delegation", r#"{"containers": [{"name": "aws-node", "env": []}]}"#);
    }
    /// A repair must not lead to a denial by another rule.
    #[rstest]
    #[case::before_prefixes("a/amazon-k8s-cni:v1.8.0", "false", "warn")]
    #[case::before_prefixes_of_ipv6("a/amazon-k8s-cni:v1.10.0", "true", "warn")]
    #[case::new_enough("a/amazon-k8s-cni:v1.10.0", "false", "fix")]
    #[case::not_known("a/amazon-k8s-cni:latest", "false", "fix")]
    fn of_a_release(#[case] image: &str, #[case] ipv6: &str, #[case] action: &str) {
        let env = format!(
            r#"[{{"name": "ENABLE_IPv6", "value": "{ipv6}"}}, {{"name": "ENABLE_PREFIX_DELEGATION", "value": "false"}}]"#
        );
        let place = "/spec/template/spec/containers/1/env/1/value";
        let edit =
            if action == "fix" { format!(r#" {{{place} = "true"}}"#) } else { String::new() };
        let finding = format!("{action} {place}: ENABLE_PREFIX_DELEGATION{edit}");
        finds_in_cni_of("prefix-delegation", image, &env, &[&finding]);
    }
}
