//! Compares the facts about labels by release of Karpenter with those about types.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Deserialize;

#[derive(Deserialize)]
struct Label {
    label: String,
    instance_type: String,
    value: String,
    releases: String,
}

#[derive(Deserialize)]
struct Type {
    instance_type: String,
    network_bandwidth_mbps: String,
}

fn rows<T: for<'de> Deserialize<'de>>(file: &str) -> Result<Vec<T>> {
    let path = format!("{}/data/{file}", env!("CARGO_MANIFEST_DIR"));
    let rows: csv::Result<_> = csv::Reader::from_path(path)?.deserialize().collect();
    Ok(rows?)
}

/// A file with another checksum than the recorded one was changed without notice.
#[test]
fn each_file_has_its_recorded_sum() -> Result<()> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data");
    let sums = std::fs::read_to_string(format!("{folder}/SHA256SUMS"))?;
    assert_eq!(sums.lines().count(), 2);
    for (sum, name) in sums.lines().filter_map(|line| line.split_once("  ")) {
        assert_eq!(tablegen::sha256(&std::fs::read(format!("{folder}/{name}"))?), sum, "{name}");
    }
    Ok(())
}

/// The table has the values of Karpenter's newest release.
#[test]
fn the_newest_bandwidths_are_those_of_the_types() -> Result<()> {
    let types = rows::<Type>("instance-types.csv")?.into_iter();
    let types: BTreeMap<String, String> =
        types.map(|one| (one.instance_type, one.network_bandwidth_mbps)).collect();
    let newest = rows::<Label>("karpenter-labels.csv")?
        .into_iter()
        .filter(|row| row.label == "instance-network-bandwidth" && row.releases.ends_with("next"))
        // A type that lost its label still has its bandwidth.
        .filter(|row| !row.value.is_empty());
    let mut compared = 0;
    for row in newest {
        assert_eq!(types.get(&row.instance_type), Some(&row.value), "{}", row.instance_type);
        compared += 1;
    }
    assert!(compared > 500, "{compared}");
    Ok(())
}
