//! What is shown: findings and verdicts, for a person or for a program.

pub mod finding;
pub mod outcome;
pub mod candidates;
pub mod table;
pub mod svg;
pub mod yaml;
pub mod fix;
pub mod report;
pub mod sarif;
pub mod github;
pub mod writer;

use std::io::{self, Write};

use anyhow::Result;

/// Writes to standard output. A reader that stops early, as `head` does, is not an error.
///
/// # Errors
/// If it can't be written.
pub fn print(text: &str) -> Result<()> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
