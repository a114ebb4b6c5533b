//! What a pod asks for by Dynamic Resource Allocation: by claims, or by extended resources that a
//! device class stands behind (KEP-5004). A class says by its name what it is only where the name is
//! a driver's own; administrators make others, of which nothing is known.
//!
//! Sources: kubernetes/api resource/v1/types.go (in v1beta1 the fields of `exactly` are the request's
//! own); aws/eks-charts stable/aws-dranet; NVIDIA/k8s-dra-driver-gpu deployments/helm.

use super::ask::{Cluster, Query};
use crate::{
    json::{self, List, Read, Reader, Text},
    text,
    view::{Claim, DeviceRequest, PodView},
};

/// The device class of EFA's DRA driver.
pub const EFA_CLASS: &str = "efa.networking.k8s.aws";

/// Device classes that are known to be something else than EFA, and drivers of devices that are.
const OTHER_CLASSES: [&str; 6] = [
    "compute-domain-daemon.nvidia.com",
    "compute-domain-default-channel.nvidia.com",
    "gpu.nvidia.com",
    "mig.nvidia.com",
    "neuron.aws.com",
    "vfio.gpu.nvidia.com",
];

/// What comes before the name of a class in the resource that stands for it.
const CLASS_RESOURCE: &str = "deviceclass.resource.kubernetes.io/";

/// Domains whose extended resources are known to be something else than EFA, EFA's own aside.
const OTHER_RESOURCES: [&str; 5] =
    ["amd.com/", "aws.amazon.com/", "habana.ai/", "nvidia.com/", "vpc.amazonaws.com/"];

/// What a device class stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Efa,
    Other,
    Unknown,
}

impl Class {
    fn of(name: &str, cluster: &Cluster<'_>) -> Self {
        match name {
            EFA_CLASS => Self::Efa,
            _ if OTHER_CLASSES.contains(&name) => Self::Other,
            _ => Self::by_selectors(name, cluster).unwrap_or(Self::Unknown),
        }
    }

    /// What the selectors of the class say, where the cluster has it. They are CEL, of which only plain
    /// comparisons are understood: the name of a driver, and EFA's name among PCI devices.
    fn by_selectors(name: &str, cluster: &Cluster<'_>) -> Option<Self> {
        let query = Query {
            api_version: "resource.k8s.io/v1",
            kind: "DeviceClass",
            name,
            namespace: None,
            field_masks: &["spec.selectors"],
        };
        let class = DeviceClass::read(&mut Reader::new(cluster.get(&query)?)).ok()?;
        let selectors = class.selectors.iter().map(|one| &*one.expression);
        let names = |name: &str| {
            // Either quotes; `!=` and `||` mean something else.
            let is_plain = |cel: &str| !cel.contains("!=") && !cel.contains("||");
            selectors.clone().any(|cel| is_plain(cel) && text::find(cel, name).is_some())
        };
        match names("dra.net") {
            true if names("Elastic Fabric Adapter (EFA)") => Some(Self::Efa),
            false if OTHER_CLASSES.iter().any(|driver| names(driver)) => Some(Self::Other),
            _ => None,
        }
    }
}

/// A DeviceClass, down to what selects its devices.
#[derive(Default)]
struct DeviceClass<'a> {
    selectors: List<Selector<'a>>,
}

#[derive(Default)]
struct Selector<'a> {
    expression: Text<'a>,
}

/// How many claims of a pod the cluster is asked about; no one writes more.
const ASKED: usize = 16;

/// What is known of what a pod asks for by DRA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claims {
    /// The pod asks for nothing so.
    None,
    /// What they ask for is not known; EFA may be among it.
    Unknown,
    /// The cluster could not be asked.
    Unreachable,
    /// At least this many EFA interfaces; 0 where nothing of it is for EFA.
    Efa(u64),
}

impl Claims {
    /// Both: what is unknown of one is unknown of both.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, one) | (one, Self::None) => one,
            (Self::Efa(one), Self::Efa(other)) => Self::Efa(one.saturating_add(other)),
            (Self::Unreachable, _) | (_, Self::Unreachable) => Self::Unreachable,
            _ => Self::Unknown,
        }
    }
}

/// `resourceClaims[]`
#[derive(Default)]
struct Claimed<'a> {
    template: Option<Text<'a>>,
    /// A claim that stands in the cluster. Others may share it; each of its pods has all its devices.
    standing: Option<Text<'a>>,
}

