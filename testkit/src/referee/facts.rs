//! The facts that the table is made from; not the table itself, because that is under test.

use std::collections::BTreeMap;

use super::Draw;

/// The file of the facts.
pub const TEXT: &str = include_str!("../../../tablegen/data/instance-types.csv");

/// The label that names a type.
pub const TYPE: &str = "node.kubernetes.io/instance-type";

/// The labels of a type: their names, and the columns with their values.
const WORDS: [(&str, &str); 13] = [
    (TYPE, "instance_type"),
    ("kubernetes.io/arch", "arch"),
    ("karpenter.k8s.aws/instance-family", "family"),
    ("karpenter.k8s.aws/instance-size", "size"),
    ("karpenter.k8s.aws/instance-category", "category"),
    ("karpenter.k8s.aws/instance-cpu-manufacturer", "cpu_manufacturer"),
    ("karpenter.k8s.aws/instance-gpu-name", "gpu_name"),
    ("karpenter.k8s.aws/instance-gpu-manufacturer", "gpu_manufacturer"),
    ("karpenter.k8s.aws/instance-accelerator-name", "accelerator_name"),
    ("karpenter.k8s.aws/instance-accelerator-manufacturer", "accelerator_manufacturer"),
    ("karpenter.k8s.aws/instance-hypervisor", "hypervisor"),
    ("karpenter.k8s.aws/instance-encryption-in-transit-supported", "encryption_in_transit"),
    ("karpenter.k8s.aws/instance-capability-flex", "flex"),
];

/// The labels whose values are numbers.
const NUMBERS: [(&str, &str); 9] = [
    ("karpenter.k8s.aws/instance-cpu", "vcpus"),
    ("karpenter.k8s.aws/instance-memory", "memory_mib"),
    ("karpenter.k8s.aws/instance-generation", "generation"),
    ("karpenter.k8s.aws/instance-network-bandwidth", "network_bandwidth_mbps"),
    ("karpenter.k8s.aws/instance-ebs-bandwidth", "ebs_bandwidth_mbps"),
    ("karpenter.k8s.aws/instance-gpu-count", "gpu_count"),
    ("karpenter.k8s.aws/instance-gpu-memory", "gpu_memory_mib"),
    ("karpenter.k8s.aws/instance-accelerator-count", "accelerator_count"),
    ("karpenter.k8s.aws/instance-local-nvme", "local_nvme_gib"),
];

/// Labels that name a type, or a group of types.
pub const PINS: [&str; 4] = [
    TYPE,
    "karpenter.k8s.aws/instance-family",
    "karpenter.k8s.aws/instance-family",
    "karpenter.k8s.aws/instance-category",
];

/// A type, by the columns of the facts.
#[derive(Clone, Debug)]
pub struct Row(BTreeMap<&'static str, &'static str>);

/// The described types, and the values of their labels.
pub struct Facts {
    rows: Vec<Row>,
    accelerated: Vec<Row>,
    devices: Vec<Row>,
    values: BTreeMap<&'static str, Vec<&'static str>>,
}

/// `true` if the label's values are numbers.
pub fn is_number(key: &str) -> bool {
    NUMBERS.iter().any(|(label, _)| *label == key)
}

/// The labels of types.
pub fn keys() -> Vec<&'static str> {
    WORDS.iter().chain(&NUMBERS).map(|(label, _)| *label).collect()
}

impl Row {
    /// The text of a cell; empty if the cell is.
    pub fn text(&self, column: &str) -> &'static str {
        match column {
            "flex" if self.0["family"].contains("-flex") => "true",
            "flex" => "false",
            // Karpenter's only empty label is the hypervisor's, and nobody requires an empty value.
            _ => self.0[column],
        }
    }

    /// The number in a cell; 0 if the cell is empty.
    pub fn number(&self, column: &str) -> u64 {
        self.0[column].parse().unwrap_or(0)
    }

    /// The value of a label; empty if the type lacks it.
    pub fn label(&self, key: &str) -> &'static str {
        let column = WORDS.iter().chain(&NUMBERS).find(|(label, _)| *label == key);
        column.map_or("", |(_, column)| self.text(column))
    }
}

impl Facts {
    pub fn read() -> Self {
        let mut lines = TEXT.lines().map(|line| line.split(','));
        let columns: Vec<&str> = lines.next().unwrap().collect();
        let rows = lines.map(|cells| Row(columns.iter().copied().zip(cells).collect()));
        let described = |row: &Row| {
            ["vcpus", "memory_mib", "default_card_enis", "arch"]
                .iter()
                .all(|one| !row.text(one).is_empty())
        };
        let rows: Vec<Row> = rows.filter(described).collect();
        let has_devices = |row: &&Row| {
            !row.text("gpu_name").is_empty()
                || !row.text("accelerator_name").is_empty()
                || row.number("efa_interfaces") > 0
        };
        let devices = |row: &&Row| row.number("gpu_count") > 0 || row.number("neuron_devices") > 0;
        let devices = rows.iter().filter(devices).cloned().collect();
        let accelerated = rows.iter().filter(has_devices).cloned().collect();
        let values = keys().into_iter().map(|key| {
            let mut values: Vec<&str> = rows.iter().map(|row| row.label(key)).collect();
            values.sort_unstable();
            values.dedup();
            values.retain(|value| !value.is_empty());
            (key, values)
        });
        let values = values.collect();
        Self { rows, accelerated, devices, values }
    }

    /// The names of the types.
    pub fn names(&self) -> Vec<&'static str> {
        self.rows.iter().map(|row| row.text("instance_type")).collect()
    }

    /// A type; half of them have accelerators or EFA.
    pub fn row(&self, draw: &mut Draw) -> &Row {
        let of = if draw.at_times(50) { &self.accelerated } else { &self.rows };
        &of[usize::try_from(draw.below(u64::try_from(of.len()).unwrap())).unwrap()]
    }

    /// A type with accelerators or EFA.
    pub fn accelerated(&self, draw: &mut Draw) -> &Row {
        let count = u64::try_from(self.accelerated.len()).unwrap();
        &self.accelerated[usize::try_from(draw.below(count)).unwrap()]
    }

    /// A type with accelerators or EFA; mostly one with accelerators.
    pub fn devices(&self, draw: &mut Draw) -> &Row {
        let of = if draw.at_times(75) { &self.devices } else { &self.accelerated };
        &of[usize::try_from(draw.below(u64::try_from(of.len()).unwrap())).unwrap()]
    }

    /// Another value of the label.
    pub fn other(&self, key: &str, value: &str, draw: &mut Draw) -> &'static str {
        let others: Vec<&'static str> =
            self.values[key].iter().copied().filter(|one| *one != value).collect();
        if others.is_empty() { "none" } else { draw.one(&others) }
    }
}
