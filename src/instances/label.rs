//! A label, over the table as the settings amend it: which types may carry which value.

use std::ops::Range;

use super::{
    COUNT, Catalog, TypeSet,
    cell::{Cell, canonical},
    column::{Column, Values},
};

/// Up to this number of types it is cheaper to look up the value of each.
const SMALL_SET: u32 = 64;

/// Whose label it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// None's: the fact itself, as the table has it.
    Fact,
    /// Karpenter's, whose releases have not given all types the same values.
    Karpenter,
    /// EKS Auto Mode's, which documents that the label is there, but not all of its values.
    AutoMode,
}

/// Labels of which EKS documents no value on nodes of Auto Mode, or that it does not document at all
/// (EKS User Guide, "Create a node pool for EKS Auto Mode").
const UNDOCUMENTED: [&str; 6] = [
    "instance-accelerator-count",
    "instance-accelerator-manufacturer",
    "instance-accelerator-name",
    "instance-capability-flex",
    "instance-ebs-bandwidth",
    "instance-network-bandwidth",
];

/// A label, over the table as the settings amend it.
#[derive(Clone, Copy, Debug)]
pub struct Label<'c> {
    pub(super) column: &'static Column,
    pub(super) catalog: &'c Catalog,
    pub(super) carrier: Carrier,
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

    /// `true` if its values are whole numbers.
    pub fn is_number(&self) -> bool {
        matches!(self.column.values, Values::Numbers(_))
    }

    /// The types that may carry one of `values`; unknown ones may.
    pub fn any_of<'v>(&self, values: impl IntoIterator<Item = &'v str>) -> TypeSet {
        let mut set = self.unknown();
        for value in values {
            set |= &self.amended(&self.range_of(value), |cell| cell.is(value));
        }
        set
    }

    /// The types that may be without all of `values`; unknown ones may.
    pub fn none_of<'v>(&self, values: impl IntoIterator<Item = &'v str>) -> TypeSet {
        let (mut excluded, mut ranges) = (TypeSet::none(), Vec::new());
        for value in values {
            let range = self.range_of(value);
            excluded |= &self.facts(&range, |cell| cell.is(value));
            ranges.push(range);
        }
        self.surely(excluded, &ranges)
    }

    /// The types that may carry the label at all.
    pub fn exists(&self) -> TypeSet {
        let mut set = self.unknown();
        set |= &self.amended(&(0..self.column.len()), |cell| cell.is_value());
        set
    }

    /// The types that may be without the label.
    pub fn absent(&self) -> TypeSet {
        self.surely(self.present(), std::slice::from_ref(&(0..self.column.len())))
    }

    /// All types but those of `excluded` that carry one of the ranges whichever release runs.
    fn surely(&self, mut excluded: TypeSet, ranges: &[Range<usize>]) -> TypeSet {
        match self.carrier {
            Carrier::Fact => {}
            _ if self.is_undocumented() => excluded = TypeSet::none(),
            Carrier::Karpenter | Carrier::AutoMode => {
                self.column.history.narrow(&mut excluded, ranges, self.catalog.releases);
            }
        }
        self.catalog.all().minus(&excluded)
    }

    /// The types whose value may be a number above this one.
    pub fn above(&self, bound: i64) -> TypeSet {
        let mut set = self.unknown();
        if let Values::Numbers(values) = self.column.values {
            let range = self.column.up_to(bound).end..values.len();
            let above = |cell: Cell<'_>| cell.number().is_some_and(|n| i64::from(n) > bound);
            set |= &self.amended(&range, above);
        }
        set
    }

    /// The types whose value may be a number below this one.
    pub fn below(&self, bound: i64) -> TypeSet {
        let mut set = self.unknown();
        let range = bound.checked_sub(1).map_or(0..0, |bound| self.column.up_to(bound));
        let below = |cell: Cell<'_>| cell.number().is_some_and(|n| i64::from(n) < bound);
        set |= &self.amended(&range, below);
        set
    }

    /// `true` if a type has `value` in some release.
    pub fn has(&self, value: &str) -> bool {
        !self.range_of(value).is_empty() || !self.with(value).is_empty()
    }

    /// The position of a value, if it is one.
    fn range_of(&self, value: &str) -> Range<usize> {
        let range = match self.column.values {
            Values::Numbers(values) => {
                canonical(value).and_then(|number| values.binary_search(&number).ok())
            }
            Values::Words(values) => values.binary_search(&value).ok(),
        };
        range.map_or(0..0, |at| at..at + 1)
    }

    /// The types that are known to carry `value`, as the table has them.
    pub fn with(&self, value: &str) -> TypeSet {
        self.facts(&self.range_of(value), |cell| cell.is(value))
    }

    /// The greatest number that a type of `types` carries; `None` if that of one is unknown, since
    /// it might be greater. A type without the label carries 0.
    pub fn greatest(&self, types: &TypeSet) -> Option<u32> {
        self.extreme(types, true)
    }

    /// The least such number.
    pub fn least(&self, types: &TypeSet) -> Option<u32> {
        if types.minus(self.column.present).meets(&TypeSet::first(COUNT)) && self.is_known(types) {
            return Some(0);
        }
        self.extreme(types, false)
    }

    /// The table's number at the position, or a better one of the settings.
    fn extreme(&self, types: &TypeSet, greatest: bool) -> Option<u32> {
        let better = |a: u32, b: u32| if greatest { a.max(b) } else { a.min(b) };
        if types.len() <= SMALL_SET {
            let mut best = None;
            for row in types.rows() {
                let number = self.known_number_of(row)?;
                best = Some(best.map_or(number, |best| better(best, number)));
            }
            return Some(best.unwrap_or(0));
        }
        if !self.is_known(types) {
            return None;
        }
        let at = self.column.extreme(types, greatest);
        let extra = self.catalog.extra_rows(types).map(|row| self.number_of(row));
        Some(extra.chain(at.and_then(|at| self.column.number(at))).reduce(better).unwrap_or(0))
    }

    /// The number that a type carries, 0 if it is without the label; `None` if that is unknown.
    fn known_number_of(&self, row: u16) -> Option<u32> {
        if row < COUNT {
            let number = || self.column.number_of(row).unwrap_or(0);
            return self.column.known.contains(row).then(number);
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

    /// `true` if the value of all `types` is known.
    pub fn is_known(&self, types: &TypeSet) -> bool {
        types.is_within(&self.known())
    }

    /// An upper bound of the number of different values that `types` carry; `None` if one is unknown.
    pub fn distinct(&self, types: &TypeSet) -> Option<u32> {
        if types.meets(&self.unknown()) {
            return None;
        }
        let mut carried = vec![false; self.column.len()];
        let mut note = |at: usize| carried.get_mut(at).into_iter().for_each(|noted| *noted = true);
        self.column.carried(types).for_each(&mut note);
        if self.carrier != Carrier::Fact {
            self.column.history.positions(types, self.catalog.releases).for_each(note);
        }
        let values = carried.iter().filter(|noted| **noted).count();
        u32::try_from(values + self.catalog.extra_rows(types).count()).ok()
    }

    /// `true` if its values on the nodes that have it are not documented.
    pub fn is_undocumented(&self) -> bool {
        self.carrier == Carrier::AutoMode && UNDOCUMENTED.contains(&self.column.name)
    }

    /// The types of which it is not known what they carry, or whether they carry anything.
    fn unknown(&self) -> TypeSet {
        if self.is_undocumented() {
            return self.catalog.all().clone();
        }
        let mut unknown = self.catalog.all().minus(&self.known());
        if self.carrier != Carrier::Fact {
            unknown -= &self.column.history.never(self.catalog.releases);
        }
        unknown
    }

    /// The types that are known to have a value.
    fn present(&self) -> TypeSet {
        self.facts(&(0..self.column.len()), |cell| cell.is_value())
    }

    /// The types that the table has under these values, and those of the settings that meet
    /// `predicate`.
    fn facts(&self, range: &Range<usize>, predicate: impl Fn(Cell<'_>) -> bool) -> TypeSet {
        let mut set = self.column.range(range.clone());
        self.catalog.amend(self.column.name, &mut set, predicate);
        set
    }

    /// As [`Self::facts`], in any release that may run.
    fn amended(&self, range: &Range<usize>, predicate: impl Fn(Cell<'_>) -> bool) -> TypeSet {
        let mut set = self.column.range(range.clone());
        if self.carrier != Carrier::Fact {
            self.column.history.widen(&mut set, range, self.catalog.releases);
        }
        self.catalog.amend(self.column.name, &mut set, predicate);
        set
    }
}
