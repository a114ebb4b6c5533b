//! Writes outcomes as they arrive, in one or several formats at once: to standard output or files; notes
//! and errors go to standard error.

use std::{
    fs::File,
    io::{self, Write},
    path::PathBuf,
    str::FromStr,
};

use anyhow::{Context, Error, Result, bail};
use clap::ValueEnum;

use super::{github, json, junit, sarif, text};
use crate::outcome::{Answer, Outcome, Severity, Tally};

/// The format of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a person.
    #[default]
    Text,
    /// A record a line.
    Json,
    /// A SARIF 2.1.0 log, for code scanning.
    Sarif,
    /// Workflow commands of GitHub Actions, which annotate the lines.
    Github,
    /// A JUnit report.
    Junit,
}

/// A format, and the file that it goes to; without one, standard output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The format.
    pub format: Format,
    /// The file.
    pub file: Option<PathBuf>,
}

impl FromStr for Output {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (format, file) = match text.split_once('=') {
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = Format::from_str(format, true).map_err(|_| {
            let known: Vec<_> =
                Format::value_variants().iter().filter_map(Format::to_possible_value).collect();
            let known: Vec<&str> = known.iter().map(|one| one.get_name()).collect();
            Error::msg(format!("the formats are {}", known.join(", ")))
        })?;
        Ok(Self { format, file })
    }
}

/// Up to this number, skipped documents are named even without `--verbose`.
const NAMED: usize = 3;

/// The destinations of outcomes.
pub struct Writer {
    sinks: Vec<Sink>,
    /// `true` if only findings and errors are reported.
    quiet: bool,
    /// `true` if every skipped document is named.
    verbose: bool,
    /// The skipped documents that are not reported yet: their number, and the first ones.
    skipped: u32,
    first: Vec<String>,
}

struct Sink {
    out: Box<dyn Write>,
    form: Form,
    /// `true` if a person reads it as it arrives.
    is_shown: bool,
}

enum Form {
    /// Folded at this width, if any.
    Text(Option<usize>),
    Json,
    Github,
    Sarif(sarif::Log),
    Junit(junit::Report),
}

impl Writer {
    /// Makes a writer for these outputs. `aside`: standard output is reserved for the repaired manifests.
    /// `least`: the lowest severity that makes the command fail.
    ///
    /// # Errors
    /// If a file can't be created, or two outputs go to standard output.
    pub fn new(outputs: &[Output], aside: bool, least: Severity) -> Result<Self> {
        let shown = outputs.iter().filter(|output| output.file.is_none()).count();
        if shown > 1 {
            bail!(
                "only one format can go to standard output; write the others as `-o FORMAT=FILE`"
            );
        }
        let sink = |output: &Output| -> Result<Sink> {
            let out: Box<dyn Write> = match &output.file {
                Some(path) => {
                    let file = File::create(path);
                    let file = file.with_context(|| format!("can't write {}", path.display()))?;
                    Box::new(anstream::StripStream::new(file))
                }
                None if aside => Box::new(anstream::stderr()),
                None => Box::new(anstream::stdout()),
            };
            let form = match output.format {
                Format::Text if output.file.is_none() => Form::Text(text::width()),
                Format::Text => Form::Text(None),
                Format::Json => Form::Json,
                Format::Github => Form::Github,
                Format::Sarif => Form::Sarif(sarif::Log::default()),
                Format::Junit => Form::Junit(junit::Report::new(least)),
            };
            Ok(Sink { out, form, is_shown: output.file.is_none() })
        };
        let default = [Output { format: Format::Text, file: None }];
        let outputs = if outputs.is_empty() { &default } else { outputs };
        let sinks = outputs.iter().map(sink).collect::<Result<_>>()?;
        Ok(Self { sinks, quiet: false, verbose: false, skipped: 0, first: Vec::new() })
    }

    /// Sets `--quiet` and `--verbose`.
    #[must_use]
    pub fn saying(mut self, quiet: bool, verbose: bool) -> Self {
        (self.quiet, self.verbose) = (quiet, verbose);
        self
    }

    /// Reports the outcome of an object.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn outcome(&mut self, outcome: &Outcome) -> Result<()> {
        match &outcome.answer {
            Answer::Failed { .. } => {
                let is_github = |sink: &Sink| sink.is_shown && matches!(sink.form, Form::Github);
                if let Some(fault) = outcome.fault()
                    && !self.sinks.iter().any(is_github)
                {
                    anstream::eprintln!("error: {fault}");
                }
            }
            Answer::Skipped { why, is_told } if *is_told || self.verbose => {
                self.note(&format!("{}: skipped, {why}", outcome.uid));
            }
            Answer::Skipped { why, .. } => {
                self.skipped += 1;
                if self.first.len() < NAMED {
                    self.first.push(format!("{}: skipped, {why}", outcome.uid));
                }
            }
            Answer::Judged(_) => {}
        }
        for sink in &mut self.sinks {
            sink.outcome(outcome)?;
        }
        Ok(())
    }

    /// Reports the totals.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn end(mut self, tally: &Tally, can_fix: bool) -> Result<()> {
        if usize::try_from(self.skipped).is_ok_and(|skipped| skipped == self.first.len()) {
            self.first.iter().for_each(|note| self.note(note));
        } else {
            let count = self.skipped;
            self.note(&format!("{count} documents skipped; --verbose lists them with the reasons"));
        }
        let line = (!self.quiet).then(|| tally.line(can_fix));
        self.sinks.iter_mut().try_for_each(|sink| sink.end(line.as_deref()))
    }

    /// Writes a line to standard error.
    pub fn note(&self, line: &str) {
        if !self.quiet {
            anstream::eprintln!("{line}");
        }
    }
}

impl Sink {
    fn outcome(&mut self, outcome: &Outcome) -> Result<()> {
        let mut told = Vec::new();
        match &mut self.form {
            Form::Text(width) => text::write(&mut told, outcome, *width)?,
            Form::Json => told = (json::record(outcome).to_string() + "\n").into_bytes(),
            Form::Github => told = github::commands(outcome).into_bytes(),
            Form::Sarif(log) => log.add(outcome),
            Form::Junit(report) => report.add(outcome),
        }
        self.write(&told)
    }

    fn end(&mut self, line: Option<&str>) -> Result<()> {
        let told = match &self.form {
            Form::Text(_) => line.map_or_else(String::new, |line| format!("{line}\n")),
            Form::Json | Form::Github => String::new(),
            Form::Sarif(log) => serde_json::to_string_pretty(&log.to_json())? + "\n",
            Form::Junit(report) => report.to_xml(),
        };
        self.write(told.as_bytes())?;
        self.write_out(|out| out.flush())
    }

    fn write(&mut self, text: &[u8]) -> Result<()> {
        if text.is_empty() { Ok(()) } else { self.write_out(|out| out.write_all(text)) }
    }

    /// A reader that stops early, for example `head`, is not an error.
    fn write_out(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        match write(&mut *self.out) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(()),
        }
    }
}
