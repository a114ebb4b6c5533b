//! The facts about every EC2 instance type: rows found by one probe of a perfect hash, and for
//! every label the value that each type carries.
//!
//! The table is generated from facts (`tablegen/data/README.md`); unknown is a value of its own.
//! A [`Catalog`] is the table with what the settings add and correct.

mod allowed;
mod catalog;
mod cell;
mod column;
mod derived;
mod extra;
mod hash;
mod history;
mod label;
mod name;
mod set;
mod similar;
#[rustfmt::skip]
mod table;

pub use allowed::Allowed;
pub use catalog::Catalog;
use column::{Cells, Column, Values};
pub use extra::Extra;
use extra::Kind;
use history::History;
pub use history::Releases;
pub use label::{Carrier, Label};

pub use name::{HYPERPOD, instance_type};
pub use set::TypeSet;
pub use similar::{similar, similar_family};
pub use table::{COUNT, DATE, WORDS};

/// The facts of a type that are not labels. The greatest number of a field means "unknown".
#[derive(Debug)]
struct Shape {
    efa_interfaces: u8,
    gpu_count: u8,
    neuron_devices: u8,
    network_cards: u8,
    default_card_enis: u8,
    ipv4_per_eni: u8,
    branch_enis: u16,
    takes_prefixes: u8,
}

impl Shape {
    const UNKNOWN: Self = Self {
        efa_interfaces: u8::MAX,
        gpu_count: u8::MAX,
        neuron_devices: u8::MAX,
        network_cards: u8::MAX,
        default_card_enis: u8::MAX,
        ipv4_per_eni: u8::MAX,
        branch_enis: u16::MAX,
        takes_prefixes: u8::MAX,
    };

    /// The shape of the type in a row; nothing is known behind the last one.
    fn of(row: u16) -> &'static Self {
        let number = table::SHAPE_OF.get(usize::from(row));
        number.and_then(|at| table::SHAPES.get(usize::from(*at))).unwrap_or(&Self::UNKNOWN)
    }
}

/// A type: of the table, of the settings, or of the table as the settings correct it.
#[derive(Clone, Copy, Debug)]
pub struct InstanceType<'t> {
    /// Its row in the table, or one behind the last.
    row: u16,
    given: Option<&'t Extra>,
}

fn narrow(cell: u8) -> Option<u16> {
    (cell != u8::MAX).then_some(cell.into())
}

