//! The report for a person: the verdict, each finding with its rule and place, the patch as a
//! coloured diff.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::{fix, response::AdmissionResponse};

/// A line of an answer, taken apart: `[rule] place: what; remedy`.
#[derive(Debug, PartialEq, Eq)]
pub struct Line<'l> {
    /// The id of the rule, and the place; empty where the answer is about the request as such.
    pub rule: &'l str,
    /// The place.
    pub place: &'l str,
    /// The fact.
    pub what: &'l str,
    /// What to do about it.
    pub remedy: &'l str,
}

impl<'l> Line<'l> {
    /// Takes a line apart.
    pub fn of(line: &'l str) -> Self {
        let parts = line.strip_prefix('[').and_then(|rest| rest.split_once("] "));
        let Some((rule, rest)) = parts else {
            return Self { rule: "", place: "", what: line, remedy: "" };
        };
        let (place, rest) = rest.split_once(": ").unwrap_or(("", rest));
        let (what, remedy) = rest.split_once("; ").unwrap_or((rest, ""));
        Self { rule, place, what, remedy }
    }
}

/// Writes the report on one object.
///
/// # Errors
/// Where `out` can't be written.
pub fn write(
    out: &mut impl Write,
    title: &str,
    response: &AdmissionResponse,
    diff: Option<(&Value, &Value, bool)>,
) -> Result<()> {
    let (verdict, style) = match (response.allowed, diff) {
        (false, _) => ("denied", AnsiColor::Red),
        (true, Some(_)) => ("allowed, repaired", AnsiColor::Green),
        (true, None) => ("allowed", AnsiColor::Green),
    };
    let bold = Style::new().bold();
    let style = bold.fg_color(Some(style.into()));
    writeln!(out, "{bold}{title}{bold:#}: {style}{verdict}{style:#}")?;
    let message = response.status.as_ref().and_then(|status| status.message.as_deref());
    for line in message.unwrap_or_default().lines() {
        finding(out, "deny", AnsiColor::Red, &Line::of(line))?;
    }
    for line in response.warnings.iter().flatten() {
        let line = Line::of(line);
        match line.remedy.strip_prefix("fixed: ") {
            Some(remedy) => finding(out, "fix", AnsiColor::Green, &Line { remedy, ..line })?,
            None => finding(out, "warn", AnsiColor::Yellow, &line)?,
        }
    }
    if let Some((before, after, json)) = diff {
        write_diff(out, &fix::text(before, json)?, &fix::text(after, json)?)?;
    }
    Ok(())
}

fn finding(out: &mut impl Write, action: &str, color: AnsiColor, line: &Line<'_>) -> Result<()> {
    let style = Style::new().fg_color(Some(color.into()));
    writeln!(out, "  {style}{action:4}{style:#} {} {}", line.rule, line.place)?;
    writeln!(out, "       {}", line.what)?;
    for remedy in line.remedy.split("; ").filter(|remedy| !remedy.is_empty()) {
        writeln!(out, "       → {remedy}")?;
    }
    Ok(())
}

fn write_diff(out: &mut impl Write, before: &str, after: &str) -> Result<()> {
    let diff = TextDiff::from_lines(before, after);
    for (index, group) in diff.grouped_ops(2).iter().enumerate() {
        if index > 0 {
            writeln!(out, "      …")?;
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, color) = match change.tag() {
                ChangeTag::Delete => ('-', Some(AnsiColor::Red.into())),
                ChangeTag::Insert => ('+', Some(AnsiColor::Green.into())),
                ChangeTag::Equal => (' ', None),
            };
            let style = Style::new().fg_color(color);
            writeln!(out, "    {style}{sign} {}{style:#}", change.value().trim_end_matches('\n'))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_apart() {
        assert_eq!(
            Line::of("[efa-count] /spec/a: has `1`: too many; take 2; or 3"),
            Line {
                rule: "efa-count",
                place: "/spec/a",
                what: "has `1`: too many",
                remedy: "take 2; or 3"
            }
        );
        assert_eq!(
            Line::of("the request can't be read"),
            Line { rule: "", place: "", what: "the request can't be read", remedy: "" }
        );
    }
}
