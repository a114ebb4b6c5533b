//! A baseline: the known findings, which are not reported. It still matches when lines move, or numbers in
//! messages change.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use manifest::edit;
use serde::{Deserialize, Serialize};

use crate::{
    input::{
        config::absolute,
        text::{Source, one},
    },
    outcome::{Answer, Outcome},
};

/// The identity of findings: the rule and the place in an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    file: String,
    object: String,
    rule: String,
    place: String,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    known: Known,
    #[serde(default = "once", skip_serializing_if = "is_once")]
    count: u32,
}

fn once() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_once(count: &u32) -> bool {
    *count == 1
}

/// Known findings, or the findings of this run.
#[derive(Debug, Default)]
pub struct Baseline {
    /// The folder that the paths of files are relative to.
    folder: PathBuf,
    known: BTreeMap<Known, u32>,
}

impl Baseline {
    /// Makes an empty baseline, for a file at this path.
    pub fn empty(path: &Path) -> Self {
        let folder = absolute(path).parent().unwrap_or(Path::new("")).to_owned();
        Self { folder, known: BTreeMap::new() }
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn read(path: &Path) -> Result<Self> {
        let what = || format!("the baseline {}; create it with --write-baseline", path.display());
        let entries: Vec<Entry> = match fs::metadata(path).with_context(what)?.len() {
            0 => Vec::new(),
            _ => serde_json::from_value(one(path)?).with_context(what)?,
        };
        let known = entries.into_iter().map(|entry| (entry.known, entry.count)).collect();
        Ok(Self { known, ..Self::empty(path) })
    }

    /// Removes the known findings.
    pub fn silence(&mut self, outcome: &mut Outcome) {
        let keys = self.keys(outcome);
        let Answer::Judged(judged) = &mut outcome.answer else { return };
        let mut keys = keys.into_iter();
        judged.findings.retain(|_| {
            let left = keys.next().and_then(|key| self.known.get_mut(&key));
            let is_known = left.as_ref().is_some_and(|left| **left > 0);
            if let Some(left) = left.filter(|left| **left > 0) {
                *left -= 1;
                judged.untold += 1;
            }
            !is_known
        });
    }

    /// Adds the findings of an outcome.
    pub fn add(&mut self, outcome: &Outcome) {
        for key in self.keys(outcome) {
            *self.known.entry(key).or_default() += 1;
        }
    }

    fn keys(&self, outcome: &Outcome) -> Vec<Known> {
        let Answer::Judged(judged) = &outcome.answer else { return Vec::new() };
        let file = match &outcome.source {
            Source::File { path, .. } => self.relative(path),
            source => outcome.template.clone().unwrap_or_else(|| source.name()),
        };
        let key = |finding: &crate::outcome::Finding| Known {
            file: file.clone(),
            object: outcome.name.clone(),
            rule: finding.rule.clone(),
            place: finding.path().to_owned(),
        };
        judged.findings.iter().map(key).collect()
    }

    fn relative(&self, path: &Path) -> String {
        let path = absolute(path);
        let within = path.strip_prefix(&self.folder).unwrap_or(&path);
        let parts = within.components().map(|part| part.as_os_str().to_string_lossy());
        parts.collect::<Vec<_>>().join("/")
    }

    /// Writes the added findings.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let entries =
            self.known.iter().map(|(known, count)| Entry { known: known.clone(), count: *count });
        let entries: Vec<Entry> = entries.collect();
        let text =
            "# Known findings of `admit`; `admit --write-baseline` writes this file again.\n";
        let text = text.to_owned() + &edit::block(&serde_json::to_value(entries)?);
        fs::write(path, text).with_context(|| format!("can't write {}", path.display()))
    }
}