impl<'t> InstanceType<'t> {
    /// The EC2 name, such as `p5.48xlarge`.
    pub fn name(&self) -> &'t str {
        self.given.map_or_else(|| name::of(self.row), |given| &given.name)
    }

    /// Default vCPUs.
    pub fn vcpus(&self) -> Option<u16> {
        self.wide("vcpus", |row| table::INSTANCE_CPU.number_of(row)?.try_into().ok())
    }

    /// Memory, MiB.
    pub fn memory_mib(&self) -> Option<u32> {
        let given = self.given.and_then(|given| given.number("memoryMib"));
        given.or_else(|| table::INSTANCE_MEMORY.number_of(self.row))
    }

    /// Baseline network bandwidth of the whole instance, Mbps.
    pub fn network_bandwidth_mbps(&self) -> Option<u32> {
        let given = self.given.and_then(|given| given.number("networkBandwidthMbps"));
        given.or_else(|| table::INSTANCE_NETWORK_BANDWIDTH.number_of(self.row))
    }

    /// EFA interfaces that the type can have.
    pub fn efa_interfaces(&self) -> Option<u16> {
        self.narrow("efaInterfaces", |shape| shape.efa_interfaces)
    }

    /// GPUs.
    pub fn gpu_count(&self) -> Option<u16> {
        self.narrow("gpuCount", |shape| shape.gpu_count)
    }

    /// Neuron devices (not cores).
    pub fn neuron_devices(&self) -> Option<u16> {
        self.narrow("neuronDevices", |shape| shape.neuron_devices)
    }

    /// Network cards.
    pub fn network_cards(&self) -> Option<u16> {
        self.narrow("networkCards", |shape| shape.network_cards)
    }

    /// Network interfaces of the default network card, the one the VPC CNI uses.
    pub fn default_card_enis(&self) -> Option<u16> {
        self.narrow("defaultCardEnis", |shape| shape.default_card_enis)
    }

    /// IPv4 addresses of one network interface, its primary one included.
    pub fn ipv4_per_eni(&self) -> Option<u16> {
        self.narrow("ipv4PerEni", |shape| shape.ipv4_per_eni)
    }

    /// Branch network interfaces for security groups for pods; 0 if the type can't trunk.
    pub fn branch_enis(&self) -> Option<u16> {
        if self.given.is_some_and(|given| given.word("trunking") == Some("false")) {
            return Some(0);
        }
        let known = |row| Some(Shape::of(row).branch_enis).filter(|enis| *enis != u16::MAX);
        self.wide("branchEnis", known)
    }

    /// `true` if its interfaces can have prefixes, as on Nitro and bare metal.
    pub fn takes_prefixes(&self) -> Option<bool> {
        let given = self.given.and_then(|given| {
            let bare_metal = given.word("bareMetal") == Some("true");
            derived::takes_prefixes(given.word("hypervisor"), bare_metal)
        });
        given.or_else(|| narrow(Shape::of(self.row).takes_prefixes).map(|takes| takes == 1))
    }

    fn wide(&self, fact: &str, known: impl Fn(u16) -> Option<u16>) -> Option<u16> {
        let given = self.given.and_then(|given| given.number(fact));
        let given = given.map(|number| u16::try_from(number).unwrap_or(u16::MAX).min(u16::MAX - 1));
        given.or_else(|| known(self.row))
    }

    fn narrow(&self, fact: &str, field: impl Fn(&Shape) -> u8) -> Option<u16> {
        let given = self.given.and_then(|given| given.number(fact));
        let given = given.map(|number| u8::try_from(number).unwrap_or(u8::MAX).min(u8::MAX - 1));
        given.map(Into::into).or_else(|| narrow(field(Shape::of(self.row))))
    }
}

/// The row number of a type of the table.
pub fn row(name: &str) -> Option<u16> {
    let hash = hash::fnv1a(name.as_bytes());
    let bucket = hash::bucket(hash, table::DISPLACEMENTS.len() as u64);
    let displacement = table::DISPLACEMENTS.get(usize::try_from(bucket).ok()?)?;
    let slot = hash::slot(hash, *displacement, table::SLOTS.len() as u64);
    let row = *table::SLOTS.get(usize::try_from(slot).ok()?)?;
    (row < COUNT && name::of(row) == name).then_some(row)
}

