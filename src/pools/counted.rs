//! Selects the types of a pool that have as much as a pod requests, as Karpenter counts it.

use super::{
    Certainty, Miss, Refused,
    fit::{Seeker, Wanted},
};
use crate::{
    cluster::Pool,
    finding::Assumption,
    instances::TypeSet,
    kubernetes::{Compute, EFA, Resource},
};

impl<'l> Seeker<'l> {
    /// The given types that have as much as the pod requests, as Karpenter counts it.
    pub(super) fn counted(
        &self,
        types: TypeSet,
        wanted: &Wanted<'l>,
        pool: &'l Pool<'l>,
        misses: &mut Vec<Refused<'l>>,
    ) -> TypeSet {
        let mut left = self.with_efa(types, wanted, pool, misses);
        if pool.is_static() {
            return left;
        }
        let catalog = self.placement.catalog;
        let counted = |one: &Resource| one.counts_devices() && !one.is_by_dra();
        for resource in Resource::accelerators().filter(counted) {
            let asked = self.pod.total(resource);
            let Some(label) = resource.count_label(catalog).filter(|_| asked > 0) else { continue };
            let enough = label.above(i64::try_from(asked).unwrap_or(i64::MAX) - 1);
            if enough.meets(&left) || left.is_empty() {
                left = left.and(&enough);
            } else if let Some(most) = label.greatest(&left)
                // Types without any are reported by the constraint on the type.
                && most > 0
                && !self.pools.may_be_overlaid(resource.name(), asked, pool, &left, catalog)
            {
                let certainty = self.of_types(wanted, pool).with(Assumption::Devices);
                misses.push(Refused { miss: Miss::Devices { resource, asked, most }, certainty });
            }
        }
        for compute in Compute::ALL {
            let asked = self.pod.at_least(compute);
            let has = || catalog.types(&left).any(|one| compute.may_exceed(&one, asked));
            if asked > 0 && !left.is_empty() && !has() {
                let certainty = self.of_types(wanted, pool);
                misses.push(Refused { miss: Miss::Compute(compute, asked), certainty });
            }
        }
        for name in self.resources.iter().filter(|name| is_uncounted(name)) {
            if !self.pools.may_be_overlaid(name, 1, pool, &left, catalog) {
                let miss = Miss::Resource(name);
                misses.push(Refused { miss, certainty: Certainty::Open });
            }
        }
        left
    }

    /// The given types that have as many EFA interfaces as the pod requests, or as the class lists.
    fn with_efa(
        &self,
        types: TypeSet,
        wanted: &Wanted<'l>,
        pool: &'l Pool<'l>,
        misses: &mut Vec<Refused<'l>>,
    ) -> TypeSet {
        let asked = self.pod.total(EFA);
        if let Some(attached) = self.pools.attached_to_all(pool) {
            // Karpenter drops the types that can't attach all interfaces of the class.
            let efa = self.placement.catalog.efa();
            let left = types.and(&efa.above(i64::from(attached) - 1));
            if u64::from(attached) < asked {
                let miss = Miss::Efa { asked, attached };
                misses.push(Refused { miss, certainty: Certainty::SURE });
            } else if left.is_empty() && !types.is_empty() {
                let certainty = self.of_types(wanted, pool);
                misses.push(Refused { miss: Miss::Attaches(attached), certainty });
            }
            return left;
        }
        let Some(efa) = wanted.constraints.iter().find(|one| one.is_efa()) else { return types };
        if !efa.types.meets(&types) {
            let certainty = self.of_types(wanted, pool);
            misses.push(Refused { miss: Miss::Type(efa), certainty });
        }
        types.and(&efa.types)
    }
}

/// `true` if Karpenter counts nothing of a resource on any type.
fn is_uncounted(name: &str) -> bool {
    /// IP addresses of Windows pods.
    const COUNTED: &str = "vpc.amazonaws.com/PrivateIPv4Address";
    name.starts_with("hugepages-")
        || (name.contains('/')
            && Resource::of(name).is_none_or(Resource::is_by_dra)
            && name != COUNTED)
}
