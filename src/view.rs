//! The parts of an object that rules need: borrowed and read-only.
//!
//! Field names are those of the Kubernetes API. Absent and `null` are the same; a field of the
//! wrong type is an error that names its place.

mod claim;
mod container;
mod jobs;
mod karpenter;
mod kind;
mod pod;
mod spec;
mod taint;
mod variable;

pub use claim::{Claim, DeviceRequest, Exactly};
pub use container::ContainerAt;
pub use karpenter::{
    ClassRef, Count, KubeletConfiguration, NetworkInterface, NodeClass, NodeOverlay, NodePool,
    Requirement,
};
pub use kind::{KINDS, Kind};
pub use pod::{Form, Job, PodView};
pub use spec::{
    Affinity, Container, NodeAffinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm,
    PodSpec, PreferredTerm, Present, Resources, Volume, VolumeMount,
};
pub use taint::{Taint, Toleration};
pub use variable::EnvVar;

use crate::{
    error::Error,
    json::{self, Fields, Lazy, List, Map, Read, Reader, Slot, Text},
    text,
};

/// An object as the rules see it.
#[derive(Debug)]
pub struct View<'a> {
    /// Its kind.
    pub kind: Kind,
    /// Everything that is read of it except its metadata.
    pub body: Body<'a>,
    /// Its own metadata; for a pod, the pod has them.
    metadata: Metadata<'a>,
}

/// Everything that is read of an object except its metadata.
#[derive(Debug)]
pub enum Body<'a> {
    /// The pod that it is, or the templates of the pods that it makes.
    Pods(Vec<PodView<'a>>),
    /// The NodePool that it is.
    NodePool(NodePool<'a>),
    /// The EC2NodeClass, or the NodeClass of EKS Auto Mode, that it is.
    NodeClass(NodeClass<'a>),
    /// The NodeOverlay that it is.
    NodeOverlay(NodeOverlay<'a>),
    /// The ResourceClaim, or the template of one, that it is.
    Claim(Claim<'a>),
    /// The ENIConfig that it is.
    EniConfig(EniConfig<'a>),
    /// The `data` of the ConfigMap that it is.
    ConfigMap(Map<'a, Text<'a>>),
}

impl<'a> View<'a> {
    /// Reads an object of this kind.
    ///
    /// # Errors
    /// If a field that is read does not have the type that the API prescribes.
    pub fn read(kind: Kind, text: &'a str) -> Result<Self, Error> {
        let mut reader = Reader::new(text);
        let view = Self::read_at(kind, &mut reader);
        view.and_then(|view| reader.end().map(|()| view)).map_err(|error| Error::Object {
            kind: kind.name().to_owned(),
            place: json::pointer_at(text, error.at),
            what: error.what,
        })
    }

    /// Reads an object of this kind at the reader's position.
    ///
    /// # Errors
    /// If a field that is read does not have the type that the API prescribes.
    pub fn read_at(kind: Kind, reader: &mut Reader<'a>) -> json::Result<Self> {
        let (metadata, body) = match kind {
            Kind::Pod => {
                let PodTemplate { metadata, spec } = PodTemplate::read(reader)?;
                match spec {
                    Some(spec) => {
                        let pod = PodView::new("/spec", metadata, Job::default(), spec);
                        (Metadata::default(), Body::Pods(vec![pod]))
                    }
                    None => (metadata, Body::Pods(Vec::new())),
                }
            }
            Kind::NodePool => {
                let pool: Object<'_, NodePool<'_>> = Object::read(reader)?;
                (pool.metadata, Body::NodePool(pool.spec))
            }
            Kind::NodeOverlay => {
                let overlay: Object<'_, NodeOverlay<'_>> = Object::read(reader)?;
                (overlay.metadata, Body::NodeOverlay(overlay.spec))
            }
            Kind::ResourceClaim | Kind::ResourceClaimTemplate => {
                let claim: Object<'_, Claim<'_>> = Object::read(reader)?;
                (claim.metadata, Body::Claim(claim.spec))
            }
            Kind::AutoModeNodeClass | Kind::Ec2NodeClass => {
                let class: Object<'_, NodeClass<'_>> = Object::read(reader)?;
                (class.metadata, Body::NodeClass(class.spec))
            }
            Kind::EniConfig => {
                let config: Object<'_, EniConfig<'_>> = Object::read(reader)?;
                (config.metadata, Body::EniConfig(config.spec))
            }
            Kind::ConfigMap => {
                let ConfigMap { metadata, data } = ConfigMap::read(reader)?;
                (metadata, Body::ConfigMap(data))
            }
            _ => {
                let (metadata, pods) = jobs::read(kind, reader)?;
                (metadata, Body::Pods(pods))
            }
        };
        Ok(Self { kind, body, metadata })
    }

    /// The pod that it is, or the templates of the pods that it makes.
    pub fn pods(&self) -> &[PodView<'a>] {
        if let Body::Pods(pods) = &self.body { pods } else { &[] }
    }

    /// The metadata of the object.
    pub fn metadata(&self) -> &Metadata<'a> {
        match self.pods() {
            [pod] if self.kind == Kind::Pod => &pod.metadata,
            _ => &self.metadata,
        }
    }
}

#[derive(Default)]
struct Object<'a, S> {
    metadata: Metadata<'a>,
    spec: S,
}

impl<'a, S: Read<'a>> Read<'a> for Object<'a, S> {
    fn slot(&mut self) -> Slot<'_, 'a> {
        Slot::Object(self, "")
    }
}

impl<'a, S: Read<'a>> Fields<'a> for Object<'a, S> {
    fn field(&mut self, _: &'static str, key: &str) -> Slot<'_, 'a> {
        match key {
            "metadata" => self.metadata.slot(),
            "spec" => self.spec.slot(),
            _ => Slot::Unread,
        }
    }
}

#[derive(Default)]
struct Identity<'a> {
    metadata: Metadata<'a>,
}

#[derive(Default)]
struct ConfigMap<'a> {
    metadata: Metadata<'a>,
    data: Map<'a, Text<'a>>,
}

/// The `spec` of an ENIConfig: where the interfaces of a node's pods are.
#[derive(Debug, Default)]
pub struct EniConfig<'a> {
    /// `subnet`
    pub subnet: Text<'a>,
}

