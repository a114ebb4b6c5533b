//! `prefix-conflict`: variables of the VPC CNI that it refuses together, or that leave pods without an
//! address.
//!
//! It refuses at startup: IPv6 without prefixes, with custom networking, or with IPv4 on too; both
//! families off (`ENABLE_IPv4` is off unless it is set); and single values out of their bounds. With
//! custom networking the node's first interface is not for pods, so `MAX_ENI` 1 leaves none. Settings
//! that only miss their purpose are a warning. An ENIConfig without a subnet stops the CNI on every node
//! that uses it.
//!
//! Source: aws/amazon-vpc-cni-k8s pkg/ipamd/ipamd.go, isConfigValid and hasRoomForEni;
//! pkg/ipamd/rpc_handler.go; pkg/apis/crd/v1alpha1/eniconfig_types.go.

use super::shared::{Context, Findings};
use crate::{
    cni::{
        CUSTOM_NETWORK_CFG as CUSTOM, DaemonSet, ENABLE_IPV4 as IPV4, ENABLE_IPV6 as IPV6,
        ENABLE_MULTI_NIC as MULTI_NIC, ENABLE_POD_ENI as POD_ENI,
        ENABLE_PREFIX_DELEGATION as PREFIXES, MAX_ENI, Refused, Switch, Variable, Windows, refused,
    },
    finding::{Action, Report},
    json::{self, Map, Text},
    kubernetes::Version,
    text::{Quoted, nearest},
    view::Body,
};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if let Body::EniConfig(config) = &context.view.body {
        subnet(&config.subnet, findings);
    }
    if let Body::ConfigMap(data) = &context.view.body
        && Windows::of(context.view, context.namespace).is_some()
    {
        unread(data, findings);
    }
    let Some(cni) = context.aws_node() else { return };
    values(cni, findings);
    families(cni, findings);
    interfaces(cni, findings);
    init(cni, findings);
}

/// Reports keys of the CNI's ConfigMap that nothing reads (aws/amazon-vpc-resource-controller-k8s
/// pkg/config/type.go; aws/amazon-vpc-cni-k8s README.md).
fn unread(data: &Map<'_, Text<'_>>, findings: &mut Findings<'_>) {
    const READ: [&str; 10] = [
        "branch-eni-cooldown",
        "enable-network-policy-controller",
        "enable-windows-ipam",
        "enable-windows-prefix-delegation",
        "minimum-ip-target",
        "warm-ip-target",
        "warm-prefix-target",
        "windows-minimum-ip-target",
        "windows-warm-ip-target",
        "windows-warm-prefix-target",
    ];
    let unread = data.0.iter().filter(|(key, _)| !READ.contains(&&**key) && !key.starts_with('_'));
    for (key, _) in unread {
        let remedy = match &**key {
            "enable-prefix-delegation" => format!("set `{PREFIXES}` on the DaemonSet `aws-node`"),
            key => match nearest(key, &READ) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "remove it".to_owned(),
            },
        };
        let fact = format!("no component reads {} of this ConfigMap", Quoted(key));
        let report = Report::warn(json::join("/data", key), fact).about(key.to_string());
        findings.report(report.remedy(remedy));
    }
}

/// Reports values that make the container exit at startup.
fn values(cni: &DaemonSet<'_>, findings: &mut Findings<'_>) {
    let is_known = cni.version().is_some();
    for Refused { name, value, instead, since } in refused(cni) {
        let value = if value.is_empty() { "empty".to_owned() } else { Quoted(value).to_string() };
        let (action, releases) = match is_known {
            true => (Action::Deny, String::new()),
            false => (Action::Warn, format!(" from {since} on")),
        };
        let fact = format!("`{name}` is {value}, and the VPC CNI{releases} won't start with that");
        let report = Report::new(action, cni.place(name), fact).about(name);
        findings.report(report.remedy(format!("set {instead}")));
    }
}

