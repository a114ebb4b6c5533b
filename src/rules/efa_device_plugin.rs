//! `efa-device-plugin`: a device DaemonSet that misses nodes with EFA, or hands out EFA's devices wrongly.
//!
//! The EFA device plugin and dranet have a fixed list of types in their affinity: a newer type gets
//! none, and pods that request EFA there stay Pending. They only tolerate `CriticalAddonsOnly`, so they
//! don't run on GPU nodes with taints. The plugin needs the host's /dev/infiniband since 0.5.1. Its
//! images before 0.5.6 (chart 0.5.10) report devices of a p6-b200 that are not EFA's; p6e-gb200 needs
//! 0.5.8 (chart 0.5.14). NVIDIA's device plugin 0.19.0 to 0.19.2 gives EFA's devices to all containers
//! with GPUs.
//!
//! Source: aws/eks-charts stable/aws-efa-k8s-device-plugin and stable/aws-dranet; EKS User Guide, "Manage EFA
//! devices on Amazon EKS"; aws/sagemaker-hyperpod-cli pull request 282; NVIDIA/k8s-device-plugin
//! cmd/nvidia-device-plugin/main.go by its tags.

use super::shared::{Context, Findings, efa};
use crate::{
    cluster::EFA_PLUGIN,
    finding::Report,
    kubernetes::{Reference, Resource, Version},
    nodes::Keep,
    text,
    view::{ContainerAt, Kind, PodView},
};

/// The taint of GPU nodes, which has the name of the resource.
const GPU_TAINT: &str = Resource::NvidiaGpu.name();

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if context.view.kind != Kind::DaemonSet {
        return;
    }
    let Some(pod) = context.pod else { return };
    for at in pod.containers() {
        let Some(image) = at.container.image.as_deref().map(Reference::of) else { continue };
        match image.name {
            EFA_PLUGIN => {
                version(context, &at, image, findings);
                devices(pod, image, findings);
                nodes(context, pod, "plugin", findings);
            }
            "dranet" => nodes(context, pod, "driver", findings),
            "k8s-device-plugin" => nvidia(&at, image, findings),
            _ => {}
        }
    }
}

/// Checks that it runs on the nodes that need it.
fn nodes(context: &Context<'_>, pod: &PodView<'_>, what: &str, findings: &mut Findings<'_>) {
    types(context, pod, what, findings);
    let tolerations = pod.tolerations();
    // A toleration without a key tolerates all taints.
    if !tolerations.iter().any(|one| one.key.is_empty() || &*one.key == GPU_TAINT) {
        findings.report(Report::warn(format!("{}/tolerations", pod.place), format!(
                "no toleration for the taint `{GPU_TAINT}`, so GPU nodes with that taint get no {what}"
            )).about("tolerations").remedy(format!("add `{{key: {GPU_TAINT}, operator: Exists}}` to `tolerations`")));
    }
}

fn devices(pod: &PodView<'_>, image: Reference<'_>, findings: &mut Findings<'_>) {
    let needs_devices = image.version().is_none_or(|version| version >= Version(0, 5, 1));
    if needs_devices && efa::mounts_devices(pod).next().is_none() {
        let place = format!("{}/volumes", pod.place);
        let fact = "the host's /dev/infiniband is not mounted, so the plugin finds no EFA devices";
        let report = Report::warn(place, fact).about("/dev/infiniband");
        findings.report(report.remedy("mount it with a `hostPath` volume"));
    }
}

fn version(
    context: &Context<'_>,
    at: &ContainerAt<'_, '_>,
    image: Reference<'_>,
    findings: &mut Findings<'_>,
) {
    // By type, the first image that supports it, and the effect of an older one there.
    const SINCE: [(&str, Version, &str); 2] = [
        ("p6-b200.48xlarge", Version(0, 5, 6), "can report 10 EFA interfaces instead of 8 on"),
        ("p6e-gb200.36xlarge", Version(0, 5, 8), "does not support"),
    ];
    let Some(version) = image.version() else { return };
    // A list that names no types means all of them; then the settings show which types exist.
    let pinned = context.placement().is_some_and(|placement| placement.pinned().is_some());
    let allowed = context.settings.allowed_types();
    let is_named = |name: &str| {
        let row = context.settings.catalog.row(name);
        pinned || row.zip(allowed.as_ref()).is_some_and(|(row, all)| all.types.contains(row))
    };
    let is_meant = |name: &str| is_named(name) && efa::may_be(context, name);
    let mut missed = SINCE.iter().filter(|(_, since, _)| version < *since);
    if let Some((name, since, does)) = missed.find(|(name, ..)| is_meant(name)) {
        let fact = format!("version {version} {does} `{name}`");
        let report = Report::warn(format!("{}/image", at.place()), fact).about("image");
        findings.report(report.remedy(format!("upgrade to {since} or newer")));
    }
}

