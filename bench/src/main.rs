//! What a call of the policy costs: Wasmtime fuel for one call on an instance that is ready, the
//! memory it then has, and the bytes of the module. The figures are the same on every machine.
//! Beside them stand two guests that have no rule: one reads nothing, one is written the usual way.
//!
//! `make bench` prints the table and fails where a figure of the policy is more than 3 % above the
//! recorded one, or a guest's is another. It builds the guests first: those that an older Makefile has
//! left in `target` have other figures.

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
    /// Tell in which functions the fuel of a call is used.
    Profile {
        /// A module that has kept its names.
        module: PathBuf,
        /// The row of the table.
        row: String,
    },
    /// Answer the corpus again and again, and watch the memory.
    Soak {
        /// How many calls.
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

/// A compiled module, and its bytes.
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

/// The fuel of a call, and the linear memory after it in bytes.
fn cost(guests: &Guests, call: &Call) -> Result<(u64, u64)> {
    let mut guest = guests.instantiate().map_err(|error| anyhow!("{error}"))?;
    if let Some(cluster) = &call.cluster {
        guest = guest.with_host(cluster.clone());
    }
    let mut once = || guest.call(call.operation, &call.payload).map_err(|error| anyhow!("{error}"));
    // The first call of an instance sets up what later ones find ready.
    once()?;
    let outcome = once()?;
    let answer: Value = serde_json::from_slice(&outcome.response)?;
    if answer.get("accepted").is_none() && answer.get("valid") != Some(&Value::Bool(true)) {
        bail!("{answer}");
    }
    Ok((outcome.fuel, outcome.memory))
}
