//! Which NodePools of the cluster can make a node for a pod, and what such a node offers, as Karpenter
//! decides it: taints, labels, types, and what its simulation counts on them.
//!
//! Semantics: kubernetes-sigs/karpenter pkg/controllers/provisioning/scheduling/nodeclaim.go `CanAdd`,
//! pkg/scheduling/requirements.go `Compatible`, pkg/scheduling/taints.go; start-up taints don't count.
//! A NodePool with `replicas` has its nodes before any pod asks, so what Karpenter counts on types does
//! not matter there; but EFA is attached only where its node class lists the interfaces.

mod doubt;
mod fit;
mod label;
mod landing;
mod miss;

use std::cell::OnceCell;

pub use doubt::Doubt;
pub use landing::{Land, Landing, Refusal};
pub use miss::{Miss, Refused};

use crate::{
    cluster::{self, Class, Cluster, Overlay, Pool},
    instances::InstanceType,
    kubernetes::Quantity,
    view::NodePool,
};

/// What the cluster says of its NodePools, each list asked for when it is needed.
pub struct Pools<'c> {
    cluster: &'c Cluster<'c>,
    all: OnceCell<Option<Vec<Pool<'c>>>>,
    classes: OnceCell<Option<Vec<Class<'c>>>>,
    auto_mode_classes: OnceCell<Option<Vec<Class<'c>>>>,
    overlays: OnceCell<Option<Vec<Overlay<'c>>>>,
}

impl<'c> Pools<'c> {
    /// The NodePools of this cluster.
    pub fn new(cluster: &'c Cluster<'c>) -> Self {
        Self {
            cluster,
            all: OnceCell::new(),
            classes: OnceCell::new(),
            auto_mode_classes: OnceCell::new(),
            overlays: OnceCell::new(),
        }
    }

    /// The cluster.
    pub fn cluster(&self) -> &'c Cluster<'c> {
        self.cluster
    }

    /// All of them, in the order of their names; `None` where that is not known.
    pub fn all(&self) -> Option<&[Pool<'c>]> {
        self.all.get_or_init(|| cluster::pools(self.cluster)).as_deref()
    }

    /// The node class of a pool; `None` where it is not known.
    pub fn class_of(&self, pool: &Pool<'_>) -> Option<&Class<'c>> {
        self.class_named(&pool.spec)
    }

    /// The node class that a NodePool names; `None` where it is not known.
    pub fn class_named(&self, pool: &NodePool<'_>) -> Option<&Class<'c>> {
        let (classes, auto_mode) = match pool.is_auto_mode() {
            true => (&self.auto_mode_classes, true),
            false if pool.is_of_karpenter() => (&self.classes, false),
            false => return None,
        };
        let classes = classes.get_or_init(|| cluster::classes(self.cluster, auto_mode));
        classes.iter().flatten().find(|class| class.name == pool.class_name)
    }

    /// How many EFA interfaces a node of the pool attaches for a pod that asks for EFA; `None` where
    /// that is not known.
    pub fn attached(&self, pool: &Pool<'_>, instance: &InstanceType<'_>) -> Option<u16> {
        match self.class_of(pool)?.spec.attached() {
            Some(attached) => Some(attached),
            None if pool.spec.is_static() => Some(0),
            // What Auto Mode attaches without a list is not documented.
            None if pool.spec.is_auto_mode() => None,
            None => instance.efa_interfaces(),
        }
    }

    /// The least that every node of the pool lacks of what its class could list: how many EFA interfaces
    /// its nodes attach, whatever their type; `None` where the type decides.
    fn attached_to_all(&self, pool: &Pool<'_>) -> Option<u16> {
        match self.class_of(pool)?.spec.attached() {
            None if pool.spec.is_static() => Some(0),
            attached => attached,
        }
    }

    /// Whether some NodeOverlay may have Karpenter count this much of a resource on types; it may, where the
    /// overlays are not known.
    fn may_be_overlaid(&self, resource: &str, asked: u64) -> bool {
        let overlays = self.overlays.get_or_init(|| cluster::overlays(self.cluster));
        let Some(overlays) = overlays else { return true };
        let enough = |quantity: &Quantity<'_>| quantity.count().is_none_or(|count| count >= asked);
        overlays.iter().any(|overlay| overlay.capacity.get(resource).is_some_and(enough))
    }
}
