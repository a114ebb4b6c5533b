//! Summarises how the policy understands a cluster: the types of each NodePool's nodes, and what such a
//! node offers.

use std::{collections::BTreeMap, fmt};

use eks_aiml_networking::{
    capacity::{Capacity, Options},
    cluster::{Cluster, Pool},
    cni,
    form::Known,
    instances::{InstanceType, TypeSet},
    nodes::Offer,
    pools::{Land, Pools},
    settings::Settings,
};
use serde::Serialize;

use crate::{capacity::Row, snapshot::Snapshot, types};

/// A cluster as the policy understands it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Understood {
    /// Its NodePools, sorted by name.
    pub pools: Vec<PoolRow>,
    /// `true` if the VPC CNI assigns prefixes; `None` if its DaemonSet is missing or does not say.
    pub prefix_delegation: Option<bool>,
    /// The parts that the snapshot lacks, which are therefore unknown.
    pub unseen: Vec<String>,
}

/// A NodePool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct PoolRow {
    /// Its name.
    pub name: String,
    /// `true` if EKS Auto Mode creates its nodes, `false` if Karpenter does.
    pub auto_mode: bool,
    /// `true` if its nodes exist whether or not pods need them.
    pub fixed: bool,
    /// Its node class.
    pub class: String,
    /// `true` if the snapshot contains its node class.
    pub class_seen: bool,
    /// The known types of its nodes, sorted by name.
    pub types: Vec<String>,
    /// `true` if it names types or families; otherwise its nodes can be of types that are newer than the
    /// table.
    pub names_types: bool,
    /// GPUs and other accelerators of a node.
    pub accelerators: Span,
    /// EFA interfaces that a node attaches for a pod that requests EFA.
    pub efa: Span,
    /// The recommended number of pods on a node.
    pub pods: Span,
    /// Subnet addresses that a node uses at best, with that number of pods.
    pub addresses: Span,
    /// The taints of its nodes, as kubectl writes them.
    pub taints: Vec<String>,
    /// The labels of its template.
    pub labels: BTreeMap<String, String>,
    /// The reason why it may create no nodes now.
    pub doubt: Option<String>,
}

/// The smallest and the largest value among some types; `None` if it is unknown for one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Span {
    /// The smallest value.
    pub least: Option<u32>,
    /// The largest value.
    pub most: Option<u32>,
}

impl Span {
    pub(crate) fn of(numbers: impl Iterator<Item = Option<u32>>) -> Self {
        let numbers: Option<Vec<u32>> = numbers.collect();
        let of = |best: fn(&[u32]) -> Option<u32>| numbers.as_deref().and_then(best);
        Self {
            least: of(|all| all.iter().min().copied()),
            most: of(|all| all.iter().max().copied()),
        }
    }
}

/// `4`, `1 to 8`, `unknown`
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.least, self.most) {
            (Some(least), Some(most)) if least == most => write!(f, "{least}"),
            (Some(least), Some(most)) => write!(f, "{least} to {most}"),
            _ => f.write_str("unknown"),
        }
    }
}

/// Summarises a snapshot.
pub fn understood(snapshot: &Snapshot, settings: &Settings<'_>) -> Understood {
    let cluster = Cluster::new(snapshot, true);
    let pools = Pools::new(&cluster);
    let mode = cni::mode(&settings.capacity, &cluster);
    let options = mode.unwrap_or(settings.capacity);
    let mut unseen = Vec::new();
    if mode.is_none() {
        unseen.push("the VPC CNI's DaemonSet `aws-node`".to_owned());
    }
    let Known(prefix_delegation) = options.prefix_delegation;
    let all = pools.all().unwrap_or_default();
    let mut rows: Vec<PoolRow> =
        all.iter().map(|pool| row(pool, &pools, &options, settings)).collect();
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    let classes = rows.iter().filter(|row| !row.class_seen);
    unseen.extend(classes.map(|row| format!("the node class `{}` of `{}`", row.class, row.name)));
    if rows.is_empty() {
        unseen.push("any NodePool".to_owned());
    }
    Understood { pools: rows, prefix_delegation, unseen }
}

fn row<'c>(
    pool: &'c Pool<'c>,
    pools: &Pools<'c>,
    options: &Options,
    settings: &'c Settings<'c>,
) -> PoolRow {
    let (catalog, offer) = (&settings.catalog, Offer::of(pool));
    let names_types = offer.names_types();
    let all = offer.made_of(catalog.all().clone(), catalog);
    // If the pool names no types, types without data would all match: leave them out.
    let made = if names_types { all } else { all.and(&catalog.described()) };
    let class = pools.class_of(pool);
    let beside = class.map_or(0, |class| class.efa_only_on_default_card());
    let instances = || types_of(&made, settings);
    let pods = |one: &InstanceType<'_>| {
        if pool.class.is_auto_mode() {
            return Capacity::auto_mode(one);
        }
        let most = class.and_then(|class| class.kubelet.as_ref()?.max_pods.as_ref()?.number());
        let fits = Capacity::beside(beside, one, options).recommended();
        most.map_or(fits, |most| Some(fits?.min(most)))
    };
    let devices = |one: &InstanceType<'_>| {
        Some(u32::from(one.gpu_count()?) + u32::from(one.neuron_devices().unwrap_or(0)))
    };
    let land = Land { alternative: 0, pool, types: made.clone() };
    PoolRow {
        name: pool.name.to_string(),
        auto_mode: pool.class.is_auto_mode(),
        fixed: pool.is_static(),
        class: pool.class.name.to_string(),
        class_seen: class.is_some(),
        types: instances().map(|one| one.name().to_owned()).collect(),
        names_types,
        accelerators: Span::of(instances().map(|one| devices(&one))),
        efa: efa(pools, pool, &made, settings),
        pods: Span::of(instances().map(|one| pods(&one))),
        addresses: Span::of(instances().map(|one| Some(Row::of(&one, options).taken?.addresses))),
        taints: pool.taints().iter().map(|taint| taint.to_string().replace('`', "")).collect(),
        labels: pool
            .labels()
            .0
            .iter()
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect(),
        doubt: pools.doubt(&land, catalog).map(|doubt| doubt.to_string()),
    }
}

/// The number of EFA interfaces that a pool's nodes of these types attach for a pod that requests EFA.
pub(crate) fn efa<'c>(
    pools: &Pools<'c>,
    pool: &Pool<'c>,
    types: &TypeSet,
    settings: &Settings<'_>,
) -> Span {
    let attached = |one: InstanceType<'_>| pools.attached(pool, &one).map(u32::from);
    Span::of(settings.catalog.types(types).map(attached))
}

fn types_of<'s>(set: &TypeSet, settings: &'s Settings<'_>) -> std::vec::IntoIter<InstanceType<'s>> {
    types::sorted(set, &settings.catalog).into_iter()
}
