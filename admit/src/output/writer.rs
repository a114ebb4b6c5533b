//! Who is told what: outcomes on standard output, for a person or for a program; notes, errors and
//! how far the run is on standard error.

use std::io::{self, Write};

use anyhow::Result;
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use insight::candidates::Candidates;
use serde_json::json;

use super::{
    candidates, github,
    outcome::{Answer, Outcome, Tally},
    report, sarif,
};

/// How outcomes are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For a person.
    #[default]
    Text,
    /// One AdmissionResponse a line, as kwctl prints it.
    Json,
    /// A SARIF 2.1.0 log, for code scanning.
    Sarif,
    /// Workflow commands of GitHub Actions, which annotate the lines.
    Github,
}

/// So many documents take long enough to show how far the run is.
const MANY: u64 = 100;

/// Where outcomes are told.
pub struct Writer {
    output: Output,
    /// Whether standard output is for the repaired manifest.
    aside: bool,
    log: sarif::Log,
    bar: ProgressBar,
}

impl Writer {
    /// For so many documents; the outcomes go to standard error where standard output is taken.
    pub fn new(output: Output, aside: bool, documents: u64) -> Self {
        // It draws nothing where standard error is no terminal.
        let target = match documents >= MANY {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(Some(documents), target);
        let style = ProgressStyle::with_template("{bar:40} {percent}%");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self { output, aside, log: sarif::Log::default(), bar }
    }

    /// Tells what came of an object.
    ///
    /// # Errors
    /// Where it can't be written.
    pub fn outcome(&mut self, outcome: &Outcome<'_>) -> Result<()> {
        if let Answer::Failed { error, .. } = &outcome.answer
            && self.output != Output::Github
        {
            self.note(&format!("error: {error}"));
        }
        match (self.output, &outcome.answer) {
            (Output::Sarif, _) => self.log.add(outcome),
            (Output::Github, _) => self.write(github::commands(outcome).as_bytes())?,
            (Output::Json, Answer::Judged { response, .. }) => {
                self.write((serde_json::to_string(response)? + "\n").as_bytes())?;
            }
            (Output::Text, Answer::Judged { .. }) => {
                let mut report = Vec::new();
                report::write(&mut report, outcome)?;
                self.write(&report)?;
            }
            (Output::Json | Output::Text, Answer::Failed { .. }) => {}
        }
        Ok(())
    }

    /// Tells which types the pods of an object can land on: beside the verdict, or, where that is
    /// for a program, on standard error.
    ///
    /// # Errors
    /// Where it can't be written.
    pub fn explain(&self, uid: &str, pods: &[Candidates]) -> Result<()> {
        if pods.is_empty() {
            return Ok(());
        }
        if self.output == Output::Text {
            let mut text = Vec::new();
            pods.iter().try_for_each(|pod| candidates::write(pod, &mut text))?;
            return self.write(&text);
        }
        self.note(&json!({ "uid": uid, "pods": pods }).to_string());
        Ok(())
    }

    /// A document is done.
    pub fn advance(&self) {
        self.bar.inc(1);
    }

    /// All documents are done.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// Tells what came of all.
    ///
    /// # Errors
    /// Where it can't be written.
    pub fn summary(&self, tally: &Tally) -> Result<()> {
        match self.output {
            Output::Text if tally.all() > 1 => self.write((tally.line() + "\n").as_bytes()),
            Output::Sarif => {
                let log = serde_json::to_string_pretty(&self.log.to_json())?;
                self.write((log + "\n").as_bytes())
            }
            Output::Text | Output::Json | Output::Github => Ok(()),
        }
    }

    /// A line on standard error.
    pub fn note(&self, line: &str) {
        self.bar.suspend(|| anstream::eprintln!("{line}"));
    }

    /// That nobody reads on, as `head` does not, is no error.
    fn write(&self, text: &[u8]) -> Result<()> {
        let written = self.bar.suspend(|| {
            let mut out: Box<dyn Write> = match self.aside {
                true => Box::new(anstream::stderr()),
                false => Box::new(anstream::stdout()),
            };
            out.write_all(text).and_then(|()| out.flush())
        });
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(()),
        }
    }
}
