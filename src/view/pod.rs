//! A pod's specification, and where its parts stand.

use std::borrow::Cow;

use super::Metadata;
use crate::{
    json::{self, Lazy, List, Map, Read, Reader, Text},
    quantity::Quantity,
    resources,
};

/// A pod, or the template of one, and where in the object it stands.
#[derive(Debug)]
pub struct PodView<'a> {
    /// JSON Pointer of the `spec`.
    pub place: Cow<'static, str>,
    /// The `metadata` of the pod or of the template.
    pub metadata: Metadata<'a>,
    /// What the object that makes the pods says of them.
    pub job: Job,
    /// The `spec`.
    pub spec: PodSpec<'a>,
    /// What it asks for of each extended resource.
    totals: Vec<(Text<'a>, u64)>,
}

/// A pod's `spec`
#[derive(Debug, Default)]
pub struct PodSpec<'a> {
    /// `nodeName`: the pod is placed already.
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
    /// `hostIPC`
    pub host_ipc: Option<bool>,
    /// `initContainers`, sidecars among them
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
    /// Whether it has nothing to match, and so matches nothing.
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
}

/// An environment variable
#[derive(Debug, Default)]
pub struct EnvVar<'a> {
    /// `name`
    pub name: Option<Text<'a>>,
    /// `value`
    pub value: Option<Text<'a>>,
    /// `valueFrom`: the value can't be seen here.
    pub value_from: Present,
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

/// Whether a value is there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Present(pub bool);

impl<'a> Read<'a> for Present {
    fn read(reader: &mut Reader<'a>) -> json::Result<Self> {
        Ok(Self(reader.skip()? != "null"))
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
    }
    EnvVar<'a> { "name" => name, "value" => value, "valueFrom" => value_from }
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
    /// The value of a variable; nothing where it can't be seen. The last one of a name counts.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let variable = self.env.iter().rfind(|env| env.name.as_deref() == Some(name))?;
        variable.value.as_deref().filter(|value| !value.contains("$("))
    }

    /// `volumeMounts`
    pub fn mounts(&self) -> List<VolumeMount<'a>> {
        self.volume_mounts.get()
    }
}

/// What a job object says of the pods that it makes; the pods themselves may not show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// The kind of the object, where it makes pods.
    pub kind: Option<super::Kind>,
    /// On how many nodes the pods of one job run, where the object says so.
    pub nodes: Option<u64>,
    /// Whether the pods only help: launchers, parameter servers, downloads.
    pub helps: bool,
    /// Whether most of the pod stands in another object, so that absence says nothing.
    pub partial: bool,
}

/// A container, and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct ContainerAt<'v, 'a> {
    /// The container.
    pub container: &'v Container<'a>,
    spec: &'v str,
    list: &'static str,
    index: usize,
}

impl<'a> ContainerAt<'_, 'a> {
    /// Its JSON Pointer.
    pub fn place(&self) -> String {
        if self.spec == PodView::TRAINER {
            return self.spec.to_owned();
        }
        format!("{}/{}/{}", self.spec, self.list, self.index)
    }

    /// JSON Pointer of its resources.
    pub fn resources_place(&self) -> String {
        let field = if self.spec == PodView::TRAINER { "resourcesPerNode" } else { "resources" };
        format!("{}/{field}", self.place())
    }

    /// Whether it is one of the pod's `containers`.
    pub fn is_main(&self) -> bool {
        self.list == "containers"
    }

    /// Whether it runs beside the containers of the pod rather than before them.
    pub fn runs_along(&self) -> bool {
        self.list != "initContainers" || self.container.restart_policy.as_deref() == Some("Always")
    }

    /// Where it asks for a resource, if it does.
    pub fn resource_place(&self, resource: &str) -> Option<String> {
        let resources = self.container.resources.as_ref()?;
        let list = if resources.limits.get(resource).is_some_and(|quantity| !quantity.is_zero()) {
            "limits"
        } else if resources.requests.get(resource).is_some_and(|quantity| !quantity.is_zero()) {
            "requests"
        } else {
            return None;
        };
        Some(json::join(&format!("{}/{list}", self.resources_place()), resource))
    }

    /// What it asks for of a resource: its request, or its limit where it has no request.
    pub fn asks(&self, resource: &str) -> Option<&Quantity<'a>> {
        let resources = self.container.resources.as_ref()?;
        resources.requests.get(resource).or_else(|| resources.limits.get(resource))
    }
}