/// All types of the table, sorted by name.
pub fn all() -> impl Iterator<Item = InstanceType<'static>> {
    (0..COUNT).map(|row| InstanceType { row, given: None })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        form::{self, Faults},
        json::Text,
    };

    fn corrected(json: &str) -> Catalog {
        let mut faults = Faults::default();
        let catalog = form::read(json, &mut faults);
        assert!(faults.is_empty(), "{faults:?}");
        catalog
    }

    #[test]
    fn every_name_is_found_in_its_row_and_no_other_is() {
        for (index, instance) in all().enumerate() {
            assert_eq!(row(instance.name()), u16::try_from(index).ok(), "{}", instance.name());
        }
        for absent in ["", "p5", "p5.48xlarge ", "P5.48xlarge", "p9.48xlarge"] {
            assert_eq!(row(absent), None, "{absent:?}");
        }
    }

    #[test]
    fn unknown_cells_prove_nothing() {
        let catalog = Catalog::default();
        let trn2 = row("trn2.3xlarge").unwrap();
        assert_eq!(catalog.get(trn2).unwrap().efa_interfaces(), None);
        assert!(catalog.efa().above(31).contains(trn2));
        assert_eq!(catalog.efa().greatest(&catalog.matching("trn2.3xlarge")), None);
    }

    #[test]
    fn labels_are_sorted_and_numbers_are_canonical() {
        assert!(table::LABELS.is_sorted_by_key(|label| label.name));
        let catalog = Catalog::default();
        let bandwidth = catalog.label("instance-network-bandwidth").unwrap();
        let p5 = row("p5.48xlarge").unwrap();
        assert!(bandwidth.with("3200000").contains(p5));
        assert!(bandwidth.with("03200000").is_empty());
        assert_eq!(bandwidth.value_of(p5).as_deref(), Some("3200000"));
    }

    #[test]
    fn a_row_says_what_its_labels_say() {
        let catalog = Catalog::default();
        let cpu = catalog.label("instance-cpu").unwrap();
        for (row, instance) in (0..).zip(all()) {
            let value = |label: Label<'_>| label.value_of(row).map(|value| value.parse().unwrap());
            assert_eq!(value(cpu), instance.vcpus());
            assert_eq!(value(catalog.efa()), instance.efa_interfaces());
        }
    }

    #[test]
    fn the_settings_correct_a_type() {
        let catalog = corrected(r#"[{"name": "p3.2xlarge", "efaInterfaces": 2, "vcpus": null}]"#);
        let p3 = catalog.named("p3.2xlarge").unwrap();
        assert_eq!((p3.efa_interfaces(), p3.default_card_enis()), (Some(2), Some(4)));
        let row = catalog.row("p3.2xlarge").unwrap();
        assert_eq!(catalog.efa().greatest(&catalog.matching("p3.2xlarge")), Some(2));
        assert!(!catalog.efa().above(2).contains(row) && catalog.efa().above(1).contains(row));
        let family = catalog.label("instance-family").unwrap();
        assert_eq!(
            family.with("p3").len(),
            Catalog::default().label("instance-family").unwrap().with("p3").len()
        );
        assert_eq!(catalog.all().len(), u32::from(COUNT));
    }

    #[test]
    fn the_settings_add_a_type() {
        let catalog = corrected(
            r#"[{"name": "p9.48xlarge", "efaInterfaces": 64, "vcpus": 192, "hypervisor": "nitro",
                 "defaultCardEnis": 2, "ipv4PerEni": 50, "encryptionInTransit": true}]"#,
        );
        let row = catalog.row("p9.48xlarge").unwrap();
        assert!(catalog.label("instance-family").unwrap().with("p9").contains(row));
        assert!(catalog.label("instance-memory").unwrap().above(1 << 40).contains(row), "unknown");
        let encryption = catalog.label("instance-encryption-in-transit-supported").unwrap();
        assert!(encryption.with("true").contains(row));
        assert_eq!(catalog.get(row).unwrap().takes_prefixes(), Some(true));
        assert_eq!(catalog.all().len(), u32::from(COUNT) + 1);
        assert_eq!(catalog.efa().greatest(&catalog.efa().known()), Some(64));
    }

    /// What is left out is unknown. A type is without GPUs where its settings count none: one with a
    /// part of a GPU has a maker and the count 0, in the table too.
    #[rstest]
    #[case::nothing_said(r#"{"name": "p9.48xlarge", "vcpus": 192}"#, true, true)]
    #[case::of_some_maker(r#"{"name": "p9.48xlarge", "vcpus": 192, "gpuCount": 8}"#, true, true)]
    #[case::none(r#"{"name": "m9.large", "gpuCount": 0}"#, false, true)]
    #[case::a_part(
        r#"{"name": "g9f.large", "gpuCount": 0, "gpuManufacturer": "nvidia"}"#,
        true,
        false
    )]
    #[case::a_part_in_the_table(r#"{"name": "g6f.large", "gpuCount": 0}"#, true, false)]
    #[case::none_in_the_table(r#"{"name": "m5.large", "gpuCount": 0}"#, false, true)]
    #[case::not_what_the_table_says(r#"{"name": "p5.48xlarge", "gpuCount": 0}"#, false, true)]
    fn gpus_of_a_type_of_the_settings(
        #[case] json: &str,
        #[case] may_have: bool,
        #[case] may_lack: bool,
    ) {
        let catalog = corrected(&format!("[{json}]"));
        let row = catalog.types(catalog.all()).last().and_then(|one| catalog.row(one.name()));
        let maker = catalog.label("instance-gpu-manufacturer").unwrap();
        assert_eq!(maker.any_of(["nvidia"]).contains(row.unwrap()), may_have);
        assert_eq!(maker.absent().contains(row.unwrap()), may_lack);
    }

    #[rstest]
    #[case("acceleratorCount", "instance-accelerator-name")]
    #[case("localNvmeGib", "instance-local-nvme")]
    #[case("neuronDevices", "aws.amazon.com/neuron")]
    fn a_type_without(#[case] count: &str, #[case] label: &str) {
        let catalog = corrected(&format!(r#"[{{"name": "m9.large", "{count}": 0}}]"#));
        let row = catalog.row("m9.large").unwrap();
        let label =
            if label.contains('/') { catalog.neuron() } else { catalog.label(label).unwrap() };
        assert!(!label.exists().contains(row) && label.known().contains(row));
    }

    /// The makers and architectures are those of `aws ec2 describe-instance-types`.
    #[rstest]
    #[case("gpuManufacturer", "NVIDIA", "instance-gpu-manufacturer", "nvidia")]
    #[case("gpuName", "Radeon Pro V520", "instance-gpu-name", "radeon-pro-v520")]
    #[case("acceleratorManufacturer", "Habana", "instance-accelerator-manufacturer", "habana")]
    #[case("cpuManufacturer", "AWS", "instance-cpu-manufacturer", "aws")]
    fn what_ec2_says_is_read_as_the_label_has_it(
        #[case] fact: &str,
        #[case] said: &str,
        #[case] label: &str,
        #[case] value: &str,
    ) {
        let catalog = corrected(&format!(r#"[{{"name": "p9.48xlarge", "{fact}": "{said}"}}]"#));
        let row = catalog.row("p9.48xlarge").unwrap();
        assert!(catalog.label(label).unwrap().with(value).contains(row));
    }

    #[test]
    fn an_architecture_has_its_name_in_ec2_too() {
        let catalog = corrected(r#"[{"name": "p9.48xlarge", "arch": "x86_64"}]"#);
        assert!(catalog.arch().with("amd64").contains(catalog.row("p9.48xlarge").unwrap()));
    }

    #[rstest]
    #[case::a_name(&["p5.48xlarge"], 1, true)]
    #[case::as_hyperpod_spells_it(&["ml.p5.48xlarge", "ml.p5.4*"], 2, true)]
    #[case::a_type_of_the_settings(&["p9.48xlarge", "p9*"], 1, true)]
    #[case::one_that_they_correct(&["p3.2xlarge", "p3.2*"], 1, true)]
    #[case::an_ending(&["*.metal-48xl", "p5*.48xlarge"], 50, true)]
    #[case::several_wildcards(&["p*.48x*"], 6, true)]
    #[case::not_twice_the_same_letters(&["p5.48xl*xlarge", "p5.48xlarge*"], 1, false)]
    #[case::none(&["p5.48xlarge", "P5*"], 1, false)]
    #[case::not_known(&["p9.96xlarge"], 0, false)]
    fn allowed(#[case] names: &[&'static str], #[case] count: u32, #[case] known: bool) {
        let catalog = corrected(r#"[{"name": "ml.p9.48xlarge"}, {"name": "p3.2xlarge"}]"#);
        let names: Vec<_> = names.iter().map(|name| Text((*name).into())).collect();
        let allowed = Allowed::of(&names, &catalog);
        assert_eq!((allowed.types.len(), allowed.known), (count, known));
        assert!(allowed.types.is_within(catalog.all()));
    }
}
