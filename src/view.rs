//! What the policy reads of an object: borrowed, read-only, and nothing that no rule asks for.
//!
//! Field names are those of the Kubernetes API. Absent and `null` are the same; a field of the
//! wrong type is an error that names its place.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    error::Error,
    json::{self, List, Map, Text},
    quantity::Quantity,
};

/// The kinds that the policy judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// core `Pod`
    Pod,
    /// apps `DaemonSet`
    DaemonSet,
}

impl Kind {
    /// The kind of this API group and name; the version does not matter.
    pub fn of(group: &str, kind: &str) -> Option<Self> {
        match (group, kind) {
            ("", "Pod") => Some(Self::Pod),
            ("apps", "DaemonSet") => Some(Self::DaemonSet),
            _ => None,
        }
    }

    /// The name of the kind.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pod => "Pod",
            Self::DaemonSet => "DaemonSet",
        }
    }
}

/// An object as the rules see it.
#[derive(Debug)]
pub struct View<'a> {
    /// Its kind.
    pub kind: Kind,
    /// Its own metadata.
    pub metadata: Metadata<'a>,
    /// The pod that it is, or the template of the pods that it makes.
    pub pod: Option<PodView<'a>>,
}

/// A pod, or the template of one, and where in the object it stands.
#[derive(Debug)]
pub struct PodView<'a> {
    /// JSON Pointer of the `spec`.
    pub place: &'static str,
    /// The `spec`.
    pub spec: PodSpec<'a>,
}

impl<'a> View<'a> {
    /// Reads an object of this kind.
    ///
    /// # Errors
    /// Where a field that is read does not have the type that the API prescribes.
    pub fn read(kind: Kind, object: &'a RawValue) -> Result<Self, Error> {
        let text = object.get();
        let unreadable = |error: serde_json::Error| {
            let (place, what) = json::fault(text, &error);
            Error::Object { kind: kind.name().to_owned(), place, what }
        };
        let (metadata, spec, place) = match kind {
            Kind::Pod => {
                let pod: Pod<'a> = serde_json::from_str(text).map_err(unreadable)?;
                (pod.metadata, pod.spec, "/spec")
            }
            Kind::DaemonSet => {
                let set: Templated<'a> = serde_json::from_str(text).map_err(unreadable)?;
                let template = set.spec.and_then(|spec| spec.template);
                (set.metadata, template.and_then(|pod| pod.spec), "/spec/template/spec")
            }
        };
        let pod = spec.map(|spec| PodView { place, spec });
        Ok(Self { kind, metadata: metadata.unwrap_or_default(), pod })
    }
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Pod<'a> {
    #[serde(borrow)]
    metadata: Option<Metadata<'a>>,
    spec: Option<PodSpec<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Templated<'a> {
    #[serde(borrow)]
    metadata: Option<Metadata<'a>>,
    spec: Option<TemplatedSpec<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct TemplatedSpec<'a> {
    #[serde(borrow)]
    template: Option<PodTemplate<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct PodTemplate<'a> {
    #[serde(borrow)]
    spec: Option<PodSpec<'a>>,
}

/// `metadata`
#[derive(Debug, Default, Deserialize)]
#[serde(expecting = "an object", rename_all = "camelCase")]
pub struct Metadata<'a> {
    /// `name`
    #[serde(borrow)]
    pub name: Option<Text<'a>>,
    /// `namespace`
    pub namespace: Option<Text<'a>>,
    /// `deletionTimestamp`: set while the object is being deleted.
    pub deletion_timestamp: Option<Text<'a>>,
}

/// A pod's `spec`
#[derive(Debug, Default, Deserialize)]
#[serde(expecting = "an object", rename_all = "camelCase")]
pub struct PodSpec<'a> {
    /// `nodeName`: the pod is placed already.
    pub node_name: Option<Text<'a>>,
    /// `nodeSelector`
    #[serde(borrow, default)]
    pub node_selector: Map<'a, Text<'a>>,
    /// `affinity`
    pub affinity: Option<Affinity<'a>>,
    /// `initContainers`, sidecars among them
    #[serde(default)]
    pub init_containers: List<Container<'a>>,
    /// `containers`
    #[serde(default)]
    pub containers: List<Container<'a>>,
    /// `ephemeralContainers`
    #[serde(default)]
    pub ephemeral_containers: List<Container<'a>>,
}

/// `affinity`
#[derive(Debug, Default, Deserialize)]
#[serde(expecting = "an object", rename_all = "camelCase")]
pub struct Affinity<'a> {
    /// `nodeAffinity`
    #[serde(borrow)]
    pub node_affinity: Option<NodeAffinity<'a>>,
}

