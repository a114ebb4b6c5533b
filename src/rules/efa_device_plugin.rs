//! `efa-device-plugin`: the DaemonSet of the EFA device plugin does not serve the nodes it should.
//!
//! Its list of types is fixed in its affinity: a newer type gets no plugin, and pods that ask for
//! EFA there stay Pending. It tolerates `CriticalAddonsOnly` alone, so that it is absent from GPU
//! nodes with taints. It needs /dev/infiniband of the host since 0.5.1. Before 0.5.10 it reports
//! devices of a p6-b200 that are none of EFA's.
//!
//! Source: aws/eks-charts stable/aws-efa-k8s-device-plugin; EKS User Guide, "Run machine learning
//! training on Amazon EKS with Elastic Fabric Adapter"; aws/sagemaker-hyperpod-cli pull request 282.

use super::shared::{Context, Findings, efa};
use crate::{
    cluster::EFA_PLUGIN,
    finding::Report,
    kubernetes::{Reference, Resource, Version},
    nodes::Keep,
    view::{ContainerAt, Kind, PodView},
};

/// The taint that GPU nodes have, named as the resource.
const GPU_TAINT: &str = Resource::NvidiaGpu.name();

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if context.view.kind != Kind::DaemonSet {
        return;
    }
    let Some(pod) = context.pod else { return };
    let plugin = pod.containers().find_map(|at| {
        let image = Reference::of(at.container.image.as_deref()?);
        (image.name == EFA_PLUGIN).then_some((at, image))
    });
    let Some((at, image)) = plugin else { return };
    version(context, &at, image, findings);
    types(context, pod, findings);
    let tolerations = pod.tolerations();
    // A toleration without a key tolerates all taints.
    if !tolerations.iter().any(|one| one.key.is_empty() || &*one.key == GPU_TAINT) {
        findings.report(Report::warn(format!("{}/tolerations", pod.place), format!(
                "nothing tolerates the taint `{GPU_TAINT}`, so GPU nodes that have it get no plugin"
            )).about("tolerations").remedy(format!("tolerate `{GPU_TAINT}`")));
    }
    let needs_devices = image.version().is_none_or(|version| version >= Version(0, 5, 1));
    if needs_devices && efa::mounts_devices(pod).next().is_none() {
        let place = format!("{}/volumes", pod.place);
        let fact = "/dev/infiniband of the host is not mounted, and the plugin finds no devices \
                    without it";
        let report = Report::warn(place, fact).about("/dev/infiniband");
        findings.report(report.remedy("mount it by `hostPath`"));
    }
}

fn version(
    context: &Context<'_>,
    at: &ContainerAt<'_, '_>,
    image: Reference<'_>,
    findings: &mut Findings<'_>,
) {
    const P6: &str = "p6-b200.48xlarge";
    let Some(version) = image.version().filter(|version| *version < Version(0, 5, 10)) else {
        return;
    };
    // A list that names no types means all of them: then the settings say what there is.
    let pinned = context.placement().is_some_and(|placement| placement.pinned().is_some());
    let targets = efa::may_be(context, P6) && (pinned || !context.settings.allowed.is_empty());
    if targets {
        findings.report(
            Report::warn(
                format!("{}/image", at.place()),
                format!("version {version} may report 10 EFA interfaces on a `{P6}`, which has 8"),
            )
            .about("image")
            .remedy("use 0.5.10 or newer"),
        );
    }
}

/// Types with EFA that the settings allow, but the plugin's own list leaves out.
fn types(context: &Context<'_>, pod: &PodView<'_>, findings: &mut Findings<'_>) {
    let catalog = &context.settings.catalog;
    let Some(placement) = context.placement().filter(|placement| !placement.is_free()) else {
        return;
    };
    // The settings' list is one of the constraints: what it leaves must be left by the others too.
    let own = placement.survivors(Keep::WithoutAllowed);
    let Some(allowed) = context.settings.allowed_types() else { return };
    let missing = allowed.types.minus(&own);
    let missing =
        catalog.types(&missing).filter(|one| one.efa_interfaces().is_some_and(|efa| efa > 0));
    let names: Vec<&str> = missing.map(|instance| instance.name()).collect();
    let Some(first) = names.first() else { return };
    let fact = match names.len() {
        1 => format!(
            "the plugin leaves out `{first}`, which `instanceTypes.allowed` names and which has EFA"
        ),
        count => format!(
            "the plugin leaves out {count} types with EFA that `instanceTypes.allowed` names, `{first}` for one"
        ),
    };
    let place = format!("{}/affinity", pod.place);
    findings.report(
        Report::warn(place, fact)
            .about("affinity")
            .remedy("add them to its list, or use a newer chart"),
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
            &spec("v0.5.6", r#"["p5.48xlarge", "p6-b200.48xlarge"]"#, GOOD),
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
        finds_in_daemon_set(RULE, "{}", &all("v0.5.6"), &[]);
        let p6 = r#"{"instanceTypes": {"allowed": ["p6-b200.48xlarge"]}}"#;
        finds_in_daemon_set(RULE, p6, &all("v0.5.10"), &[]);
        finds_in_daemon_set(
            RULE,
            p6,
            &all("v0.5.9"),
            &["warn /spec/template/spec/containers/0/image: image"],
        );
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
