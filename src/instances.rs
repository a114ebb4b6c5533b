//! What is known of every EC2 instance type: rows found by one probe of a perfect hash, and
//! for every label the set of types that carry each value.
//!
//! The table is generated from facts (`tablegen/data/README.md`); unknown is a value of its own.

mod hash;
mod set;
#[rustfmt::skip]
mod table;

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
    /// Ascending; with each number the types that carry it or a smaller one.
    Numbers(&'static [(u32, TypeSet)]),
    /// Ascending; with each word the types that carry it.
    Words(&'static [(&'static str, TypeSet)]),
}

impl Label {
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
        let mut set = TypeSet::all();
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
        TypeSet::all().minus(&self.present())
    }

    /// The types whose value may be a number above this one.
    pub fn above(&self, bound: i64) -> TypeSet {
        let mut set = self.unknown();
        if let Values::Numbers(_) = self.values {
            set |= &self.present().minus(&self.up_to(bound));
        }
        set
    }

    /// The types whose value may be a number below this one.
    pub fn below(&self, bound: i64) -> TypeSet {
        let mut set = self.unknown();
        set |= &bound.checked_sub(1).map_or_else(TypeSet::none, |bound| self.up_to(bound));
        set
    }

    /// The types that are known to carry `value`.
    pub fn with(&self, value: &str) -> TypeSet {
        let found = match self.values {
            Values::Numbers(_) => canonical(value)
                .map(|number| self.up_to(number.into()).minus(&self.up_to(i64::from(number) - 1))),
            Values::Words(words) => {
                let at = words.binary_search_by(|(word, _)| (*word).cmp(value)).ok();
                at.and_then(|at| words.get(at)).map(|(_, set)| set.clone())
            }
        };
        found.unwrap_or_else(TypeSet::none)
    }

    /// The greatest number that a type of `types` carries, or nothing where one of them is
    /// unknown: it might carry more. A type without the label carries 0.
    pub fn greatest(&self, types: &TypeSet) -> Option<u32> {
        if !types.minus(&self.known).is_empty() {
            return None;
        }
        let Values::Numbers(numbers) = self.values else { return Some(0) };
        let present = types.and(&self.present());
        if present.is_empty() {
            return Some(0);
        }
        let at = numbers.partition_point(|(_, up_to)| !present.minus(up_to).is_empty());
        numbers.get(at).map(|(number, _)| *number)
    }

    /// The value that a type carries, as a label spells it.
    pub fn value_of(&self, row: u16) -> Option<String> {
        match self.values {
            Values::Numbers(all) => {
                let at = all.partition_point(|(_, up_to)| !up_to.contains(row));
                all.get(at).map(|(number, _)| number.to_string())
            }
            Values::Words(all) => {
                all.iter().find(|(_, set)| set.contains(row)).map(|(word, _)| (*word).to_owned())
            }
        }
    }

    /// The types of which the table knows the value, or that they have none.
    pub fn known(&self) -> &TypeSet {
        &self.known
    }

    fn unknown(&self) -> TypeSet {
        TypeSet::all().minus(&self.known)
    }

    /// The types that are known to carry the label.
    fn present(&self) -> TypeSet {
        match self.values {
            Values::Numbers(numbers) => numbers.last().map(|(_, all)| all.clone()),
            Values::Words(words) => {
                Some(words.iter().fold(TypeSet::none(), |mut all, (_, set)| {
                    all |= set;
                    all
                }))
            }
        }
        .unwrap_or_else(TypeSet::none)
    }

    /// The types that are known to carry a number up to `bound`.
    fn up_to(&self, bound: i64) -> TypeSet {
        let Values::Numbers(numbers) = self.values else { return TypeSet::none() };
        let after = numbers.partition_point(|(number, _)| i64::from(*number) <= bound);
        let last = after.checked_sub(1).and_then(|last| numbers.get(last));
        last.map_or_else(TypeSet::none, |(_, set)| set.clone())
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
        assert!(EFA.above(31).contains(p3));
        assert_eq!(EFA.greatest(&TypeSet::of(p3)), None);
    }

    #[test]
    fn labels_are_sorted_and_numbers_are_canonical() {
        assert!(table::LABELS.is_sorted_by_key(|label| label.name));
        let bandwidth = label("instance-network-bandwidth").unwrap();
        let p5 = row("p5.48xlarge").unwrap();
        assert!(bandwidth.with("3200000").contains(p5));
        assert!(bandwidth.with("03200000").is_empty());
        assert_eq!(bandwidth.value_of(p5).as_deref(), Some("3200000"));
    }
}
