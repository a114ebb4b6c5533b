//! Where the fuel of a call goes. The call is made again and again, each time with a little more
//! fuel than before, and the functions in which it runs out are counted: a profile without a clock,
//! the same on every machine.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, anyhow};

use crate::engine::Guests;

/// Fuel between two looks.
const STEP: u64 = 97;

/// How many callers of a function are told.
const CALLERS: usize = 12;

/// What a function takes: in itself, with all that it calls, and in itself by caller.
#[derive(Default)]
struct Used {
    itself: u64,
    all: u64,
    callers: BTreeMap<String, u64>,
}

/// Prints for each function how much fuel is used in itself, with all that it calls, and for whom.
pub fn print(guests: &Guests, payload: &[u8]) -> Result<()> {
    let mut used: BTreeMap<String, Used> = BTreeMap::new();
    let mut fuel = STEP;
    loop {
        let mut guest = guests.instantiate().map_err(|error| anyhow!("{error}"))?;
        guest.call("validate", payload).map_err(|error| anyhow!("{error}"))?;
        let stopped = guest.stopped_after(payload, fuel).map_err(|error| anyhow!("{error}"))?;
        let Some(stack) = stopped else { break };
        if let [innermost, callers @ ..] = stack.as_slice() {
            let used = used.entry(innermost.clone()).or_default();
            used.itself += STEP;
            let caller = callers.first().cloned().unwrap_or_default();
            *used.callers.entry(caller).or_default() += STEP;
        }
        for name in stack.into_iter().collect::<BTreeSet<_>>() {
            used.entry(name).or_default().all += STEP;
        }
        fuel += STEP;
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
