//! The block `sizes`: what a policy-server needs in clusters of several sizes, from the figures that
//! `make load` has recorded.

use std::{fs, path::Path};

use anyhow::{Context, Result};

const FIGURES: &str = "e2e/load/figures.txt";

/// The column of the policy, behind the name of the row and both guests.
const POLICY: usize = 3;

const NODES: [u64; 3] = [100, 1_000, 5_000];

/// The peak: so many pods that name hardware start on each node within a minute, and each makes two
/// calls.
const PODS: u64 = 8;
const CALLS: u64 = 2;

/// For a node and a zone that fail, whatever the load.
const REPLICAS: u64 = 3;

/// A replica is to have twice what it needs at the peak.
const SPARE: u64 = 2;

/// The least CPU request, in thousandths of a core.
const CPU: u64 = 250;

/// A table of sizes.
///
/// # Errors
/// If a figure is missing.
pub fn table(root: &Path) -> Result<String> {
    let text = fs::read_to_string(root.join(FIGURES)).context(FIGURES)?;
    let cpu = figure(&text, "CPU a request, µs")?;
    let memory = figure(&text, "memory at most, 8 workers, MiB")?;
    let mut out = "| nodes | pods a second | calls a second | cores in all | replicas | cores a replica, one of them down | `requests.cpu` | `requests.memory` | `limits.memory` |\n\
                   |--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for nodes in NODES {
        let pods = (nodes * PODS).div_ceil(60);
        let calls = (nodes * PODS * CALLS).div_ceil(60);
        let whole = (calls * cpu).div_ceil(1_000);
        let each = whole.div_ceil(REPLICAS - 1);
        let request = (each * SPARE).next_multiple_of(50).max(CPU);
        let asked = (memory * 3 / 2).next_multiple_of(64);
        out += &format!(
            "| {nodes} | {pods} | {calls} | {} | {REPLICAS} | {} | {request}m | {asked}Mi | {}Mi |\n",
            cores(whole),
            cores(each),
            asked * 4,
        );
    }
    Ok(out)
}

fn cores(thousandths: u64) -> String {
    format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)
}

/// The figure of the policy in the row of this name, rounded up.
fn figure(text: &str, name: &str) -> Result<u64> {
    let cells = |line: &str| -> Vec<String> {
        let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
        cells.map(Into::into).collect()
    };
    let mut rows = text.lines().map(cells);
    let row = rows.find(|row| row.first().is_some_and(|cell| cell == name));
    let cell = row.and_then(|row| row.get(POLICY).cloned());
    let cell = cell.with_context(|| format!("{FIGURES} has no `{name}` of the policy"))?;
    let number: String = cell.chars().take_while(char::is_ascii_digit).collect();
    number.parse().with_context(|| format!("{FIGURES}: `{name}`: {cell}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
                        reads nothing   usual way   policy\n\
        CPU a request, µs  300 (290–310)  350 (340–360)  400 (390–410)\n\
        no figure          -  -  -\n";

    #[test]
    fn it_is_the_column_of_the_policy() {
        assert_eq!(figure(TEXT, "CPU a request, µs").unwrap(), 400);
    }

    #[test]
    fn what_is_not_there_is_told() {
        let refused = |name| figure(TEXT, name).unwrap_err().to_string();
        assert_eq!(refused("latency"), "e2e/load/figures.txt has no `latency` of the policy");
        assert_eq!(refused("no figure"), "e2e/load/figures.txt: `no figure`: -");
    }
}
