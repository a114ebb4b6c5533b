//! The types that remain of a placement if some of its constraints are removed.

use std::borrow::Borrow;

use super::{Alternative, Constraint, Keep, Placement};
use crate::instances::TypeSet;

/// Longer terms are skipped if each constraint costs a pass over its term; no hand-written term is longer.
const MAX_CONSTRAINTS_PER_TERM: usize = 64;

impl<'v> Placement<'v> {
    /// The known types that meet the kept constraints.
    pub fn survivors(&self, keep: Keep<'_, 'v>) -> TypeSet {
        union(self.alternatives().map(|alternative| alternative.survivors(keep)))
    }

    /// The types that remain of the alternatives without a constraint that matches, not counting the
    /// number of EFA interfaces.
    pub fn left_without(&self, matches: impl Fn(&Constraint<'v>) -> bool) -> TypeSet {
        let solutions = self.solved().solutions.iter().zip(self.alternatives_with(matches));
        let without_one = solutions.filter(|(_, has_one)| !has_one);
        union(without_one.map(|(solution, _)| &solution.survivors))
    }

    /// For each constraint that matches, the types that remain without it. Terms with more than
    /// `MAX_CONSTRAINTS_PER_TERM` constraints are skipped.
    pub fn without_each(
        &self,
        matches: impl Fn(&Constraint<'v>) -> bool,
    ) -> Vec<(&Constraint<'v>, TypeSet)> {
        let mut without = Vec::new();
        for constraint in self.shared.iter().filter(|constraint| matches(constraint)) {
            without.push((constraint, self.survivors(Keep::Without(constraint))));
        }
        let survivors = |alternative: Alternative<'_, 'v>| alternative.survivors(Keep::All);
        let survivors: Vec<TypeSet> = self.alternatives().map(survivors).collect();
        let union = Union::of(&survivors);
        for (alternative, survivors) in self.alternatives().zip(&survivors) {
            if alternative.own.len() > MAX_CONSTRAINTS_PER_TERM {
                continue;
            }
            for constraint in alternative.own.iter().filter(|constraint| matches(constraint)) {
                let mut left = union.without(survivors);
                left |= &alternative.survivors(Keep::Without(constraint));
                without.push((constraint, left));
            }
        }
        without
    }

    /// The types that fit if every exact bandwidth becomes a minimum above `above` Mbps.
    pub fn survivors_with_minimum_bandwidth(&self, above: i64) -> TypeSet {
        let label = self.catalog.network_bandwidth();
        label.above(above).and(&self.survivors(Keep::WithoutExactBandwidth))
    }
}

/// The union of several sets, from which one of them can be removed again.
struct Union {
    in_any: TypeSet,
    in_several: TypeSet,
}

impl Union {
    fn of(sets: &[TypeSet]) -> Self {
        let mut union = Self { in_any: TypeSet::none(), in_several: TypeSet::none() };
        for set in sets {
            union.in_several |= &union.in_any.and(set);
            union.in_any |= set;
        }
        union
    }

    /// The union of all sets but this one.
    fn without(&self, set: &TypeSet) -> TypeSet {
        let mut others = self.in_any.minus(set);
        others |= &self.in_several;
        others
    }
}

fn union(sets: impl Iterator<Item = impl Borrow<TypeSet>>) -> TypeSet {
    sets.fold(TypeSet::none(), |mut union, set| {
        union |= set.borrow();
        union
    })
}
