//! Turns the facts into the table of EC2 instance types as Rust source, and EC2's descriptions of types
//! into columns of the settings.

mod columns;
mod ec2;
mod emit;
mod facts;
mod object;
mod perfect;
mod releases;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

pub use columns::Said;

/// The source of `src/instances/table.rs`.
#[derive(Debug)]
pub struct Table {
    /// The source.
    pub source: String,
    /// The number of its types.
    pub types: usize,
}

/// Makes the table from the facts in `csv`; from `described`, JSON texts of `aws ec2
/// describe-instance-types` with their file names, which are merged into the facts; and from `labels`, what
/// types carry by release of Karpenter. `date` is the day of the newest of them.
///
/// # Errors
/// If the facts or a JSON can't be read, or a number does not fit into the table.
pub fn table(
    csv: &[u8],
    labels: &[u8],
    described: &[(String, Vec<u8>)],
    date: &str,
) -> Result<Table> {
    let mut types = facts::parse(csv)?;
    let mut sources = vec![
        format!("instance-types.csv, SHA-256 {}", sha256(csv)),
        format!("karpenter-labels.csv, SHA-256 {}", sha256(labels)),
    ];
    let labels = releases::parse(labels)?;
    for (name, json) in described {
        ec2::overlay(&mut types, json).with_context(|| name.clone())?;
        sources.push(format!("describe-instance-types JSON, SHA-256 {}", sha256(json)));
    }
    Ok(Table { source: emit::table(&types, &labels, date, &sources)?, types: types.len() })
}

/// A type as EC2 describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its name.
    pub name: String,
    /// Its values, by the columns' names in `instanceTypes.extra`, in their order.
    pub columns: Vec<(&'static str, Said)>,
}

/// Reads the types in the JSON of `aws ec2 describe-instance-types`; unknown values are left out.
///
/// # Errors
/// If the JSON has another format.
pub fn described(json: &[u8]) -> Result<Vec<Described>> {
    ec2::described(json)
}

/// The SHA-256 in the format of `sha256sum`.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
