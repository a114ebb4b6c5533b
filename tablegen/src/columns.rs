//! The columns of the facts: names in the settings, labels that carry them, and values.

use crate::facts::{Facts, derived};

/// A column of the facts.
pub struct Column {
    /// Its name in the settings; empty if they can't set it.
    pub name: &'static str,
    /// The label that carries it, for provisioners' labels without their domain; empty if there is none.
    pub label: &'static str,
    /// Reads a type's value.
    pub value: Value,
    /// `true` if an empty cell of a described type means "none" rather than "unknown".
    pub none_if_empty: bool,
}

/// Reads a type's value, in one of three formats.
pub enum Value {
    Number(fn(&Facts) -> Option<u32>),
    Word(fn(&Facts) -> Option<&str>),
    Flag(fn(&Facts) -> Option<bool>),
}

/// The value of a label for a type.
pub enum Cell {
    Unknown,
    Absent,
    Number(u32),
    Word(String),
}

/// A type's value in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A number.
    Number(u32),
    /// A word.
    Word(String),
    /// `true` or `false`.
    Flag(bool),
}

/// The columns that the settings can set, sorted by name.
pub static COLUMNS: [Column; 28] = [
    number("acceleratorCount", |f| f.accelerator_count.filter(|count| *count > 0))
        .on("instance-accelerator-count")
        .or_none(),
    word("acceleratorManufacturer", |f| f.accelerator_manufacturer.as_deref())
        .on("instance-accelerator-manufacturer")
        .or_none(),
    word("acceleratorName", |f| f.accelerator_name.as_deref())
        .on("instance-accelerator-name")
        .or_none(),
    word("arch", |f| f.arch.as_deref()).on("arch"),
    flag("bareMetal", |f| Some(f.bare_metal)),
    number("branchEnis", |f| f.branch_enis),
    word("category", |f| f.category.as_deref()).on("instance-category"),
    word("cpuManufacturer", |f| f.cpu_manufacturer.as_deref()).on("instance-cpu-manufacturer"),
    number("defaultCardEnis", |f| f.default_card_enis),
    number("ebsBandwidthMbps", |f| f.ebs_bandwidth_mbps).on("instance-ebs-bandwidth"),
    number("efaInterfaces", |f| f.efa_interfaces).on("vpc.amazonaws.com/efa"),
    flag("encryptionInTransit", |f| f.encryption_in_transit)
        .on("instance-encryption-in-transit-supported"),
    word("family", |f| Some(&f.family)).on("instance-family"),
    number("generation", |f| f.generation).on("instance-generation"),
    // Types with a fraction of a GPU have a count of 0.
    number("gpuCount", |f| f.gpu_count.filter(|count| *count > 0 || f.gpu_name.is_some()))
        .on("instance-gpu-count")
        .or_none(),
    word("gpuManufacturer", |f| f.gpu_manufacturer.as_deref())
        .on("instance-gpu-manufacturer")
        .or_none(),
    number("gpuMemoryMib", |f| f.gpu_memory_mib).on("instance-gpu-memory").or_none(),
    word("gpuName", |f| f.gpu_name.as_deref()).on("instance-gpu-name").or_none(),
    word("hypervisor", hypervisor).on("instance-hypervisor"),
    number("ipv4PerEni", |f| f.ipv4_per_eni),
    number("localNvmeGib", |f| f.local_nvme_gib).on("instance-local-nvme").or_none(),
    number("memoryMib", |f| f.memory_mib).on("instance-memory"),
    number("networkBandwidthMbps", |f| f.network_bandwidth_mbps).on("instance-network-bandwidth"),
    number("networkCards", |f| f.network_cards),
    number("neuronDevices", |f| f.neuron_devices.filter(|count| *count > 0))
        .on("aws.amazon.com/neuron")
        .or_none(),
    word("size", |f| Some(&f.size)).on("instance-size"),
    flag("trunking", |f| f.trunking),
    number("vcpus", |f| f.vcpus).on("instance-cpu"),
];

/// Karpenter labels bare metal too, with an empty value.
fn hypervisor(facts: &Facts) -> Option<&str> {
    facts.hypervisor.as_deref().or_else(|| facts.bare_metal.then_some(""))
}

/// The only label that depends on nothing but the name of a type.
pub static FLEX: Column =
    flag("", |f| Some(derived::is_flex(&f.family))).on("instance-capability-flex");

/// Labels that are not a provisioner's, by which the rules select types in the same way: the static in the
/// table, its description, and the label.
pub const OTHERS: [(&str, &str, &str); 3] = [
    ("ARCH", "The CPU architecture, as `kubernetes.io/arch` names it.", "arch"),
    ("EFA", "The number of EFA interfaces of a type.", "vpc.amazonaws.com/efa"),
    ("NEURON", "The number of Neuron devices of a type.", "aws.amazon.com/neuron"),
];

