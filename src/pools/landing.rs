//! Where a pod can land: all pools that can make a node for it, or why none can.

use super::{
    Pools, Refused,
    fit::{Seeker, Wanted},
};
use crate::{
    cluster::Pool,
    finding::Assumptions,
    instances::TypeSet,
    nodes::Placement,
    sort,
    view::{PodView, View},
};

/// What has come of looking for a pool.
#[derive(Debug)]
pub enum Landing<'l> {
    /// These can make a node: by alternative, then by name.
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

/// What one pool says to a pod.
#[derive(Debug)]
pub enum Answer<'l> {
    /// It can make a node, of these types.
    Makes(TypeSet),
    /// It can't: what it lacks.
    Lacks(Vec<Refused<'l>>),
}

/// How many pools are looked into for the nearest.
const LOOKED_AT: usize = 16;

impl<'l> Landing<'l> {
    /// Looks for a pool; `None` where the pools are not known, or there is none.
    pub fn of(
        view: &View<'_>,
        pod: &'l PodView<'l>,
        placement: &'l Placement<'l>,
        pools: &'l Pools<'l>,
    ) -> Option<Self> {
        let all = pools.all().filter(|all| !all.is_empty())?;
        let seeker = Seeker::new(view, pod, placement, pools);
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
            return Some(Self::On(in_order(lands)));
        }
        let pairs = wanted.iter().flat_map(|one| all.iter().map(move |pool| (one, pool)));
        let apart: Vec<_> = pairs.map(|(one, pool)| (one, pool, seeker.apart(one, pool))).collect();
        let nearest = nearest(&seeker, &apart);
        let needs = apart.iter().map(|(one, pool, apart)| seeker.certainty(one, pool, apart));
        let assumptions = needs.reduce(|all, one| Some(all?.and(one?))).flatten();
        let (nearest, missed) = nearest?;
        Some(Self::Nowhere(Refusal { nearest, missed, assumptions, is_only: all.len() == 1 }))
    }

    /// What each pool says, for people: what decides needs fewer answers. `None` where the pools are not
    /// known.
    pub fn each(
        view: &View<'_>,
        pod: &'l PodView<'l>,
        placement: &'l Placement<'l>,
        pools: &'l Pools<'l>,
    ) -> Option<Vec<(&'l Pool<'l>, Answer<'l>)>> {
        let seeker = Seeker::new(view, pod, placement, pools);
        let wanted = seeker.wanted();
        let answer = |pool: &'l Pool<'l>| {
            let lands = wanted.iter().filter_map(|one| seeker.lands(one, pool));
            let types = lands.reduce(|mut all, one| {
                all |= &one;
                all
            });
            types.map_or_else(|| Answer::Lacks(seeker.least_missed(&wanted, pool)), Answer::Makes)
        };
        Some(pools.all()?.iter().map(|pool| (pool, answer(pool))).collect())
    }

    /// The pools that can make a node.
    pub fn lands(&self) -> &[Land<'l>] {
        if let Self::On(lands) = self { lands } else { &[] }
    }
}

/// By alternative, then by name. Only these are told, so that the other pools need no order.
fn in_order<'l>(lands: Vec<Land<'l>>) -> Vec<Land<'l>> {
    let place = |land: &Land<'l>| (land.alternative, &*land.pool.name);
    match lands.len() {
        0 | 1 => lands,
        _ => sort::sorted_by(lands, |one, other| place(one).cmp(&place(other))),
    }
}

/// A pool, and what of it keeps a pod away.
type Apart<'w, 'l> = (&'w Wanted<'l>, &'l Pool<'l>, Vec<Refused<'l>>);

/// The pool that lacks least. Types are looked at last: they cost most.
fn nearest<'l>(
    seeker: &Seeker<'l>,
    apart: &[Apart<'_, 'l>],
) -> Option<(&'l Pool<'l>, Vec<Refused<'l>>)> {
    let mut nearest: Option<(&Pool<'_>, Vec<Refused<'_>>)> = None;
    let place =
        |(wanted, pool, apart): &Apart<'_, 'l>| (apart.len(), wanted.alternative, &*pool.name);
    let mut last = None;
    // One after another in their order: mostly the first is the nearest, and the others need no sorting.
    for _ in 0..LOOKED_AT {
        let left = apart.iter().filter(|one| last.as_ref().is_none_or(|last| place(one) > *last));
        let Some(next) = left.min_by(|one, other| place(one).cmp(&place(other))) else { break };
        let (one, pool, apart) = next;
        let least = nearest.as_ref().map_or(usize::MAX, |(_, least)| least.len());
        if apart.len() >= least {
            break;
        }
        let missed = seeker.missed(one, pool, apart);
        let lacks_nothing_more = missed.len() == apart.len();
        if missed.len() < least {
            nearest = Some((pool, missed));
        }
        // The others lack as much by what keeps them apart alone.
        if lacks_nothing_more {
            break;
        }
        last = Some(place(next));
    }
    nearest
}

impl<'l> Seeker<'l> {
    /// What keeps the pod from a pool, by the alternative of its constraints that lacks least.
    fn least_missed(&self, wanted: &[Wanted<'l>], pool: &'l Pool<'l>) -> Vec<Refused<'l>> {
        let apart: Vec<_> = wanted.iter().map(|one| (one, pool, self.apart(one, pool))).collect();
        nearest(self, &apart).map(|(_, missed)| missed).unwrap_or_default()
    }
}
