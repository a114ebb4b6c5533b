//! Karpenter's objects of the cluster: NodePools, node classes, node overlays. A list that can't be
//! read is as one that could not be asked for: what is not known proves nothing.
//!
//! Source: kubernetes-sigs/karpenter pkg/apis/v1/nodepool.go, pkg/apis/v1alpha1/nodeoverlay.go;
//! aws/karpenter-provider-aws pkg/apis/v1/ec2nodeclass.go.

use super::Cluster;
use crate::{
    json::{self, List, Map, Reader, Text},
    kubernetes::Quantity,
    view::{NodeClass, NodePool, Requirement},
};

/// A NodePool of the cluster.
#[derive(Debug, Default)]
pub struct Pool<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// Its `spec`.
    pub spec: NodePool<'a>,
    /// `status.resources`: what its nodes have together.
    pub used: Map<'a, Quantity<'a>>,
    conditions: List<Condition<'a>>,
    deletion: Option<Text<'a>>,
}

impl Pool<'_> {
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
pub struct Class<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// Its `spec`.
    pub spec: NodeClass<'a>,
}

/// A NodeOverlay: what Karpenter counts on types beside what EC2 says of them.
#[derive(Debug, Default)]
pub struct Overlay<'a> {
    /// `spec.requirements`: of which types.
    pub requirements: List<Requirement<'a>>,
    /// `spec.capacity`
    pub capacity: Map<'a, Quantity<'a>>,
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
        "spec" => spec,
        "status": { "resources" => used, "conditions" => conditions },
    }
    Condition<'a> { "type" => kind, "status" => status }
    Class<'a> { "metadata": { "name" => name }, "spec" => spec }
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
    const FIELDS: [&str; 11] = [
        "metadata.deletionTimestamp",
        "metadata.name",
        "spec.limits",
        "spec.replicas",
        "spec.template.metadata.labels",
        "spec.template.spec.nodeClassRef",
        "spec.template.spec.requirements",
        "spec.template.spec.taints",
        "status.conditions.status",
        "status.conditions.type",
        "status.resources",
    ];
    let mut pools: Vec<Pool<'c>> = list(cluster, "karpenter.sh/v1", "NodePool", &FIELDS)?;
    pools.retain(|pool| pool.deletion.is_none());
    Some(crate::sort::sorted_by(pools, |one, other| one.name.cmp(&other.name)))
}

/// The node classes of Karpenter itself, or of EKS Auto Mode.
pub fn classes<'c>(cluster: &'c Cluster<'_>, auto_mode: bool) -> Option<Vec<Class<'c>>> {
    const FIELDS: [&str; 6] = [
        "metadata.name",
        "spec.advancedNetworking",
        "spec.associatePublicIPAddress",
        "spec.networkInterfaces",
        "spec.securityGroupSelectorTerms",
        "spec.subnetSelectorTerms",
    ];
    match auto_mode {
        true => list(cluster, "eks.amazonaws.com/v1", "NodeClass", &FIELDS),
        false => list(cluster, "karpenter.k8s.aws/v1", "EC2NodeClass", &FIELDS),
    }
}

/// The NodeOverlays.
pub fn overlays<'c>(cluster: &'c Cluster<'_>) -> Option<Vec<Overlay<'c>>> {
    const FIELDS: [&str; 3] = ["metadata.name", "spec.capacity", "spec.requirements"];
    list(cluster, "karpenter.sh/v1alpha1", "NodeOverlay", &FIELDS)
}
