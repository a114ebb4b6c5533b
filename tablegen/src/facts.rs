//! Reads the facts from the CSV. An empty cell is unknown (`None`); if `vcpus` is known, empty GPU,
//! accelerator, Neuron and NVMe cells mean that the type has none.

#[path = "../../src/instances/derived.rs"]
pub mod derived;

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// The facts of all types, by name.
pub type Types = BTreeMap<String, Facts>;

/// A row of the CSV; the columns are described in `tablegen/data/README.md`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    pub instance_type: String,
    pub family: String,
    pub size: String,
    pub category: Option<String>,
    pub generation: Option<u32>,
    pub arch: Option<String>,
    pub vcpus: Option<u32>,
    pub memory_mib: Option<u32>,
    pub hypervisor: Option<String>,
    pub bare_metal: bool,
    pub network_cards: Option<u32>,
    pub default_card_enis: Option<u32>,
    pub total_enis: Option<u32>,
    pub ipv4_per_eni: Option<u32>,
    pub network_bandwidth_mbps: Option<u32>,
    pub efa_interfaces: Option<u32>,
    pub gpu_count: Option<u32>,
    pub gpu_name: Option<String>,
    pub gpu_manufacturer: Option<String>,
    pub gpu_memory_mib: Option<u32>,
    pub accelerator_count: Option<u32>,
    pub accelerator_name: Option<String>,
    pub accelerator_manufacturer: Option<String>,
    pub neuron_devices: Option<u32>,
    pub trunking: Option<bool>,
    pub branch_enis: Option<u32>,
    pub local_nvme_gib: Option<u32>,
    pub encryption_in_transit: Option<bool>,
    pub cpu_manufacturer: Option<String>,
    pub ebs_bandwidth_mbps: Option<u32>,
    /// The last release of Karpenter that documented the type, `never`, or `not yet` if only other
    /// documents have it; `None` if Karpenter documents it today.
    pub documented: Option<String>,
}

impl Facts {
    /// `true` if an empty accelerator cell means "none" rather than "unknown".
    pub fn described(&self) -> bool {
        self.vcpus.is_some()
    }

    /// The number in an empty accelerator cell: 0, or `None` if that is unknown.
    pub fn none(&self) -> Option<u32> {
        self.described().then_some(0)
    }

    /// `true` if the type is documented today and its data is known.
    pub fn is_current(&self) -> bool {
        self.described() && self.documented.is_none()
    }

    /// `true` if the type is offered today, according to the documents.
    pub fn is_offered(&self) -> bool {
        self.documented.as_deref().is_none_or(|release| release == "not yet")
    }

    /// `true` if its interfaces support prefixes.
    pub fn takes_prefixes(&self) -> Option<bool> {
        derived::takes_prefixes(self.hypervisor.as_deref(), self.bare_metal)
    }
}

/// Reads the CSV; names must be sorted and unique.
pub fn parse(csv: &[u8]) -> Result<Types> {
    let mut types = Types::new();
    let mut last = String::new();
    for row in csv::Reader::from_reader(csv).deserialize() {
        let facts: Facts = row.context("instance-types.csv")?;
        ensure!(last < facts.instance_type, "`{}` is out of order", facts.instance_type);
        last.clone_from(&facts.instance_type);
        types.insert(last.clone(), facts);
    }
    Ok(types)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: &[u8] = include_bytes!("../data/instance-types.csv");

    #[test]
    fn every_type_of_the_facts_is_read() {
        assert_eq!(parse(CSV).unwrap().len(), 1430);
    }

    #[test]
    fn unknown_is_not_zero() {
        let types = parse(CSV).unwrap();
        assert_eq!(types["trn2.3xlarge"].efa_interfaces, None);
        assert_eq!(types["m5.large"].efa_interfaces, Some(0));
    }

    #[test]
    fn prefixes_are_for_nitro_and_bare_metal() {
        let types = parse(CSV).unwrap();
        let takes = |name: &str| types[name].takes_prefixes();
        assert_eq!(takes("m5.large"), Some(true));
        assert_eq!(takes("m5.metal"), Some(true));
        assert_eq!(takes("m4.large"), Some(false));
        assert_eq!(takes("u7inh-32tb.480xlarge"), None);
    }
}
