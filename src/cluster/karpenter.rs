//! Karpenter's objects of the cluster: NodePools, node classes, node overlays. A list that can't be
//! read is as one that could not be asked for: what is not known proves nothing.
//!
//! Source: kubernetes-sigs/karpenter pkg/apis/v1/nodepool.go, pkg/apis/v1alpha1/nodeoverlay.go;
//! aws/karpenter-provider-aws pkg/apis/v1/ec2nodeclass.go.

use std::cell::OnceCell;

use super::{Cluster, Query};
use crate::{
    json::{self, Lazy, List, Map, Reader, Text},
    kubernetes::Quantity,
    text,
    view::{Count, NodeClass, NodePool, Requirement, Taint},
};

/// A NodePool of the cluster. Of many pools little is looked at: each part is read when it is needed, and
/// what can't be read is as if it were absent, so that the pool may make more.
#[derive(Debug, Default)]
pub struct Pool<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// The name of its node class.
    pub class_name: Text<'a>,
    class_group: Text<'a>,
    replicas: Option<Count<'a>>,
    deletion: Option<Text<'a>>,
    labels: Part<'a, Map<'a, Text<'a>>>,
    taints: Part<'a, List<Taint<'a>>>,
    requirements: Part<'a, List<Requirement<'a>>>,
    class: OnceCell<Option<NodeClass<'a>>>,
}

impl<'a> Pool<'a> {
    /// Whether its nodes are those of EKS Auto Mode.
    pub fn is_auto_mode(&self) -> bool {
        NodePool::is_group_of_auto_mode(&self.class_group)
    }

    /// Whether its nodes are those of Karpenter itself.
    pub fn is_of_karpenter(&self) -> bool {
        NodePool::is_group_of_karpenter(&self.class_group)
    }

    /// The node class that it names; `None` where it is not known.
    pub fn class(&self, cluster: &'a Cluster<'_>) -> Option<&NodeClass<'a>> {
        let class = || {
            let is_known = self.is_of_karpenter() || self.is_auto_mode();
            is_known.then(|| class(cluster, &self.class_name, self.is_auto_mode())).flatten()
        };
        self.class.get_or_init(class).as_ref()
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
        text::find(self.requirements.text.text(), key).is_some()
    }

    /// What its nodes have to be.
    pub fn requirements(&self) -> &[Requirement<'a>] {
        self.requirements.get()
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
    /// `spec.requirements`: of which types.
    pub requirements: List<Requirement<'a>>,
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

#[derive(Default)]
struct Items<T> {
    items: List<T>,
}

impl<'a, T: json::Read<'a> + Default> json::Read<'a> for Items<T> {
    fn read(reader: &mut Reader<'a>) -> json::Result<Self> {
        let mut out = Self { items: List::default() };
        reader.object(&mut |key, reader| match &*key {
            "items" => reader.set(&mut out.items),
            _ => reader.pass(),
        })?;
        Ok(out)
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
                    "nodeClassRef": { "group" => class_group, "name" => class_name },
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
    Overlay<'a> { "spec": { "requirements" => requirements, "capacity" => capacity } }
}

fn list<'c, T: json::Read<'c> + Default>(
    cluster: &'c Cluster<'_>,
    api_version: &str,
    kind: &str,
    field_masks: &[&str],
) -> Option<Vec<T>> {
    let text = cluster.list(api_version, kind, field_masks)?;
    let Items { items } = Reader::whole::<Items<T>>(text).ok()?;
    Some(items.0)
}

/// The NodePools, in the order of their names; those that are being deleted make no nodes.
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
    let mut pools: Vec<Pool<'c>> = list(cluster, "karpenter.sh/v1", "NodePool", &FIELDS)?;
    pools.retain(|pool| pool.deletion.is_none());
    Some(crate::sort::sorted_by(pools, |one, other| one.name.cmp(&other.name)))
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
pub fn class<'c>(cluster: &'c Cluster<'_>, name: &str, auto_mode: bool) -> Option<NodeClass<'c>> {
    let (api_version, kind) = match auto_mode {
        true => ("eks.amazonaws.com/v1", "NodeClass"),
        false => ("karpenter.k8s.aws/v1", "EC2NodeClass"),
    };
    let query = Query {
        api_version,
        kind,
        name,
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
    const FIELDS: [&str; 3] = ["metadata.name", "spec.capacity", "spec.requirements"];
    list(cluster, "karpenter.sh/v1alpha1", "NodeOverlay", &FIELDS)
}
