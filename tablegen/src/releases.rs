//! Reads labels by release of Karpenter from `karpenter-labels.csv`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// The number of minor releases of Karpenter in the file, from `1.0` on.
const MINORS: u32 = 15;

/// The bit of the unreleased version.
const NEXT: u32 = 1 << MINORS;

/// The bits of all releases.
pub const ALL: u32 = NEXT | (NEXT - 1);

/// The names of the releases, in the order of their bits.
pub fn names() -> Vec<String> {
    (0..MINORS).map(|minor| format!("1.{minor}")).chain(["next".to_owned()]).collect()
}

/// A value that a type carries in some releases; `None` if it lacks the label in them.
pub type Value = (Option<String>, u32);

/// For each label, the values of each type by release. `*` stands for all types.
pub type Labels = BTreeMap<String, BTreeMap<String, Vec<Value>>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    label: String,
    instance_type: String,
    value: Option<String>,
    releases: String,
}

/// Reads the CSV.
pub fn parse(csv: &[u8]) -> Result<Labels> {
    let mut labels = Labels::new();
    for row in csv::Reader::from_reader(csv).deserialize() {
        let row: Row = row.context("karpenter-labels.csv")?;
        let releases = mask(&row.releases).with_context(|| row.releases.clone())?;
        let of_label = labels.entry(row.label).or_default();
        of_label.entry(row.instance_type).or_default().push((row.value, releases));
    }
    Ok(labels)
}

/// Reads releases as bits: `any`, or ranges, for example `1.0-1.6 1.13-1.14 next`.
fn mask(releases: &str) -> Result<u32> {
    if releases == "any" {
        return Ok(ALL);
    }
    let mut mask = 0;
    for range in releases.split(' ') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last) = (bit(first)?, bit(last)?);
        ensure!(first <= last, "`{range}` ends before it begins");
        mask |= (first..=last).fold(0, |mask, bit| mask | 1 << bit);
    }
    Ok(mask)
}

fn bit(release: &str) -> Result<u32> {
    if release == "next" {
        return Ok(MINORS);
    }
    let minor = release.strip_prefix("1.").context("not a release of v1")?.parse()?;
    ensure!(minor < MINORS, "no release of the file");
    Ok(minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_bits() {
        assert_eq!(mask("1.0").unwrap(), 1);
        assert_eq!(mask("1.1-1.3 next").unwrap(), 0b1110 | NEXT);
        assert_eq!(mask("any").unwrap(), ALL);
        assert_eq!(mask("1.0-1.14 next").unwrap(), ALL);
        assert!(mask("1.15").is_err() && mask("0.37").is_err() && mask("1.3-1.1").is_err());
        assert_eq!(names().len(), 16);
    }
}
