//! Measures the cost of the policy's calls: the Wasmtime fuel of one call on a running instance, the memory
//! after it, and the bytes of the module. The figures are the same on every machine. For comparison, there
//! are two guests without rules: one reads nothing, one is written the usual way.
//!
//! `make bench` prints the table; it fails if a figure of the policy is more than 3 % above the recorded
//! one, or if a figure of a guest has changed. It builds the guests first, because those of an older
//! Makefile in `target` have other figures.

mod payloads;
mod profile;
mod soak;
mod table;

use std::{fs, path::PathBuf, process::ExitCode, time::Instant};

use anyhow::{Context, Result, anyhow, bail};
use bench::engine::Guests;
use clap::{Parser, Subcommand};
use payloads::Call;
use serde_json::Value;
use table::{Row, Table};

/// Measures the policy.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Record the figures instead of comparing them.
    #[arg(long)]
    record: bool,
    /// The guest that reads nothing.
    #[arg(long, default_value = "target/guests/accepts.wasm")]
    accepting: PathBuf,
    /// The guest that is written the usual way.
    #[arg(long, default_value = "target/guests/typed.wasm")]
    typed: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// Report which functions use the fuel of a call.
    Profile {
        /// A module with its names.
        module: PathBuf,
        /// The row of the table.
        row: String,
    },
    /// Answer the corpus repeatedly, and watch the memory.
    Soak {
        /// The number of calls.
        calls: u64,
    },
}

const POLICY: &str = "policy.wasm";
const MODULE_BUDGET: u64 = 500_000;

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    match &arguments.command {
        Some(Command::Profile { module, row }) => {
            let calls = payloads::all();
            let call = calls.iter().find(|call| call.what == row);
            let call = call.with_context(|| format!("no row of the table is `{row}`"))?;
            profile::print(&compile(module)?.0, call)?;
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Soak { calls }) => soak::run(*calls),
        None => measure(&arguments),
    }
}

fn measure(arguments: &Arguments) -> Result<ExitCode> {
    let paths = [arguments.accepting.clone(), arguments.typed.clone(), POLICY.into()];
    let mut guests = Vec::new();
    let mut module = Row::new("module, bytes", None, Some(MODULE_BUDGET));
    for path in paths {
        let (compiled, bytes) = compile(&path)?;
        module.costs.push(bytes);
        guests.push((path, compiled));
    }
    let mut rows = vec![module];
    for call in payloads::all() {
        let mut row = Row::new(call.what, Some(call.payload.len() as u64), call.budget);
        for (path, guest) in &guests {
            let (fuel, memory) =
                cost(guest, &call).with_context(|| format!("{}: {}", path.display(), call.what))?;
            row.costs.push(fuel);
            row.memory = Some(memory / 1024);
        }
        rows.push(row);
    }
    let table = Table { rows };
    print!("{table}");
    for (path, guest) in &guests {
        let times: Vec<u128> = (0..9).map(|_| started(guest)).collect::<Result<_>>()?;
        let fastest = times.iter().min().copied().unwrap_or_default();
        println!("{}: an instance in {fastest} µs here", path.display());
    }
    if arguments.record { table.record() } else { table.compare() }
}

/// Compiles a module; returns its size in bytes too.
fn compile(path: &PathBuf) -> Result<(Guests, u64)> {
    let wasm = fs::read(path)
        .with_context(|| format!("{}: it is built by `make bench`", path.display()))?;
    let start = Instant::now();
    let guests = Guests::compile(&wasm).map_err(|error| anyhow!("{error}"))?;
    println!("{}: compiled in {} ms here", path.display(), start.elapsed().as_millis());
    Ok((guests, wasm.len() as u64))
}

fn started(guests: &Guests) -> Result<u128> {
    let start = Instant::now();
    guests.instantiate().map_err(|error| anyhow!("{error}"))?;
    Ok(start.elapsed().as_micros())
}

/// Measures the fuel of a call, and the linear memory after it in bytes.
fn cost(guests: &Guests, call: &Call) -> Result<(u64, u64)> {
    let mut guest = guests.instantiate().map_err(|error| anyhow!("{error}"))?;
    if let Some(cluster) = &call.cluster {
        guest = guest.with_host(cluster.clone());
    }
    let mut once = || guest.call(call.operation, &call.payload).map_err(|error| anyhow!("{error}"));
    // The first call of an instance does setup that later calls need not repeat.
    once()?;
    let outcome = once()?;
    let answer: Value = serde_json::from_slice(&outcome.response)?;
    if answer.get("accepted").is_none() && answer.get("valid") != Some(&Value::Bool(true)) {
        bail!("{answer}");
    }
    Ok((outcome.fuel, outcome.memory))
}
