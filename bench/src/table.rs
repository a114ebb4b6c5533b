//! The table of costs, as it is printed and recorded.

use std::{fmt, fs, process::ExitCode};

use anyhow::{Context, Result};

const RECORD: &str = "bench/costs.txt";

/// How many percent a figure may grow unrecorded.
const TOLERATED: u64 = 3;

/// What one thing costs.
pub struct Row {
    what: String,
    payload: Option<u64>,
    budget: Option<u64>,
    /// Of the guest that reads nothing, the one written the usual way, and the policy.
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
    /// Writes the table as the one to compare with.
    pub fn record(&self) -> Result<ExitCode> {
        fs::write(RECORD, self.to_string())?;
        Ok(ExitCode::SUCCESS)
    }

    /// Fails where a figure has grown by more than is tolerated.
    pub fn compare(&self) -> Result<ExitCode> {
        let record = fs::read_to_string(RECORD).context(RECORD)?;
        let mut grown = false;
        for row in &self.rows {
            let recorded = recorded(&record, &row.what)
                .with_context(|| format!("{} is not in {RECORD}", row.what))?;
            let now = [Some(row.policy()), row.memory];
            for (now, before) in now.into_iter().flatten().zip(recorded) {
                if now * 100 > before * (100 + TOLERATED) {
                    eprintln!("{}: {now}, recorded are {before}", row.what);
                    grown = true;
                }
            }
        }
        Ok(ExitCode::from(u8::from(grown)))
    }
}

/// The policy's cost in a recorded row, and the memory, where the row has it.
fn recorded(record: &str, what: &str) -> Option<Vec<u64>> {
    let cells =
        |line: &str| -> Vec<String> { line.split("  ").map(str::trim).map(Into::into).collect() };
    let row =
        record.lines().map(cells).find(|cells| cells.first().is_some_and(|cell| cell == what))?;
    let cells: Vec<&String> = row.iter().filter(|cell| !cell.is_empty()).collect();
    let figures = [cells.get(4), cells.get(7)];
    Some(figures.into_iter().flatten().filter_map(|cell| cell.parse().ok()).collect())
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
