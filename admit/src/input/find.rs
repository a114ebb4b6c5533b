//! Finds the files to read: those that are named, and the manifests in folders.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use walkdir::{DirEntry, WalkDir};

use super::{
    config, kustomization,
    render::{Rendered, Tool},
    text::Source,
};

/// A path that was found.
#[derive(Debug)]
pub enum Found {
    /// To be read.
    Read(Source),
    /// Skipped without an error.
    Passed {
        /// The name in messages.
        name: String,
        /// The reason.
        why: String,
    },
    /// Missing, or not readable.
    Failed {
        /// The name in messages.
        name: String,
        /// The reason.
        why: String,
    },
}

/// Finds everything under these paths; `-` is standard input. With `render`, charts and kustomizations are
/// rendered by their tools.
pub fn find(paths: &[PathBuf], render: bool) -> Vec<Found> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = found.len();
            Walk { render, found: &mut found, patches: BTreeSet::new() }.folder(path);
            if found.len() == before {
                let why = "contains no .yaml, .yml or .json file".to_owned();
                found.push(Found::Failed { name: path.display().to_string(), why });
            }
        } else {
            found.push(Found::Read(Source::named(path)));
        }
    }
    found
}

struct Walk<'f> {
    render: bool,
    found: &'f mut Vec<Found>,
    /// The files that are patches of objects.
    patches: BTreeSet<PathBuf>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path) {
        let mut entries = WalkDir::new(folder).sort_by_file_name().into_iter();
        while let Some(entry) = entries.next() {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {
                    if !is_open(&entry) || self.rendered(entry.path()) {
                        entries.skip_current_dir();
                    }
                }
                Ok(entry) => self.file(&entry),
                Err(error) => {
                    let name = error.path().unwrap_or(folder).display().to_string();
                    self.found.push(Found::Failed { name, why: error.to_string() });
                }
            }
        }
    }

    fn file(&mut self, entry: &DirEntry) {
        let path = entry.path();
        if !is_manifest(path) {
            return;
        }
        let name = || path.display().to_string();
        // Links to files are followed, links to folders are not.
        let is_link = entry.path_is_symlink();
        if is_link && path.is_dir() {
            let why = "a link to a folder".to_owned();
            self.found.push(Found::Passed { name: name(), why });
        } else if is_link && !path.exists() {
            let why = "a broken link".to_owned();
            self.found.push(Found::Failed { name: name(), why });
        } else if self.is_patch(path) {
            let why = format!(
                "a patch of a kustomization, not an object; run `{} DIR | admit -`",
                Tool::Kustomize.command()
            );
            self.found.push(Found::Passed { name: name(), why });
        } else if is_link || entry.file_type().is_file() {
            self.found.push(Found::Read(Source::File { path: path.to_owned(), named: false }));
        }
    }

    fn is_patch(&self, path: &Path) -> bool {
        !self.patches.is_empty()
            && path.canonicalize().is_ok_and(|path| self.patches.contains(&path))
    }

    /// Renders a folder if a tool can; returns `true` if its files must not be read.
    fn rendered(&mut self, folder: &Path) -> bool {
        let kustomization = kustomization::of_folder(folder);
        let tool = match &kustomization {
            _ if folder.join("Chart.yaml").is_file() => Tool::Helm,
            Some(_) => Tool::Kustomize,
            None => return false,
        };
        if let Some(kustomization) = &kustomization {
            self.patches.extend(kustomization::patches(kustomization));
        }
        let name = folder.display().to_string();
        match if self.render { tool.render(folder) } else { Rendered::NoTool } {
            Rendered::Text(text) => {
                let text = text.into();
                let folder = folder.to_owned();
                self.found.push(Found::Read(Source::Rendered {
                    folder,
                    tool: tool.command(),
                    text,
                }));
                true
            }
            Rendered::Failed(why) => {
                let why = format!("`{} {name}` fails: {why}", tool.command());
                self.found.push(Found::Failed { name, why });
                true
            }
            // A chart's files are reported as templates; a kustomization's files are objects.
            Rendered::NoTool => false,
        }
    }
}

/// `true` if a folder is searched: neither a hidden one nor npm's.
fn is_open(entry: &DirEntry) -> bool {
    let name = entry.file_name().as_encoded_bytes();
    entry.depth() == 0 || !name.starts_with(b".") && name != b"node_modules"
}

fn is_manifest(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default();
    let known = ["yaml", "yml", "json"].iter().any(|known| ending.eq_ignore_ascii_case(known));
    let is_own = path.file_name().is_some_and(|name| name == config::NAME);
    known && !is_own && !kustomization::is_one(path)
}
