//! The CNI's checks at startup: some values of its variables make the container exit.
//!
//! Source: aws/amazon-vpc-cni-k8s cmd/aws-vpc-cni/main.go, `validateEnvVars`, compared over the
//! releases; up to 1.12.0 scripts/entrypoint.sh, for which an empty value counts as none.

use super::{
    COOLDOWN, DaemonSet, ENABLE_IPV6, ENABLE_POD_ENI, ENABLE_PREFIX_DELEGATION, ENFORCING_MODE,
    ENI_MTU, MINIMUM_IP_TARGET, PLUGIN_LOG_FILE, POD_MTU, Switch, VETH_PREFIX, Variable,
    WARM_IP_TARGET, WARM_PREFIX_TARGET,
};
use crate::kubernetes::Version;

/// The first release that checks in Go instead of a shell.
const GO: Version = Version(1, 12, 1);

/// A value that makes the container exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused<'c> {
    /// The variable.
    pub name: &'static str,
    /// Its value.
    pub value: &'c str,
    /// The values that it accepts instead.
    pub instead: &'static str,
    /// The first release that refuses it.
    pub since: Version,
}

/// The values that this release refuses; if the release is unknown, those that newer ones refuse.
pub fn refused<'c>(cni: &DaemonSet<'c>) -> impl Iterator<Item = Refused<'c>> {
    let version = cni.version().map(|(version, _)| version);
    let in_go = version.is_none_or(|version| version >= GO);
    let ipv6 = cni.switch(ENABLE_IPV6) == Switch::On;
    let (least, bounds) = if ipv6 {
        (1280, "a number from 1280 to 9001")
    } else {
        (576, "a number from 576 to 9001")
    };
    let is_mtu = |value: &str| value.parse().is_ok_and(|mtu: i64| (least..=9001).contains(&mtu));
    // 1.17.0 was made on another branch, without this check.
    let checks_mtu = version != Some(Version(1, 17, 0));
    let is_prefix = |value: &str| value.len() <= 4 && !["eth", "lo", "vlan"].contains(&value);
    let is_enforced = !in_go || is_on(cni, ENABLE_POD_ENI, version);
    let is_period = |value: &str| value.parse().is_ok_and(|seconds: i64| seconds >= 0);
    let check = |name, since, instead, fits: &dyn Fn(&str) -> bool| {
        let Variable::Value(value) = cni.variable(name) else { return None };
        let is_read = version.is_none_or(|version| version >= since);
        let refused = is_read && (in_go || !value.is_empty()) && !fits(value);
        refused.then_some(Refused { name, value, instead, since })
    };
    let (v1_8, v1_16_4) = (Version(1, 8, 0), Version(1, 16, 4));
    [
        check(PLUGIN_LOG_FILE, v1_8, "a path, or `stderr`", &|value| value != "stdout"),
        check(VETH_PREFIX, v1_8, "up to 4 characters, not `eth`, `lo` or `vlan`", &is_prefix),
        check(ENFORCING_MODE, Version(1, 11, 0), "`strict` or `standard`", &|value| {
            !is_enforced || ["strict", "standard"].contains(&value)
        }),
        check(COOLDOWN, Version(1, 15, 0), "a whole number of seconds", &is_period),
        check(ENI_MTU, v1_16_4, bounds, &|value| !checks_mtu || is_mtu(value)),
        check(POD_MTU, v1_16_4, bounds, &|value| !checks_mtu || is_mtu(value)),
    ]
    .into_iter()
    .flatten()
}

/// `true` if the container exits because prefixes are on and no warm target is set.
pub fn refuses_targets(cni: &DaemonSet<'_>) -> bool {
    let version = cni.version().map(|(version, _)| version);
    let passes = |name: &&str| match cni.variable(name) {
        Variable::Hidden => true,
        Variable::Unset => false,
        Variable::Value(value) => is_target(value, version),
    };
    is_on(cni, ENABLE_PREFIX_DELEGATION, version)
        && !{ [WARM_PREFIX_TARGET, WARM_IP_TARGET, MINIMUM_IP_TARGET].iter() }.any(passes)
}

/// `true` if the check finds a switch on: before 1.13 only with the value `true`.
fn is_on(cni: &DaemonSet<'_>, name: &str, version: Option<Version>) -> bool {
    let reads = version.is_some_and(|version| version >= Version(1, 13, 0));
    cni.variable(name) == Variable::Value("true") || reads && cni.switch(name) == Switch::On
}

/// `true` if the check finds a target set. In Go it compares text, so `abc` counts and `+1` doesn't; a
/// shell can't compare `abc` either, and goes on.
fn is_target(value: &str, version: Option<Version>) -> bool {
    let is_text = value > "0";
    let number = value.parse::<i64>();
    match version {
        // If the release is unknown, it is enough that one release finds the target set.
        None => is_text || number.is_ok_and(|number| number > 0),
        Some(version) if version >= GO => is_text,
        Some(_) if value.is_empty() => false,
        Some(Version(1, 9, 0)) => value != "0",
        Some(_) => number.map_or(true, |number| number > 0),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::one("1", [true, true, true, true])]
    #[case::zero("0", [false, false, false, false])]
    #[case::empty("", [false, false, false, false])]
    #[case::negative("-1", [false, true, false, false])]
    #[case::signed("+1", [true, true, true, false])]
    #[case::word("abc", [true, true, true, true])]
    #[case::two_zeros("00", [true, true, false, true])]
    fn targets(#[case] value: &str, #[case] expected: [bool; 4]) {
        let releases = [None, Some(Version(1, 9, 0)), Some(Version(1, 12, 0)), Some(GO)];
        assert_eq!(releases.map(|version| is_target(value, version)), expected);
    }
}
