//! Checks the table for any JSON of `aws ec2 describe-instance-types`: either the table is made, or an
//! error explains why not; and its rows match a second reading of the JSON.

use std::{collections::BTreeMap, str::FromStr as _, sync::LazyLock};

use serde_json::Value;

/// The header and a few types to merge into: all of them would take a thousand times as long.
static FACTS: LazyLock<String> = LazyLock::new(|| {
    let all = include_str!("../../../tablegen/data/instance-types.csv");
    let few = ["instance_type,", "g7.2xlarge,", "m5.large,", "p5.48xlarge,"];
    let lines = all.lines().filter(|line| few.iter().any(|name| line.starts_with(name)));
    lines.map(|line| format!("{line}\n")).collect()
});

const LABELS: &[u8] = include_bytes!("../../../tablegen/data/karpenter-labels.csv");

/// Checks the table made from a JSON.
pub fn tablegen(json: &[u8]) {
    let described = [("described.json".to_owned(), json.to_vec())];
    let table = tablegen::table(FACTS.as_bytes(), LABELS, &described, "2026-08-21");
    let again = tablegen::table(FACTS.as_bytes(), LABELS, &described, "2026-08-21");
    let table = match (table, again) {
        (Ok(table), Ok(again)) => {
            assert_eq!(table.source, again.source, "the table differs from one time to the next");
            table
        }
        (Err(error), Err(again)) => {
            let line = format!("{error:#}");
            assert_eq!(line, format!("{again:#}"));
            // An error names the file and the problem, or the type that does not fit.
            let (place, what) = line.split_once(": ").unwrap_or_default();
            let is_named = place == "described.json" || place.starts_with('`');
            assert!(is_named && !what.is_empty(), "{line}");
            return;
        }
        _ => panic!("once a table, once an error"),
    };
    // Names and labels are external text: whatever they are, the source must be valid Rust tokens.
    proc_macro2::TokenStream::from_str(&table.source).expect("the table is no Rust");
    // Parts that no column uses can be invalid.
    let Ok(output) = serde_json::from_slice::<Value>(json) else { return };
    let list = output["InstanceTypes"].as_array().into_iter().flatten();
    let types: BTreeMap<&str, &Value> =
        list.filter_map(|one| Some((one.get("InstanceType")?.as_str()?, one))).collect();
    let cpus = column(&table.source, "INSTANCE_CPU");
    for (name, described) in types {
        let line = format!("\n{}\\\n", name.escape_debug().to_string().replace(' ', "\\x20"));
        assert!(table.source.contains(&line), "{name} is missing in\n{}", table.source);
        let vcpus = described.pointer("/VCpuInfo/DefaultVCpus").and_then(Value::as_u64);
        let vcpus = vcpus.filter(|number| u32::try_from(*number).is_ok());
        assert!(
            vcpus.is_none_or(|vcpus| cpus.contains(&vcpus)),
            "{name}: {vcpus:?} is not in {cpus:?}"
        );
    }
}

/// Returns the values of a column.
fn column(source: &str, name: &str) -> Vec<u64> {
    let of = source.split_once(&format!("pub static {name}: Column")).map_or("", |(_, of)| of);
    let values = of.split_once("Numbers(&[").and_then(|(_, values)| values.split_once(']'));
    values.map_or("", |(values, _)| values).split(", ").filter_map(|one| one.parse().ok()).collect()
}
