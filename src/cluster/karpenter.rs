//! Karpenter's objects of the cluster: NodePools, node classes, node overlays. A list that can't be
//! read is as one that could not be asked for: what is not known proves nothing.
//!
//! Source: kubernetes-sigs/karpenter pkg/apis/v1/nodepool.go, pkg/apis/v1alpha1/nodeoverlay.go;
//! aws/karpenter-provider-aws pkg/apis/v1/ec2nodeclass.go.

use std::{
    cell::{OnceCell, RefCell},
    rc::Rc,
};

use super::{Cluster, Query};
use crate::{
    instances::TypeSet,
    json::{self, Lazy, List, Map, Read as _, Reader, Text},
    kubernetes::Quantity,
    text,
    view::{ClassRef, Count, NodeClass, Requirement, Taint},
};

/// A NodePool of the cluster. Of many pools little is looked at: each part is read when it is needed, and
/// what can't be read is as if it were absent, so that the pool may make more.
#[derive(Debug, Default)]
pub struct Pool<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// Its node class.
    pub class: ClassRef<'a>,
    replicas: Option<Count<'a>>,
    deletion: Option<Text<'a>>,
    labels: Part<'a, Map<'a, Text<'a>>>,
    taints: Part<'a, List<Taint<'a>>>,
    requirements: Lazy<'a>,
    read: OnceCell<Vec<Rc<Required<'a>>>>,
    /// What others of the same list require.
    known: Known<'a>,
    seen_class: OnceCell<Option<NodeClass<'a>>>,
}

/// Requirements as they were read, by their texts: NodePools of one cluster resemble each other.
type Known<'a> = Rc<RefCell<Vec<(&'a str, Rc<Required<'a>>)>>>;

/// How many of them are kept: to find one among more takes longer than to read it.
const KNOWN: usize = 16;

/// A requirement, and what it leaves of the types.
#[derive(Debug)]
pub struct Required<'a> {
    /// The requirement.
    pub of: Requirement<'a>,
    types: OnceCell<Option<TypeSet>>,
}

impl<'a> Required<'a> {
    /// The types that meet it, as `types` says when it is asked first; `None` where it is not about the type.
    pub fn types(&self, types: impl FnOnce() -> Option<TypeSet>) -> Option<&TypeSet> {
        self.types.get_or_init(types).as_ref()
    }

    fn read(reader: &mut Reader<'a>, known: &Known<'a>) -> json::Result<Rc<Self>> {
        for (text, one) in &*known.borrow() {
            if reader.takes(text) {
                return Ok(Rc::clone(one));
            }
        }
        let mut ahead = *reader;
        let of = Requirement::read(&mut ahead)?;
        let one = Rc::new(Self { of, types: OnceCell::new() });
        let text = reader.advance(ahead);
        let mut known = known.borrow_mut();
        if known.len() < KNOWN && text.starts_with('{') {
            known.push((text, Rc::clone(&one)));
        }
        Ok(one)
    }
}

impl<'a> Pool<'a> {
    /// The node class that it names; `None` where it is not known.
    pub fn class(&self, cluster: &'a Cluster<'_>) -> Option<&NodeClass<'a>> {
        self.seen_class.get_or_init(|| class(cluster, &self.class)).as_ref()
    }

    /// Whether its nodes are there whether or not pods ask for them.
    pub fn is_static(&self) -> bool {
        self.replicas.is_some()
    }

    /// The labels of its nodes, as its template has them.
    pub fn labels(&self) -> &Map<'a, Text<'a>> {
        self.labels.get()
    }

    /// The taints of its nodes.
    pub fn taints(&self) -> &[Taint<'a>] {
        self.taints.get()
    }

    /// Whether some requirement may be on this label: its text is searched, which is faster than to read it.
    pub fn may_require(&self, key: &str) -> bool {
        text::find(self.requirements.text(), key).is_some()
    }

    /// What its nodes have to be.
    pub fn requirements(&self) -> &[Rc<Required<'a>>] {
        self.read.get_or_init(|| {
            let mut all = Vec::new();
            let read = Reader::new(self.requirements.text()).list(&mut |reader| {
                all.push(Required::read(reader, &self.known)?);
                Ok(())
            });
            if read.is_ok() { all } else { Vec::new() }
        })
    }
}

/// What of a NodePool changes from day to day.
#[derive(Debug, Default)]
pub struct State<'a> {
    /// `spec.limits`
    pub limits: Map<'a, Quantity<'a>>,
    /// `status.resources`: what its nodes have together.
    pub used: Map<'a, Quantity<'a>>,
    conditions: List<Condition<'a>>,
}

impl State<'_> {
    /// Whether Karpenter says that it makes no nodes of it.
    pub fn is_unready(&self) -> bool {
        self.conditions.iter().any(|one| &*one.kind == "Ready" && &*one.status == "False")
    }
}

