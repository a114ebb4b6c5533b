//! A column of the table: which types carry which value, as Karpenter's newest release has it.

use std::ops::Range;

use super::{TypeSet, history::History};

/// A column of the table.
#[derive(Debug)]
pub struct Column {
    /// Without its domain: `instance-network-bandwidth`.
    pub(super) name: &'static str,
    /// The types for which the table knows whether they carry the label, and with which value.
    pub(super) known: TypeSet,
    pub(super) values: Values,
    pub(super) types: Types,
    /// What was not the same in all releases of Karpenter.
    pub(super) history: History,
}

/// The values of a label, ascending.
#[derive(Debug)]
pub(super) enum Values {
    Numbers(&'static [u32]),
    Words(&'static [&'static str]),
}

/// The types that carry each of the values.
#[derive(Debug)]
pub(super) enum Types {
    /// For each value the types that carry it or one before it.
    Dense(&'static [TypeSet]),
    /// For each value the end of its rows, and the rows.
    Sparse(&'static [u16], &'static [u16]),
}

impl Column {
    pub fn len(&self) -> usize {
        match self.values {
            Values::Numbers(values) => values.len(),
            Values::Words(values) => values.len(),
        }
    }

    /// The types that carry one of these values, given by their positions.
    pub fn range(&self, values: Range<usize>) -> TypeSet {
        match self.types {
            Types::Dense(up_to) => {
                let before = |end: usize| end.checked_sub(1).and_then(|last| up_to.get(last));
                let mut set = before(values.end).cloned().unwrap_or_else(TypeSet::none);
                if let Some(before) = before(values.start) {
                    set -= before;
                }
                set
            }
            Types::Sparse(ends, rows) => {
                let mut set = TypeSet::none();
                rows_of(ends, rows, values).iter().for_each(|row| set.insert(*row));
                set
            }
        }
    }

    /// Whether one of `types` carries the value at this position.
    pub fn is_carried(&self, position: usize, types: &TypeSet) -> bool {
        let value = position..position + 1;
        match self.types {
            Types::Dense(_) => self.range(value).meets(types),
            Types::Sparse(ends, rows) => {
                rows_of(ends, rows, value).iter().any(|row| types.contains(*row))
            }
        }
    }

    /// The position of the least value that one of `types` carries.
    pub fn first(&self, types: &TypeSet) -> Option<usize> {
        match self.types {
            Types::Dense(up_to) => Some(up_to.partition_point(|set| !set.meets(types))),
            Types::Sparse(..) => (0..self.len()).find(|at| self.is_carried(*at, types)),
        }
        .filter(|at| *at < self.len())
    }

    /// The position of the greatest such value.
    pub fn last(&self, types: &TypeSet) -> Option<usize> {
        match self.types {
            Types::Dense(up_to) => {
                let carrying = up_to.last()?.and(types);
                (!carrying.is_empty())
                    .then(|| up_to.partition_point(|set| !carrying.is_within(set)))
            }
            Types::Sparse(..) => (0..self.len()).rev().find(|at| self.is_carried(*at, types)),
        }
    }

    /// The position of the value that a type carries.
    pub fn position(&self, row: u16) -> Option<usize> {
        match self.types {
            Types::Dense(up_to) => {
                let position = up_to.partition_point(|set| !set.contains(row));
                (position < up_to.len()).then_some(position)
            }
            Types::Sparse(ends, rows) => {
                let mut start = 0;
                ends.iter().position(|end| {
                    let range = std::mem::replace(&mut start, usize::from(*end))..usize::from(*end);
                    rows.get(range).is_some_and(|rows| rows.binary_search(&row).is_ok())
                })
            }
        }
    }

    pub fn number(&self, position: usize) -> Option<u32> {
        match self.values {
            Values::Numbers(values) => values.get(position).copied(),
            Values::Words(_) => None,
        }
    }

    /// The positions of the numbers up to `bound`.
    pub fn up_to(&self, bound: i64) -> Range<usize> {
        match self.values {
            Values::Numbers(values) => 0..values.partition_point(|n| i64::from(*n) <= bound),
            Values::Words(_) => 0..0,
        }
    }
}

/// The rows of these values, given by their positions.
fn rows_of<'r>(ends: &[u16], rows: &'r [u16], values: Range<usize>) -> &'r [u16] {
    let before = |end: usize| {
        let last = end.checked_sub(1).and_then(|last| ends.get(last));
        last.copied().map_or(0, usize::from)
    };
    rows.get(before(values.start)..before(values.end)).unwrap_or_default()
}