/// `nodeAffinity`
#[derive(Debug, Default, Deserialize)]
#[serde(expecting = "an object", rename_all = "camelCase")]
pub struct NodeAffinity<'a> {
    /// `requiredDuringSchedulingIgnoredDuringExecution`
    #[serde(borrow, rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    pub required: Option<NodeSelector<'a>>,
    /// `preferredDuringSchedulingIgnoredDuringExecution`
    #[serde(default, rename = "preferredDuringSchedulingIgnoredDuringExecution")]
    pub preferred: List<PreferredTerm<'a>>,
}

/// The terms of a required affinity; one of them must match.
#[derive(Debug, Default, Deserialize)]
#[serde(expecting = "an object", rename_all = "camelCase")]
pub struct NodeSelector<'a> {
    /// `nodeSelectorTerms`
    #[serde(borrow, default)]
    pub node_selector_terms: List<NodeSelectorTerm<'a>>,
}

/// A preferred term
#[derive(Debug, Default, Deserialize)]
#[serde(expecting = "an object")]
pub struct PreferredTerm<'a> {
    /// `preference`
    #[serde(borrow)]
    pub preference: Option<NodeSelectorTerm<'a>>,
}

/// A term; all of its expressions must match. One without any matches nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(expecting = "an object", rename_all = "camelCase")]
pub struct NodeSelectorTerm<'a> {
    /// `matchExpressions`
    #[serde(borrow, default)]
    pub match_expressions: List<NodeSelectorRequirement<'a>>,
    /// `matchFields`
    #[serde(default)]
    pub match_fields: List<NodeSelectorRequirement<'a>>,
}

/// An expression of a term
#[derive(Debug, Default, Deserialize)]
#[serde(expecting = "an object", default)]
pub struct NodeSelectorRequirement<'a> {
    /// `key`
    #[serde(borrow)]
    pub key: Text<'a>,
    /// `operator`
    pub operator: Text<'a>,
    /// `values`
    pub values: List<Text<'a>>,
}

/// A container of any of the three lists
#[derive(Debug, Default, Deserialize)]
#[serde(expecting = "an object", rename_all = "camelCase")]
pub struct Container<'a> {
    /// `name`
    #[serde(borrow)]
    pub name: Option<Text<'a>>,
    /// `env`
    #[serde(default)]
    pub env: List<EnvVar<'a>>,
    /// `resources`
    pub resources: Option<Resources<'a>>,
    /// `restartPolicy`: `Always` makes an init container a sidecar.
    pub restart_policy: Option<Text<'a>>,
}

/// An environment variable
#[derive(Debug, Default, Deserialize)]
#[serde(expecting = "an object", rename_all = "camelCase")]
pub struct EnvVar<'a> {
    /// `name`
    #[serde(borrow)]
    pub name: Option<Text<'a>>,
    /// `value`
    pub value: Option<Text<'a>>,
    /// `valueFrom`: the value can't be seen here.
    #[serde(default, deserialize_with = "present")]
    pub value_from: bool,
}

/// `resources`
#[derive(Debug, Default, Deserialize)]
#[serde(expecting = "an object", default)]
pub struct Resources<'a> {
    /// `requests`
    #[serde(borrow)]
    pub requests: Map<'a, Quantity<'a>>,
    /// `limits`
    pub limits: Map<'a, Quantity<'a>>,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::<serde::de::IgnoredAny>::deserialize(deserializer)?.is_some())
}

/// A container, and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct ContainerAt<'v, 'a> {
    /// The container.
    pub container: &'v Container<'a>,
    spec: &'static str,
    list: &'static str,
    index: usize,
}

impl<'a> ContainerAt<'_, 'a> {
    /// Its JSON Pointer.
    pub fn place(&self) -> String {
        format!("{}/{}/{}", self.spec, self.list, self.index)
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
        Some(json::join(&format!("{}/resources/{list}", self.place()), resource))
    }

    /// What it asks for of a resource: its request, or its limit where it has no request.
    pub fn asks(&self, resource: &str) -> Option<&Quantity<'a>> {
        let resources = self.container.resources.as_ref()?;
        resources.requests.get(resource).or_else(|| resources.limits.get(resource))
    }
}

impl<'a> PodView<'a> {
    /// The containers of all three lists, in the order in which they start.
    pub fn containers(&self) -> impl Iterator<Item = ContainerAt<'_, 'a>> {
        let spec = self.place;
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

/// The object of a request, or why there is none to judge.
pub fn object<'a>(object: Option<&'a RawValue>, kind: Kind) -> Result<&'a RawValue, Error> {
    object.filter(|raw| raw.get() != "null").ok_or_else(|| Error::Object {
        kind: kind.name().to_owned(),
        place: String::new(),
        what: "the request has no object".to_owned(),
    })
}
