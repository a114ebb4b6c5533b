//! Generates `src/instances/table.rs`: what the policy knows of every EC2 instance type.
//!
//! `make gen` runs it on `tablegen/data/instance-types.csv`. With `--ec2 FILE` the output of
//! `aws ec2 describe-instance-types` is laid over those facts first, so that types newer than
//! the checked-in facts are known too.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use tablegen::{sha256, table};

/// Generates the policy's table of EC2 instance types.
#[derive(Parser)]
struct Args {
    /// The facts, one row a type.
    #[arg(long, default_value = "tablegen/data/instance-types.csv")]
    facts: PathBuf,
    /// The SHA-256 that the facts must have, as `sha256sum` writes it.
    #[arg(long, default_value = "tablegen/data/SHA256SUMS")]
    checksum: PathBuf,
    /// The day of the newest of the facts, for messages that speak of newer types.
    #[arg(long, default_value = "2026-08-21")]
    date: String,
    /// JSON of `aws ec2 describe-instance-types`, laid over the facts; give its day with --date.
    #[arg(long)]
    ec2: Vec<PathBuf>,
    /// The file to write.
    #[arg(long, default_value = "src/instances/table.rs")]
    out: PathBuf,
    /// Write nothing; fail where the file differs from what would be written.
    #[arg(long)]
    check: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let csv = read(&args.facts)?;
    let sum = sha256(&csv);
    let expected = String::from_utf8_lossy(&read(&args.checksum)?).into_owned();
    ensure!(
        expected.starts_with(&sum),
        "{} has SHA-256 {sum}, but {} names another; if the change is meant, record the new sum",
        args.facts.display(),
        args.checksum.display()
    );

    let described = args.ec2.iter().map(|path| Ok((path.display().to_string(), read(path)?)));
    let table = table(&csv, &described.collect::<Result<Vec<_>>>()?, &args.date)?;

    // What is written again, all that depends on it is built again.
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

fn read(path: &PathBuf) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| path.display().to_string())
}