/// NVIDIA's plugin of these versions mounts /dev/infiniband/uverbs* unless this is switched off.
fn nvidia(at: &ContainerAt<'_, '_>, image: Reference<'_>, findings: &mut Findings<'_>) {
    let takes = Version(0, 19, 0)..=Version(0, 19, 2);
    let Some(version) = image.version().filter(|version| takes.contains(version)) else { return };
    let container = at.container;
    // Any value shows that somebody has decided.
    let is_set = container.entry("MOFED_ENABLED").is_some()
        || [container.command, container.args]
            .iter()
            .any(|list| text::find(list.text(), "mofed-enabled").is_some());
    if !is_set {
        let fact = format!(
            "version {version} gives the EFA devices to every container with GPUs, past the EFA device plugin"
        );
        let report = Report::warn(format!("{}/image", at.place()), fact).about("image");
        findings
            .report(report.remedy("set `MOFED_ENABLED` to `false`, or upgrade to 0.19.3 or newer"));
    }
}

/// Types with EFA that the settings allow, but the plugin's own list leaves out.
fn types(context: &Context<'_>, pod: &PodView<'_>, what: &str, findings: &mut Findings<'_>) {
    let catalog = &context.settings.catalog;
    let Some(placement) = context.placement().filter(|placement| !placement.is_free()) else {
        return;
    };
    // The settings' list is one of the constraints, and is left out to compare the other constraints with it.
    let own = placement.survivors(Keep::WithoutAllowed);
    let Some(allowed) = context.settings.allowed_types() else { return };
    let missing = allowed.types.minus(&own);
    let missing =
        catalog.types(&missing).filter(|one| one.efa_interfaces().is_some_and(|efa| efa > 0));
    let names: Vec<&str> = missing.map(|instance| instance.name()).collect();
    let Some(first) = names.first() else { return };
    let fact = match names.len() {
        1 => format!(
            "the {what} does not run on `{first}`, a type with EFA that `instanceTypes.allowed` lists"
        ),
        count => format!(
            "the {what} does not run on {count} types with EFA that `instanceTypes.allowed` lists, for example `{first}`"
        ),
    };
    let place = format!("{}/affinity", pod.place);
    findings.report(
        Report::warn(place, fact)
            .about("affinity")
            .remedy("add them to its node affinity, or use a newer chart"),
    );
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::finds_in_daemon_set;

    const RULE: &str = "efa-device-plugin";
    const GOOD: &str = r#""tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}, {"key": "nvidia.com/gpu", "operator": "Exists"}],
        "volumes": [{"name": "infiniband", "hostPath": {"path": "/dev/infiniband/"}}],"#;

    fn spec(version: &str, types: &str, rest: &str) -> String {
        format!(
            r#"{{{rest} "affinity": {{"nodeAffinity": {{"requiredDuringSchedulingIgnoredDuringExecution": {{"nodeSelectorTerms": [
                {{"matchExpressions": [{{"key": "node.kubernetes.io/instance-type", "operator": "In", "values": {types}}}]}}]}}}}}},
                "containers": [{{"name": "p", "image": "a/eks/aws-efa-k8s-device-plugin:{version}"}}]}}"#
        )
    }

    #[test]
    fn as_it_should_be() {
        finds_in_daemon_set(
            RULE,
            "{}",
            &spec("v0.5.20-eksbuild.1", r#"["p5.48xlarge", "p6-b200.48xlarge"]"#, GOOD),
            &[],
        );
        let other =
            spec("v0.5.20", r#"["p5.48xlarge"]"#, "").replace("aws-efa-k8s-device-plugin", "other");
        finds_in_daemon_set(RULE, "{}", &other, &[]);
        let all = GOOD.replace(
            r#"{"key": "nvidia.com/gpu", "operator": "Exists"}"#,
            r#"{"operator": "Exists"}"#,
        );
        finds_in_daemon_set(RULE, "{}", &spec("v0.5.5", r#"["p5.48xlarge"]"#, &all), &[]);
    }

    #[test]
    fn too_old() {
        finds_in_daemon_set(
            RULE,
            "{}",
            &spec("v0.5.5", r#"["p5.48xlarge", "p6-b200.48xlarge"]"#, GOOD),
            &["warn /spec/template/spec/containers/0/image: image"],
        );
    }

    #[test]
    fn old_where_there_may_be_a_p6() {
        let all = |version: &str| {
            format!(
                r#"{{{GOOD} "containers": [{{"name": "p", "image": "a/eks/aws-efa-k8s-device-plugin:{version}"}}]}}"#
            )
        };
        finds_in_daemon_set(RULE, "{}", &all("v0.5.5"), &[]);
        let p6 = r#"{"instanceTypes": {"allowed": ["p6-b200.48xlarge"]}}"#;
        finds_in_daemon_set(RULE, p6, &all("v0.5.6"), &[]);
        finds_in_daemon_set(
            RULE,
            p6,
            &all("v0.5.5"),
            &["warn /spec/template/spec/containers/0/image: image"],
        );
        let gb200 = r#"{"instanceTypes": {"allowed": ["p6e-gb200.36xlarge"]}}"#;
        for (version, found) in [("v0.5.7", true), ("v0.5.8", false)] {
            let image = ["warn /spec/template/spec/containers/0/image: image"];
            let expected = if found { &image[..] } else { &[] };
            finds_in_daemon_set(RULE, gb200, &all(version), expected);
        }
    }

    #[test]
    fn plugins_that_take_what_is_efas() {
        let plugin = |version: &str, rest: &str| {
            format!(
                r#"{{"containers": [{{"image": "a/nvidia/k8s-device-plugin:{version}"{rest}}}]}}"#
            )
        };
        let off = r#", "env": [{"name": "MOFED_ENABLED", "value": "false"}]"#;
        let flag = r#", "args": ["--mofed-enabled=false"]"#;
        for (version, rest, found) in [
            ("v0.19.0", "", true),
            ("v0.19.2", "", true),
            ("v0.18.1", "", false),
            ("v0.19.3", "", false),
            ("v0.19.0", off, false),
            ("v0.19.0", flag, false),
        ] {
            let image = ["warn /spec/template/spec/containers/0/image: image"];
            let expected = if found { &image[..] } else { &[] };
            finds_in_daemon_set(RULE, "{}", &plugin(version, rest), expected);
        }
    }

    #[test]
    fn the_driver_comes_to_nodes_with_taints() {
        let driver = |tolerations: &str| {
            format!(r#"{{{tolerations} "containers": [{{"image": "a/eks/dranet:v1.2.0"}}]}}"#)
        };
        let all = r#""tolerations": [{"operator": "Exists"}],"#;
        finds_in_daemon_set(RULE, "{}", &driver(all), &[]);
        let found = ["warn /spec/template/spec/tolerations: tolerations"];
        finds_in_daemon_set(RULE, "{}", &driver(""), &found);
    }

    #[test]
    fn types_that_are_allowed_but_left_out() {
        finds_in_daemon_set(
            RULE,
            r#"{"instanceTypes": {"allowed": ["p5.48xlarge", "p5en.*", "m5.large"]}}"#,
            &spec("v0.5.20", r#"["p5.48xlarge"]"#, GOOD),
            &["warn /spec/template/spec/affinity: affinity"],
        );
    }

    #[test]
    fn taints_and_devices() {
        finds_in_daemon_set(
            RULE,
            "{}",
            &spec("v0.5.20", r#"["p5.48xlarge"]"#, ""),
            &[
                "warn /spec/template/spec/tolerations: tolerations",
                "warn /spec/template/spec/volumes: /dev/infiniband",
            ],
        );
    }
}
