//! What a pod's resource claims ask for.

use super::get::{Query, get};
use crate::{
    host::Host,
    json::{self, Lazy, List, Read, Reader, Text},
    view::PodView,
};

/// The device class of EFA's DRA driver.
pub const EFA_CLASS: &str = "efa.networking.k8s.aws";

/// How many claims of a pod the cluster is asked about; no one writes more.
const ASKED: usize = 16;

/// What is known of a pod's resource claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claims {
    /// The pod has none.
    None,
    /// What they ask for is not known; EFA may be among it.
    Unknown,
    /// The cluster could not be asked.
    Unreachable,
    /// So many EFA interfaces at least; 0 where none of the claims is for EFA.
    Efa(u64),
}

/// `resourceClaims[]`
#[derive(Default)]
struct Claim<'a> {
    template: Option<Text<'a>>,
}

/// A ResourceClaimTemplate, down to its requests.
#[derive(Default)]
struct Template<'a> {
    spec: TemplateSpec<'a>,
}

#[derive(Default)]
struct TemplateSpec<'a> {
    spec: ClaimSpec<'a>,
}

#[derive(Default)]
struct ClaimSpec<'a> {
    devices: Devices<'a>,
}

#[derive(Default)]
struct Devices<'a> {
    requests: List<Request<'a>>,
}

#[derive(Default)]
struct Request<'a> {
    exactly: Exactly<'a>,
    first_available: Lazy<'a>,
}

#[derive(Default)]
struct Exactly<'a> {
    class: Text<'a>,
    mode: Text<'a>,
    count: Option<u64>,
}

json::readable! {
    Claim<'a> { "resourceClaimTemplateName" => template }
    Template<'a> { "spec" => spec }
    TemplateSpec<'a> { "spec" => spec }
    ClaimSpec<'a> { "devices" => devices }
    Devices<'a> { "requests" => requests }
    Request<'a> { "exactly" => exactly, "firstAvailable" => first_available }
    Exactly<'a> { "deviceClassName" => class, "allocationMode" => mode, "count" => count }
}

/// What the pod's claims ask for; `host` is asked where it may be.
pub fn claims(pod: &PodView<'_>, namespace: &str, host: Option<&dyn Host>) -> Claims {
    if !pod.spec.resource_claims.is_some() {
        return Claims::None;
    }
    let Some(host) = host else { return Claims::Unknown };
    let claims: List<Claim<'_>> = pod.spec.resource_claims.get();
    if claims.len() > ASKED {
        return Claims::Unknown;
    }
    let mut total = 0_u64;
    for claim in claims.iter() {
        // A claim that stands in the cluster may be shared: what falls to this pod is not known.
        let Some(name) = claim.template.as_deref() else { return Claims::Unknown };
        let Some(answer) = get(
            host,
            &Query {
                api_version: "resource.k8s.io/v1",
                kind: "ResourceClaimTemplate",
                name,
                namespace,
                field_mask: "spec.spec.devices.requests",
            },
        ) else {
            return Claims::Unreachable;
        };
        let Ok(template) = Template::read(&mut Reader::new(&answer)) else {
            return Claims::Unreachable;
        };
        for request in template.spec.spec.devices.requests.iter() {
            if request.first_available.is_some() {
                return Claims::Unknown;
            }
            if &*request.exactly.class == EFA_CLASS {
                if &*request.exactly.mode == "All" {
                    return Claims::Unknown;
                }
                total = total.saturating_add(request.exactly.count.unwrap_or(1));
            }
        }
    }
    Claims::Efa(total)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::view::{Kind, View};

    struct Cluster(Result<&'static str, &'static str>);

    impl Host for Cluster {
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

    fn template(requests: &'static str) -> Cluster {
        Cluster(Ok(requests))
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
        Cluster(Err("kube::Client was not initialized properly")),
        Claims::Unreachable
    )]
    #[case::unreadable(template("<html>"), Claims::Unreachable)]
    fn what_claims_ask_for(#[case] cluster: Cluster, #[case] expected: Claims) {
        let pod = r#"{"spec": {"resourceClaims": [{"name": "efa", "resourceClaimTemplateName": "efa"}]}}"#;
        let view = View::read(Kind::Pod, pod).unwrap();
        assert_eq!(claims(&view.pods()[0], "ml", Some(&cluster)), expected);
        assert_eq!(claims(&view.pods()[0], "ml", None), Claims::Unknown);
    }
}
