//! What a call of the policy costs: Wasmtime fuel for one `validate` on an instance that is ready,
//! the memory it then has, and the bytes of the module. The figures are the same on every machine.
//!
//! `make bench` prints the table and fails where a figure is more than 3 % above the recorded one;
//! `cargo run -p bench -- --record` records it.

mod engine;

use std::{fmt::Write as _, fs, path::Path, process::ExitCode};

use anyhow::{Context, Result, anyhow, bail};
use engine::Guests;
use serde_json::{Value, json};

/// What is measured: a case of the corpus, what it stands for, and its budget in fuel.
const MEASURED: [(&str, &str, u64); 9] = [
    ("request/training-pod", "a training pod, allowed", 120_000),
    ("request/web-pod", "a plain web pod, allowed", 120_000),
    ("bandwidth-required/no-known-label-domain", "a training pod over all types, warned", 120_000),
    ("node-unsatisfiable/aws-example", "AWS's example pod, denied", 120_000),
    ("bandwidth-value/aws-example-becomes-a-minimum", "AWS's example pod, repaired", 300_000),
    ("efa-limits/requests-alone", "a pod with EFA requests alone, repaired", 300_000),
    ("efa-required/worker-gets-all-interfaces", "a training pod without EFA, repaired", 300_000),
    ("efa-required/pytorch-job-object", "a PyTorchJob with two roles, warned", 120_000),
    ("prefix-delegation/as-shipped", "the aws-node DaemonSet, repaired", 300_000),
];

const MODULE_BUDGET: u64 = 700_000;
const RECORD: &str = "bench/costs.txt";

fn main() -> Result<ExitCode> {
    let wasm = fs::read("policy.wasm").context("policy.wasm: build it with `make policy.wasm`")?;
    let mut rows =
        vec![("module (bytes)".to_owned(), wasm.len() as u64, MODULE_BUDGET, String::new())];
    let guests = Guests::compile(&wasm).map_err(|error| anyhow!("{error}"))?;
    for (case, what, budget) in MEASURED {
        let payload = payload(case)?;
        let mut guest = guests.instantiate().map_err(|error| anyhow!("{error}"))?;
        let mut call =
            || guest.call("validate", &payload).map_err(|error| anyhow!("{case}: {error}"));
        // The first call of an instance sets up what later ones find ready.
        call()?;
        let outcome = call()?;
        let answer: Value = serde_json::from_slice(&outcome.response)?;
        if answer.get("accepted").is_none() {
            bail!("{case}: {answer}");
        }
        let note = format!("{} byte payload, {} KiB memory", payload.len(), outcome.memory / 1024);
        rows.push((what.to_owned(), outcome.fuel, budget, note));
    }

    let mut record = String::new();
    println!("{:<44}{:>10}{:>10}", "", "fuel", "budget");
    for (what, cost, budget, note) in &rows {
        let over = if cost > budget { "  over budget" } else { "" };
        println!("{what:<44}{cost:>10}{budget:>10}  {note}{over}");
        writeln!(record, "{cost}\t{what}")?;
    }
    if std::env::args().any(|argument| argument == "--record") {
        fs::write(RECORD, record)?;
        return Ok(ExitCode::SUCCESS);
    }
    compare(&rows)
}

/// The payload that Kubewarden would send for a case: sorted, without white space.
fn payload(case: &str) -> Result<Vec<u8>> {
    let read = |file: &str| -> Result<Value> {
        let path = Path::new("e2e/cases").join(case).join(file);
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Ok(serde_json::from_str(&text)?)
    };
    let mut payload =
        json!({ "request": read("request.json")?, "settings": read("settings.json")? });
    payload.sort_all_objects();
    Ok(payload.to_string().into_bytes())
}

/// Fails where a figure has grown by more than 3 %.
fn compare(rows: &[(String, u64, u64, String)]) -> Result<ExitCode> {
    let record = fs::read_to_string(RECORD).context(RECORD)?;
    let mut grown = false;
    for (what, cost, ..) in rows {
        let line =
            record.lines().find_map(|line| line.split_once('\t').filter(|(_, name)| name == what));
        let recorded: u64 =
            line.with_context(|| format!("{what} is not in {RECORD}"))?.0.parse()?;
        if cost * 100 > recorded * 103 {
            eprintln!("{what}: {cost}, recorded are {recorded}");
            grown = true;
        }
    }
    Ok(ExitCode::from(u8::from(grown)))
}
