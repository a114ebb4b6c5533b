//! Shows findings and verdicts, for people or for programs.

pub mod candidates;
pub mod table;
pub mod xml;
pub mod svg;
pub mod text;
pub mod json;
pub mod sarif;
pub mod github;
pub mod junit;
pub mod writer;

use std::io::{self, Write};

use anyhow::Result;

/// Writes to standard output, in colours if it supports them. A reader that stops early, for example
/// `head`, is not an error.
///
/// # Errors
/// If it can't be written.
pub fn print(text: &str) -> Result<()> {
    write(anstream::stdout().lock(), text)
}

/// Writes a manifest or a patch to standard output unchanged.
///
/// # Errors
/// If it can't be written.
pub fn print_raw(text: &str) -> Result<()> {
    write(io::stdout().lock(), text)
}

fn write(mut out: impl Write, text: &str) -> Result<()> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