/// A ResourceClaim or a ResourceClaimTemplate.
#[derive(Default)]
struct Object<'a> {
    spec: Claim<'a>,
}

json::readable! {
    Claimed<'a> { "resourceClaimName" => standing, "resourceClaimTemplateName" => template }
    Object<'a> { "spec" => spec }
    DeviceClass<'a> { "spec": { "selectors" => selectors } }
    Selector<'a> { "cel": { "expression" => expression } }
}

/// What a claim asks for; the cluster is asked of classes, where it may be.
pub fn claimed(claim: &Claim<'_>, cluster: &Cluster<'_>) -> Claims {
    claim.all().map(|one| asked(one, cluster)).fold(Claims::Efa(0), Claims::and)
}

/// What one of its requests asks for.
pub fn asked(request: &DeviceRequest<'_>, cluster: &Cluster<'_>) -> Claims {
    if request.first_available.is_some() {
        return Claims::Unknown;
    }
    let wanted = request.exactly();
    match Class::of(&wanted.class, cluster) {
        Class::Efa if &*wanted.mode != "All" => Claims::Efa(wanted.count.unwrap_or(1)),
        Class::Other => Claims::Efa(0),
        Class::Efa | Class::Unknown => Claims::Unknown,
    }
}

/// What the pod asks for by DRA; the cluster is asked where it may be.
pub fn claims(pod: &PodView<'_>, namespace: &str, cluster: &Cluster<'_>) -> Claims {
    by_resources(pod, cluster).and(by_claims(pod, namespace, cluster))
}

/// What its extended resources stand for.
fn by_resources(pod: &PodView<'_>, cluster: &Cluster<'_>) -> Claims {
    let limits = pod.containers().filter_map(|at| at.container.resources.as_ref());
    let amounts = limits.flat_map(|resources| resources.limits.0.iter());
    amounts.fold(Claims::None, |all, (name, quantity)| {
        let other = || OTHER_RESOURCES.iter().any(|domain| name.starts_with(domain));
        let one = match (
            name.strip_prefix(CLASS_RESOURCE).map(|name| Class::of(name, cluster)),
            quantity.count(),
        ) {
            // Plain resources, such as `cpu`, have no domain.
            (None, _) if !name.contains('/') || other() => Claims::None,
            (Some(Class::Efa), Some(count)) => Claims::Efa(count),
            (Some(Class::Other), _) => Claims::Efa(0),
            _ => Claims::Unknown,
        };
        all.and(one)
    })
}

