//! Reads the description and the default of each setting from `docs/settings.md`.
//!
//! A heading in backticks is a setting: its first paragraph is the description, a line ``Default: `…` `` is
//! the default, and the rows of a table describe the keys of its items.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The documentation of a setting.
#[derive(Debug, Default, PartialEq)]
pub struct Words {
    /// The description, on one line.
    pub description: String,
    /// The default; `None` if the setting is absent by default.
    pub default: Option<Value>,
}

/// The documentation of all settings, by their paths.
#[derive(Debug)]
pub struct Descriptions {
    words: BTreeMap<String, Words>,
    used: BTreeSet<String>,
}

impl Descriptions {
    /// Parses the document.
    pub fn read(document: &str) -> Result<Self> {
        let mut words: BTreeMap<String, Words> = BTreeMap::new();
        let mut setting = None;
        for paragraph in document.split("\n\n").map(str::trim) {
            if paragraph.starts_with('#') {
                let heading = paragraph.trim_start_matches('#').trim();
                setting = heading.strip_prefix('`').and_then(|name| name.strip_suffix('`'));
                if let Some(path) = setting {
                    let before = words.insert(path.to_owned(), Words::default());
                    ensure!(before.is_none(), "docs/settings.md describes `{path}` twice");
                }
                continue;
            }
            let Some(path) = setting else { continue };
            if let Some(default) = paragraph.strip_prefix("Default: `") {
                let default = default.trim_end_matches('`');
                let default = yaml_serde::from_str(default)
                    .with_context(|| format!("docs/settings.md: the default of `{path}`"))?;
                words.entry(path.to_owned()).or_default().default = Some(default);
                continue;
            }
            for (key, description) in paragraph.lines().filter_map(row) {
                let words = words.entry(format!("{path}.{key}")).or_default();
                words.description = description.to_owned();
            }
            let words = words.entry(path.to_owned()).or_default();
            if words.description.is_empty() {
                words.description = paragraph.replace('\n', " ");
            }
        }
        Ok(Self { words, used: BTreeSet::new() })
    }

    /// Returns the documentation of the setting at this path. A part that several settings share is
    /// documented once, by its own name: `podSelector.matchLabels`.
    pub fn of(&mut self, path: &str) -> Option<&Words> {
        let shared = path.find('.').and_then(|dot| path.get(dot + 1..));
        let key =
            [Some(path), shared].into_iter().flatten().find(|key| self.words.contains_key(*key))?;
        self.used.insert(key.to_owned());
        self.words.get(key)
    }

    /// `true` if the setting at this path has a default.
    pub fn has_default(&self, path: &str) -> bool {
        self.words.get(path).is_some_and(|words| words.default.is_some())
    }

    /// The settings that are documented, but were never looked up.
    pub fn unused(&self) -> Vec<&str> {
        let known = self.words.keys().filter(|path| !self.used.contains(*path));
        known.map(String::as_str).collect()
    }
}

/// Reads a row of a table: the key in backticks, and its description.
fn row(line: &str) -> Option<(&str, &str)> {
    let (key, description) = line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | ")?;
    Some((key, description))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "# Settings\n\nText.\n\n## `a`\n\nWhat a is,\non two lines.\n\nMore.\n\n\
        Default: `[]`\n\n### `a.list`\n\nA list.\n\n| key | is |\n|--|--|\n| `name` | The name. |\n\n\
        ## Others\n\nNot a setting.\n\n### `part.of`\n\nShared.\n";

    #[test]
    fn headings_paragraphs_defaults_and_rows() {
        let mut words = Descriptions::read(DOCUMENT).unwrap();
        let a = words.of("a").unwrap();
        assert_eq!(a.description, "What a is, on two lines.");
        assert_eq!(a.default, Some(Value::Array(Vec::new())));
        assert_eq!(words.of("a.list.name").unwrap().description, "The name.");
        assert_eq!(words.of("x.part.of").unwrap().description, "Shared.");
        assert_eq!(words.of("b"), None);
        assert_eq!(words.unused(), ["a.list"]);
    }

    #[test]
    fn what_is_described_twice_is_refused() {
        let error = Descriptions::read("## `a`\n\nOne.\n\n## `a`\n\nTwo.\n").unwrap_err();
        assert_eq!(error.to_string(), "docs/settings.md describes `a` twice");
    }
}