#[derive(Default)]
struct PodTemplate<'a> {
    metadata: Metadata<'a>,
    spec: Option<PodSpec<'a>>,
}

/// `metadata`
#[derive(Debug, Default)]
pub struct Metadata<'a> {
    /// `name`
    pub name: Option<Text<'a>>,
    /// `namespace`
    pub namespace: Option<Text<'a>>,
    /// `labels`
    pub labels: Map<'a, Text<'a>>,
    /// `annotations`
    pub annotations: Annotations<'a>,
    /// `ownerReferences`
    pub owner_references: Lazy<'a>,
    /// `deletionTimestamp`: set while the object is being deleted.
    pub deletion_timestamp: Option<Text<'a>>,
}

/// The owner that makes and keeps an object, by its `ownerReferences`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Controller {
    /// An object of a kind that the policy checks.
    Judged(Kind),
    /// An object of another kind.
    Other,
}

#[derive(Default)]
struct OwnerReference<'a> {
    api_version: Text<'a>,
    kind: Text<'a>,
    controller: bool,
}

/// The fields of a pod that show whether it may be scheduled.
#[derive(Default)]
struct Gated<'a> {
    gates: Lazy<'a>,
}

/// `true` if this pod waits for its scheduling gates to be removed.
pub fn is_gated(pod: &str) -> bool {
    Gated::read(&mut Reader::new(pod)).unwrap_or_default().gates.is_some()
}

/// `annotations`: those about networking.
#[derive(Debug, Default)]
pub struct Annotations<'a> {
    /// `eks-aiml-networking/allow`: the rules that it is excepted from, and the reason.
    pub allow: Option<Text<'a>>,
    /// `k8s.amazonaws.com/nicConfig`: requests an address on every network card.
    pub nic_config: Option<Text<'a>>,
    /// `leaderworkerset.sigs.k8s.io/size`: the number of pods in a group.
    pub group_size: Option<Text<'a>>,
    /// `kueue.x-k8s.io/pod-group-total-count`: the number of pods in a group.
    pub pod_group_count: Option<Text<'a>>,
    /// `kueue.x-k8s.io/pod-group-serving`: says that the pods serve.
    pub pod_group_serving: Option<Text<'a>>,
}

impl<'a> Metadata<'a> {
    /// The metadata of an object of which nothing else can be read.
    pub fn of(object: &'a str) -> Self {
        Identity::read(&mut Reader::new(object)).unwrap_or_default().metadata
    }

    /// The owner that made the object and keeps it as it should be; `None` if the references show none.
    pub fn controller(&self) -> Option<Controller> {
        let owners: List<OwnerReference<'_>> = self.owner_references.get();
        let owner = owners.0.into_iter().find(|owner| owner.controller)?;
        let group = owner.api_version.split_once('/').map_or("", |(group, _)| group);
        Some(Kind::of(group, &owner.kind).map_or(Controller::Other, Controller::Judged))
    }

    /// `true` if an owner is of this kind, which is given in quotes. The references are searched as
    /// text, because few rules need them.
    pub fn is_owned_by(&self, quoted: &str) -> bool {
        text::find(self.owner_references.text(), quoted).is_some()
    }
}

json::readable! {
    Identity<'a> { "metadata" => metadata }
    Gated<'a> { "spec": { "schedulingGates" => gates } }
    OwnerReference<'a> {
        "apiVersion" => api_version,
        "kind" => kind,
        "controller" => controller,
    }
    ConfigMap<'a> { "metadata" => metadata, "data" => data }
    EniConfig<'a> { "subnet" => subnet }
    PodTemplate<'a> { "metadata" => metadata, "spec" => spec }
    Metadata<'a> {
        "name" => name,
        "namespace" => namespace,
        "labels" => labels,
        "annotations" => annotations,
        "ownerReferences" => owner_references,
        "deletionTimestamp" => deletion_timestamp,
    }
    Annotations<'a> {
        "eks-aiml-networking/allow" => allow,
        "k8s.amazonaws.com/nicConfig" => nic_config,
        "leaderworkerset.sigs.k8s.io/size" => group_size,
        "kueue.x-k8s.io/pod-group-total-count" => pod_group_count,
        "kueue.x-k8s.io/pod-group-serving" => pod_group_serving,
    }
}
