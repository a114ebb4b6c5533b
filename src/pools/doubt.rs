//! Why a pool that could make a node may make none all the same: what changes from day to day, and so is
//! never a reason to refuse a pod.
//!
//! Source: kubernetes-sigs/karpenter pkg/controllers/provisioning/provisioner.go (pools that are not ready
//! are left out), scheduling/scheduler.go `filterByRemainingResources`, pkg/cloudprovider/types.go
//! `SatisfiesMinValues`.

use std::fmt;

use super::Land;
use crate::{
    cluster::{self, Cluster, Pool, State},
    instances::{Catalog, TypeSet},
    kubernetes::{Compute, Quantity, Resource},
    nodes::Key,
    text::Quoted,
};

/// Why a pool may make no node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Its condition `Ready` is false.
    Unready,
    /// Its `limits` leave no room for a node: the resource, and how much of it there may be.
    Limit(String, String),
    /// Too few values of a label are left: the label, as many as are wanted, as many as are left.
    MinValues(String, u32, u32),
}

/// Why this pool may make no node of these types.
pub(super) fn of(cluster: &Cluster<'_>, land: &Land<'_>, catalog: &Catalog) -> Option<Doubt> {
    let Land { pool, types, .. } = land;
    if !pool.is_static()
        && let Some(doubt) = min_values(pool, types, catalog)
    {
        return Some(doubt);
    }
    let state = cluster::state(cluster, &pool.name)?;
    if state.is_unready() {
        return Some(Doubt::Unready);
    }
    // A static pool has its nodes already.
    if pool.is_static() { None } else { limit(&state, types, catalog) }
}

fn limit(state: &State<'_>, types: &TypeSet, catalog: &Catalog) -> Option<Doubt> {
    for (name, limit) in &state.limits.0 {
        let amount = |quantity: &Quantity<'_>| match Compute::named(name) {
            Some(Compute::Cpu) => quantity.thousandths(),
            _ => quantity.count(),
        };
        let used = state.used.get(name).map_or(Some(0), amount);
        let Some((used, most)) = used.zip(amount(limit)) else { continue };
        let fewest = match (Compute::named(name), Resource::of(name)) {
            (Some(compute), _) => least(types, catalog, |one| compute.of(one)),
            (_, Some(resource)) => {
                least(types, catalog, |one| resource.devices_of(one).map(u64::from))
            }
            _ if &**name == "nodes" => Some(1),
            _ => None,
        };
        if fewest.is_some_and(|fewest| used.saturating_add(fewest) > most) {
            return Some(Doubt::Limit(name.to_string(), limit.text().to_owned()));
        }
    }
    None
}

/// The least amount that one of the types has; `None` where that of one is not known.
fn least(
    types: &TypeSet,
    catalog: &Catalog,
    amount: impl Fn(&crate::instances::InstanceType<'_>) -> Option<u64>,
) -> Option<u64> {
    let mut least = None;
    for one in catalog.types(types) {
        let amount = amount(&one)?;
        least = Some(least.map_or(amount, |least: u64| least.min(amount)));
    }
    least
}

fn min_values(pool: &Pool<'_>, types: &TypeSet, catalog: &Catalog) -> Option<Doubt> {
    pool.requirements().iter().find_map(|one| {
        let key = &*one.of.requirement.key;
        let (wanted, known) = (one.of.min_values?, Key::of(key, catalog)?);
        let left = known.distinct(types)?;
        (left < wanted).then(|| Doubt::MinValues(key.to_owned(), wanted, left))
    })
}

/// As it follows the name of the pool.
impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unready => f.write_str("is not ready"),
            Self::Limit(name, limit) => {
                let (name, limit) = (Quoted(name), Quoted(limit));
                write!(f, "has no room for another node: its limit of {name} is {limit}")
            }
            Self::MinValues(key, wanted, left) => write!(
                f,
                "needs {wanted} values of {} (`minValues`), but the pod leaves {left}",
                Quoted(key)
            ),
        }
    }
}
