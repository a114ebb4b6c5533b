//! A set of instance types: one bit a row of the table.

use std::ops::{BitOrAssign, SubAssign};

use wide::u64x2;

use super::table::WORDS;
use crate::text::block::{Block, SIZE};

/// A byte for each type.
pub(super) type Row = [u8; 64 * WORDS];

/// A set of instance types. What goes over all words is never inlined: each place would have the 24 steps
/// unrolled, 20 KB of the module in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeSet(pub(super) [u64; WORDS]);

impl TypeSet {
    /// No type.
    pub const fn none() -> Self {
        Self([0; WORDS])
    }

    /// The types in the rows before this one.
    pub fn first(count: u16) -> Self {
        let mut set = Self::none();
        let mut left = count;
        for word in &mut set.0 {
            let bits = left.min(64);
            *word = if bits == 0 { 0 } else { u64::MAX >> (64 - bits) };
            left -= bits;
        }
        set
    }

    /// The types whose byte is from `first` to `last`.
    pub(super) fn within(row: &Row, first: u8, last: u8) -> Self {
        let mut set = Self::none();
        for (word, bytes) in set.0.iter_mut().zip(row.as_chunks::<64>().0) {
            let [a, b, c, d] = bytes.as_chunks::<SIZE>().0 else { return set };
            let marks = |bytes| u64::from(Block::of(bytes).is_within(first, last));
            *word = marks(a) | marks(b) << 16 | marks(c) << 32 | marks(d) << 48;
        }
        set
    }

    /// Adds the types in the rows from `start` up to `end`.
    pub(super) fn insert_run(&mut self, start: u16, end: u16) {
        let mut start = start;
        while start < end {
            // The rest of the run, or of the word.
            let count = (end - start).min(64 - start % 64);
            if let Some(word) = self.0.get_mut(usize::from(start / 64)) {
                *word |= u64::MAX >> (64 - count) << (start % 64);
            }
            start += count;
        }
    }

    /// Adds the type in this row.
    pub fn insert(&mut self, row: u16) {
        if let Some(word) = self.0.get_mut(usize::from(row / 64)) {
            *word |= 1 << (row % 64);
        }
    }

    /// Removes the type in this row.
    pub fn remove(&mut self, row: u16) {
        if let Some(word) = self.0.get_mut(usize::from(row / 64)) {
            *word &= !(1 << (row % 64));
        }
    }

    /// `true` if the type in this row is in the set.
    pub fn contains(&self, row: u16) -> bool {
        self.0.get(usize::from(row / 64)).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// `true` if the set is empty.
    #[inline(never)]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// `true` if a type is in both.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(word, other)| word & other != 0)
    }

    /// `true` if all types of this set are in `other`.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(word, other)| word & !other == 0)
    }

    /// The number of types in the set.
    pub fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// The types that are in both.
    #[must_use]
    #[inline(never)]
    pub fn and(&self, other: &Self) -> Self {
        let mut out = self.clone();
        for (word, other) in out.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
        out
    }

    /// The types that are in this set, but not in `other`.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut out = self.clone();
        out -= other;
        out
    }

    /// Removes the first rows that are in `other` too, in order of name, at most `limit` of them.
    pub fn take_common(&mut self, other: &Self, limit: usize) -> Vec<u16> {
        let mut rows = Vec::with_capacity(limit);
        let mut next = 0_u16;
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            let (base, mut common) = (next, *word & other);
            next += 64;
            while common != 0 {
                if rows.len() == limit {
                    return rows;
                }
                let bit = common.trailing_zeros();
                rows.extend(u16::try_from(bit).map(|bit| base + bit));
                common &= common - 1;
                *word &= !(1 << bit);
            }
        }
        rows
    }

    /// The rows of the set, in order of name.
    pub fn rows(&self) -> impl Iterator<Item = u16> {
        Rows { set: self, filled: self.filled(), base: 0, word: 0 }
    }

    /// The words that are not zero, a bit for each.
    #[inline(never)]
    fn filled(&self) -> u32 {
        let pairs = self.0.as_chunks::<2>().0.iter();
        let empty = |pair| u64x2::new(pair).simd_eq(u64x2::ZERO).to_bitmask();
        !pairs.rfold(u32::MAX, |all, pair| all << 2 | empty(*pair))
    }
}

const _: () = assert!(WORDS <= 32, "a bit for each word");

/// Goes over the rows of a set: most words are empty.
struct Rows<'s> {
    set: &'s TypeSet,
    /// The words with rows that are left.
    filled: u32,
    /// The first row of the current word, and what is left of it.
    base: u16,
    word: u64,
}

impl Iterator for Rows<'_> {
    type Item = u16;

    #[inline(never)]
    fn next(&mut self) -> Option<u16> {
        if self.word == 0 {
            let at = u16::try_from(self.filled.trailing_zeros()).ok()?;
            self.word = *self.set.0.get(usize::from(at))?;
            self.filled &= self.filled - 1;
            self.base = 64 * at;
        }
        // Below 64, so it fits.
        let bit = u16::try_from(self.word.trailing_zeros()).ok()?;
        self.word &= self.word - 1;
        Some(self.base + bit)
    }
}

impl BitOrAssign<&TypeSet> for TypeSet {
    #[inline(never)]
    fn bitor_assign(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }
}

impl SubAssign<&TypeSet> for TypeSet {
    #[inline(never)]
    fn sub_assign(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= !other;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rows_and_no_other() {
        for count in [0, 1, 63, 64, 65, 1430] {
            let set = TypeSet::first(count);
            assert_eq!(set.rows().collect::<Vec<_>>(), (0..count).collect::<Vec<_>>());
            assert!(set.minus(&set).is_empty());
        }
    }

    #[test]
    fn bytes_within_a_range() {
        let byte = |row: usize| u8::try_from(row * 37 % 256).unwrap();
        let row: Row = std::array::from_fn(byte);
        for (first, last) in [(0, 0), (3, 9), (0, 254), (200, 255), (255, 255)] {
            let within = TypeSet::within(&row, first, last);
            let expected = (0..row.len()).filter(|at| (first..=last).contains(&byte(*at)));
            assert!(within.rows().map(usize::from).eq(expected), "{first} {last}");
        }
    }

    #[test]
    fn a_run_of_rows() {
        for (start, end) in [(0, 0), (5, 4), (0, 64), (3, 64), (63, 65), (64, 70), (1, 1430)] {
            let mut set = TypeSet::none();
            set.insert_run(start, end);
            assert!(set.rows().eq(start..end), "{start} {end}");
        }
    }

    #[test]
    fn one_row_is_one_bit() {
        for row in [0, 63, 64, 1429] {
            let mut set = TypeSet::none();
            set.insert(row);
            assert_eq!(set.rows().collect::<Vec<_>>(), [row]);
        }
    }
}
