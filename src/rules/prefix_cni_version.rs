//! `prefix-cni-version`: the VPC CNI is too old for some of its variables.
//!
//! Prefixes came with 1.9.0, for IPv6 with 1.10.1; older images ignore the variable. Several interfaces
//! per pod came with 1.20.0. Since 1.23.0 the CNI needs a network policy agent of 1.4.1, because they
//! talk over a socket.
//!
//! Source: aws/amazon-vpc-cni-k8s README.md, ENABLE_PREFIX_DELEGATION and ENABLE_MULTI_NIC; CHANGELOG.md,
//! 1.23.0.

use super::shared::{Context, Findings};
use crate::{
    cni::{ENABLE_MULTI_NIC, ENABLE_PREFIX_DELEGATION, Switch},
    finding::Report,
    kubernetes::{Reference, Version},
};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(cni) = context.aws_node() else { return };
    let Some((version, place)) = cni.version() else { return };
    let on = |name| cni.switch(name) == Switch::On;
    let (fact, least) = cni.prefixes();
    if on(ENABLE_PREFIX_DELEGATION) && version < least {
        findings.report(
            Report::deny(
                place,
                format!("VPC CNI {version} can't assign {fact}, which needs {least} or newer"),
            )
            .about(ENABLE_PREFIX_DELEGATION)
            .remedy(format!("upgrade the VPC CNI to {least} or newer")),
        );
    } else if on(ENABLE_MULTI_NIC) && version < Version(1, 20, 0) {
        let fact =
            format!("VPC CNI {version} ignores `{ENABLE_MULTI_NIC}`, which needs 1.20.0 or newer");
        findings.report(
            Report::warn(place, fact)
                .about(ENABLE_MULTI_NIC)
                .remedy("upgrade the VPC CNI to 1.20.0 or newer"),
        );
    }
    if version >= Version(1, 23, 0) {
        agent(context, version, findings);
    }
}

/// Checks the container next to it that enforces network policies.
fn agent(context: &Context<'_>, cni: Version, findings: &mut Findings<'_>) {
    const LEAST: Version = Version(1, 4, 1);
    let pod = context.pod.into_iter();
    for at in pod.flat_map(|pod| pod.containers()) {
        let Some(image) = at.container.image.as_deref().map(Reference::of) else { continue };
        let old = image.version().filter(|version| *version < LEAST);
        if let Some(version) = old.filter(|_| image.name == "aws-network-policy-agent") {
            let fact = format!(
                "VPC CNI {cni} needs a network policy agent of {LEAST} or newer, not {version}"
            );
            let report = Report::warn(format!("{}/image", at.place()), fact).about("agent");
            findings.report(report.remedy(format!("use {LEAST} or newer")));
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::rules::testing::finds_in_cni_of;

    const ON: &str = r#"[{"name": "ENABLE_PREFIX_DELEGATION", "value": "true"}]"#;
    const IPV6: &str = r#"[{"name": "ENABLE_PREFIX_DELEGATION", "value": "true"}, {"name": "ENABLE_IPv6", "value": "true"}]"#;
    const MULTI_NIC: &str = r#"[{"name": "ENABLE_MULTI_NIC", "value": "true"}]"#;
    const AT: &str = "/spec/template/spec/containers/1/image";

    #[rstest]
    #[case::new_enough("602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni:v1.9.0", ON)]
    #[case::a_build("other.example.com/mirror/amazon-k8s-cni:v1.19.0-eksbuild.1@sha256:0123", ON)]
    #[case::only_a_digest("a/amazon-k8s-cni@sha256:0123", ON)]
    #[case::no_version("a/amazon-k8s-cni:latest", ON)]
    #[case::new_enough_for_several_interfaces("a/amazon-k8s-cni:v1.20.0", MULTI_NIC)]
    #[case::old_without_prefixes("a/amazon-k8s-cni:v1.7.5", "[]")]
    fn accepted(#[case] image: &str, #[case] env: &str) {
        finds_in_cni_of("prefix-cni-version", image, env, &[]);
    }

    #[test]
    fn too_old() {
        finds_in_cni_of(
            "prefix-cni-version",
            "a/amazon-k8s-cni:v1.7.5-eksbuild.2",
            ON,
            &[&format!("deny {AT}: ENABLE_PREFIX_DELEGATION")],
        );
        finds_in_cni_of(
            "prefix-cni-version",
            "a/amazon-k8s-cni:v1.10.0",
            IPV6,
            &[&format!("deny {AT}: ENABLE_PREFIX_DELEGATION")],
        );
        finds_in_cni_of(
            "prefix-cni-version",
            "a/amazon-k8s-cni:v1.19.0",
            MULTI_NIC,
            &[&format!("warn {AT}: ENABLE_MULTI_NIC")],
        );
    }
}
