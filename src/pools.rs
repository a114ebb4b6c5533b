//! Finds the NodePools of the cluster that can make a node for a pod, and what such a node offers, as
//! Karpenter decides it: taints, labels, types, and the resources that its simulation counts on them.
//!
//! Semantics: kubernetes-sigs/karpenter pkg/controllers/provisioning/scheduling/nodeclaim.go `CanAdd`,
//! pkg/scheduling/requirements.go `Compatible`, pkg/scheduling/taints.go; startup taints don't count.
//! The nodes of a NodePool with `replicas` exist before any pod requests something, so Karpenter's
//! counts on types don't matter there; but EFA is attached only if its node class lists the interfaces.

mod aside;
mod counted;
mod doubt;
mod fit;
mod label;
mod landing;
mod miss;
mod overlay;

use std::cell::OnceCell;

pub use aside::Aside;
pub use doubt::Doubt;
pub use landing::{Answer, Land, Landing, Refusal};
pub use miss::{Certainty, Miss, Refused};

use crate::{
    cluster::{self, Cluster, Overlay, Pool},
    instances::{Catalog, InstanceType, TypeSet},
    kubernetes::Quantity,
    view::{NodeClass, NodePool},
};

/// The cluster's NodePools and overlays, each list fetched on demand.
pub struct Pools<'c> {
    cluster: &'c Cluster<'c>,
    all: OnceCell<Option<Vec<Pool<'c>>>>,
    overlays: OnceCell<Option<Vec<Overlay<'c>>>>,
}

impl<'c> Pools<'c> {
    /// The NodePools of this cluster.
    pub fn new(cluster: &'c Cluster<'c>) -> Self {
        Self { cluster, all: OnceCell::new(), overlays: OnceCell::new() }
    }

    /// The cluster.
    pub fn cluster(&self) -> &'c Cluster<'c> {
        self.cluster
    }

    /// All of them, in any order; `None` if they are unknown.
    pub fn all(&self) -> Option<&[Pool<'c>]> {
        self.all.get_or_init(|| cluster::pools(self.cluster)).as_deref()
    }

    /// The node class of a pool; `None` if it is unknown.
    pub fn class_of<'p>(&self, pool: &'p Pool<'c>) -> Option<&'p NodeClass<'c>> {
        pool.class(self.cluster)
    }

    /// The node class that a NodePool under review names; `None` if it is unknown.
    pub fn class_named(&self, pool: &NodePool<'_>) -> Option<NodeClass<'c>> {
        cluster::class(self.cluster, &pool.class)
    }

    /// The number of EFA interfaces that a node of the pool attaches for a pod that requests EFA; `None`
    /// if it is unknown.
    pub fn attached(&self, pool: &Pool<'c>, instance: &InstanceType<'_>) -> Option<u16> {
        self.class_of(pool)?;
        self.attached_to_all(pool).or_else(|| {
            // It is not documented how many Auto Mode attaches without a list.
            if pool.class.is_auto_mode() { None } else { instance.efa_interfaces() }
        })
    }

    /// The number of EFA interfaces that the nodes of the pool attach, whatever their type; `None` if
    /// the type decides, or the class is unknown.
    fn attached_to_all(&self, pool: &Pool<'c>) -> Option<u16> {
        let listed = self.class_of(pool)?.attached();
        listed.or_else(|| pool.is_static().then_some(0))
    }

    /// The reason why a pool might make no node of these types after all.
    pub fn doubt(&self, land: &Land<'_>, catalog: &Catalog) -> Option<Doubt> {
        doubt::of(self.cluster, land, catalog)
    }

    /// `true` if a NodeOverlay may have Karpenter count this much of a resource on nodes of the pool,
    /// which are of these types; also if the overlays are unknown.
    fn may_be_overlaid(
        &self,
        resource: &str,
        asked: u64,
        pool: &'c Pool<'c>,
        types: &TypeSet,
        catalog: &Catalog,
    ) -> bool {
        let overlays = self.overlays.get_or_init(|| cluster::overlays(self.cluster));
        let Some(overlays) = overlays else { return true };
        let enough = |quantity: &Quantity<'_>| quantity.count().is_none_or(|count| count >= asked);
        overlays.iter().any(|overlay| {
            overlay.capacity.get(resource).is_some_and(enough)
                && overlay::may_be_on(overlay, pool, types, catalog)
        })
    }
}
