//! `admit -o text`: for people. Only problems are mentioned.

use std::{
    env,
    io::{self, IsTerminal, Write},
};

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use eks_aiml_networking::text::misleads;

use super::candidates;
use crate::outcome::{
    Answer, Finding, Judged, Outcome, Severity,
    finding::{Changed, ChangedLine},
};

/// The maximum width of lines: `COLUMNS`, or the width of the terminal if standard output is one. Otherwise
/// lines are not folded.
pub fn width() -> Option<usize> {
    let columns = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let of_terminal = || io::stdout().is_terminal().then(textwrap::termwidth);
    columns.or_else(of_terminal).filter(|width| *width >= NARROWEST)
}

/// Below this, folded lines are harder to read than long ones.
const NARROWEST: usize = 40;

/// Writes the outcome of an object: nothing if there is nothing to report.
///
/// # Errors
/// If `out` can't be written.
pub fn write(out: &mut impl Write, outcome: &Outcome, width: Option<usize>) -> Result<()> {
    let Answer::Judged(judged) = &outcome.answer else { return Ok(()) };
    let Judged { findings, candidates, unfilled, .. } = judged;
    if findings.is_empty() && candidates.is_empty() && unfilled.is_empty() {
        return Ok(());
    }
    let bold = Style::new().bold();
    let template = outcome.template.as_ref().map(|template| format!(" ({template})"));
    let (uid, template, name) = (&outcome.uid, template.unwrap_or_default(), &outcome.name);
    let (verdict, color) = verdict(judged);
    let style = bold.fg_color(Some(color.into()));
    writeln!(out, "{bold}{uid}{template} {name}{bold:#}: {style}{verdict}{style:#}")?;
    let file = outcome.file();
    for finding in findings {
        write_finding(out, &file, finding, width)?;
    }
    if let Some((_, at)) = unfilled.first() {
        let names = unfilled.iter().map(|(name, _)| &**name);
        let what = crate::unfilled::remedy(names, outcome.source.file_name().as_deref());
        writeln!(out, "  note {file}:{}", at.line)?;
        writeln!(out, "       {what}; fields that depend on it are not checked")?;
    }
    if let Some(why) = &judged.uneditable {
        writeln!(out, "  note --fix can't repair this file: {why}")?;
    }
    candidates.iter().try_for_each(|pod| candidates::write(pod, out))
}

fn verdict(judged: &Judged) -> (&'static str, AnsiColor) {
    match judged.worst() {
        Some(Severity::Deny) => ("denied", AnsiColor::Red),
        Some(Severity::Fix) => ("allowed, the cluster repairs it", AnsiColor::Green),
        Some(Severity::Warn) => ("allowed", AnsiColor::Yellow),
        Some(Severity::Fixed) => ("repaired", AnsiColor::Green),
        None => ("allowed", AnsiColor::Green),
    }
}

fn write_finding(
    out: &mut impl Write,
    file: &str,
    finding: &Finding,
    width: Option<usize>,
) -> Result<()> {
    let color = match finding.severity {
        Severity::Deny => AnsiColor::Red,
        Severity::Warn => AnsiColor::Yellow,
        Severity::Fix | Severity::Fixed => AnsiColor::Green,
    };
    let style = Style::new().fg_color(Some(color.into()));
    let severity = finding.severity.name();
    let Finding { rule, places, fact, remedies, .. } = finding;
    if rule.is_empty() {
        writeln!(out, "  {style}{severity:5}{style:#} {fact}")?;
        return Ok(());
    }
    for (index, place) in places.iter().enumerate() {
        let line = format!("{file}:{} {}", place.at.line, place.path);
        match index {
            0 => writeln!(out, "  {style}{severity:5}{style:#} {rule} {}", line.trim_end())?,
            _ => writeln!(out, "        and {}", line.trim_end())?,
        }
    }
    writeln!(out, "{}", folded(fact, ["        ", "        "], width))?;
    for remedy in remedies {
        writeln!(out, "{}", folded(remedy, ["        → ", "          "], width))?;
    }
    write_change(out, &finding.change)?;
    let settings = finding.settings();
    if !finding.change.is_empty() && !finding.is_fixable && !settings.is_empty() {
        let dim = Style::new().dimmed();
        writeln!(out, "        {dim}--fix writes this if the settings contain {settings}{dim:#}")?;
    }
    Ok(())
}

/// Folds a text at this width, with one indent for the first line and one for the others. Names are never
/// broken, so that they can be copied.
fn folded(text: &str, [first, next]: [&str; 2], width: Option<usize>) -> String {
    let Some(width) = width else { return format!("{first}{text}") };
    let options = textwrap::Options::new(width)
        .initial_indent(first)
        .subsequent_indent(next)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

/// The lines of a change, with their numbers.
fn write_change(out: &mut impl Write, lines: &[ChangedLine]) -> Result<()> {
    let mut last = None;
    for line in lines {
        let (sign, color) = match line.kind {
            Changed::Removed => ('-', Some(AnsiColor::Red.into())),
            Changed::Added => ('+', Some(AnsiColor::Green.into())),
            Changed::Kept => (' ', None),
        };
        let style = Style::new().fg_color(color);
        if last.is_some_and(|last| line.number > last + 1) {
            writeln!(out, "          …")?;
        }
        last = Some(line.number);
        let number = match line.kind {
            Changed::Added => String::new(),
            Changed::Removed | Changed::Kept => line.number.to_string(),
        };
        let text = line.text.replace(|c| misleads(c) && c != '\t', "?");
        writeln!(out, "    {number:>6} {style}{sign} {text}{style:#}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_folded_behind_its_indent() {
        let text = "remove `karpenter.k8s.aws/instance-network-bandwidth`: `p5.48xlarge` fits";
        let folded_at = |width| folded(text, ["  → ", "    "], width);
        assert_eq!(folded_at(None), format!("  → {text}"));
        let expected = "  → remove\n    `karpenter.k8s.aws/instance-network-bandwidth`:\n    `p5.48xlarge` fits";
        assert_eq!(folded_at(Some(52)), expected);
    }
}
