//! Names of types: those of the table, and how labels and settings spell them.

use super::table::{COUNT, ENDS, NAMES};

/// The name in a row of the table.
pub(super) fn of(row: u16) -> &'static str {
    let end = |row: u16| ENDS.get(usize::from(row)).map_or(0, |end| usize::from(*end));
    NAMES.get(row.checked_sub(1).map_or(0, end)..end(row)).unwrap_or_default()
}

/// The first row of which the name is not below this one.
pub(super) fn first_not_below(name: &str) -> u16 {
    let (mut row, mut end) = (0, COUNT);
    while row < end {
        let middle = row.midpoint(end);
        if of(middle) < name { row = middle + 1 } else { end = middle }
    }
    row
}

/// The prefix that HyperPod gives to a type's name.
pub const HYPERPOD: &str = "ml.";

/// The EC2 name in a label's value, or in a name or pattern of the settings: HyperPod writes it with
/// `ml.` in front.
pub fn instance_type(value: &str) -> &str {
    value.strip_prefix(HYPERPOD).unwrap_or(value)
}
