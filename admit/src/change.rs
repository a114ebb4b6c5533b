//! Shows a change of a text, line by line.

use similar::{ChangeTag, TextDiff};

use crate::outcome::finding::{Changed, ChangedLine};

/// The number of unchanged lines shown around a change.
const AROUND: usize = 1;

/// Longer lines, for example of minified JSON, are not shown.
const LONGEST: usize = 200;

/// Returns the lines that change between `before` and `after`; the first line of `before` has the number
/// `first` in its file. Empty if lines are too long to read.
pub fn lines(before: &str, after: &str, first: u32) -> Vec<ChangedLine> {
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    for group in diff.grouped_ops(AROUND) {
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let kind = match change.tag() {
                ChangeTag::Delete => Changed::Removed,
                ChangeTag::Insert => Changed::Added,
                ChangeTag::Equal => Changed::Kept,
            };
            let old = change.old_index().and_then(|index| u32::try_from(index).ok());
            let last = lines.last().map_or(first, |line: &ChangedLine| line.number);
            let number = old.map_or(last, |index| first.saturating_add(index));
            let text = change.value().trim_end_matches(['\n', '\r']).to_owned();
            lines.push(ChangedLine { kind, number, text });
        }
    }
    if lines.iter().any(|line| line.text.len() > LONGEST) { Vec::new() } else { lines }
}

/// Returns the change in the format of `diff -u`, for `patch` and `git apply`.
pub fn unified(name: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut unified = diff.unified_diff();
    unified.context_radius(3).header(&format!("a/{name}"), &format!("b/{name}")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_has_the_numbers_of_its_file() {
        let lines = lines("a\nb\nc\nd\ne\n", "a\nb\nc\nD\nE\ne\n", 11);
        let lines: Vec<_> =
            lines.iter().map(|line| (line.number, line.kind, &*line.text)).collect();
        assert_eq!(
            lines,
            [
                (13, Changed::Kept, "c"),
                (14, Changed::Removed, "d"),
                (14, Changed::Added, "D"),
                (14, Changed::Added, "E"),
                (15, Changed::Kept, "e"),
            ]
        );
    }
}
