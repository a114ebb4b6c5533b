//! Where a pod can land: all pools that can make a node for it, or why none can.

use super::{Pools, Refused, fit::Seeker};
use crate::{
    cluster::Pool, finding::Assumptions, instances::TypeSet, nodes::Placement, view::PodView,
};

/// What has come of looking for a pool.
#[derive(Debug)]
pub enum Landing<'l> {
    /// These can make a node.
    On(Vec<Land<'l>>),
    /// None can.
    Nowhere(Refusal<'l>),
}

/// A pool that can make a node for an alternative of the pod's constraints.
#[derive(Debug)]
pub struct Land<'l> {
    /// The alternative, by its position.
    pub alternative: usize,
    /// The pool.
    pub pool: &'l Pool<'l>,
    /// Of which types.
    pub types: TypeSet,
}

/// That no pool can make a node.
#[derive(Debug)]
pub struct Refusal<'l> {
    /// The pool that comes nearest.
    pub nearest: &'l Pool<'l>,
    /// What it lacks.
    pub missed: Vec<Refused<'l>>,
    /// What that no pool can needs; `None` where something unseen may help.
    pub assumptions: Option<Assumptions>,
    /// Whether there is no other.
    pub is_only: bool,
}

/// How many pools are looked into for the nearest.
const LOOKED_AT: usize = 4;

impl<'l> Landing<'l> {
    /// Looks for a pool; `None` where the pools are not known, or there is none. `is_queued` as Kueue's
    /// labels say.
    pub fn of(
        pod: &'l PodView<'l>,
        placement: &'l Placement<'l>,
        pools: &'l Pools<'l>,
        is_queued: bool,
    ) -> Option<Self> {
        let all = pools.all().filter(|all| !all.is_empty())?;
        let seeker = Seeker::new(pod, placement, pools, is_queued);
        let wanted = seeker.wanted();
        let mut lands = Vec::new();
        for one in &wanted {
            for pool in all {
                if let Some(types) = seeker.lands(one, pool) {
                    lands.push(Land { alternative: one.alternative, pool, types });
                }
            }
        }
        if !lands.is_empty() || wanted.is_empty() {
            return Some(Self::On(lands));
        }
        // The fewest things that are cheap to see first; of those, what their types lack.
        let pairs = wanted.iter().flat_map(|one| all.iter().map(move |pool| (one, pool)));
        let apart: Vec<_> = pairs.map(|(one, pool)| (one, pool, seeker.apart(one, pool))).collect();
        let least = apart.iter().map(|(.., apart)| apart.len()).min()?;
        let near = apart.iter().filter(|(.., apart)| apart.len() == least).take(LOOKED_AT);
        let missed = near.map(|(one, pool, apart)| (*pool, seeker.missed(one, pool, apart)));
        let nearest = missed.min_by_key(|(_, missed)| missed.len());
        let needs = apart.iter().map(|(one, pool, apart)| seeker.certainty(one, pool, apart));
        let assumptions = needs.reduce(|all, one| Some(all?.and(one?))).flatten();
        let (nearest, missed) = nearest?;
        Some(Self::Nowhere(Refusal { nearest, missed, assumptions, is_only: all.len() == 1 }))
    }

    /// The pools that can make a node.
    pub fn lands(&self) -> &[Land<'l>] {
        if let Self::On(lands) = self { lands } else { &[] }
    }
}
