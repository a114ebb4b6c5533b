//! The report for a person: the verdict, each finding with its rule, line and place, the patch as
//! a coloured diff.

use std::{fmt::Display, io::Write};

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use eks_aiml_networking::finding::Action;
use similar::{ChangeTag, TextDiff};

use super::{
    finding::Finding,
    fix,
    outcome::{Answer, Outcome, Verdict},
};

/// Writes the report on one object.
///
/// # Errors
/// Where `out` can't be written.
pub fn write(out: &mut impl Write, outcome: &Outcome<'_>) -> Result<()> {
    let (verdict, style) = match outcome.verdict() {
        Verdict::Allowed => ("allowed", AnsiColor::Green),
        Verdict::Repaired => ("allowed, repaired", AnsiColor::Green),
        Verdict::Denied => ("denied", AnsiColor::Red),
        Verdict::Unjudged => ("not judged", AnsiColor::Red),
    };
    let bold = Style::new().bold();
    let style = bold.fg_color(Some(style.into()));
    let source = outcome.document.source().map(|source| format!(" ({source})"));
    let (uid, source, name) = (&outcome.uid, source.unwrap_or_default(), &outcome.name);
    writeln!(out, "{bold}{uid}{source} {name}{bold:#}: {style}{verdict}{style:#}")?;
    let file = outcome.file.path.display();
    if let Some((error, position)) = outcome.fault() {
        writeln!(out, "       {file}:{}: {error}", position.line)?;
    }
    for finding in outcome.findings() {
        write_finding(out, &file, finding)?;
    }
    if let Answer::Judged { repair: Some((before, after)), .. } = &outcome.answer {
        let json = outcome.file.json;
        write_diff(out, &fix::text(before, json)?, &fix::text(after, json)?)?;
    }
    Ok(())
}

fn write_finding(out: &mut impl Write, file: &impl Display, finding: &Finding) -> Result<()> {
    let color = match finding.action {
        Action::Deny => AnsiColor::Red,
        Action::Warn => AnsiColor::Yellow,
        Action::Fix => AnsiColor::Green,
    };
    let style = Style::new().fg_color(Some(color.into()));
    let action = finding.action.to_string();
    let Finding { rule, place, also, fact, remedies, position, .. } = finding;
    if rule.is_empty() {
        writeln!(out, "  {style}{action:4}{style:#} {fact}")?;
        return Ok(());
    }
    let head = format!("{rule} {file}:{} {place}", position.line);
    writeln!(out, "  {style}{action:4}{style:#} {}", head.trim_end())?;
    for place in also {
        writeln!(out, "       {place}")?;
    }
    writeln!(out, "       {fact}")?;
    for remedy in remedies {
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
