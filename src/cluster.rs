//! What the cluster is asked, where `clusterContext` allows it: resource claims, and how the CNI
//! really runs. Each question is one call of the host, `get_resource`; what can't be asked is
//! unknown.

use crate::{
    capacity::Options,
    cni::Variable,
    host::Host,
    json::{self, Lazy, List, Read, Reader, Text},
    view::{Kind, PodView, View},
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

/// The options of the settings, as far as the CNI's own environment does not say otherwise;
/// nothing where the cluster could not be asked, or the CNI is not as it is known.
pub fn capacity(options: &Options, host: &dyn Host) -> Option<Options> {
    let query = Query {
        api_version: "apps/v1",
        kind: "DaemonSet",
        name: "aws-node",
        namespace: "kube-system",
        field_mask: "spec.template.spec.containers",
    };
    let answer = get(host, &query)?;
    let view = View::read(Kind::DaemonSet, &answer).ok()?;
    let containers = view.pods.iter().flat_map(PodView::containers);
    let mut cni = containers.filter(|at| at.container.name.as_deref() == Some("aws-node"));
    let cni = cni.next()?.container;
    // Of what can't be seen, the settings tell.
    let flag = |name, told| Variable::of(cni, name).is_on().unwrap_or(told);
    let max_enis = match Variable::of(cni, "MAX_ENI") {
        // The CNI passes over what is no count above 0.
        Variable::Value(value) => value.parse().ok().filter(|most| *most > 0),
        Variable::Unset | Variable::Hidden => None,
    };
    Some(Options {
        prefix_delegation: flag("ENABLE_PREFIX_DELEGATION", options.prefix_delegation),
        custom_networking: flag("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", options.custom_networking),
        max_enis: max_enis.or(options.max_enis),
        ..*options
    })
}

/// What is asked for.
struct Query<'q> {
    api_version: &'q str,
    kind: &'q str,
    name: &'q str,
    namespace: &'q str,
    field_mask: &'q str,
}

fn get(host: &dyn Host, query: &Query<'_>) -> Option<String> {
    let payload = format!(
        r#"{{"api_version":{},"kind":{},"name":{},"namespace":{},"disable_cache":false,"field_masks":[{}]}}"#,
        json::string(query.api_version),
        json::string(query.kind),
        json::string(query.name),
        json::string(query.namespace),
        json::string(query.field_mask),
    );
    let answer = host.call("kubernetes", "get_resource", payload.as_bytes()).ok()?;
    String::from_utf8(answer).ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

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
        assert_eq!(claims(&view.pods[0], "ml", Some(&cluster)), expected);
        assert_eq!(claims(&view.pods[0], "ml", None), Claims::Unknown);
    }

    #[test]
    fn what_can_not_be_seen_of_the_cni_is_as_the_settings_say() {
        let cni = Cluster(Ok(
            r#"{"spec": {"template": {"spec": {"containers": [{"name": "aws-node", "env": [
                {"name": "ENABLE_PREFIX_DELEGATION", "valueFrom": {"configMapKeyRef": {"name": "cni", "key": "a"}}},
                {"name": "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "value": "$(CUSTOM)"}, {"name": "MAX_ENI", "value": "0"}]}]}}}}"#,
        ));
        let told = Options {
            prefix_delegation: true,
            custom_networking: true,
            max_enis: Some(4),
            ..Options::default()
        };
        assert_eq!(capacity(&told, &cni), Some(told));
    }

    #[test]
    fn the_mode_of_the_cni() {
        let cni = Cluster(Ok(
            r#"{"spec": {"template": {"spec": {"containers": [{"name": "aws-node", "env": [
                {"name": "ENABLE_PREFIX_DELEGATION", "value": "false"},
                {"name": "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "value": "true"}, {"name": "MAX_ENI", "value": "3"}]}]}}}}"#,
        ));
        let expected = Options {
            prefix_delegation: false,
            custom_networking: true,
            max_enis: Some(3),
            ..Options::default()
        };
        assert_eq!(capacity(&Options::default(), &cni), Some(expected));
        assert_eq!(capacity(&Options::default(), &Cluster(Err("Cannot find"))), None);
        assert_eq!(capacity(&Options::default(), &Cluster(Ok("{}"))), None);
    }
}
