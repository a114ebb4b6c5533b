//! A column of the table: which types carry which value, as Karpenter's newest release has it.

use std::ops::Range;

use super::{COUNT, TypeSet, history::History, set::Row};
use crate::text::block::before;

/// In place of the position of a value: none is carried, or it is not known which.
const NONE: u8 = u8::MAX;

/// A column of the table.
#[derive(Debug)]
pub struct Column {
    /// Without its domain: `instance-network-bandwidth`.
    pub(super) name: &'static str,
    /// The types for which the table knows whether they carry the label, and with which value.
    pub(super) known: &'static TypeSet,
    /// Those that carry it.
    pub(super) present: &'static TypeSet,
    pub(super) values: Values,
    /// For the positions that are asked for most the types with a value before: a range is a difference then.
    pub(super) sums: &'static [(u8, TypeSet)],
    pub(super) cells: Cells,
    /// The differences between releases of Karpenter.
    pub(super) history: History,
}

/// The values of a label, ascending.
#[derive(Debug)]
pub(super) enum Values {
    Numbers(&'static [u32]),
    Words(&'static [&'static str]),
}

/// The position of the value that each type carries, by row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cells {
    /// Of each row its own.
    Each(&'static Row),
    /// Of rows that have the same one: where they end, and which it is.
    Runs(&'static [u16], &'static [u8]),
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
        let (Ok(first), Ok(end)) = (u8::try_from(values.start), u8::try_from(values.end)) else {
            return TypeSet::none();
        };
        if let (Some(before), Some(up_to)) = (self.up_to_value(first), self.up_to_value(end)) {
            return up_to.minus(before);
        }
        match (self.cells, end.checked_sub(1)) {
            (Cells::Each(cells), Some(last)) => TypeSet::within(cells, first, last),
            (Cells::Runs(ends, carried), Some(last)) => {
                let (mut set, mut at) = (TypeSet::none(), 0);
                loop {
                    let rest = carried.get(at..).unwrap_or_default();
                    at += before(rest, |block| block.is_within(first, last));
                    let Some(end) = ends.get(at) else { return set };
                    let start = at.checked_sub(1).and_then(|before| ends.get(before));
                    set.insert_run(start.copied().unwrap_or(0), *end);
                    at += 1;
                }
            }
            (_, None) => TypeSet::none(),
        }
    }

    /// The types with a value before the one at this position, where the table has that set.
    fn up_to_value(&self, position: u8) -> Option<&TypeSet> {
        match position {
            0 => Some(const { &TypeSet::none() }),
            _ if usize::from(position) == self.len() => Some(self.present),
            _ => self.sums.iter().find(|(at, _)| *at == position).map(|(_, set)| set),
        }
    }

    /// The positions of the values that `types` carry, in the order of their rows.
    pub fn carried(&self, types: &TypeSet) -> impl Iterator<Item = usize> {
        let mut run = 0;
        types.rows().take_while(|row| *row < COUNT).filter_map(move |row| {
            if let Cells::Runs(ends, _) = self.cells {
                run += ends.get(run..)?.iter().take_while(|end| **end <= row).count();
            }
            self.at(row, run)
        })
    }

    /// The position of the least value that one of `types` carries, or of the greatest.
    pub fn extreme(&self, types: &TypeSet, greatest: bool) -> Option<usize> {
        if !self.present.meets(types) {
            return None;
        }
        let (mut low, mut high) = (0, self.len());
        while high - low > 1 {
            let middle = low.midpoint(high);
            let half = if greatest { middle..high } else { low..middle };
            let carried = self.range(half).meets(types);
            if carried == greatest { low = middle } else { high = middle }
        }
        Some(low)
    }

    /// The position of the value that a type carries.
    pub fn position(&self, row: u16) -> Option<usize> {
        let run = match self.cells {
            Cells::Each(_) => 0,
            Cells::Runs(ends, _) => ends.partition_point(|end| *end <= row),
        };
        self.at(row, run)
    }

    fn at(&self, row: u16, run: usize) -> Option<usize> {
        let cell = match self.cells {
            Cells::Each(cells) => cells.get(usize::from(row)),
            Cells::Runs(_, carried) => carried.get(run),
        };
        cell.filter(|cell| **cell != NONE).map(|cell| usize::from(*cell))
    }

    pub fn number(&self, position: usize) -> Option<u32> {
        match self.values {
            Values::Numbers(values) => values.get(position).copied(),
            Values::Words(_) => None,
        }
    }

    /// The number that a type carries.
    pub fn number_of(&self, row: u16) -> Option<u32> {
        self.position(row).and_then(|at| self.number(at))
    }

    /// The positions of the numbers up to `bound`.
    pub fn up_to(&self, bound: i64) -> Range<usize> {
        match self.values {
            Values::Numbers(values) => 0..values.partition_point(|n| i64::from(*n) <= bound),
            Values::Words(_) => 0..0,
        }
    }
}
