//! Generates `src/instances/table.rs`: the facts about every EC2 instance type.
//!
//! `make gen` runs it on `tablegen/data/instance-types.csv` and `karpenter-labels.csv`. If the folder has
//! output of `aws ec2 describe-instance-types` in `describe-instance-types-YYYY-MM-DD.json`, it is merged
//! into those facts first, so that newer types are known too.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use tablegen::{sha256, table};

/// Generates the policy's table of EC2 instance types.
#[derive(Parser)]
struct Args {
    /// The folder of the facts: `instance-types.csv`, one row per type, `karpenter-labels.csv` with labels
    /// by release of Karpenter, `SHA256SUMS` with their checksums, and EC2's descriptions of newer types.
    #[arg(long, default_value = "tablegen/data")]
    facts: PathBuf,
    /// The file to write.
    #[arg(long, default_value = "src/instances/table.rs")]
    out: PathBuf,
    /// Write nothing; fail if the file is not up to date.
    #[arg(long)]
    check: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let checksum = args.facts.join("SHA256SUMS");
    let sums = String::from_utf8_lossy(&read(&checksum)?).into_owned();
    let facts = |name: &str| -> Result<Vec<u8>> {
        let facts = args.facts.join(name);
        let bytes = read(&facts)?;
        let sum = sha256(&bytes);
        ensure!(
            sums.lines().any(|line| line == format!("{sum}  {name}")),
            "{} has SHA-256 {sum}, but {} names another; if the change is meant, record the new sum",
            facts.display(),
            checksum.display()
        );
        Ok(bytes)
    };
    let (csv, labels) = (facts("instance-types.csv")?, facts("karpenter-labels.csv")?);

    let described = described(&args.facts)?;
    // The day that messages about newer types name.
    let date = described.last().map_or("2026-08-21", |(day, _)| day);
    let table = table(&csv, &labels, &described, date)?;

    // Rewriting the same text would rebuild everything that depends on it.
    if fs::read(&args.out).is_ok_and(|old| old == table.source.as_bytes()) {
        println!("{}: up to date, {} types", args.out.display(), table.types);
    } else if args.check {
        bail!("{} is not what the facts give: run `make gen`", args.out.display());
    } else {
        fs::write(&args.out, table.source).with_context(|| args.out.display().to_string())?;
        println!("{}: written, {} types", args.out.display(), table.types);
    }
    Ok(())
}

/// Reads EC2's descriptions of types, oldest first: the day and the JSON.
fn described(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut described = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let day = name.strip_prefix("describe-instance-types-");
        if let Some(day) = day.and_then(|day| day.strip_suffix(".json")) {
            described.push((day.to_owned(), read(&path)?));
        }
    }
    described.sort();
    Ok(described)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| path.display().to_string())
}