#[derive(Debug, Default)]
struct Condition<'a> {
    kind: Text<'a>,
    status: Text<'a>,
}

/// A node class of the cluster: an EC2NodeClass, or a NodeClass of EKS Auto Mode.
#[derive(Debug, Default)]
struct Class<'a> {
    spec: NodeClass<'a>,
}

/// A NodeOverlay: what Karpenter counts on types beside what EC2 says of them.
#[derive(Debug, Default)]
pub struct Overlay<'a> {
    /// `spec.capacity`
    pub capacity: Map<'a, Quantity<'a>>,
}

/// A part of an object that is read when it is needed.
#[derive(Debug)]
struct Part<'a, T> {
    text: Lazy<'a>,
    read: OnceCell<T>,
}

impl<T> Default for Part<'_, T> {
    fn default() -> Self {
        Self { text: Lazy::default(), read: OnceCell::new() }
    }
}

impl<'a, T: json::Read<'a> + Default> Part<'a, T> {
    fn get(&self) -> &T {
        self.read.get_or_init(|| self.text.get())
    }
}

impl<'a, T> json::Read<'a> for Part<'a, T> {
    fn read(reader: &mut Reader<'a>) -> json::Result<Self> {
        Ok(Self { text: Lazy::read(reader)?, read: OnceCell::new() })
    }
}

json::readable! {
    Pool<'a> {
        "metadata": { "name" => name, "deletionTimestamp" => deletion },
        "spec": {
            "replicas" => replicas,
            "template": {
                "metadata": { "labels" => labels },
                "spec": {
                    "nodeClassRef" => class,
                    "requirements" => requirements,
                    "taints" => taints,
                },
            },
        },
    }
    State<'a> {
        "spec": { "limits" => limits },
        "status": { "resources" => used, "conditions" => conditions },
    }
    Condition<'a> { "type" => kind, "status" => status }
    Class<'a> { "spec" => spec }
    Overlay<'a> { "spec": { "capacity" => capacity } }
}

/// The NodePools, in the order in which the host has them, which may be any; those that are being deleted
/// make no nodes.
pub fn pools<'c>(cluster: &'c Cluster<'_>) -> Option<Vec<Pool<'c>>> {
    const FIELDS: [&str; 8] = [
        "metadata.deletionTimestamp",
        "metadata.name",
        "spec.replicas",
        "spec.template.metadata.labels",
        "spec.template.spec.nodeClassRef.group",
        "spec.template.spec.nodeClassRef.name",
        "spec.template.spec.requirements",
        "spec.template.spec.taints",
    ];
    let mut pools: Vec<Pool<'c>> = cluster.items("karpenter.sh/v1", "NodePool", &FIELDS)?;
    pools.retain(|pool| pool.deletion.is_none());
    if let Some((first, others)) = pools.split_first_mut() {
        others.iter_mut().for_each(|pool| pool.known = Rc::clone(&first.known));
    }
    Some(pools)
}

/// What of a NodePool changes from day to day; `None` where it is not known.
pub fn state<'c>(cluster: &'c Cluster<'_>, name: &str) -> Option<State<'c>> {
    let query = Query {
        api_version: "karpenter.sh/v1",
        kind: "NodePool",
        name,
        namespace: None,
        field_masks: &["spec.limits", "status.conditions", "status.resources"],
    };
    Reader::whole(cluster.get(&query)?).ok()
}

/// A node class of Karpenter itself, or of EKS Auto Mode; `None` where it is not known. One is asked for at a
/// time: few pods can land on nodes of many.
pub fn class<'c>(cluster: &'c Cluster<'_>, of: &ClassRef<'_>) -> Option<NodeClass<'c>> {
    let (api_version, kind) = match of {
        of if of.is_auto_mode() => ("eks.amazonaws.com/v1", "NodeClass"),
        of if of.is_of_karpenter() => ("karpenter.k8s.aws/v1", "EC2NodeClass"),
        _ => return None,
    };
    let query = Query {
        api_version,
        kind,
        name: &of.name,
        namespace: None,
        field_masks: &[
            "spec.advancedNetworking.networkInterfaces",
            "spec.associatePublicIPAddress",
            "spec.kubelet.maxPods",
            "spec.networkInterfaces",
            "spec.securityGroupSelectorTerms",
            "spec.subnetSelectorTerms",
        ],
    };
    let Class { spec } = Reader::whole(cluster.get(&query)?).ok()?;
    Some(spec)
}

/// The NodeOverlays.
pub fn overlays<'c>(cluster: &'c Cluster<'_>) -> Option<Vec<Overlay<'c>>> {
    cluster.items("karpenter.sh/v1alpha1", "NodeOverlay", &["spec.capacity"])
}