/// The label, and the value of it, that this policy compares with most: worth the room that a set of the
/// types below it takes. All values count where none is named.
pub const HOT: [(&str, Option<&str>); 2] =
    [("instance-network-bandwidth", Some("100000")), ("vpc.amazonaws.com/efa", None)];

/// Of labels with so few values all sets are worth it.
pub const FEW: usize = 3;

/// `true` if Karpenter never gives a type this label, although the fact itself may exist: it reads the
/// bandwidth from a table of its own (zz_generated.bandwidth.go), and EBS bandwidth only if EC2 says that
/// the type is EBS-optimised by default.
pub fn is_unlabelled(label: &str, facts: &Facts) -> bool {
    match label {
        "instance-network-bandwidth" => facts.network_bandwidth_mbps.is_none(),
        // A type in Karpenter's documents has all of its labels there.
        "instance-ebs-bandwidth" => {
            facts.ebs_bandwidth_mbps.is_none() && facts.encryption_in_transit.is_some()
        }
        _ => false,
    }
}

const fn number(name: &'static str, value: fn(&Facts) -> Option<u32>) -> Column {
    Column { name, label: "", value: Value::Number(value), none_if_empty: false }
}

const fn word(name: &'static str, value: fn(&Facts) -> Option<&str>) -> Column {
    Column { name, label: "", value: Value::Word(value), none_if_empty: false }
}

const fn flag(name: &'static str, value: fn(&Facts) -> Option<bool>) -> Column {
    Column { name, label: "", value: Value::Flag(value), none_if_empty: false }
}

impl Column {
    const fn on(self, label: &'static str) -> Self {
        Self { label, ..self }
    }

    const fn or_none(self) -> Self {
        Self { none_if_empty: true, ..self }
    }

    /// The name of the format of its values.
    pub fn form(&self) -> &'static str {
        match self.value {
            Value::Number(_) => "Number",
            Value::Word(_) => "Word",
            Value::Flag(_) => "Flag",
        }
    }

    /// `true` if the type certainly has none of the devices of this column.
    fn is_none(&self, facts: &Facts) -> bool {
        let of = |prefix: &str| self.label.starts_with(prefix);
        (of("instance-gpu") && facts.gpu_count == Some(0))
            || (of("instance-accelerator") && facts.accelerator_count == Some(0))
            || (of("aws.amazon.com/neuron") && facts.neuron_devices == Some(0))
    }

    /// The value in the facts; `None` if they have none.
    pub fn said(&self, facts: &Facts) -> Option<Said> {
        match self.value {
            Value::Number(number) => number(facts).map(Said::Number),
            Value::Word(word) => word(facts).map(|word| Said::Word(word.to_owned())),
            Value::Flag(flag) => flag(facts).map(Said::Flag),
        }
    }

    /// The value of its label for a type.
    pub fn cell(&self, facts: &Facts) -> Cell {
        let cell = self.said(facts).map(|said| match said {
            Said::Number(number) => Cell::Number(number),
            Said::Word(word) => Cell::Word(word),
            Said::Flag(flag) => Cell::Word(flag.to_string()),
        });
        match self.none_if_empty && (facts.described() || self.is_none(facts)) {
            true => cell.unwrap_or(Cell::Absent),
            false => cell.unwrap_or(Cell::Unknown),
        }
    }
}

/// A field of a type's shape.
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its width.
    pub width: Width,
    /// Its value for a type.
    pub value: fn(&Facts) -> Option<u32>,
}

/// The width of a field; its largest number means "unknown".
#[derive(Clone, Copy)]
pub enum Width {
    U8,
    U16,
}

/// The fields of a type's shape: what no label tells.
pub static FIELDS: [Field; 8] = [
    field("efa_interfaces", Width::U8, |f| f.efa_interfaces),
    field("gpu_count", Width::U8, |f| f.gpu_count.or_else(|| f.none())),
    field("neuron_devices", Width::U8, |f| f.neuron_devices.or_else(|| f.none())),
    field("network_cards", Width::U8, |f| f.network_cards),
    field("default_card_enis", Width::U8, |f| f.default_card_enis),
    field("ipv4_per_eni", Width::U8, |f| f.ipv4_per_eni),
    field("branch_enis", Width::U16, |f| f.branch_enis),
    field("takes_prefixes", Width::U8, |f| f.takes_prefixes().map(u32::from)),
];

const fn field(name: &'static str, width: Width, value: fn(&Facts) -> Option<u32>) -> Field {
    Field { name, width, value }
}

impl Width {
    /// The Rust type, the number that means "unknown", and the name of that number in the table.
    pub fn parts(self) -> (&'static str, u32, &'static str) {
        match self {
            Self::U8 => ("u8", u8::MAX.into(), "X"),
            Self::U16 => ("u16", u16::MAX.into(), "W"),
        }
    }
}
