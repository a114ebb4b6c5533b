//! Reads `.admit.yaml`: what a repository sets once instead of on each command line.

use std::{
    env,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use eks_aiml_networking::{rule, rule::RuleId, text::suggest};
use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::Deserialize;
use serde_json::Value;

use super::{settings, text::one};

/// The file's name.
pub const NAME: &str = ".admit.yaml";

/// Makes a path absolute, without `.` and `..`.
pub fn absolute(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut out = PathBuf::new();
    for part in whole.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// A configuration; its paths are relative to its folder.
#[derive(Debug, Default)]
pub struct Config {
    /// The settings, if it has any.
    pub settings: Option<Value>,
    /// Snapshots of a cluster.
    pub cluster: Vec<PathBuf>,
    /// The file with the known findings.
    pub baseline: Option<PathBuf>,
    /// The rules ignored in some files.
    pub ignores: Vec<Ignore>,
    /// The folder that matched paths are relative to.
    folder: PathBuf,
}

/// Rules that are ignored in some files.
#[derive(Debug)]
pub struct Ignore {
    files: GlobSet,
    /// The rules; empty for all rules: then the files are not checked.
    pub rules: Vec<RuleId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    settings: Option<Value>,
    #[serde(default)]
    cluster: OneOrMore,
    baseline: Option<PathBuf>,
    #[serde(default)]
    ignore: Vec<WrittenIgnore>,
}

#[derive(Default, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    #[default]
    None,
    One(PathBuf),
    More(Vec<PathBuf>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenIgnore {
    files: Vec<String>,
    #[serde(default)]
    rules: Vec<String>,
    reason: String,
}

impl Config {
    /// Reads the configuration for these paths: the nearest one above the first path.
    ///
    /// # Errors
    /// If it can't be read, or has an unknown field.
    pub fn nearest(paths: &[PathBuf]) -> Result<Self> {
        let here = env::current_dir().unwrap_or_default();
        let first = paths.first().filter(|path| path.as_os_str() != "-");
        let start = first.map_or(here, |path| absolute(path));
        let found = start.ancestors().map(|folder| folder.join(NAME)).find(|path| path.is_file());
        found.map_or_else(|| Ok(Self::default()), |path| Self::read(&path))
    }

    /// Reads a configuration.
    ///
    /// # Errors
    /// If it can't be read, or has an unknown field.
    pub fn read(path: &Path) -> Result<Self> {
        let folder = absolute(path).parent().unwrap_or(Path::new("")).to_owned();
        Self::of(one(path)?, folder).with_context(|| path.display().to_string())
    }

    fn of(value: Value, folder: PathBuf) -> Result<Self> {
        let Written { settings, cluster, baseline, ignore } = serde_json::from_value(value)?;
        let settings = match settings {
            // The settings are in a file of their own.
            Some(Value::String(path)) => Some(settings::read(Some(&folder.join(path)))?),
            settings => settings,
        };
        let cluster = match cluster {
            OneOrMore::None => Vec::new(),
            OneOrMore::One(path) => vec![path],
            OneOrMore::More(paths) => paths,
        };
        Ok(Self {
            settings,
            cluster: cluster.into_iter().map(|path| folder.join(path)).collect(),
            baseline: baseline.map(|path| folder.join(path)),
            ignores: ignore.iter().map(Ignore::of).collect::<Result<_>>()?,
            folder,
        })
    }

    /// `true` if a file is the baseline.
    pub fn is_baseline(&self, file: &Path) -> bool {
        self.baseline.as_deref().is_some_and(|baseline| absolute(baseline) == absolute(file))
    }

    /// The entries that apply to a file.
    pub fn ignored<'c>(&'c self, file: &Path) -> impl Iterator<Item = &'c Ignore> {
        let within = if self.ignores.is_empty() {
            PathBuf::new()
        } else {
            let file = absolute(file);
            file.strip_prefix(&self.folder).unwrap_or(&file).to_owned()
        };
        self.ignores.iter().filter(move |ignore| ignore.files.is_match(&within))
    }
}

impl Ignore {
    fn of(written: &WrittenIgnore) -> Result<Self> {
        if written.reason.trim().is_empty() {
            bail!("ignore: `reason` is empty");
        }
        let mut files = GlobSetBuilder::new();
        for pattern in &written.files {
            files.add(Glob::new(pattern)?);
        }
        Ok(Self { files: files.build()?, rules: rules(&written.rules)? })
    }
}

/// Returns the rules with these ids.
///
/// # Errors
/// If no rule has one of them; with the probable one.
pub fn rules(ids: &[String]) -> Result<Vec<RuleId>> {
    let rule = |id: &String| {
        let all: Vec<&str> = rule::infos().map(|info| info.id).collect();
        RuleId::of(id).with_context(|| format!("there is no rule `{id}`; {}", suggest(id, &all)))
    };
    ids.iter().map(rule).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn config(value: Value) -> Result<Config, String> {
        Config::of(value, env::current_dir().unwrap()).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn files_and_rules_are_ignored_by_pattern() {
        let config = config(json!({"ignore": [
            {"files": ["vendor/**"], "reason": "not ours"},
            {"files": ["*.yaml", "a/*.yml"], "rules": ["efa-zone"], "reason": "one zone"},
        ]}));
        let config = config.unwrap();
        let ignored = |path: &str| {
            let all = config.ignored(Path::new(path));
            all.map(|ignore| ignore.rules.len()).collect::<Vec<_>>()
        };
        assert_eq!(ignored("vendor/x/y.yaml"), [0, 1]);
        assert_eq!(ignored("./b.yaml"), [1]);
        assert_eq!(ignored("b.yml"), [] as [usize; 0]);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let fault = |value| config(value).unwrap_err();
        assert!(fault(json!({"setings": {}})).starts_with("unknown field `setings`"));
        let ignore = |rule: &str, reason: &str| {
            fault(json!({"ignore": [{"files": [], "rules": [rule], "reason": reason}]}))
        };
        assert!(ignore("efa-cout", "x").contains("did you mean `efa-count`"));
        assert_eq!(ignore("efa-count", " "), "ignore: `reason` is empty");
    }
}
