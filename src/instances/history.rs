//! The values of a label in Karpenter's releases: a type can have had several, or none.

use std::ops::Range;

use super::{TypeSet, table::RELEASES};

/// A set of Karpenter's releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Releases(u32);

impl Default for Releases {
    fn default() -> Self {
        Self::ALL
    }
}

impl Releases {
    /// Each since 1.0, and what is not released yet.
    pub const ALL: Self = Self(u32::MAX);

    /// The release of this name, such as `1.14`; `None` if it is no release of v1. One that is
    /// newer than the table may do as the newest does, or as what was not released yet.
    pub fn named(name: &str) -> Option<Self> {
        let minor = name.strip_prefix('v').unwrap_or(name).strip_prefix("1.")?;
        let minor: u32 = minor.split('.').next()?.parse().ok()?;
        let newest = u32::try_from(RELEASES.len()).ok()?.checked_sub(2)?;
        Some(Self(if minor > newest { 0b11 << newest } else { 1 << minor }))
    }

    /// `true` if one of them is among these.
    fn meets(self, others: u32) -> bool {
        self.0 & others != 0
    }

    /// `true` if all of them are among these; the bits beyond the table's are of no release.
    fn is_within(self, others: u32) -> bool {
        let all = (1 << RELEASES.len()) - 1;
        self.0 & all & !others == 0
    }
}

/// The differences between releases.
#[derive(Debug)]
pub(super) struct History {
    /// The types that lack the label in these releases.
    pub lacking: &'static [(u32, TypeSet)],
    /// Of the types that have carried several values each value: the row, the position of the value,
    /// and the releases.
    pub others: &'static [(u16, u16, u32)],
}

impl History {
    /// Of a label that is the same in all releases.
    pub const NONE: Self = Self { lacking: &[], others: &[] };

    /// The types that lack the label in all of these releases.
    pub fn never(&self, releases: Releases) -> TypeSet {
        union(self.lacking.iter().filter(|(lacking, _)| releases.is_within(*lacking)))
    }

    /// Adds to the types whose newest value is within a range those that carry another one of it in
    /// some of these releases, and removes those that carry none.
    pub fn widen(&self, types: &mut TypeSet, range: &Range<usize>, releases: Releases) {
        for (lacking, set) in self.lacking {
            if releases.is_within(*lacking) {
                *types -= set;
            }
        }
        // The newest value is among the others: any release may run, so it stays.
        if releases != Releases::ALL {
            for (row, ..) in self.others {
                types.remove(*row);
            }
        }
        for (row, at, carrying) in self.others {
            if range.contains(&usize::from(*at)) && releases.meets(*carrying) {
                types.insert(*row);
            }
        }
    }

    /// Removes from the types whose newest value is within ranges those that lack the label, or
    /// carry a value that is in none of them, in one of these releases.
    pub fn narrow(&self, types: &mut TypeSet, ranges: &[Range<usize>], releases: Releases) {
        let is_in = |at: u16| ranges.iter().any(|range| range.contains(&usize::from(at)));
        for (row, at, carrying) in self.others {
            if is_in(*at) && releases.meets(*carrying) {
                types.insert(*row);
            }
        }
        for (row, at, carrying) in self.others {
            if !is_in(*at) && releases.meets(*carrying) {
                types.remove(*row);
            }
        }
        for (lacking, set) in self.lacking {
            if releases.meets(*lacking) {
                *types -= set;
            }
        }
    }

    /// The positions of the values that one of `types` carries in some of these releases.
    pub fn positions(&self, types: &TypeSet, releases: Releases) -> impl Iterator<Item = usize> {
        let carried = self
            .others
            .iter()
            .filter(move |(row, _, carrying)| types.contains(*row) && releases.meets(*carrying));
        carried.map(|(_, at, _)| usize::from(*at))
    }
}

