//! The value of a label for a type of the settings.

/// The value of a label for a type of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell<'e> {
    /// Unknown.
    Unknown,
    /// The type does not carry the label.
    Absent,
    /// The same as the table's in this row.
    Base(u16),
    Number(u32),
    Word(&'e str),
}

impl Cell<'_> {
    pub(super) fn number(self) -> Option<u32> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    pub(super) fn is_value(self) -> bool {
        matches!(self, Self::Number(_) | Self::Word(_))
    }

    pub(super) fn is(self, value: &str) -> bool {
        match self {
            Self::Number(number) => canonical(value) == Some(number),
            Self::Word(word) => word == value,
            _ => false,
        }
    }
}

/// A number as a label writes it: `100000`, never `0100000` or `+1`.
pub(super) fn canonical(value: &str) -> Option<u32> {
    match value.as_bytes() {
        [b'0'] => Some(0),
        [b'1'..=b'9', ..] => value.parse().ok(),
        _ => None,
    }
}
