//! The table of EC2 instance types as Rust source, made from the facts; and what EC2 says of types,
//! in the columns of the settings.

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

/// The table of the facts in `csv`, with the JSON of `aws ec2 describe-instance-types` laid over
/// them: texts, each with the name of its file; and of `labels`, what types carry by release of
/// Karpenter. `date` is the day of the newest of them.
///
/// # Errors
/// If the facts or a JSON can't be read, or a number has no room in the table.
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
    /// What is said of it, by the columns' names in `instanceTypes.extra`, in their order.
    pub columns: Vec<(&'static str, Said)>,
}

/// The types in the JSON of `aws ec2 describe-instance-types`; what it does not say is left out.
///
/// # Errors
/// If the JSON is another one.
pub fn described(json: &[u8]) -> Result<Vec<Described>> {
    ec2::described(json)
}

/// The SHA-256 as `sha256sum` writes it.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
