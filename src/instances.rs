//! What is known of every EC2 instance type: rows found by one probe of a perfect hash, and
//! for every label the set of types that carry each value.
//!
//! The table is generated from facts (`tablegen/data/README.md`); unknown is a value of its own.

mod hash;
mod set;
#[rustfmt::skip]
mod table;

use std::ops::RangeBounds;

pub use set::TypeSet;
pub use table::{ARCH, COUNT, DATE, EFA, NEURON, WORDS};

/// A type's row. The columns are described where the table lists them.
#[derive(Debug)]
pub struct InstanceType(&'static str, u16, u32, u16, u16, u16, u16, u16, u16, u16, u16, u16);

/// The pods a type can hold when the CNI assigns prefixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrefixPods {
    /// The table does not know.
    Unknown,
    /// The type takes no prefixes: it is neither Nitro nor bare metal.
    Unsupported,
    /// So many pods, before any recommended cap.
    Pods(u16),
}

fn known(cell: u16) -> Option<u16> {
    (cell != u16::MAX).then_some(cell)
}

impl InstanceType {
    /// The EC2 name, such as `p5.48xlarge`.
    pub fn name(&self) -> &'static str {
        self.0
    }

    /// Default vCPUs.
    pub fn vcpus(&self) -> Option<u16> {
        known(self.1)
    }

    /// Baseline network bandwidth of the whole instance, Mbps.
    pub fn network_bandwidth_mbps(&self) -> Option<u32> {
        (self.2 != u32::MAX).then_some(self.2)
    }

    /// EFA interfaces that the type can have.
    pub fn efa_interfaces(&self) -> Option<u16> {
        known(self.3)
    }

    /// GPUs.
    pub fn gpu_count(&self) -> Option<u16> {
        known(self.4)
    }

    /// Neuron devices (not cores).
    pub fn neuron_devices(&self) -> Option<u16> {
        known(self.5)
    }

    /// Network cards.
    pub fn network_cards(&self) -> Option<u16> {
        known(self.6)
    }

    /// Network interfaces of the default network card, the one the VPC CNI uses.
    pub fn default_card_enis(&self) -> Option<u16> {
        known(self.7)
    }

    /// IPv4 addresses of one network interface, its primary one included.
    pub fn ipv4_per_eni(&self) -> Option<u16> {
        known(self.8)
    }

    /// Branch network interfaces for security groups for pods; 0 where the type can't trunk.
    pub fn branch_enis(&self) -> Option<u16> {
        known(self.9)
    }

    /// Pods by secondary addresses, before any recommended cap.
    pub fn pods_secondary(&self) -> Option<u16> {
        known(self.10)
    }

    /// Pods by prefixes.
    pub fn pods_prefix(&self) -> PrefixPods {
        match self.11 {
            u16::MAX => PrefixPods::Unknown,
            0 => PrefixPods::Unsupported,
            pods => PrefixPods::Pods(pods),
        }
    }
}

/// A fact that splits the types: the sets of types by value.
#[derive(Debug)]
pub struct Label {
    /// Without its domain: `instance-network-bandwidth`.
    pub name: &'static str,
    /// The types of which the table knows whether they carry the label, and with which value.
    known: TypeSet,
    values: Values,
}

#[derive(Debug)]
enum Values {
    Numbers(&'static [(u32, TypeSet)]),
    Words(&'static [(&'static str, TypeSet)]),
}

impl Label {
    /// The types that may carry one of `values`; unknown ones may.
    pub fn any_of<'v>(&self, values: impl IntoIterator<Item = &'v str>) -> TypeSet {
        let mut set = self.unknown();
        for value in values {
            if let Some(with) = self.with(value) {
                set |= with;
            }
        }
        set
    }

    /// The types that may be without all of `values`; unknown ones may.
    pub fn none_of<'v>(&self, values: impl IntoIterator<Item = &'v str>) -> TypeSet {
        let mut set = TypeSet::all();
        for value in values {
            if let Some(with) = self.with(value) {
                set -= with;
            }
        }
        set
    }

    /// The types that may carry the label at all.
    pub fn exists(&self) -> TypeSet {
        self.in_range(..)
    }

    /// The types that may be without the label.
    pub fn absent(&self) -> TypeSet {
        let mut set = TypeSet::all();
        self.each(|_, with| set -= with);
        set
    }

    /// The types whose value may be a number in `range`; words are in no range but the full one.
    pub fn in_range(&self, range: impl RangeBounds<i64>) -> TypeSet {
        let mut set = self.unknown();
        let everything = range.start_bound() == std::ops::Bound::Unbounded
            && range.end_bound() == std::ops::Bound::Unbounded;
        self.each(|number, with| {
            if number.map_or(everything, |number| range.contains(&i64::from(number))) {
                set |= with;
            }
        });
        set
    }

    /// The types that are known to carry `value`, or nothing where none is.
    pub fn with(&self, value: &str) -> Option<&'static TypeSet> {
        match self.values {
            Values::Numbers(values) => {
                let number = canonical(value)?;
                let at = values.binary_search_by_key(&number, |(number, _)| *number).ok()?;
                values.get(at).map(|(_, set)| set)
            }
            Values::Words(values) => {
                let at = values.binary_search_by(|(word, _)| (*word).cmp(value)).ok()?;
                values.get(at).map(|(_, set)| set)
            }
        }
    }

    /// The greatest number that a type of `types` carries, or nothing where one of them is
    /// unknown: it might carry more. A type without the label carries 0.
    pub fn greatest(&self, types: &TypeSet) -> Option<u32> {
        if !types.minus(&self.known).is_empty() {
            return None;
        }
        let mut greatest = 0;
        self.each(|number, with| {
            if !types.and(with).is_empty() {
                greatest = greatest.max(number.unwrap_or(0));
            }
        });
        Some(greatest)
    }

    /// The value that a type carries, as a label spells it.
    pub fn value_of(&self, row: u16) -> Option<String> {
        match self.values {
            Values::Numbers(all) => {
                all.iter().find(|(_, set)| set.contains(row)).map(|(n, _)| n.to_string())
            }
            Values::Words(all) => {
                all.iter().find(|(_, set)| set.contains(row)).map(|(w, _)| (*w).to_owned())
            }
        }
    }

    /// The types that carry the same value as this one, itself among them.
    pub fn types_like(&self, row: u16) -> Option<&'static TypeSet> {
        let mut found = None;
        self.each(|_, set| {
            if set.contains(row) {
                found = Some(set);
            }
        });
        found
    }

    /// The types of which the table knows the value, or that they have none.
    pub fn known(&self) -> &TypeSet {
        &self.known
    }

    fn unknown(&self) -> TypeSet {
        TypeSet::all().minus(&self.known)
    }

    fn each(&self, mut visit: impl FnMut(Option<u32>, &'static TypeSet)) {
        match self.values {
            Values::Numbers(values) => values.iter().for_each(|(n, set)| visit(Some(*n), set)),
            Values::Words(values) => values.iter().for_each(|(_, set)| visit(None, set)),
        }
    }
}

