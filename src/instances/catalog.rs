//! The types that the policy knows: the table, and what the settings add and correct.

use super::{
    Carrier, Column, InstanceType, Label, Releases, TypeSet,
    cell::Cell,
    extra::Extra,
    name,
    table::{self, COUNT},
};
use crate::text::{self, wildcard};

/// The types that the policy knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog {
    extra: Vec<Extra>,
    all: TypeSet,
    /// The releases of Karpenter that may run.
    pub releases: Releases,
}

impl Default for Catalog {
    fn default() -> Self {
        Self { extra: Vec::new(), all: TypeSet::first(COUNT), releases: Releases::ALL }
    }
}

impl Catalog {
    /// The table with these types added, or corrected where it has them. Their names differ, and
    /// there are no more than `EXTRA`.
    pub(super) fn with(extra: Vec<Extra>, releases: Releases) -> Self {
        let mut all = TypeSet::first(COUNT);
        for (row, extra) in (COUNT..).zip(&extra) {
            all.insert(row);
            extra.base.iter().for_each(|base| all.remove(*base));
        }
        Self { extra, all, releases }
    }

    /// The types of the settings with their rows.
    fn extras(&self) -> impl Iterator<Item = (u16, &Extra)> {
        (COUNT..).zip(&self.extra)
    }

    /// Every type.
    pub fn all(&self) -> &TypeSet {
        &self.all
    }

    /// The row number of a type.
    pub fn row(&self, name: &str) -> Option<u16> {
        let known = super::row(name).filter(|row| self.all.contains(*row));
        // Types that the table lacks, and corrections by the settings.
        known.or_else(|| self.extras().find(|(_, one)| one.name == name).map(|(row, _)| row))
    }

    /// The type of a row number.
    pub fn get(&self, row: u16) -> Option<InstanceType<'_>> {
        match row.checked_sub(COUNT) {
            None => Some(InstanceType { row, given: None }),
            Some(extra) => self.extra.get(usize::from(extra)).map(Extra::row),
        }
    }

    /// The types of a set, in the order of their rows.
    pub fn types<'c>(&'c self, set: &TypeSet) -> impl Iterator<Item = InstanceType<'c>> {
        set.rows().filter_map(|row| self.get(row))
    }

    /// The type of this name.
    pub fn named(&self, name: &str) -> Option<InstanceType<'_>> {
        self.get(self.row(name)?)
    }

    /// The types whose names match a pattern with `*`.
    pub fn matching(&self, pattern: &str) -> TypeSet {
        let mut set = TypeSet::none();
        self.add_matching(pattern, &mut set);
        set
    }

    /// Adds to `set` the type of this name, or the types that a pattern with `*` matches; whether
    /// there are any.
    pub(super) fn add_matching(&self, pattern: &str, set: &mut TypeSet) -> bool {
        // Most are names, which one probe finds.
        if let Some(row) = self.row(pattern) {
            set.insert(row);
            return true;
        }
        let Some((prefix, rest)) = pattern.split_once('*') else { return false };
        let one_wildcard = text::find(rest, "*").is_none();
        let matches = |name: &str| match one_wildcard {
            true => name.len() >= prefix.len() + rest.len() && name.ends_with(rest),
            false => wildcard::matches(pattern, name),
        };
        // The table is sorted by name, so types whose names begin as the pattern does are adjacent.
        let start = name::first_not_below(prefix);
        let known = (start..COUNT).map(|row| (row, name::of(row)));
        let alike = known.take_while(|(_, name)| name.starts_with(prefix));
        let extras = self.extras().map(|(row, extra)| (row, &*extra.name));
        let extras = extras.filter(|(_, name)| name.starts_with(prefix));
        let mut found = false;
        for (row, name) in alike.chain(extras) {
            if matches(name) && self.all.contains(row) {
                set.insert(row);
                found = true;
            }
        }
        found
    }

    /// The label of this name, without its domain.
    pub fn label(&self, name: &str) -> Option<Label<'_>> {
        self.carried(name, Carrier::Fact)
    }

    /// The label of this name, without its domain, as nodes carry it.
    pub fn carried(&self, name: &str, carrier: Carrier) -> Option<Label<'_>> {
        // There are few.
        let column = table::LABELS.iter().find(|label| label.name == name);
        column.map(|column| Label { column, catalog: self, carrier })
    }

    /// The names of all labels, without a domain.
    pub fn label_names() -> impl Iterator<Item = &'static str> {
        table::LABELS.iter().map(|column| column.name)
    }

    /// The CPU architecture, as `kubernetes.io/arch` names it.
    pub fn arch(&self) -> Label<'_> {
        self.over(&table::ARCH)
    }

    /// The baseline bandwidth in Mbps.
    pub fn network_bandwidth(&self) -> Label<'_> {
        self.over(&table::INSTANCE_NETWORK_BANDWIDTH)
    }

    /// The family, for example `p5`.
    pub fn family(&self) -> Label<'_> {
        self.over(&table::INSTANCE_FAMILY)
    }

    /// The number of GPUs of a type; EC2 counts Gaudi among them.
    pub fn gpu_count(&self) -> Label<'_> {
        self.over(&table::INSTANCE_GPU_COUNT)
    }

    /// The maker of the GPUs.
    pub fn gpu_manufacturer(&self) -> Label<'_> {
        self.over(&table::INSTANCE_GPU_MANUFACTURER)
    }

    /// The number of EFA interfaces of a type.
    pub fn efa(&self) -> Label<'_> {
        self.over(&table::EFA)
    }

    /// The number of Neuron devices of a type.
    pub fn neuron(&self) -> Label<'_> {
        self.over(&table::NEURON)
    }

    fn over(&self, column: &'static Column) -> Label<'_> {
        Label { column, catalog: self, carrier: Carrier::Fact }
    }

    /// The types of today.
    pub fn offered(&self) -> TypeSet {
        let mut offered = table::OFFERED.clone();
        self.amend("instance-cpu", &mut offered, |_| true);
        offered
    }

    /// The types of today whose hardware is known: fit to be named to people.
    pub fn described(&self) -> TypeSet {
        let mut described = table::CURRENT.clone();
        // Of a corrected type the settings say enough to be named.
        self.amend("instance-cpu", &mut described, |cell| cell != Cell::Unknown);
        described
    }

    /// The label's value for a type of the settings; `None` for a type of the table.
    pub(super) fn cell(&self, label: &str, row: u16) -> Option<Cell<'_>> {
        let extra = self.extra.get(usize::from(row.checked_sub(COUNT)?))?;
        Some(extra.cell(label))
    }

    /// The rows of `types` that are of the settings.
    pub(super) fn extra_rows(&self, types: &TypeSet) -> impl Iterator<Item = u16> {
        self.extras().map(|(row, _)| row).filter(|row| types.contains(*row))
    }

    /// Adds to `set`, which holds types of the table, the types of the settings that meet
    /// `predicate`, and removes the rows that they correct.
    pub(super) fn amend(
        &self,
        label: &str,
        set: &mut TypeSet,
        predicate: impl Fn(Cell<'_>) -> bool,
    ) {
        for (row, extra) in self.extras() {
            let met = match extra.cell(label) {
                Cell::Base(base) => set.contains(base),
                cell => predicate(cell),
            };
            if met {
                set.insert(row);
            }
        }
        for base in self.extra.iter().filter_map(|extra| extra.base) {
            set.remove(base);
        }
    }
}
