//! The fields of a pod's specification that rules read.

use super::EnvVar;
use crate::{
    json::{self, Lazy, List, Map, Reader, Text, Value},
    kubernetes::{Compute, Quantity, ResourceSet},
};

/// A pod's `spec`
#[derive(Debug, Default)]
pub struct PodSpec<'a> {
    /// `nodeName`: set if the pod is bound to a node already.
    pub node_name: Option<Text<'a>>,
    /// `nodeSelector`
    pub node_selector: Map<'a, Text<'a>>,
    /// `affinity`
    pub affinity: Option<Affinity<'a>>,
    /// `topologySpreadConstraints`
    pub topology_spread: Lazy<'a>,
    /// `volumes`
    pub volumes: Lazy<'a>,
    /// `resourceClaims`
    pub resource_claims: Lazy<'a>,
    /// `tolerations`
    pub tolerations: Lazy<'a>,
    /// `hostNetwork`
    pub host_network: Option<bool>,
    /// `hostIPC`
    pub host_ipc: Option<bool>,
    /// `resources` of the pod as a whole
    pub resources: Option<Resources<'a>>,
    /// `initContainers`, including sidecars
    pub init_containers: List<Container<'a>>,
    /// `containers`
    pub containers: List<Container<'a>>,
    /// `ephemeralContainers`
    pub ephemeral_containers: List<Container<'a>>,
}

/// `affinity`
#[derive(Debug, Default)]
pub struct Affinity<'a> {
    /// `nodeAffinity`
    pub node_affinity: Option<NodeAffinity<'a>>,
    /// `podAntiAffinity`
    pub pod_anti_affinity: Lazy<'a>,
}

/// `nodeAffinity`
#[derive(Debug, Default)]
pub struct NodeAffinity<'a> {
    /// `requiredDuringSchedulingIgnoredDuringExecution`
    pub required: Option<NodeSelector<'a>>,
    /// `preferredDuringSchedulingIgnoredDuringExecution`
    pub preferred: List<PreferredTerm<'a>>,
}

/// The terms of a required affinity; one of them must match.
#[derive(Debug, Default)]
pub struct NodeSelector<'a> {
    /// `nodeSelectorTerms`
    pub node_selector_terms: List<NodeSelectorTerm<'a>>,
}

/// A preferred term
#[derive(Debug, Default)]
pub struct PreferredTerm<'a> {
    /// `preference`
    pub preference: Option<NodeSelectorTerm<'a>>,
}

/// A term; all of its expressions must match. One without any matches nothing.
#[derive(Debug, Default)]
pub struct NodeSelectorTerm<'a> {
    /// `matchExpressions`
    pub match_expressions: List<NodeSelectorRequirement<'a>>,
    /// `matchFields`
    pub match_fields: List<NodeSelectorRequirement<'a>>,
}

impl NodeSelectorTerm<'_> {
    /// `true` if it has no expressions, and so matches nothing.
    pub fn is_empty(&self) -> bool {
        self.match_expressions.is_empty() && self.match_fields.is_empty()
    }
}

/// An expression of a term
#[derive(Debug, Default)]
pub struct NodeSelectorRequirement<'a> {
    /// `key`
    pub key: Text<'a>,
    /// `operator`
    pub operator: Text<'a>,
    /// `values`
    pub values: List<Text<'a>>,
}

/// A container of any of the three lists
#[derive(Debug, Default)]
pub struct Container<'a> {
    /// `name`
    pub name: Option<Text<'a>>,
    /// `env`
    pub env: List<EnvVar<'a>>,
    /// `envFrom`: variables that can't be seen here.
    pub env_from: Present,
    /// `image`
    pub image: Option<Text<'a>>,
    /// `command`
    pub command: Lazy<'a>,
    /// `args`
    pub args: Lazy<'a>,
    /// `resources`
    pub resources: Option<Resources<'a>>,
    /// `readinessProbe`
    pub readiness_probe: Lazy<'a>,
    /// `volumeMounts`
    pub volume_mounts: Lazy<'a>,
    /// `restartPolicy`: `Always` makes an init container a sidecar.
    pub restart_policy: Option<Text<'a>>,
    /// `securityContext`
    pub security_context: SecurityContext,
    /// The extended resources of which it requests some; what rules ask most.
    pub(super) takes: ResourceSet,
}

/// `securityContext`
#[derive(Clone, Copy, Debug, Default)]
pub struct SecurityContext {
    /// `privileged`: the container sees all devices of its node.
    pub privileged: Option<bool>,
}

/// `resources`
#[derive(Debug, Default)]
pub struct Resources<'a> {
    /// `requests`
    pub requests: Map<'a, Quantity<'a>>,
    /// `limits`
    pub limits: Map<'a, Quantity<'a>>,
    /// `claims`
    pub claims: Lazy<'a>,
}

