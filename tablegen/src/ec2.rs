//! Merges the JSON of `aws ec2 describe-instance-types` into the facts.
//!
//! Labels are derived as in Karpenter (`computeRequirements` in aws/karpenter-provider-aws
//! pkg/providers/instancetype/types.go). The API lacks the branch ENIs (`trunking`, `branch_enis`): a known
//! type keeps its values, a new one has none.

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::{
    Described,
    columns::{COLUMNS, Column, Said},
    facts::{Facts, Types},
    object::Object,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    instance_types: Vec<Object<InstanceType>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InstanceType {
    instance_type: String,
    bare_metal: Option<bool>,
    hypervisor: Option<String>,
    processor_info: Option<Object<Processor>>,
    v_cpu_info: Option<Object<VCpu>>,
    memory_info: Option<Object<Memory>>,
    instance_storage_supported: Option<bool>,
    instance_storage_info: Option<Object<Storage>>,
    ebs_info: Option<Object<Ebs>>,
    network_info: Option<Object<Network>>,
    gpu_info: Option<Object<Gpus>>,
    inference_accelerator_info: Option<Object<Accelerators>>,
    neuron_info: Option<Object<Neuron>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Processor {
    #[serde(default)]
    supported_architectures: Vec<String>,
    manufacturer: Option<String>,
}

#[derive(Deserialize)]
struct VCpu {
    #[serde(rename = "DefaultVCpus")]
    default: u32,
}

#[derive(Deserialize)]
struct Memory {
    #[serde(rename = "SizeInMiB")]
    mib: u32,
}

#[derive(Deserialize)]
struct Storage {
    #[serde(rename = "TotalSizeInGB")]
    gb: Option<u32>,
    #[serde(rename = "NvmeSupport")]
    nvme: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ebs {
    ebs_optimized_support: Option<String>,
    ebs_optimized_info: Option<Object<EbsOptimized>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EbsOptimized {
    maximum_bandwidth_in_mbps: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Network {
    #[serde(default)]
    network_cards: Vec<Object<Card>>,
    maximum_network_cards: Option<u32>,
    default_network_card_index: Option<u32>,
    ipv4_addresses_per_interface: Option<u32>,
    efa_supported: Option<bool>,
    efa_info: Option<Object<Efa>>,
    encryption_in_transit_supported: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Card {
    #[serde(default)]
    network_card_index: u32,
    maximum_network_interfaces: u32,
    baseline_bandwidth_in_gbps: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Efa {
    maximum_efa_interfaces: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Gpus {
    gpus: Vec<Object<Device>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Accelerators {
    accelerators: Vec<Object<Device>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Neuron {
    neuron_devices: Vec<Object<Device>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Device {
    name: Option<String>,
    manufacturer: Option<String>,
    count: Option<u32>,
    memory_info: Option<Object<Memory>>,
}

/// Merges the types of `json` into `types`; the JSON wins.
pub fn overlay(types: &mut Types, json: &[u8]) -> Result<()> {
    let output: Object<Output> =
        serde_json::from_slice(json).context("not the JSON of `describe-instance-types`")?;
    for described in output.into_inner().instance_types.into_iter().map(Object::into_inner) {
        let known = types.remove(&described.instance_type).unwrap_or_default();
        types.insert(described.instance_type.clone(), described.facts(known));
    }
    Ok(())
}

/// Returns the types of `json` with their values, in the columns of the settings.
pub fn described(json: &[u8]) -> Result<Vec<Described>> {
    let output: Object<Output> =
        serde_json::from_slice(json).context("not the JSON of `describe-instance-types`")?;
    let types = output.into_inner().instance_types.into_iter().map(Object::into_inner);
    Ok(types.map(InstanceType::described).collect())
}

impl InstanceType {
    fn described(self) -> Described {
        let says_bare_metal = self.bare_metal.is_some();
        let has_storage = self.instance_storage_supported;
        let facts = self.facts(Facts::default());
        let said = |column: &&Column| match column.name {
            "bareMetal" => says_bare_metal,
            // Bare metal has an empty label, which EC2 does not report.
            "hypervisor" => facts.hypervisor.is_some(),
            _ => true,
        };
        let mut columns: Vec<(&str, Said)> = COLUMNS
            .iter()
            .filter(said)
            .filter_map(|column| Some((column.name, column.said(&facts)?)))
            .collect();
        // Only for storage does EC2 report its absence.
        if has_storage == Some(false) {
            columns.push(("localNvmeGib", Said::Number(0)));
            columns.sort_by_key(|(name, _)| *name);
        }
        Described { name: facts.instance_type, columns }
    }

    fn facts(self, known: Facts) -> Facts {
        let (family, size) =
            self.instance_type.split_once('.').unwrap_or((&self.instance_type, ""));
        let (category, generation) = category_and_generation(family);
        let network = self.network_info.as_deref();
        let default_card = network.and_then(Network::default_card);
        let gpu = self.gpu_info.as_deref().and_then(|gpus| only(&gpus.gpus));
        let neuron = self.neuron_info.as_deref().and_then(|neuron| only(&neuron.neuron_devices));
        let inference =
            self.inference_accelerator_info.as_deref().and_then(|all| only(&all.accelerators));
        let accelerator = neuron.or(inference);
        Facts {
            category,
            generation,
            family: family.to_owned(),
            size: size.to_owned(),
            arch: self.processor_info.as_deref().and_then(Processor::arch),
            cpu_manufacturer: self
                .processor_info
                .as_deref()
                .and_then(|cpu| label(cpu.manufacturer.as_deref())),
            vcpus: self.v_cpu_info.as_deref().map(|cpu| cpu.default),
            memory_mib: self.memory_info.as_deref().map(|memory| memory.mib),
            hypervisor: self.hypervisor.clone().filter(|hypervisor| !hypervisor.is_empty()),
            bare_metal: self.bare_metal.unwrap_or_default(),
            network_cards: network.and_then(Network::cards),
            default_card_enis: default_card.map(|card| card.maximum_network_interfaces),
            total_enis: network.map(|network| {
                let enis = network.network_cards.iter().map(|card| card.maximum_network_interfaces);
                enis.fold(0, u32::saturating_add)
            }),
            ipv4_per_eni: network.and_then(|network| network.ipv4_addresses_per_interface),
            network_bandwidth_mbps: network
                .and_then(Network::baseline_mbps)
                .or(known.network_bandwidth_mbps),
            efa_interfaces: network.and_then(Network::efa_interfaces),
            gpu_count: gpu.and_then(|gpu| gpu.count),
            gpu_name: gpu.and_then(|gpu| label(gpu.name.as_deref())),
            gpu_manufacturer: gpu.and_then(|gpu| label(gpu.manufacturer.as_deref())),
            gpu_memory_mib: gpu.and_then(|gpu| gpu.memory_info.as_deref()).map(|memory| memory.mib),
            accelerator_count: accelerator.and_then(|device| device.count),
            accelerator_name: accelerator.and_then(|device| label(device.name.as_deref())),
            accelerator_manufacturer: match neuron {
                Some(_) => Some("aws".to_owned()),
                None => inference.and_then(|device| label(device.manufacturer.as_deref())),
            },
            neuron_devices: neuron.and_then(|device| device.count),
            trunking: known.trunking,
            branch_enis: known.branch_enis,
            local_nvme_gib: self
                .instance_storage_info
                .as_deref()
                .filter(|storage| storage.nvme.as_deref() != Some("unsupported"))
                .and_then(|storage| storage.gb),
            encryption_in_transit: network
                .and_then(|network| network.encryption_in_transit_supported),
            ebs_bandwidth_mbps: self.ebs_info.as_deref().and_then(Ebs::default_bandwidth_mbps),
            documented: None,
            instance_type: self.instance_type,
        }
    }
}

impl Processor {
    fn arch(&self) -> Option<String> {
        let has = |arch: &str| self.supported_architectures.iter().any(|one| one == arch);
        if has("x86_64") {
            Some("amd64".to_owned())
        } else {
            has("arm64").then(|| "arm64".to_owned())
        }
    }
}

impl Network {
    fn default_card(&self) -> Option<&Card> {
        let index = self.default_network_card_index.unwrap_or(0);
        self.network_cards.iter().map(|card| &**card).find(|card| card.network_card_index == index)
    }

    /// The number of cards; `None` without a list of them.
    fn cards(&self) -> Option<u32> {
        let listed = u32::try_from(self.network_cards.len()).ok().filter(|count| *count > 0);
        listed.or(self.maximum_network_cards)
    }

    /// The sum over all cards, in whole Mbps; `None` if the value of one card is unknown.
    fn baseline_mbps(&self) -> Option<u32> {
        let gbps = self
            .network_cards
            .iter()
            .map(|card| card.baseline_bandwidth_in_gbps)
            .sum::<Option<f64>>()?;
        // Gbps have at most three decimals, so Mbps without decimals are exact.
        format!("{:.0}", gbps * 1000.0).parse().ok().filter(|mbps| *mbps > 0)
    }

    fn efa_interfaces(&self) -> Option<u32> {
        match (self.efa_supported?, &self.efa_info) {
            (false, _) => Some(0),
            (true, info) => info.as_deref().map(|efa| efa.maximum_efa_interfaces),
        }
    }
}

impl Ebs {
    fn default_bandwidth_mbps(&self) -> Option<u32> {
        let default = self.ebs_optimized_support.as_deref() == Some("default");
        self.ebs_optimized_info
            .as_deref()
            .filter(|_| default)
            .map(|info| info.maximum_bandwidth_in_mbps)
    }
}

/// The only device type: Karpenter does not label instance types that have several.
fn only(devices: &[Object<Device>]) -> Option<&Device> {
    match devices {
        [device] => Some(device),
        _ => None,
    }
}

fn label(text: Option<&str>) -> Option<String> {
    text.map(|text| text.trim().to_lowercase().replace(' ', "-"))
}

/// `p5en` → p and 5, `u-6tb1` → u and 1 (Karpenter's instanceTypeScheme); `mac-m4` has neither.
fn category_and_generation(family: &str) -> (Option<String>, Option<u32>) {
    let letters: String = family.chars().take_while(char::is_ascii_lowercase).collect();
    let rest = family.trim_start_matches(|c: char| c.is_ascii_lowercase());
    let rest = match rest.strip_prefix('-').and_then(|rest| rest.split_once("tb")) {
        Some((terabytes, rest)) if terabytes.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => rest,
    };
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    match digits.parse() {
        Ok(generation) if !letters.is_empty() => (Some(letters), Some(generation)),
        _ => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &[u8] = include_bytes!("../data/describe-instance-types.sample.json");
    const CSV: &[u8] = include_bytes!("../data/instance-types.csv");

    /// The sample has p5.48xlarge as the API describes it: merged into nothing, it gives the facts of the
    /// CSV, except those that the API lacks.
    #[test]
    fn the_api_and_the_facts_agree() {
        let mut types = Types::new();
        overlay(&mut types, JSON).unwrap();
        let facts = crate::facts::parse(CSV).unwrap();
        for name in ["p5.48xlarge", "m5.large", "trn1.32xlarge"] {
            let mut expected = facts[name].clone();
            expected.trunking = None;
            expected.branch_enis = None;
            assert_eq!(types[name], expected, "{name}");
        }
    }

    #[test]
    fn a_known_type_keeps_its_branch_enis() {
        let mut types = crate::facts::parse(CSV).unwrap();
        overlay(&mut types, JSON).unwrap();
        assert_eq!(types["p5.48xlarge"].branch_enis, Some(120));
        assert_eq!(types.len(), 1430);
    }

    #[test]
    fn categories_and_generations_match_the_facts() {
        for (name, facts) in crate::facts::parse(CSV).unwrap() {
            let (category, generation) = category_and_generation(&facts.family);
            assert_eq!((category, generation), (facts.category, facts.generation), "{name}");
        }
    }

    #[test]
    fn a_list_of_values_is_not_an_object() {
        let json = br#"{"InstanceTypes": [{"InstanceType": "m9.large", "VCpuInfo": [2]}]}"#;
        let error = overlay(&mut Types::new(), json).unwrap_err();
        let message = format!("{error:#}");
        assert!(message.contains("invalid type: sequence, expected an object"), "{message}");
    }
}
