//! A label column: which types carry which value.

use std::ops::Range;

use super::{
    COUNT, Catalog, TypeSet,
    cell::{Cell, canonical},
};

/// A label of the table.
#[derive(Debug)]
pub struct Column {
    /// Without its domain: `instance-network-bandwidth`.
    pub(super) name: &'static str,
    /// The types for which the table knows whether they carry the label, and with which value.
    pub(super) known: TypeSet,
    pub(super) values: Values,
    pub(super) types: Types,
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
    fn len(&self) -> usize {
        match self.values {
            Values::Numbers(values) => values.len(),
            Values::Words(values) => values.len(),
        }
    }

    /// The types that carry one of these values, given by their positions.
    fn range(&self, values: Range<usize>) -> TypeSet {
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
    fn is_carried(&self, position: usize, types: &TypeSet) -> bool {
        let value = position..position + 1;
        match self.types {
            Types::Dense(_) => self.range(value).meets(types),
            Types::Sparse(ends, rows) => {
                rows_of(ends, rows, value).iter().any(|row| types.contains(*row))
            }
        }
    }

    /// The position of the least value that one of `types` carries.
    fn first(&self, types: &TypeSet) -> Option<usize> {
        match self.types {
            Types::Dense(up_to) => Some(up_to.partition_point(|set| !set.meets(types))),
            Types::Sparse(..) => (0..self.len()).find(|at| self.is_carried(*at, types)),
        }
        .filter(|at| *at < self.len())
    }

    /// The position of the greatest such value.
    fn last(&self, types: &TypeSet) -> Option<usize> {
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
    fn position(&self, row: u16) -> Option<usize> {
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

    fn number(&self, position: usize) -> Option<u32> {
        match self.values {
            Values::Numbers(values) => values.get(position).copied(),
            Values::Words(_) => None,
        }
    }

    /// The positions of the numbers up to `bound`.
    fn up_to(&self, bound: i64) -> Range<usize> {
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

/// Up to this number of types it is cheaper to look up the value of each.
const SMALL_SET: usize = 8;

/// A label, over the table as the settings amend it.
#[derive(Clone, Copy, Debug)]
pub struct Label<'c> {
    pub(super) column: &'static Column,
    pub(super) catalog: &'c Catalog,
}

impl Label<'_> {
    /// Its name without the domain: `instance-network-bandwidth`.
    pub fn name(&self) -> &'static str {
        self.column.name
    }

    /// Its values, where they are words; those that only the settings know are not among them.
    pub fn words(&self) -> &'static [&'static str] {
        match self.column.values {
            Values::Words(words) => words,
            Values::Numbers(_) => &[],
        }
    }

    /// Whether its values are whole numbers.
    pub fn is_number(&self) -> bool {
        matches!(self.column.values, Values::Numbers(_))
    }

    /// The types that may carry one of `values`; unknown ones may.
    pub fn any_of<'v>(&self, values: impl IntoIterator<Item = &'v str>) -> TypeSet {
        let mut set = self.unknown();
        for value in values {
            set |= &self.with(value);
        }
        set
    }