fn families(cni: &DaemonSet<'_>, findings: &mut Findings<'_>) {
    let version = cni.version().map(|(version, _)| version);
    // These variables came with 1.10.
    if version.is_some_and(|version| version < Version(1, 10, 0)) {
        return;
    }
    let mut deny = |name: &str, fact: String, remedy: &str| {
        findings.report(Report::deny(cni.place(name), fact).remedy(remedy.to_owned()));
    };
    match (cni.switch(IPV4), cni.switch(IPV6)) {
        (Switch::On, Switch::On) => deny(
            IPV6,
            format!("`{IPV4}` and `{IPV6}` are both on, and the VPC CNI won't start with that"),
            "turn one of them off",
        ),
        (Switch::Off, Switch::Off) if version.is_some() => deny(
            IPV4,
            format!("`{IPV4}` and `{IPV6}` are both off, and the VPC CNI won't start with that"),
            "set `ENABLE_IPv4` to `true`",
        ),
        _ => {}
    }
    if cni.switch(IPV6) != Switch::On {
        return;
    }
    if cni.switch(PREFIXES) == Switch::Off {
        let fact =
            format!("`{IPV6}` is on without `{PREFIXES}`, and the VPC CNI won't start with that");
        deny(PREFIXES, fact, "set `ENABLE_PREFIX_DELEGATION` to `true`");
    }
    if cni.switch(CUSTOM) == Switch::On {
        let fact = format!(
            "`{IPV6}` is on together with custom networking, and the VPC CNI won't start with that"
        );
        deny(CUSTOM, fact, "turn custom networking off");
    }
    let early = version.filter(|version| *version < Version(1, 16, 0));
    if let (Some(version), Switch::On) = (early, cni.switch(POD_ENI)) {
        let fact = format!("VPC CNI {version} refuses `{POD_ENI}` together with `{IPV6}`");
        deny(POD_ENI, fact, "upgrade to 1.16.0 or newer, or turn it off");
    }
}

fn interfaces(cni: &DaemonSet<'_>, findings: &mut Findings<'_>) {
    let on = |name| cni.switch(name) == Switch::On;
    if let Variable::Value(value) = cni.variable(MAX_ENI) {
        let report = match value.parse::<i64>().ok().filter(|most| *most > 0) {
            None => Some(
                Report::warn(
                    cni.place(MAX_ENI),
                    format!("`{MAX_ENI}` is {}, which the VPC CNI ignores", Quoted(value)),
                )
                .remedy("set it to 1 or more, or remove it"),
            ),
            Some(most) => too_few(most, on(CUSTOM), on(POD_ENI)).map(|short| {
                let at_least = format!("set it to at least {}", most + 1);
                Report::new(short.action, cni.place(MAX_ENI), short.fact).remedy(at_least)
            }),
        };
        report.into_iter().for_each(|report| findings.report(report.about(MAX_ENI)));
    }
    if on(MULTI_NIC) && on(POD_ENI) {
        let fact = format!(
            "`{MULTI_NIC}` does not work together with `{POD_ENI}`: a pod with security groups gets one \
             interface"
        );
        let report = Report::warn(cni.place(MULTI_NIC), fact).about(MULTI_NIC);
        findings.report(report.remedy("turn one of them off"));
    }
}

/// A lack of interfaces.
struct Short {
    action: Action,
    fact: String,
}

/// The lack of interfaces with this `MAX_ENI`: with custom networking the first interface is not for
/// pods, and the trunk for security groups of pods needs one.
fn too_few(most: i64, custom: bool, pod_eni: bool) -> Option<Short> {
    let (action, fact) = match (most, custom, pod_eni) {
        (1, true, _) => (
            Action::Deny,
            format!(
                "`{MAX_ENI}` 1 leaves no interface for pods, because custom networking keeps the \
                 first one"
            ),
        ),
        (1, false, true) => (
            Action::Warn,
            format!("`{MAX_ENI}` 1 leaves no interface for the trunk that `{POD_ENI}` needs"),
        ),
        (2, true, true) => (
            Action::Warn,
            format!(
                "`{MAX_ENI}` 2 leaves no interface for pods: one is the first, one the trunk of \
                 `{POD_ENI}`"
            ),
        ),
        _ => return None,
    };
    Some(Short { action, fact })
}

