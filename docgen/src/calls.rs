//! The block `calls`: how many of a day's requests the API server asks the policies about, by the
//! conditions of their manifests. The day is `testkit`'s, the conditions are evaluated.

use testkit::{
    admission::{Policy, together},
    day::{Event, day, scaling},
};

/// How the policies may be put into a cluster: the columns.
const FILES: [&str; 3] = ["mutating-policy.yml", "validating-policy.yml", "single-policy.yml"];

/// Both tables.
pub fn tables() -> String {
    format!(
        "{}\n{}",
        table("A day of 1,000 nodes", &day(), true),
        table("1,000 pods more", &scaling(), false)
    )
}

fn table(title: &str, events: &[Event], together_too: bool) -> String {
    let files: Vec<Vec<Policy>> = FILES.iter().map(|file| together(&[file])).collect();
    let mut out = format!("| {title} | requests |");
    for file in FILES {
        out += &format!(" calls by `{file}` |");
    }
    out += "\n|--|--:|--:|--:|--:|\n";
    let mut sum = [0; 1 + FILES.len()];
    for event in events {
        let mut row = [0; 1 + FILES.len()];
        for (count, request) in &event.requests {
            let calls = files.iter().map(|policies| {
                policies.iter().map(|policy| u64::from(policy.is_called(request))).sum::<u64>()
            });
            for (cell, calls) in row.iter_mut().zip([1].into_iter().chain(calls)) {
                *cell += count * calls;
            }
        }
        for (sum, cell) in sum.iter_mut().zip(row) {
            *sum += cell;
        }
        out += &line(&event.what, row);
    }
    if together_too {
        out += &line("**together**", sum);
    }
    out
}

fn line(what: &str, cells: [u64; 1 + FILES.len()]) -> String {
    let cells = cells.map(|cell| format!(" {} |", thousands(cell)));
    format!("| {what} |{}\n", cells.concat())
}

/// With a comma between thousands.
fn thousands(number: u64) -> String {
    match number / 1000 {
        0 => number.to_string(),
        more => format!("{},{:03}", thousands(more), number % 1000),
    }
}
