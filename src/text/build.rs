//! Text put together without reading a format.

use std::fmt::{self, Write as _};

/// Writes texts one after the other: for messages, where `write!` takes longer to read its form
/// than to write.
///
/// # Errors
/// Where the formatter has no room.
pub fn write_all(f: &mut fmt::Formatter<'_>, texts: &[&str]) -> fmt::Result {
    texts.iter().try_for_each(|text| f.write_str(text))
}

/// Text made in a string that has room for it: growing costs more than writing.
pub fn written(capacity: usize, text: fmt::Arguments<'_>) -> String {
    let mut out = String::with_capacity(capacity);
    // A string takes all that it has memory for.
    let _ = out.write_fmt(text);
    out
}