/// Checks the init container, which also reads `ENABLE_IPv6`, to set the node's switches.
fn init(cni: &DaemonSet<'_>, findings: &mut Findings<'_>) {
    let Some(init) = &cni.init else { return };
    let word = |switch| match switch {
        Switch::On => Some("on"),
        Switch::Off => Some("off"),
        Switch::Hidden => None,
    };
    let both = (word(Variable::of(init.container, IPV6).switch()), word(cni.switch(IPV6)));
    if let (Some(here), Some(there)) = both
        && here != there
    {
        findings.report(
            Report::warn(
                format!("{}/env", init.place()),
                format!("`{IPV6}` is {here} here, but {there} in `aws-node`"),
            )
            .about(IPV6)
            .remedy("use the same value in both"),
        );
    }
}

fn subnet(subnet: &str, findings: &mut Findings<'_>) {
    let (action, fact) = match subnet {
        "" => (
            Action::Deny,
            "no subnet is set, so the VPC CNI stops on every node that uses this ENIConfig"
                .to_owned(),
        ),
        id if id.starts_with("subnet-") => return,
        id => (Action::Warn, format!("{} does not look like a subnet ID", Quoted(id))),
    };
    findings.report(
        Report::new(action, "/spec/subnet", fact)
            .remedy("set a subnet, for example `subnet-0123456789abcdef0`"),
    );
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::rules::testing::finds_in_cni_of;

    fn env(variables: &[(&str, &str)]) -> String {
        let one =
            |(name, value): &(&str, &str)| format!(r#"{{"name": "{name}", "value": "{value}"}}"#);
        format!("[{}]", variables.iter().map(one).collect::<Vec<_>>().join(","))
    }

    const IMAGE: &str = "a/amazon-k8s-cni:v1.20.4";
    const V4: (&str, &str) = ("ENABLE_IPv4", "true");
    const V6: (&str, &str) = ("ENABLE_IPv6", "true");
    const PREFIXES: (&str, &str) = ("ENABLE_PREFIX_DELEGATION", "true");
    const CUSTOM: (&str, &str) = ("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "true");
    const POD_ENI: (&str, &str) = ("ENABLE_POD_ENI", "true");
    const ENV: &str = "/spec/template/spec/containers/1/env";

    #[rstest]
    #[case::ipv4(IMAGE, &[V4, PREFIXES])]
    #[case::ipv6(IMAGE, &[V6, ("ENABLE_IPv4", "false"), PREFIXES])]
    #[case::custom(IMAGE, &[V4, PREFIXES, CUSTOM, ("MAX_ENI", "3"), POD_ENI])]
    #[case::one_interface(IMAGE, &[V4, ("MAX_ENI", "1")])]
    #[case::two_interfaces(IMAGE, &[V4, ("MAX_ENI", "2")])]
    #[case::two_with_custom_networking(IMAGE, &[V4, CUSTOM, ("MAX_ENI", "2")])]
    #[case::two_with_a_trunk(IMAGE, &[V4, POD_ENI, ("MAX_ENI", "2")])]
    #[case::before_there_were_families("a/amazon-k8s-cni:v1.9.3", &[PREFIXES])]
    #[case::version_not_known("a/amazon-k8s-cni@sha256:0", &[PREFIXES])]
    #[case::security_groups_with_ipv6(IMAGE, &[V6, PREFIXES, POD_ENI])]
    #[case::both_before_there_were_families("a/amazon-k8s-cni:v1.9.3", &[V4, V6, PREFIXES])]
    #[case::bounds(IMAGE, &[V4, ("AWS_VPC_ENI_MTU", "9001"), ("POD_MTU", "576"), ("AWS_VPC_K8S_CNI_VETHPREFIX", "")])]
    #[case::a_mode_that_is_not_looked_at(IMAGE, &[V4, ("POD_SECURITY_GROUP_ENFORCING_MODE", "none")])]
    #[case::before_the_mtu_was_checked("a/amazon-k8s-cni:v1.16.3", &[V4, ("AWS_VPC_ENI_MTU", "9500")])]
    #[case::a_release_of_another_branch("a/amazon-k8s-cni:v1.17.0", &[V4, ("AWS_VPC_ENI_MTU", "9500")])]
    #[case::empty_in_a_shell("a/amazon-k8s-cni:v1.11.0", &[V4, ("POD_SECURITY_GROUP_ENFORCING_MODE", "")])]
    fn accepted(#[case] image: &str, #[case] variables: &[(&str, &str)]) {
        finds_in_cni_of("prefix-conflict", image, &env(variables), &[]);
    }

    #[rstest]
    #[case::both_families(
        IMAGE, &[V4, V6, PREFIXES],
        "deny {ENV}/1/value"
    )]
    #[case::no_family(
        IMAGE, &[("ENABLE_IPv4", "yes"), PREFIXES],
        "deny {ENV}/0/value"
    )]
    #[case::ipv6_without_prefixes(
        IMAGE, &[V6],
        "deny {ENV}"
    )]
    #[case::ipv6_with_custom_networking(
        IMAGE, &[V6, PREFIXES, CUSTOM],
        "deny {ENV}/2/value"
    )]
    #[case::ipv6_with_security_groups_early(
        "a/amazon-k8s-cni:v1.12.2", &[V6, PREFIXES, POD_ENI],
        "deny {ENV}/2/value"
    )]
    #[case::no_interface_for_pods(
        IMAGE, &[V4, CUSTOM, ("MAX_ENI", "1")],
        "deny {ENV}/2/value: MAX_ENI"
    )]
    #[case::no_interface_for_the_trunk(
        IMAGE, &[V4, POD_ENI, ("MAX_ENI", "1")],
        "warn {ENV}/2/value: MAX_ENI"
    )]
    #[case::custom_and_trunk(
        IMAGE, &[V4, CUSTOM, POD_ENI, ("MAX_ENI", "2")],
        "warn {ENV}/3/value: MAX_ENI"
    )]
    #[case::no_number(
        IMAGE, &[V4, ("MAX_ENI", "none")],
        "warn {ENV}/1/value: MAX_ENI"
    )]
    #[case::no_interface_at_all(
        IMAGE, &[V4, ("MAX_ENI", "0")],
        "warn {ENV}/1/value: MAX_ENI"
    )]
    #[case::multi_nic_with_security_groups(
        IMAGE, &[V4, POD_ENI, ("ENABLE_MULTI_NIC", "true")],
        "warn {ENV}/2/value: ENABLE_MULTI_NIC"
    )]
    #[case::log_file(
        IMAGE, &[V4, ("AWS_VPC_K8S_PLUGIN_LOG_FILE", "stdout")],
        "deny {ENV}/1/value: AWS_VPC_K8S_PLUGIN_LOG_FILE"
    )]
    #[case::long_prefix(
        IMAGE, &[V4, ("AWS_VPC_K8S_CNI_VETHPREFIX", "calico")],
        "deny {ENV}/1/value: AWS_VPC_K8S_CNI_VETHPREFIX"
    )]
    #[case::mode_that_is_looked_at(
        IMAGE, &[V4, POD_ENI, ("POD_SECURITY_GROUP_ENFORCING_MODE", "none")],
        "deny {ENV}/2/value: POD_SECURITY_GROUP_ENFORCING_MODE"
    )]
    #[case::mode_in_a_shell(
        "a/amazon-k8s-cni:v1.11.0", &[V4, ("POD_SECURITY_GROUP_ENFORCING_MODE", "none")],
        "deny {ENV}/1/value: POD_SECURITY_GROUP_ENFORCING_MODE"
    )]
    #[case::period(
        IMAGE, &[V4, ("IP_COOLDOWN_PERIOD", "-1")],
        "deny {ENV}/1/value: IP_COOLDOWN_PERIOD"
    )]
    #[case::empty_mtu(
        IMAGE, &[V4, ("AWS_VPC_ENI_MTU", "")],
        "deny {ENV}/1/value: AWS_VPC_ENI_MTU"
    )]
    #[case::mtu_of_ipv6(
        IMAGE, &[V6, PREFIXES, ("POD_MTU", "1279")],
        "deny {ENV}/2/value: POD_MTU"
    )]
    #[case::release_not_known(
        "a/amazon-k8s-cni:latest", &[V4, ("AWS_VPC_ENI_MTU", "9002")],
        "warn {ENV}/1/value: AWS_VPC_ENI_MTU"
    )]
    fn found(#[case] image: &str, #[case] variables: &[(&str, &str)], #[case] line: &str) {
        finds_in_cni_of("prefix-conflict", image, &env(variables), &[&line.replace("{ENV}", ENV)]);
    }
}