    /// The types that may be without all of `values`; unknown ones may.
    pub fn none_of<'v>(&self, values: impl IntoIterator<Item = &'v str>) -> TypeSet {
        let mut set = self.catalog.all().clone();
        for value in values {
            set -= &self.with(value);
        }
        set
    }

    /// The types that may carry the label at all.
    pub fn exists(&self) -> TypeSet {
        let mut set = self.unknown();
        set |= &self.present();
        set
    }

    /// The types that may be without the label.
    pub fn absent(&self) -> TypeSet {
        self.catalog.all().minus(&self.present())
    }

    /// The types whose value may be a number above this one.
    pub fn above(&self, bound: i64) -> TypeSet {
        let mut set = self.unknown();
        if let Values::Numbers(values) = self.column.values {
            let range = self.column.up_to(bound).end..values.len();
            set |= &self.amended(range, |cell| cell.number().is_some_and(|n| i64::from(n) > bound));
        }
        set
    }

    /// The types whose value may be a number below this one.
    pub fn below(&self, bound: i64) -> TypeSet {
        let mut set = self.unknown();
        let range = bound.checked_sub(1).map_or(0..0, |bound| self.column.up_to(bound));
        set |= &self.amended(range, |cell| cell.number().is_some_and(|n| i64::from(n) < bound));
        set
    }

    /// The types that are known to carry `value`.
    pub fn with(&self, value: &str) -> TypeSet {
        let range = match self.column.values {
            Values::Numbers(values) => {
                canonical(value).and_then(|number| values.binary_search(&number).ok())
            }
            Values::Words(values) => values.binary_search(&value).ok(),
        };
        let range = range.map_or(0..0, |at| at..at + 1);
        self.amended(range, |cell| cell.is(value))
    }

    /// The greatest number that a type of `types` carries; `None` if that of one is unknown, since
    /// it might be greater. A type without the label carries 0.
    pub fn greatest(&self, types: &TypeSet) -> Option<u32> {
        self.extreme(types, Column::last, |a, b| a.max(b))
    }

    /// The least such number.
    pub fn least(&self, types: &TypeSet) -> Option<u32> {
        let present = self.column.range(0..self.column.len());
        if types.minus(&present).meets(&TypeSet::first(COUNT)) && self.is_known(types) {
            return Some(0);
        }
        self.extreme(types, Column::first, |a, b| a.min(b))
    }

    /// The table's number at the position, or a better one of the settings.
    fn extreme(
        &self,
        types: &TypeSet,
        position: impl Fn(&Column, &TypeSet) -> Option<usize>,
        better: impl Fn(u32, u32) -> u32,
    ) -> Option<u32> {
        let few: Vec<u16> = types.rows().take(SMALL_SET + 1).collect();
        if few.len() <= SMALL_SET {
            let mut best = None;
            for row in few {
                let number = self.known_number_of(row)?;
                best = Some(best.map_or(number, |best| better(best, number)));
            }
            return Some(best.unwrap_or(0));
        }
        if !self.is_known(types) {
            return None;
        }
        let number = position(self.column, types).and_then(|at| self.column.number(at));
        let extra = self.catalog.extra_rows(types).map(|row| self.number_of(row));
        Some(extra.chain(number).reduce(better).unwrap_or(0))
    }

    /// The number that a type carries, 0 if it is without the label; `None` if that is unknown.
    fn known_number_of(&self, row: u16) -> Option<u32> {
        if row < COUNT {
            let number = || self.column.position(row).and_then(|at| self.column.number(at));
            return self.column.known.contains(row).then(|| number().unwrap_or(0));
        }
        self.known().contains(row).then(|| self.number_of(row))
    }

    fn number_of(&self, row: u16) -> u32 {
        self.value_of(row).and_then(|value| value.parse().ok()).unwrap_or(0)
    }

    /// The value that a type carries, as a label spells it.
    pub fn value_of(&self, row: u16) -> Option<String> {
        let row = match self.catalog.cell(self.column.name, row) {
            Some(Cell::Base(row)) => row,
            Some(Cell::Number(number)) => return Some(number.to_string()),
            Some(Cell::Word(word)) => return Some(word.to_owned()),
            Some(Cell::Absent | Cell::Unknown) => return None,
            None => row,
        };
        let position = self.column.position(row)?;
        match self.column.values {
            Values::Numbers(values) => values.get(position).map(u32::to_string),
            Values::Words(values) => values.get(position).map(|word| (*word).to_owned()),
        }
    }

    /// The types whose value, or lack of one, is known.
    pub fn known(&self) -> TypeSet {
        let mut known = self.column.known.clone();
        self.catalog.amend(self.column.name, &mut known, |cell| !matches!(cell, Cell::Unknown));
        known
    }

    /// Whether the value is known of all `types`.
    pub fn is_known(&self, types: &TypeSet) -> bool {
        types.is_within(&self.known())
    }

    /// An upper bound of the number of different values that `types` carry; `None` if one is unknown.
    pub fn distinct(&self, types: &TypeSet) -> Option<u32> {
        let carried = |at: &usize| self.column.is_carried(*at, types);
        let values =
            (0..self.column.len()).filter(carried).count() + self.catalog.extra_rows(types).count();
        self.is_known(types).then_some(u32::try_from(values).ok()?)
    }

    fn unknown(&self) -> TypeSet {
        self.catalog.all().minus(&self.known())
    }

    /// The types that are known to carry the label.
    fn present(&self) -> TypeSet {
        self.amended(0..self.column.len(), |cell| matches!(cell, Cell::Number(_) | Cell::Word(_)))
    }

    /// The types that the table has under these values, and those of the settings that meet
    /// `predicate`.
    fn amended(&self, range: Range<usize>, predicate: impl Fn(Cell<'_>) -> bool) -> TypeSet {
        let mut set = self.column.range(range);
        self.catalog.amend(self.column.name, &mut set, predicate);
        set
    }
}
