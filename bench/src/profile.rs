//! Profiles the fuel of a call. The call is repeated, each time with a little more fuel, and the functions
//! in which it runs out are counted: a profile without a clock, the same on every machine.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, anyhow};
use bench::engine::{Guest, Guests};

use crate::payloads::Call;

/// The minimum fuel between two samples, and the maximum number of samples.
const STEP: u64 = 17;
const LOOKS: u64 = 10_000;

/// The number of callers listed for a function.
const CALLERS: usize = 5;

/// The fuel of a function: in itself, including everything it calls, and in itself by caller.
#[derive(Default)]
struct Used {
    itself: u64,
    all: u64,
    callers: BTreeMap<String, u64>,
}

/// Prints the fuel of each function: in itself, including everything it calls, and by caller.
pub fn print(guests: &Guests, call: &Call) -> Result<()> {
    let ready = || -> Result<(Guest, u64)> {
        let mut guest = guests.instantiate().map_err(|error| anyhow!("{error}"))?;
        if let Some(cluster) = &call.cluster {
            guest = guest.with_host(cluster.clone());
        }
        let outcome = guest.call(call.operation, &call.payload);
        Ok((guest, outcome.map_err(|error| anyhow!("{error}"))?.fuel))
    };
    let step = STEP.max(ready()?.1 / LOOKS);
    let mut used: BTreeMap<String, Used> = BTreeMap::new();
    let mut fuel = step;
    loop {
        let stopped = ready()?.0.stopped_after(call.operation, &call.payload, fuel);
        let Some(stack) = stopped.map_err(|error| anyhow!("{error}"))? else { break };
        if let [innermost, callers @ ..] = stack.as_slice() {
            let used = used.entry(innermost.clone()).or_default();
            used.itself += step;
            let caller = callers.first().cloned().unwrap_or_default();
            *used.callers.entry(caller).or_default() += step;
        }
        for name in stack.into_iter().collect::<BTreeSet<_>>() {
            used.entry(name).or_default().all += step;
        }
        fuel += step;
    }
    let mut rows: Vec<_> = used.into_iter().collect();
    rows.sort_by_key(|(_, used)| std::cmp::Reverse((used.itself, used.all)));
    println!("{:>9}{:>9}  function, and for whom", "itself", "in all");
    for (name, Used { itself, all, callers }) in rows {
        println!("{itself:>9}{all:>9}  {name}");
        let mut callers: Vec<_> = callers.into_iter().collect();
        callers.sort_by_key(|(_, used)| std::cmp::Reverse(*used));
        for (caller, used) in callers.into_iter().take(CALLERS) {
            println!("{:>24} {caller}", used);
        }
    }
    Ok(())
}