/// A number as a label spells it: `100000`, never `0100000` or `+1`.
fn canonical(value: &str) -> Option<u32> {
    match value.as_bytes() {
        [b'0'] => Some(0),
        [b'1'..=b'9', ..] => value.parse().ok(),
        _ => None,
    }
}

/// The label of this name, without its domain.
pub fn label(name: &str) -> Option<&'static Label> {
    let at = table::LABELS.binary_search_by(|label| label.name.cmp(name)).ok()?;
    table::LABELS.get(at)
}

/// The row number of a type.
pub fn row(name: &str) -> Option<u16> {
    let hash = hash::fnv1a(name.as_bytes());
    let bucket = hash::bucket(hash, table::DISPLACEMENTS.len() as u64);
    let displacement = table::DISPLACEMENTS.get(usize::try_from(bucket).ok()?)?;
    let slot = hash::slot(hash, *displacement, table::SLOTS.len() as u64);
    let row = *table::SLOTS.get(usize::try_from(slot).ok()?)?;
    (get(row)?.name() == name).then_some(row)
}

/// The type of a row number.
pub fn get(row: u16) -> Option<&'static InstanceType> {
    table::TYPES.get(usize::from(row))
}

/// The types whose labels are known.
pub fn described() -> Option<&'static TypeSet> {
    label("instance-cpu").map(|label| &label.known)
}

/// All types, sorted by name.
pub fn all() -> &'static [InstanceType] {
    &table::TYPES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_in_its_row_and_no_other_is() {
        for (index, instance) in all().iter().enumerate() {
            assert_eq!(row(instance.name()), u16::try_from(index).ok(), "{}", instance.name());
        }
        for absent in ["", "p5", "p5.48xlarge ", "P5.48xlarge", "p9.48xlarge"] {
            assert_eq!(row(absent), None, "{absent:?}");
        }
    }

    #[test]
    fn the_rows_hold_the_published_capacities() {
        let pods = |name: &str| {
            let instance = get(row(name).unwrap()).unwrap();
            (instance.pods_secondary(), instance.pods_prefix())
        };
        assert_eq!(pods("c5.4xlarge"), (Some(234), PrefixPods::Pods(3714)));
        assert_eq!(pods("m5.large"), (Some(29), PrefixPods::Pods(434)));
        assert_eq!(pods("p5.48xlarge"), (Some(100), PrefixPods::Pods(1570)));
        assert_eq!(pods("m4.large"), (Some(20), PrefixPods::Unsupported));
        assert_eq!(pods("p6e-gb200.36xlarge"), (None, PrefixPods::Unknown));
    }

    #[test]
    fn unknown_cells_prove_nothing() {
        let p3 = row("p3.2xlarge").unwrap();
        assert_eq!(get(p3).unwrap().efa_interfaces(), None);
        assert!(EFA.in_range(32..).contains(p3));
        assert_eq!(EFA.greatest(&TypeSet::of(p3)), None);
    }

    #[test]
    fn labels_are_sorted_and_numbers_are_canonical() {
        assert!(table::LABELS.is_sorted_by_key(|label| label.name));
        let bandwidth = label("instance-network-bandwidth").unwrap();
        let p5 = row("p5.48xlarge").unwrap();
        assert!(bandwidth.with("3200000").unwrap().contains(p5));
        assert!(bandwidth.with("03200000").is_none());
        assert_eq!(bandwidth.value_of(p5).as_deref(), Some("3200000"));
    }
}