fn union<'s>(sets: impl Iterator<Item = &'s (u32, TypeSet)>) -> TypeSet {
    sets.fold(TypeSet::none(), |mut union, (_, set)| {
        union |= set;
        union
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::instances::{Carrier, Catalog};

    fn catalog(release: &str) -> Catalog {
        let mut catalog = Catalog::default();
        catalog.releases = Releases::named(release).unwrap_or_default();
        catalog
    }

    /// What [`History::widen`] relies on: a value that the table has is one of those of some release.
    #[test]
    fn the_newest_value_is_among_the_others() {
        for name in Catalog::label_names() {
            let catalog = Catalog::default();
            let column = catalog.label(name).unwrap().column;
            for (row, ..) in column.history.others {
                let Some(newest) = column.position(*row) else { continue };
                let mut of_row = column.history.others.iter().filter(|(of, ..)| of == row);
                assert!(of_row.any(|(_, at, _)| usize::from(*at) == newest), "{name}, row {row}");
            }
        }
    }

    /// Whether a type may carry a bandwidth, and whether it may be without it, by release.
    #[rstest]
    #[case::never_changed("auto", "p5.48xlarge", "3200000", (true, false))]
    #[case::one_of_several("auto", "i8g.48xlarge", "56250", (true, true))]
    #[case::of_the_newest("auto", "i8g.48xlarge", "100000", (true, true))]
    #[case::of_a_release_that_has_another("1.14", "i8g.48xlarge", "56250", (false, true))]
    #[case::of_the_release("1.7", "i8g.48xlarge", "56250", (true, false))]
    #[case::before_the_type_had_any("1.2", "i8g.48xlarge", "56250", (false, true))]
    #[case::newer_than_the_table("1.99", "g7.2xlarge", "60000", (true, true))]
    #[case::not_released_yet("1.99", "g7.2xlarge", "40000", (true, true))]
    #[case::of_the_newest_alone("1.14", "g7.2xlarge", "40000", (false, true))]
    #[case::never_had_any("auto", "c1.medium", "250", (false, true))]
    fn a_bandwidth_by_release(
        #[case] release: &str,
        #[case] name: &str,
        #[case] value: &str,
        #[case] expected: (bool, bool),
    ) {
        let catalog = catalog(release);
        let label = catalog.carried("instance-network-bandwidth", Carrier::Karpenter).unwrap();
        let row = catalog.row(name).unwrap();
        let found = (label.any_of([value]).contains(row), label.none_of([value]).contains(row));
        assert_eq!(found, expected);
    }

    /// Documents of the same releases have a number for it, and none.
    #[test]
    fn a_label_that_is_there_or_not() {
        let catalog = Catalog::default();
        let label = catalog.carried("instance-local-nvme", Carrier::Karpenter).unwrap();
        let row = catalog.row("trn2.48xlarge").unwrap();
        assert!(label.any_of(["7600"]).contains(row) && label.none_of(["7600"]).contains(row));
        assert!(label.exists().contains(row) && label.absent().contains(row));
    }

    #[test]
    fn what_lists_all_values_of_a_type_may_leave_it_none() {
        let catalog = catalog("1.8");
        let label = catalog.carried("instance-network-bandwidth", Carrier::Karpenter).unwrap();
        let row = catalog.row("i8g.48xlarge").unwrap();
        assert!(label.none_of(["100000"]).contains(row));
        assert!(!label.none_of(["90000", "100000"]).contains(row));
        assert!(!label.absent().contains(row) && label.exists().contains(row));
        assert!(label.above(90_000).contains(row) && !label.above(100_000).contains(row));
    }

    /// EKS documents no value of it.
    #[test]
    fn auto_mode_may_carry_any_bandwidth() {
        let catalog = Catalog::default();
        let label = catalog.carried("instance-network-bandwidth", Carrier::AutoMode).unwrap();
        let row = catalog.row("p5.48xlarge").unwrap();
        assert!(label.any_of(["131072"]).contains(row) && label.absent().contains(row));
        let family = catalog.carried("instance-family", Carrier::AutoMode).unwrap();
        assert!(!family.any_of(["p4d"]).contains(row));
    }

    #[test]
    fn releases_have_names() {
        for none in ["", "auto", "0.37", "2.0", "1", "1.x", "v"] {
            assert_eq!(Releases::named(none), None, "{none}");
        }
        assert_eq!(Releases::named("v1.14.1"), Releases::named("1.14"));
        assert_eq!(Releases::named("1.15"), Releases::named("1.40"));
    }
}
