//! Where a pod can land: all pools that can make a node for it, or why none can.

use super::{
    Doubt, Pools, Refused, doubt,
    fit::{Fit, Seeker, Until, certainty},
};
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
    /// Why it may not make one after all.
    pub doubt: Option<Doubt>,
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
    /// How many pools there are.
    pub pools: usize,
}

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
                if let Fit::Lands(types) = seeker.fit(one, pool, Until::First) {
                    let doubt = doubt::of(pool, &types, placement.catalog);
                    lands.push(Land { alternative: one.alternative, pool, types, doubt });
                }
            }
        }
        if !lands.is_empty() || wanted.is_empty() {
            return Some(Self::On(lands));
        }
        let mut nearest: Option<(&Pool<'_>, Vec<Refused<'_>>)> = None;
        let mut assumptions = Some(Assumptions::NONE);
        for pool in all {
            for one in &wanted {
                let Fit::Misses(missed) = seeker.fit(one, pool, Until::All) else { continue };
                let needs = certainty(&missed);
                assumptions = assumptions.zip(needs).map(|(all, needs)| all.and(needs));
                if nearest.as_ref().is_none_or(|(_, least)| missed.len() < least.len()) {
                    nearest = Some((pool, missed));
                }
            }
        }
        let (nearest, missed) = nearest?;
        Some(Self::Nowhere(Refusal { nearest, missed, assumptions, pools: all.len() }))
    }

    /// The pools that can make a node.
    pub fn lands(&self) -> &[Land<'l>] {
        if let Self::On(lands) = self { lands } else { &[] }
    }
}
