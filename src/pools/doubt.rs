//! Reasons why a pool that could make a node might not make one. They change from day to day, so they
//! are never a reason to refuse a pod.
//!
//! Source: kubernetes-sigs/karpenter pkg/controllers/provisioning/provisioner.go (skips pools that are
//! not ready), scheduling/scheduler.go `filterByRemainingResources`, pkg/cloudprovider/types.go
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

/// A reason why a pool might make no node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Its condition `Ready` is false.
    Unready,
    /// Its `limits` leave no room for a node: the resource, and its limit.
    Limit(String, String),
    /// Too few values of a label remain: the label, how many are required, how many remain.
    MinValues(String, u32, u32),
}

/// The reason why this pool might make no node of these types.
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
    // The nodes of a static pool exist already.
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

/// The least amount that one of the types has; `None` if that of one is unknown.
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

/// Words that follow the name of the pool.
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
