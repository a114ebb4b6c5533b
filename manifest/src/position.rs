//! Places in a file.

use std::fmt;

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

impl Position {
    /// The beginning of a file.
    pub const START: Self = Self { line: 1, column: 1 };

    /// The position of the byte at `offset` of a text that begins here.
    #[must_use]
    pub fn after(self, text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let lines = u32::try_from(before.matches('\n').count()).unwrap_or(u32::MAX);
        let last = before.rsplit('\n').next().unwrap_or_default();
        let columns = u32::try_from(last.chars().count()).unwrap_or(u32::MAX);
        match lines {
            0 => Self { line: self.line, column: self.column.saturating_add(columns) },
            _ => Self { line: self.line.saturating_add(lines), column: columns.saturating_add(1) },
        }
    }
}

/// The reason why a document can't be read, and the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The reason.
    pub what: String,
    /// The place in the file.
    pub at: Position,
}

impl Fault {
    pub(crate) fn new(what: impl Into<String>, at: Position) -> Self {
        Self { what: what.into(), at }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {} column {}", self.what, self.at.line, self.at.column)
    }
}

impl std::error::Error for Fault {}
