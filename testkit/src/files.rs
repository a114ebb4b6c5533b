//! Files of the project.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// The project's folder.
///
/// # Panics
/// Never: this crate is in a subfolder of it.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The entries of a folder, sorted.
///
/// # Panics
/// If the folder can't be read.
pub fn entries(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let folder = folder.as_ref();
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut entries: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

/// Writes a file into a folder and returns its path.
///
/// # Panics
/// If it can't be written.
pub fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    path.to_str().unwrap().to_owned()
}

/// The text of a file.
///
/// # Panics
/// If the file can't be read.
pub fn text(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Reads the value of a YAML or JSON file.
///
/// # Panics
/// If the file can't be read, or is neither.
pub fn yaml(path: impl AsRef<Path>) -> Value {
    let path = path.as_ref();
    yaml_serde::from_str(&text(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
