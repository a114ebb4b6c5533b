//! Tables for people: aligned columns, each under its name and unit.

use std::fmt::{Display, Write as _};

/// A column: its name, its unit, and `true` if it holds numbers, which are aligned to the right.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    name: &'static str,
    unit: &'static str,
    number: bool,
}

/// A column of words.
pub const fn words(name: &'static str) -> Column {
    Column { name, unit: "", number: false }
}

/// A column of numbers in this unit.
pub const fn numbers(name: &'static str, unit: &'static str) -> Column {
    Column { name, unit, number: true }
}

/// A cell: the value, or `unknown`.
pub fn cell(known: Option<impl Display>) -> String {
    known.map_or_else(|| "unknown".to_owned(), |known| known.to_string())
}

/// A cell for a number that has several possible values: only one if they are equal.
pub fn either(numbers: impl Iterator<Item = Option<u32>>) -> String {
    let mut cells: Vec<String> = numbers.map(cell).collect();
    cells.dedup();
    cells.join(" or ")
}

/// The lines of a table, each after `indent`.
pub fn lines<R: AsRef<[String]>>(columns: &[Column], rows: &[R], indent: &str) -> Vec<String> {
    let names: Vec<String> = columns.iter().map(|column| column.name.to_owned()).collect();
    let units: Vec<String> = columns.iter().map(|column| column.unit.to_owned()).collect();
    let head = if units.iter().all(String::is_empty) { vec![names] } else { vec![names, units] };
    let all = || head.iter().map(Vec::as_slice).chain(rows.iter().map(AsRef::as_ref));
    let widths: Vec<usize> = (0..columns.len())
        .map(|at| all().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max())
        .map(|widest| widest.unwrap_or(0))
        .collect();
    let line = |row: &[String]| {
        let mut line = String::from(indent);
        for ((column, width), cell) in columns.iter().zip(&widths).zip(row) {
            let gap = if line.len() == indent.len() { "" } else { "  " };
            // Writing to a string can't fail.
            let _ = match column.number {
                true => write!(line, "{gap}{cell:>width$}"),
                false => write!(line, "{gap}{cell:<width$}"),
            };
        }
        line.trim_end().to_owned()
    };
    all().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_left_and_numbers_right() {
        let columns = [words("type"), numbers("speed", "Mbps"), words("note")];
        let rows = [
            ["p5.48xlarge".to_owned(), cell(Some(3_200_000)), "fast".to_owned()],
            ["m4.large".to_owned(), cell(None::<u32>), String::new()],
        ];
        assert_eq!(
            lines(&columns, &rows, "  "),
            [
                "  type           speed  note",
                "                  Mbps",
                "  p5.48xlarge  3200000  fast",
                "  m4.large     unknown",
            ]
        );
    }
}
