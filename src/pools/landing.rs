//! Finds the pools that can make a node for a pod, or the reason why none can.

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

/// The result of looking for a pool.
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
    /// The types of the node.
    pub types: TypeSet,
}

/// The result if no pool can make a node.
#[derive(Debug)]
pub struct Refusal<'l> {
    /// The pool that comes nearest.
    pub nearest: &'l Pool<'l>,
    /// The reasons that keep the pod from it.
    pub missed: Vec<Refused<'l>>,
    /// The assumptions under which no pool can; `None` if something unseen may help.
    pub assumptions: Option<Assumptions>,
    /// `true` if there is no other pool.
    pub is_only: bool,
}

/// One pool's answer to a pod.
#[derive(Debug)]
pub enum Answer<'l> {
    /// It can make a node, of these types.
    Makes(TypeSet),
    /// It can't, for these reasons.
    Lacks(Vec<Refused<'l>>),
}

/// The most pools that are searched for the nearest one.
const LOOKED_AT: usize = 16;

impl<'l> Landing<'l> {
    /// Looks for a pool; `None` if the pools are unknown, or there are none.
    pub fn of(
        view: &View<'_>,
        pod: &'l PodView<'l>,
        placement: &'l Placement<'l>,
        pools: &'l Pools<'l>,
    ) -> Option<Self> {
        let all = pools.all().filter(|all| !all.is_empty())?;
        let seeker = Seeker::new(view, pod, placement, pools);
        let wanted = seeker.wanted();
        let pairs = wanted.iter().flat_map(|one| all.iter().map(move |pool| (one, pool)));
        let pairs: Vec<_> =
            pairs.map(|(one, pool)| (one, pool, seeker.labels_missed(one, pool))).collect();
        let mut lands = Vec::new();
        for (one, pool, _) in pairs.iter().filter(|(.., labels)| *labels == 0) {
            if let Some(types) = seeker.lands(one, pool) {
                lands.push(Land { alternative: one.alternative, pool, types });
            }
        }
        if !lands.is_empty() || wanted.is_empty() {
            return Some(Self::On(in_order(lands)));
        }
        let nearest = nearest(&seeker, &pairs);
        let needs = pairs.iter().map(|(one, pool, labels)| match labels {
            0 => seeker.certainty(one, pool),
            // A label is certain, and one certain reason is enough.
            _ => Some(Assumptions::NONE),
        });
        let assumptions = needs.reduce(|all, one| Some(all?.and(one?))).flatten();
        let (nearest, missed) = nearest?;
        Some(Self::Nowhere(Refusal { nearest, missed, assumptions, is_only: all.len() == 1 }))
    }

    /// Each pool's answer, for people; the decision itself needs fewer answers. `None` if the pools are
    /// unknown.
    pub fn each(
        view: &View<'_>,
        pod: &'l PodView<'l>,
        placement: &'l Placement<'l>,
        pools: &'l Pools<'l>,
    ) -> Option<Vec<(&'l Pool<'l>, Answer<'l>)>> {
        let seeker = Seeker::new(view, pod, placement, pools);
        let wanted = seeker.wanted();
        let answer = |pool: &'l Pool<'l>| {
            let labelled = wanted.iter().filter(|one| seeker.labels_missed(one, pool) == 0);
            let lands = labelled.filter_map(|one| seeker.lands(one, pool));
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

/// Sorts by alternative, then by name. Only these pools are reported, so the others need no order.
fn in_order<'l>(lands: Vec<Land<'l>>) -> Vec<Land<'l>> {
    let place = |land: &Land<'l>| (land.alternative, &*land.pool.name);
    match lands.len() {
        0 | 1 => lands,
        _ => sort::sorted_by(lands, |one, other| place(one).cmp(&place(other))),
    }
}

/// A pool for an alternative, and the number of labels that it lacks.
type Pair<'w, 'l> = (&'w Wanted<'l>, &'l Pool<'l>, usize);

/// The pool that lacks least: fewest labels first, types last, because they cost most.
fn nearest<'l>(
    seeker: &Seeker<'l>,
    pairs: &[Pair<'_, 'l>],
) -> Option<(&'l Pool<'l>, Vec<Refused<'l>>)> {
    let mut nearest: Option<(&Pool<'_>, Vec<Refused<'_>>)> = None;
    let place = |(wanted, pool, labels): &Pair<'_, 'l>| (*labels, wanted.alternative, &*pool.name);
    let (mut last, mut looked_at) = (None, 0);
    // One after another in their order: usually the first is the nearest, and the others need no sorting.
    while looked_at < LOOKED_AT {
        let left = pairs.iter().filter(|one| last.as_ref().is_none_or(|last| place(one) > *last));
        let Some(next) = left.min_by_key(|one| place(one)) else { break };
        let (wanted, pool, labels) = next;
        let least = nearest.as_ref().map_or(usize::MAX, |(_, least)| least.len());
        if *labels >= least {
            break;
        }
        last = Some(place(next));
        let apart = seeker.apart(wanted, pool);
        if apart.len() < least {
            looked_at += 1;
            let missed = seeker.missed(wanted, pool, &apart);
            if missed.len() < least {
                nearest = Some((pool, missed));
            }
        }
    }
    nearest
}

impl<'l> Seeker<'l> {
    /// The reasons that keep the pod from a pool, for the alternative of its constraints that lacks least.
    fn least_missed(&self, wanted: &[Wanted<'l>], pool: &'l Pool<'l>) -> Vec<Refused<'l>> {
        let pairs: Vec<_> =
            wanted.iter().map(|one| (one, pool, self.labels_missed(one, pool))).collect();
        nearest(self, &pairs).map(|(_, missed)| missed).unwrap_or_default()
    }
}