impl<'a> PodView<'a> {
    /// A pod whose `spec` stands at `place`.
    pub fn new(
        place: impl Into<Cow<'static, str>>,
        metadata: Metadata<'a>,
        job: Job,
        spec: PodSpec<'a>,
    ) -> Self {
        let mut pod = Self { place: place.into(), metadata, job, spec, totals: Vec::new() };
        pod.totals = pod.sums();
        pod
    }

    /// Where a TrainJob says what runs on each node: no `spec` of a pod, but as good as one.
    pub const TRAINER: &'static str = "/spec/trainer";

    /// The terms of the required node affinity, if the pod has one.
    pub fn required_terms(&self) -> Option<&[NodeSelectorTerm<'a>]> {
        let affinity = self.spec.affinity.as_ref()?.node_affinity.as_ref()?;
        affinity.required.as_ref().map(|required| &*required.node_selector_terms)
    }

    /// `volumes`
    pub fn volumes(&self) -> List<Volume<'a>> {
        self.spec.volumes.get()
    }

    /// The terms of the preferred node affinity.
    pub fn preferred_terms(&self) -> &[PreferredTerm<'a>] {
        let affinity =
            self.spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
        affinity.map_or(&[], |affinity| &affinity.preferred)
    }

    /// The containers of all three lists, in the order in which they start.
    pub fn containers(&self) -> impl Iterator<Item = ContainerAt<'_, 'a>> {
        let spec = &*self.place;
        [
            ("initContainers", &self.spec.init_containers),
            ("containers", &self.spec.containers),
            ("ephemeralContainers", &self.spec.ephemeral_containers),
        ]
        .into_iter()
        .flat_map(move |(list, containers)| {
            containers.iter().enumerate().map(move |(index, container)| ContainerAt {
                container,
                spec,
                list,
                index,
            })
        })
    }

    /// The pod's total of an extended resource, as the scheduler counts it: what runs side by
    /// side adds up, and an init container runs on top of the sidecars before it. Containers
    /// whose quantity is no count are left out.
    pub fn total(&self, resource: &str) -> u64 {
        let mut totals = self.totals.iter();
        totals.find(|(name, _)| **name == *resource).map_or(0, |(_, total)| *total)
    }

    /// The totals of all extended resources that the pod asks for.
    fn sums(&self) -> Vec<(Text<'a>, u64)> {
        let mut totals: Vec<(Text<'a>, u64)> = Vec::new();
        for at in self.containers() {
            let Some(asked) = &at.container.resources else { continue };
            for (name, _) in asked.limits.0.iter().chain(&asked.requests.0) {
                if resources::is_known(name) && totals.iter().all(|(known, _)| known != name) {
                    totals.push((name.clone(), self.sum(name)));
                }
            }
        }
        totals
    }

    fn sum(&self, resource: &str) -> u64 {
        let (mut sidecars, mut peak, mut running) = (0_u64, 0_u64, 0_u64);
        for at in self.containers() {
            let count = at.asks(resource).and_then(Quantity::count).unwrap_or(0);
            if at.runs_along() {
                running = running.saturating_add(count);
                if at.list == "initContainers" {
                    sidecars = sidecars.saturating_add(count);
                }
            } else {
                peak = peak.max(sidecars.saturating_add(count));
            }
        }
        peak.max(running)
    }
}
