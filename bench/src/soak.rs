//! Makes many calls in the engine that Kubewarden uses: every answer must equal the first one, and memory
//! must not grow.

use std::{fs, process::ExitCode};

use admit::engine::{Module, Source};
use anyhow::{Context, Result, bail, ensure};
use testkit::corpus::cases;

/// The number of memory samples.
const LOOKS: u64 = 20;

/// Makes this many calls over the corpus, every second one on a fresh instance.
pub fn run(calls: u64) -> Result<ExitCode> {
    let module = Source::File(crate::POLICY.into()).load()?;
    let expected = corpus(&module)?;
    let reused = module.instantiate()?;
    let mut sizes = Vec::new();
    for at in 0..calls {
        let turn = usize::try_from(at / 2)? % expected.len();
        let (name, payload, answer) = expected.get(turn).context("the corpus is empty")?;
        let given = match at % 2 {
            0 => reused.call("validate", payload)?,
            _ => module.instantiate()?.call("validate", payload)?,
        };
        ensure!(given == *answer, "call {at}, {name}: another answer than at first");
        if (at + 1) % (calls / LOOKS).max(1) == 0 {
            let size = resident()?;
            println!("{:>9} calls, all answers as at first, {size} KiB resident", at + 1);
            sizes.push(size);
        }
    }
    // In the first tenths, memory grows by what the allocator keeps.
    let settled = sizes.get(sizes.len() / 4).copied().unwrap_or_default();
    let last = sizes.last().copied().unwrap_or_default();
    if last > settled + settled / 20 {
        bail!("memory has grown from {settled} to {last} KiB");
    }
    Ok(ExitCode::SUCCESS)
}

type Case = (String, Vec<u8>, Vec<u8>);

/// The cases without host calls, with the answers of a fresh instance.
fn corpus(module: &Module) -> Result<Vec<Case>> {
    let mut expected = Vec::new();
    for case in cases().into_iter().filter(|case| case.host.is_none()) {
        let payload = case.payload().into_bytes();
        let answer = module.instantiate()?.call("validate", &payload)?;
        expected.push((case.name, payload, answer));
    }
    Ok(expected)
}

/// The memory of this process, in KiB.
fn resident() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status").context("Linux tells the memory there")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    Ok(line.context("no VmRSS")?.trim().trim_end_matches(" kB").parse()?)
}
