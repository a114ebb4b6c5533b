//! What the policy reads of an object: borrowed, read-only, and nothing that no rule asks for.
//!
//! Field names are those of the Kubernetes API. Absent and `null` are the same; a field of the
//! wrong type is an error that names its place.

mod karpenter;
mod pod;

pub use karpenter::{KubeletConfiguration, NodeClass, NodePool, PodLimit, Requirement};
pub use pod::{
    Affinity, Container, ContainerAt, EnvVar, Job, NodeAffinity, NodeSelector, NodeSelectorRequirement,
    NodeSelectorTerm, PodSpec, PodView, PreferredTerm, Present, Resources,
};

use crate::{
    error::Error,
    json::{self, Lazy, List, Map, Read, Reader, Text, Unexpected},
};

/// The kinds that the policy judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// core `Pod`
    Pod,
    /// apps `DaemonSet`
    DaemonSet,
    /// karpenter.sh `NodePool`
    NodePool,
    /// karpenter.k8s.aws `EC2NodeClass`
    Ec2NodeClass,
}

/// Group, name, kind.
const KINDS: [(&str, &str, Kind); 4] = [
    ("", "Pod", Kind::Pod),
    ("apps", "DaemonSet", Kind::DaemonSet),
    ("karpenter.k8s.aws", "EC2NodeClass", Kind::Ec2NodeClass),
    ("karpenter.sh", "NodePool", Kind::NodePool),
];

impl Kind {
    /// The kind of this API group and name; the version does not matter.
    pub fn of(group: &str, kind: &str) -> Option<Self> {
        let known = KINDS.iter().find(|(of, name, _)| *of == group && *name == kind);
        known.map(|(.., kind)| *kind)
    }

    /// The name of the kind.
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(.., kind)| *kind == self).map_or("", |(_, name, _)| name)
    }

    /// Whether objects of the kind are repaired, rather than only judged.
    pub fn is_mutated(self) -> bool {
        matches!(self, Self::Pod | Self::DaemonSet)
    }
}

/// An object as the rules see it.
#[derive(Debug)]
pub struct View<'a> {
    /// Its kind.
    pub kind: Kind,
    /// Its own metadata.
    pub metadata: Metadata<'a>,
    /// The pod that it is, or the templates of the pods that it makes.
    pub pods: Vec<PodView<'a>>,
    /// The NodePool that it is.
    pub pool: Option<NodePool<'a>>,
    /// The EC2NodeClass that it is.
    pub node_class: Option<NodeClass<'a>>,
}

impl<'a> View<'a> {
    /// Reads an object of this kind.
    ///
    /// # Errors
    /// Where a field that is read does not have the type that the API prescribes.
    pub fn read(kind: Kind, text: &'a str) -> Result<Self, Error> {
        let mut reader = Reader::new(text);
        Self::read_at(kind, &mut reader).and_then(|view| reader.end(view)).map_err(
            |error: Unexpected| Error::Object {
                kind: kind.name().to_owned(),
                place: json::pointer_at(text, error.at),
                what: error.what,
            },
        )
    }

    /// Reads the object of this kind at the reader's place.
    ///
    /// # Errors
    /// Where a field that is read does not have the type that the API prescribes.
    pub fn read_at(kind: Kind, reader: &mut Reader<'a>) -> json::Result<Self> {
        let mut view = Self {
            kind,
            metadata: Metadata::default(),
            pods: Vec::new(),
            pool: None,
            node_class: None,
        };
        match kind {
            Kind::Pod => {
                let pod = PodTemplate::read(reader)?;
                view.push(pod, "/spec");
            }
            Kind::DaemonSet => {
                let set: Object<'_, Templated<'_>> = Object::read(reader)?;
                view.metadata = set.metadata;
                view.push(set.spec.template, "/spec/template/spec");
            }
            Kind::NodePool => {
                let pool: Object<'_, NodePool<'_>> = Object::read(reader)?;
                view.metadata = pool.metadata;
                view.pool = Some(pool.spec);
            }
            Kind::Ec2NodeClass => {
                let class: Object<'_, NodeClass<'_>> = Object::read(reader)?;
                view.metadata = class.metadata;
                view.node_class = Some(class.spec);
            }
        }
        Ok(view)
    }

    fn push(&mut self, template: PodTemplate<'a>, place: &'static str) {
        if let Some(spec) = template.spec {
            let metadata = template.metadata;
            let kind = (self.kind != Kind::Pod).then_some(self.kind);
            let job = Job { kind, ..Job::default() };
            self.pods.push(PodView { place: place.into(), metadata, job, spec });
        }
    }

    /// The metadata of the object.
    pub fn metadata(&self) -> &Metadata<'a> {
        match self.pods.as_slice() {
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

impl<'a, S: Read<'a> + Default> Read<'a> for Object<'a, S> {
    fn read(reader: &mut Reader<'a>) -> json::Result<Self> {
        let mut out = Self::default();
        reader.members(&mut |key, reader| match key {
            "metadata" => reader.set(&mut out.metadata),
            "spec" => reader.set(&mut out.spec),
            _ => reader.pass(),
        })?;
        Ok(out)
    }
}

#[derive(Default)]
struct Templated<'a> {
    template: PodTemplate<'a>,
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

/// `annotations`: those that tell of networking.
#[derive(Debug, Default)]
pub struct Annotations<'a> {
    /// `k8s.amazonaws.com/nicConfig`: whether the pod gets an address on every network card.
    pub nic_config: Option<Text<'a>>,
    /// `leaderworkerset.sigs.k8s.io/size`: pods of a group.
    pub group_size: Option<Text<'a>>,
    /// `kueue.x-k8s.io/pod-group-total-count`: pods of a group.
    pub pod_group_count: Option<Text<'a>>,
    /// `kueue.x-k8s.io/pod-group-serving`: the pods serve.
    pub pod_group_serving: Option<Text<'a>>,
}

/// An owner of `ownerReferences`
#[derive(Debug, Default)]
pub struct Owner<'a> {
    /// `kind`
    pub kind: Text<'a>,
}

impl<'a> Metadata<'a> {
    /// `ownerReferences`
    pub fn owners(&self) -> List<Owner<'a>> {
        self.owner_references.get()
    }
}

json::readable! {
    Templated { "template" => template }
    PodTemplate { "metadata" => metadata, "spec" => spec }
    Metadata {
        "name" => name,
        "namespace" => namespace,
        "labels" => labels,
        "annotations" => annotations,
        "ownerReferences" => owner_references,
        "deletionTimestamp" => deletion_timestamp,
    }
    Annotations {
        "k8s.amazonaws.com/nicConfig" => nic_config,
        "leaderworkerset.sigs.k8s.io/size" => group_size,
        "kueue.x-k8s.io/pod-group-total-count" => pod_group_count,
        "kueue.x-k8s.io/pod-group-serving" => pod_group_serving,
    }
    Owner { "kind" => kind }
}