impl<'a> Resources<'a> {
    /// `limits` and `requests`, with their names.
    pub fn lists(&self) -> [(&'static str, &Map<'a, Quantity<'a>>); 2] {
        [("limits", &self.limits), ("requests", &self.requests)]
    }

    /// The requested amounts of every node's resources, in the order and the units of [`Compute`];
    /// quantities that can't be read are left out.
    pub fn compute(&self) -> [u64; Compute::ALL.len()] {
        let mut asked = [0; Compute::ALL.len()];
        // A request overrides the limit.
        for (name, quantity) in self.limits.0.iter().chain(&self.requests.0) {
            let Some(compute) = Compute::named(name) else { continue };
            let thousandths = quantity.thousandths().unwrap_or(0);
            if let Some(amount) = asked.get_mut(compute as usize) {
                *amount = match compute {
                    Compute::Cpu => thousandths,
                    Compute::Memory => thousandths / 1000,
                };
            }
        }
        asked
    }

    /// The amount of a resource: its request, or its limit if it has no request.
    pub fn asks(&self, name: &str) -> Option<&Quantity<'a>> {
        self.requests.get(name).or_else(|| self.limits.get(name))
    }
}

/// `true` if a value is present.
#[derive(Clone, Copy, Debug, Default)]
pub struct Present(pub bool);

json::read_as! { Value: Present }

impl<'a> Value<'a> for Present {
    fn take(&mut self, reader: &mut Reader<'a>) -> json::Result<()> {
        self.0 = true;
        reader.pass()
    }
}

json::readable! {
    PodSpec<'a> {
        "nodeName" => node_name,
        "nodeSelector" => node_selector,
        "affinity" => affinity,
        "topologySpreadConstraints" => topology_spread,
        "volumes" => volumes,
        "resourceClaims" => resource_claims,
        "tolerations" => tolerations,
        "hostIPC" => host_ipc,
        "hostNetwork" => host_network,
        "resources" => resources,
        "initContainers" => init_containers,
        "containers" => containers,
        "ephemeralContainers" => ephemeral_containers,
    }
    Affinity<'a> { "nodeAffinity" => node_affinity, "podAntiAffinity" => pod_anti_affinity }
    NodeAffinity<'a> {
        "requiredDuringSchedulingIgnoredDuringExecution" => required,
        "preferredDuringSchedulingIgnoredDuringExecution" => preferred,
    }
    NodeSelector<'a> { "nodeSelectorTerms" => node_selector_terms }
    PreferredTerm<'a> { "preference" => preference }
    NodeSelectorTerm<'a> { "matchExpressions" => match_expressions, "matchFields" => match_fields }
    NodeSelectorRequirement<'a> { "key" => key, "operator" => operator, "values" => values }
    Container<'a> {
        "name" => name,
        "env" => env,
        "envFrom" => env_from,
        "image" => image,
        "command" => command,
        "args" => args,
        "resources" => resources,
        "readinessProbe" => readiness_probe,
        "volumeMounts" => volume_mounts,
        "restartPolicy" => restart_policy,
        "securityContext" => security_context,
    }
    SecurityContext { "privileged" => privileged }
    Resources<'a> { "requests" => requests, "limits" => limits, "claims" => claims }
}

/// A volume
#[derive(Debug, Default)]
pub struct Volume<'a> {
    /// `name`
    pub name: Text<'a>,
    /// `emptyDir`
    pub empty_dir: Option<EmptyDir<'a>>,
    /// `hostPath`
    pub host_path: Option<HostPath<'a>>,
}

/// `emptyDir`
#[derive(Debug, Default)]
pub struct EmptyDir<'a> {
    /// `medium`
    pub medium: Text<'a>,
}

/// `hostPath`
#[derive(Debug, Default)]
pub struct HostPath<'a> {
    /// `path`
    pub path: Text<'a>,
}

/// A volume mount
#[derive(Debug, Default)]
pub struct VolumeMount<'a> {
    /// `name`
    pub name: Text<'a>,
    /// `mountPath`
    pub mount_path: Text<'a>,
}

json::readable! {
    Volume<'a> { "name" => name, "emptyDir" => empty_dir, "hostPath" => host_path }
    EmptyDir<'a> { "medium" => medium }
    HostPath<'a> { "path" => path }
    VolumeMount<'a> { "name" => name, "mountPath" => mount_path }
}

impl<'a> Container<'a> {
    /// A variable and its position; if a name occurs twice, the last one counts.
    pub fn entry(&self, name: &str) -> Option<(usize, &EnvVar<'a>)> {
        self.env.iter().enumerate().rfind(|(_, variable)| variable.is(name))
    }

    /// The value of a variable; `None` if it can't be seen.
    pub fn variable(&self, name: &str) -> Option<&str> {
        // Like `entry`, but without the position, which would cost fuel and is rarely needed.
        self.env.iter().rfind(|variable| variable.is(name))?.seen()
    }

    /// `volumeMounts`
    pub fn mounts(&self) -> List<VolumeMount<'a>> {
        self.volume_mounts.get()
    }
}
