//! Reports results as pieces arrive, and writes the repaired files.

use std::fs;

use anyhow::Result;
use manifest::{Position, encoding::Encoding};

use crate::{
    baseline::Baseline,
    change,
    input::{
        config::Config,
        text::{Source, Text},
    },
    outcome::{Answer, Outcome, Tally, relative},
    output::{print_raw, writer::Writer},
    run::Piece,
};

/// The state of the report.
pub struct Told<'t> {
    /// The destination.
    pub writer: Writer,
    /// The counts of everything reported.
    pub tally: Tally,
    /// The configuration, which ignores some findings in some files.
    pub config: &'t Config,
    /// The known findings.
    pub known: Option<Baseline>,
    /// The findings of this run, if they are to be written.
    pub found: Option<Baseline>,
    /// The files that are repaired.
    pub files: Files,
    /// The number of ignored files.
    pub ignored: u32,
}

impl Told<'_> {
    /// Reports the results of a piece of a text.
    ///
    /// # Errors
    /// If the report can't be written.
    pub fn piece(&mut self, piece: Piece) -> Result<()> {
        let is_last = piece.is_last();
        let Piece { text, numbers, documents, whole } = piece;
        if let Some(outcome) = whole {
            self.outcome(outcome)?;
        }
        for (number, done) in numbers.zip(documents) {
            done.notes.iter().for_each(|note| self.writer.note(note));
            for outcome in done.outcomes {
                self.outcome(outcome)?;
            }
            self.files.document(&text, number, done.edited);
        }
        if is_last && let Some(why) = self.files.end(&text, &self.writer)? {
            self.lost(&text.source.name(), &why)?;
        }
        Ok(())
    }

    /// `true` if nothing in a file is reported.
    pub fn is_ignored(&mut self, source: &Source) -> bool {
        let Some(path) = source.file() else { return false };
        if self.config.is_baseline(path) {
            return true;
        }
        let is_ignored = self.config.ignored(path).any(|ignore| ignore.rules.is_empty());
        self.ignored += u32::from(is_ignored);
        is_ignored
    }

    /// Reports that something can't be read.
    ///
    /// # Errors
    /// If the report can't be written.
    pub fn lost(&mut self, name: &str, why: &str) -> Result<()> {
        self.outcome(Outcome {
            source: Source::File { path: name.into(), named: true },
            template: None,
            uid: name.to_owned(),
            start: Position::START,
            name: String::new(),
            answer: Answer::Failed { why: why.to_owned(), at: None },
        })
    }

    fn outcome(&mut self, mut outcome: Outcome) -> Result<()> {
        if let Some(found) = &mut self.found {
            found.add(&outcome);
        }
        if let Some(known) = &mut self.known {
            known.silence(&mut outcome);
        }
        self.tally.count(&outcome);
        self.writer.outcome(&outcome)
    }
}

/// Handles the files that are repaired.
pub struct Files {
    is_fixing: bool,
    is_showing: bool,
    text: String,
    is_changed: bool,
}

impl Files {
    /// Writes the repaired files, shows the changes, or does neither.
    pub fn of(is_fixing: bool, is_showing: bool) -> Self {
        Self { is_fixing, is_showing, text: String::new(), is_changed: false }
    }

    fn document(&mut self, text: &Text, number: usize, edited: Option<String>) {
        if !self.is_fixing && !self.is_showing {
            return;
        }
        self.is_changed |= edited.is_some();
        match (edited, text.document(number)) {
            (Some(edited), _) => self.text.push_str(&edited),
            (None, Some(document)) => self.text.push_str(document.text),
            (None, None) => {}
        }
    }

    /// Handles the whole text; returns the reason if the file can't be written.
    ///
    /// # Errors
    /// If standard output can't be written.
    fn end(&mut self, text: &Text, writer: &Writer) -> Result<Option<String>> {
        let (after, is_changed) =
            (std::mem::take(&mut self.text), std::mem::take(&mut self.is_changed));
        let mark = if text.encoding == Encoding::MarkedUtf8 { "\u{feff}" } else { "" };
        match &text.source {
            // Input that can't be read stays as it is.
            Source::Stdin if self.is_fixing && text.may_be_template && after.is_empty() => {
                print_raw(&[mark, text.text()].concat())?;
            }
            Source::Stdin if self.is_fixing => print_raw(&[mark, &after].concat())?,
            source if is_changed && self.is_showing => {
                let name = source.file().map_or_else(|| source.name(), relative);
                let (before, after) = ([mark, text.text()].concat(), [mark, &after].concat());
                print_raw(&change::unified(&name, &before, &after))?;
            }
            Source::File { path, .. } if is_changed && self.is_fixing => {
                if let Err(error) = fs::write(path, [mark, &after].concat()) {
                    return Ok(Some(format!("can't write it: {error}")));
                }
                writer.note(&format!("repaired {}", text.source.name()));
            }
            _ => {}
        }
        Ok(None)
    }
}