fn by_claims(pod: &PodView<'_>, namespace: &str, cluster: &Cluster<'_>) -> Claims {
    if !pod.spec.resource_claims.is_some() {
        return Claims::None;
    }
    if !cluster.may_be_asked() {
        return Claims::Unknown;
    }
    let claims: List<Claimed<'_>> = pod.spec.resource_claims.get();
    if claims.len() > ASKED {
        return Claims::Unknown;
    }
    let mut all = Claims::Efa(0);
    for claim in claims.iter() {
        let (kind, name, mask) = match (&claim.template, &claim.standing) {
            (Some(name), _) => ("ResourceClaimTemplate", name, "spec.spec.devices.requests"),
            (None, Some(name)) => ("ResourceClaim", name, "spec.devices.requests"),
            (None, None) => return Claims::Unknown,
        };
        let query = Query {
            api_version: "resource.k8s.io/v1",
            kind,
            name,
            namespace: Some(namespace),
            field_masks: &[mask],
        };
        let Some(answer) = cluster.get(&query) else { return Claims::Unreachable };
        let Ok(object) = Object::read(&mut Reader::new(answer)) else {
            return Claims::Unreachable;
        };
        all = all.and(claimed(&object.spec, cluster));
    }
    all
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        host::{Host, NoHost},
        view::{Kind, View},
    };

    struct Answer(Result<&'static str, &'static str>);

    impl Host for Answer {
        fn call(
            &self,
            namespace: &str,
            operation: &str,
            payload: &[u8],
        ) -> Result<Vec<u8>, String> {
            assert_eq!((namespace, operation), ("kubernetes", "get_resource"));
            let payload = std::str::from_utf8(payload).unwrap();
            assert!(payload.starts_with(r#"{"api_version":""#), "{payload}");
            self.0.map(|answer| answer.as_bytes().to_vec()).map_err(str::to_owned)
        }
    }

    fn template(requests: &'static str) -> Answer {
        Answer(Ok(requests))
    }

    #[rstest]
    #[case::efa(
        template(
            r#"{"spec": {"spec": {"devices": {"requests": [
            {"name": "efa", "exactly": {"deviceClassName": "efa.networking.k8s.aws", "count": 32}},
            {"name": "gpu", "exactly": {"deviceClassName": "gpu.nvidia.com", "count": 8}}]}}}}"#
        ),
        Claims::Efa(32)
    )]
    #[case::none_for_efa(
        template(r#"{"spec": {"spec": {"devices": {"requests": [{"exactly": {"deviceClassName": "gpu.nvidia.com"}}]}}}}"#),
        Claims::Efa(0)
    )]
    #[case::in_the_older_form(
        template(r#"{"spec": {"spec": {"devices": {"requests": [{"deviceClassName": "efa.networking.k8s.aws", "count": 4}]}}}}"#),
        Claims::Efa(4)
    )]
    #[case::a_class_of_an_administrators(
        template(r#"{"spec": {"spec": {"devices": {"requests": [
            {"exactly": {"deviceClassName": "efa.networking.k8s.aws"}}, {"exactly": {"deviceClassName": "multinic"}}]}}}}"#),
        Claims::Unknown
    )]
    #[case::all_of_them(
        template(r#"{"spec": {"spec": {"devices": {"requests": [
            {"exactly": {"deviceClassName": "efa.networking.k8s.aws", "allocationMode": "All"}}]}}}}"#),
        Claims::Unknown
    )]
    #[case::one_of_several(
        template(r#"{"spec": {"spec": {"devices": {"requests": [{"firstAvailable": [{"deviceClassName": "a"}]}]}}}}"#),
        Claims::Unknown
    )]
    #[case::unreachable(
        Answer(Err("kube::Client was not initialized properly")),
        Claims::Unreachable
    )]
    #[case::unreadable(template("<html>"), Claims::Unreachable)]
    fn what_claims_ask_for(#[case] answer: Answer, #[case] expected: Claims) {
        let pod = r#"{"spec": {"resourceClaims": [{"name": "efa", "resourceClaimTemplateName": "efa"}]}}"#;
        asks(pod, &answer, expected);
    }

    #[rstest]
    #[case::efa("efa.networking.k8s.aws", Claims::Efa(1))]
    #[case::none_for_efa("gpu.nvidia.com", Claims::Efa(0))]
    fn what_a_standing_claim_asks_for(#[case] class: &str, #[case] expected: Claims) {
        let claim = format!(
            r#"{{"spec": {{"devices": {{"requests": [{{"exactly": {{"deviceClassName": "{class}"}}}}]}}}}}}"#
        );
        let pod = r#"{"spec": {"resourceClaims": [{"name": "efa", "resourceClaimName": "efa"}]}}"#;
        asks(pod, &Answer(Ok(claim.leak())), expected);
    }

    #[test]
    fn a_claim_of_neither_is_unknown() {
        asks(
            r#"{"spec": {"resourceClaims": [{"name": "efa"}]}}"#,
            &template("{}"),
            Claims::Unknown,
        );
    }

    fn asks(pod: &str, answer: &Answer, expected: Claims) {
        let view = View::read(Kind::Pod, pod).unwrap();
        let claims = |may| claims(&view.pods()[0], "ml", &Cluster::new(answer, may));
        assert_eq!((claims(true), claims(false)), (expected, Claims::Unknown));
    }

    #[rstest]
    #[case::of_the_class_of_efa(
        "deviceclass.resource.kubernetes.io/efa.networking.k8s.aws",
        Claims::Efa(8)
    )]
    #[case::of_another_class("deviceclass.resource.kubernetes.io/gpu.nvidia.com", Claims::Efa(0))]
    #[case::of_a_class_of_an_administrators(
        "deviceclass.resource.kubernetes.io/fast",
        Claims::Unknown
    )]
    #[case::behind_which_any_class_may_be("example.com/fast", Claims::Unknown)]
    #[case::a_mig_device("nvidia.com/mig-1g.5gb", Claims::None)]
    #[case::memory("memory", Claims::None)]
    fn what_extended_resources_stand_for(#[case] name: &str, #[case] expected: Claims) {
        let pod = format!(
            r#"{{"spec": {{"containers": [{{"resources": {{"limits": {{"{name}": 8}}}}}}]}}}}"#
        );
        let view = View::read(Kind::Pod, &pod).unwrap();
        let cluster = Cluster::new(&NoHost, false);
        assert_eq!(claims(&view.pods()[0], "ml", &cluster), expected);
    }
}
