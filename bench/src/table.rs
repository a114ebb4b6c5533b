//! The table of costs in its printed and recorded form.

use std::{fmt, fs, process::ExitCode};

use anyhow::{Context, Result};

const RECORD: &str = "bench/costs.txt";

/// The growth in percent that is allowed without recording it.
const TOLERATED: u64 = 3;

/// The costs of a call, or of the module.
pub struct Row {
    what: String,
    payload: Option<u64>,
    budget: Option<u64>,
    /// The costs of the guest that reads nothing, of the one written the usual way, and of the policy.
    pub costs: Vec<u64>,
    /// KiB of linear memory after the call.
    pub memory: Option<u64>,
}

impl Row {
    /// A row without figures.
    pub fn new(what: impl Into<String>, payload: Option<u64>, budget: Option<u64>) -> Self {
        Self { what: what.into(), payload, budget, costs: Vec::new(), memory: None }
    }

    fn policy(&self) -> u64 {
        self.costs.last().copied().unwrap_or_default()
    }
}

/// All rows.
pub struct Table {
    /// The module first, then the calls.
    pub rows: Vec<Row>,
}

impl Table {
    /// Records the table for later comparisons.
    pub fn record(&self) -> Result<ExitCode> {
        fs::write(RECORD, self.to_string())?;
        Ok(ExitCode::SUCCESS)
    }

    /// Fails if a figure of the policy has grown by more than the tolerance, or a figure of a guest has
    /// changed: guests change with a dependency, a flag or a payload, and then everything must be recorded
    /// again.
    pub fn compare(&self) -> Result<ExitCode> {
        let record = fs::read_to_string(RECORD).context(RECORD)?;
        let mut differs = false;
        for row in &self.rows {
            let recorded = recorded(&record, &row.what)
                .with_context(|| format!("{} is not in {RECORD}", row.what))?;
            let (policy, guests) = row.costs.split_last().unwrap_or((&0, &[]));
            let mut check = |whose: &str, column: usize, now: u64, tolerated: u64| {
                let before = recorded.get(column).copied().flatten();
                let holds = before.is_some_and(|before| {
                    now * 100 <= before * (100 + tolerated) && (tolerated > 0 || now == before)
                });
                if !holds {
                    let before =
                        before.map_or("nothing is".to_owned(), |figure| format!("{figure} are"));
                    eprintln!("{}, {whose}: {now}, {before} recorded", row.what);
                    differs = true;
                }
            };
            if let Some(payload) = row.payload {
                check("bytes of payload", 1, payload, 0);
            }
            for (guest, (column, cost)) in
                ["reads nothing", "usual way"].iter().zip((2..).zip(guests))
            {
                check(guest, column, *cost, 0);
            }
            check("policy", 4, *policy, TOLERATED);
            if let Some(memory) = row.memory {
                check("KiB of memory", 7, memory, TOLERATED);
            }
        }
        if differs {
            eprintln!(
                "bench: where that is as it should be, `make bench BENCH_OPTIONS=--record` records it"
            );
        }
        Ok(ExitCode::from(u8::from(differs)))
    }
}

/// The cells of a recorded row: numbers, or `None`.
fn recorded(record: &str, what: &str) -> Option<Vec<Option<u64>>> {
    let cells = |line: &str| -> Vec<String> {
        let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
        cells.map(Into::into).collect()
    };
    let row =
        record.lines().map(cells).find(|cells| cells.first().is_some_and(|cell| cell == what))?;
    Some(row.iter().map(|cell| cell.parse().ok()).collect())
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = [42, 9, 11, 11, 11, 8, 11, 8];
        let mut line = |cells: [String; 8]| {
            for (index, (cell, width)) in cells.iter().zip(widths).enumerate() {
                if index == 0 {
                    write!(f, "{cell:<width$}")?
                } else {
                    write!(f, "  {cell:>width$}")?
                }
            }
            writeln!(f)
        };
        let head = |cells: [&str; 8]| cells.map(ToOwned::to_owned);
        line(head([
            "fuel",
            "bytes of",
            "reads",
            "usual way,",
            "policy",
            "of usual",
            "budget",
            "memory",
        ]))?;
        line(head(["", "payload", "nothing", "no rule", "", "way", "", "KiB"]))?;
        for row in &self.rows {
            let cell =
                |cost: Option<u64>| cost.map_or_else(|| "-".to_owned(), |cost| cost.to_string());
            let cost = |at: usize| cell(row.costs.get(at).copied());
            let usual = row.costs.get(1).copied().unwrap_or_default().max(1);
            let share = format!("{} %", (row.policy() * 100).div_ceil(usual));
            line([
                row.what.clone(),
                cell(row.payload),
                cost(0),
                cost(1),
                cost(2),
                share,
                cell(row.budget),
                cell(row.memory),
            ])?;
        }
        Ok(())
    }
}
