//! `efa-image`: a training job with an image that is not made for training.
//!
//! A job needs NCCL or MPI in its image to use EFA. AWS's own example runs an inference image as a
//! training job. `efa.refusedImages` names images that must not be used with accelerators,
//! `efa.trainingImages` those that are known to be suitable. With `efa.inspectImages`, the policy asks
//! the registry for the configuration of other images, once per image, if it is one of
//! `efa.inspectRegistries`. An image that can't be read is a warning at most.
//!
//! Source: Amazon EKS best practices for AI/ML, "Networking": "Ensure tools like MPI and NCCL are
//! installed in your container image"; AWS Deep Learning Containers, names of images.

use super::shared::{Context, Findings, efa};
use crate::{
    cluster::Inside,
    finding::Report,
    json::{List, Text},
    kubernetes::{EFA, Reference},
    text::{self, Quoted, wildcard},
    view::{ContainerAt, PodView},
    workload::Class,
};

/// The most images of a pod that are inspected; no hand-written pod has more.
const INSPECTED: usize = 16;

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(pod) = context.pod else { return };
    let settings = &context.settings.efa;
    let mut inspected: Vec<&str> = Vec::new();
    let computes = |at: &ContainerAt<'_, '_>| {
        at.takes(EFA) || at.takes_accelerators() || efa::claims_gpus(context, at)
    };
    for at in pod.containers().filter(computes) {
        let Some(image) = at.container.image.as_deref() else { continue };
        let place = || format!("{}/image", at.place());
        if named(&settings.refused_images, image) {
            let fact = format!(
                "the image {} is on this cluster's list of refused images (`efa.refusedImages`)",
                shown(image)
            );
            findings.report(
                Report::warn(place(), fact).about(image.to_owned()).remedy("use another image"),
            );
        } else if named(&settings.training_images, image) || !trains(context, pod, &at) {
            continue;
        } else if serves(image) {
            let fact = format!(
                "the image {} is made for inference, so libraries for EFA may be missing",
                shown(image)
            );
            let remedy = "use a training image, for example AWS's `pytorch-training`, or one with \
                          NCCL, MPI and libfabric for EFA";
            findings.report(Report::warn(place(), fact).about(image.to_owned()).remedy(remedy));
        } else if settings.inspects(image)
            && inspected.len() < INSPECTED
            && !inspected.contains(&image)
        {
            inspected.push(image);
            inspect(context, image, place(), findings);
        }
    }
}

fn inspect(context: &Context<'_>, image: &str, place: String, findings: &mut Findings<'_>) {
    let (fact, remedy) = match Inside::of(image, context.cluster().host()) {
        Inside::Collectives => return,
        Inside::Nothing => (
            format!("the image {} has no sign of NCCL, MPI or libfabric for EFA", shown(image)),
            "install them, or ask your platform team to list the image in `efa.trainingImages`",
        ),
        Inside::Unknown => (
            format!("the image {} could not be inspected", shown(image)),
            "ask your platform team to give the policy server access to its registry",
        ),
    };
    findings.report(Report::warn(place, fact).about(image.to_owned()).remedy(remedy));
}

/// An image without its registry and path: what tells one from another.
fn shown(image: &str) -> Quoted<'_> {
    Quoted(image.rsplit('/').next().unwrap_or(image))
}

fn named(patterns: &List<Text<'_>>, image: &str) -> bool {
    patterns.iter().any(|pattern| wildcard::matches(pattern, image))
}

/// `true` if the container trains: its pod does, or its own name says so.
fn trains(context: &Context<'_>, pod: &PodView<'_>, at: &ContainerAt<'_, '_>) -> bool {
    match context.workload().map(|workload| workload.class) {
        Some(Class::Training) => !pod.job.is_helper,
        Some(Class::Inference) => false,
        _ => {
            let name = at.container.name.as_deref().unwrap_or_default();
            name.split('-').any(|word| word.starts_with("train"))
        }
    }
}

/// `true` if the image is one of AWS's Deep Learning Containers for inference, or a copy: the last part
/// of their names begins with the framework. The name of another image proves nothing.
fn serves(image: &str) -> bool {
    const FRAMEWORKS: [&str; 7] =
        ["autogluon", "djl", "huggingface", "mxnet", "pytorch", "stabilityai", "tensorflow"];
    // Most have no such word, which this shows at once.
    if text::find(image, "-inference").is_none() {
        return false;
    }
    let name = Reference::of(image).name;
    let (framework, _) = name.split_once('-').unwrap_or((name, ""));
    FRAMEWORKS.contains(&framework) && text::find(name, "-inference").is_some()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use testkit::build;

    use crate::rules::testing::{devices, finds_claimed, finds_under};

    const DLC: &str = "763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch";

    fn pod(label: &str, container: &str, image: &str) -> String {
        format!(
            r#"{{"metadata": {{"labels": {{{label}}}}}, "spec": {{"containers": [{{"name": "{container}", "image": "{image}",
                "resources": {{"limits": {{"vpc.amazonaws.com/efa": 1}}}}}}]}}}}"#
        )
    }

    #[rstest]
    #[case::training_image(r#""HPJob": "x""#, "main", format!("{DLC}-training:2.6.0-gpu"))]
    #[case::serves(r#""ray.io/serve": "true""#, "train", format!("{DLC}-inference:2.6.0-gpu"))]
    #[case::nothing_says_that_it_trains("", "main", format!("{DLC}-inference:2.6.0-gpu"))]
    fn left_alone(#[case] label: &str, #[case] container: &str, #[case] image: String) {
        finds_under("efa-image", "{}", &pod(label, container, &image), &[]);
    }

    #[test]
    fn of_a_container_that_claims_gpus() {
        let image = format!("{DLC}-inference:2.6.0-gpu");
        let pod = build::pod().training().image(&image).claims("gpus");
        let line = format!("warn /spec/containers/0/image: {image}");
        finds_claimed("efa-image", &devices("gpu.nvidia.com", 8), &pod, &[&line]);
        finds_claimed("efa-image", &devices("nvme.example.com", 1), &pod, &[]);
    }

    #[test]
    fn an_inference_image_that_trains() {
        let image = format!("{DLC}-inference:2.6.0-gpu");
        let line = "warn /spec/containers/0/image: 763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-inference:2.6.0-gpu";
        finds_under("efa-image", "{}", &pod("", "training-job", &image), &[line]);
        finds_under("efa-image", "{}", &pod(r#""HPJob": "x""#, "main", &image), &[line]);
        let known = r#"{"efa": {"trainingImages": ["*/pytorch-inference:*"]}}"#;
        finds_under("efa-image", known, &pod("", "training-job", &image), &[]);
    }

    #[test]
    fn a_refused_image() {
        finds_under(
            "efa-image",
            r#"{"efa": {"refusedImages": ["*/old:*"]}}"#,
            &pod("", "main", "a/old:1"),
            &["warn /spec/containers/0/image: a/old:1"],
        );
    }

    #[test]
    fn a_registry_that_can_not_be_asked() {
        finds_under(
            "efa-image",
            r#"{"efa": {"inspectImages": true, "inspectRegistries": ["docker.io"]}}"#,
            &pod(r#""HPJob": "x""#, "main", "a/b:1"),
            &["warn /spec/containers/0/image: a/b:1"],
        );
    }
}
