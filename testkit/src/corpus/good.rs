//! The good manifests in `e2e/good`: one manifest per file, sorted into folders.

use std::path::PathBuf;

use serde_json::Value;

use crate::files::{entries, root, text, yaml};

/// A manifest as people use it.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The path of its file, below `e2e/good`.
    pub path: PathBuf,
    /// The file's text.
    pub text: String,
    /// The object.
    pub object: Value,
}

/// All good manifests, sorted by path.
///
/// # Panics
/// If one can't be read.
pub fn good() -> Vec<Manifest> {
    let good = root().join("e2e/good");
    let files = entries(&good).into_iter().flat_map(entries);
    files
        .map(|file| Manifest {
            text: text(&file),
            object: yaml(&file),
            path: file.strip_prefix(&good).unwrap().to_owned(),
        })
        .collect()
}

impl Manifest {
    /// The string at a place of the object; empty if there is none.
    pub fn field(&self, place: &str) -> &str {
        self.object.pointer(place).and_then(Value::as_str).unwrap_or_default()
    }

    /// The object's API group, version and kind.
    pub fn group_version_kind(&self) -> (&str, &str, &str) {
        let api_version = self.field("/apiVersion");
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        (group, version, self.field("/kind"))
    }
}
