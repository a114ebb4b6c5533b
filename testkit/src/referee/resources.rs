//! Draws requests at the edge of what a type has.

use serde_json::{Map, Value, json};

use super::{Draw, facts::Row};

const EFA: &str = "vpc.amazonaws.com/efa";

/// The number, or one more in this percentage of cases.
fn edge(number: u64, over: u64, draw: &mut Draw) -> u64 {
    number + u64::from(draw.at_times(over))
}

/// The devices of a type: all of them, some, or one more than it has.
pub fn devices(row: &Row, over: u64, draw: &mut Draw) -> Map<String, Value> {
    let mut all: Vec<(&str, u64)> = Vec::new();
    let gpus = row.number("gpu_count");
    let vendor =
        if row.text("gpu_manufacturer") == "amd" { "amd.com/gpu" } else { "nvidia.com/gpu" };
    if gpus > 0 && draw.at_times(80) {
        let count = draw.one(&[1, gpus, gpus, (gpus / 2).max(1)]);
        all.push((vendor, edge(count, over, draw)));
    } else if gpus == 0 && !row.text("gpu_name").is_empty() && draw.at_times(50) {
        // A fraction of a GPU.
        all.push((vendor, 1));
    }
    let neuron = row.number("neuron_devices");
    if neuron > 0 && draw.at_times(80) {
        let name = draw.one(&[
            "aws.amazon.com/neuron",
            "aws.amazon.com/neuron",
            "aws.amazon.com/neuroncore",
        ]);
        all.push((name, edge(neuron, over, draw)));
    }
    let efa = row.number("efa_interfaces");
    if draw.at_times(if efa > 0 { 50 } else { 10 }) {
        let count = draw.one(&[efa, (efa / 2).max(1), 1]).max(1);
        all.push((EFA, edge(count, over, draw)));
    }
    all.into_iter().map(|(name, count)| (name.to_owned(), count.to_string().into())).collect()
}

/// CPUs, memory, storage, huge pages, branch interfaces, and devices of others.
pub fn room(row: &Row, over: u64, draw: &mut Draw) -> Map<String, Value> {
    let (cpu, memory) = (row.number("vcpus"), row.number("memory_mib"));
    let mut asked = Map::new();
    let mut ask = |name: &str, amount: String| asked.insert(name.to_owned(), amount.into());
    let choice = draw.below(100);
    if choice < 25 {
        let cpus = draw.one(&[cpu, (cpu - 1).max(1), (cpu / 2).max(1), cpu * 2]);
        ask("cpu", cpus.to_string());
    }
    if (15..40).contains(&choice) {
        let mib = draw.one(&[memory, memory * 9 / 10, memory / 2, memory * 2]);
        ask("memory", format!("{mib}Mi"));
    }
    match choice {
        83..85 => {
            let name =
                draw.one(&["nvidia.com/gpu", "habana.ai/gaudi", "amd.com/gpu", "example.com/fpga"]);
            ask(name, draw.one(&[1, 8, 16, 9]).to_string());
        }
        85..90 => {
            let branches = edge(row.number("branch_enis"), over, draw).max(1);
            ask("vpc.amazonaws.com/pod-eni", branches.to_string());
        }
        90..95 => {
            ask("hugepages-2Mi", draw.one(&["512Mi", "5120Mi"]).to_owned());
            ask("memory", "1Gi".to_owned());
        }
        95.. => {
            let sizes = ["10Gi", "15Gi", "17Gi", "20Gi", "100Gi", "1Ti"];
            ask("ephemeral-storage", draw.one(&sizes).to_owned());
        }
        _ => {}
    }
    asked
}

/// Containers that together request this: one, or two with everything but devices in the second.
pub fn containers(asked: Map<String, Value>, draw: &mut Draw) -> Value {
    let is_extended = |name: &str| name.contains('/') || name.starts_with("hugepages");
    let container = |name: &str, requests: Map<String, Value>| {
        let mut one = json!({"name": name, "image": "example.com/ml/serve:1.4"});
        let limits: Map<String, Value> = requests
            .iter()
            .filter(|(name, _)| is_extended(name))
            .map(|(name, amount)| (name.clone(), amount.clone()))
            .collect();
        if !requests.is_empty() {
            one["resources"] = json!({ "requests": requests });
        }
        if !limits.is_empty() {
            one["resources"]["limits"] = limits.into();
        }
        one
    };
    if asked.len() > 1
        && draw.at_times(20)
        && !asked.keys().any(|name| name.starts_with("hugepages"))
    {
        let (devices, rest): (Map<_, _>, Map<_, _>) =
            asked.into_iter().partition(|(name, _)| name.contains('/'));
        return json!([container("main", devices), container("sidecar", rest)]);
    }
    json!([container("main", asked)])
}
