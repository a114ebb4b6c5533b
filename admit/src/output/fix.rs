//! Writes repaired manifests: into the file they came from, or to standard output. Documents
//! that need no repair keep their text, comments and all.

use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use super::print;
use super::yaml;
use crate::input::documents::File;

/// Writes `file` with its repaired documents; nothing where none was repaired and it is a file.
///
/// # Errors
/// Where the file can't be written.
pub fn write(file: &File, repaired: &[Option<Value>]) -> Result<bool> {
    if repaired.iter().all(Option::is_none) && !file.is_stdin() {
        return Ok(false);
    }
    let mut out = String::new();
    for (document, repaired) in file.documents.iter().zip(repaired) {
        match repaired {
            None => out.push_str(&document.text),
            Some(value) => {
                if document.text.starts_with("---") {
                    out.push_str("---\n");
                }
                out.push_str(&text(value, file.json)?);
            }
        }
    }
    if file.is_stdin() {
        print(&out)?;
    } else {
        fs::write(&file.path, out)
            .with_context(|| format!("can't write {}", file.path.display()))?;
    }
    Ok(true)
}

/// An object as text, in the format of its file.
///
/// # Errors
/// Where the object can't be written in that format.
pub fn text(value: &Value, json: bool) -> Result<String> {
    Ok(if json { serde_json::to_string_pretty(value)? + "\n" } else { yaml::text(value)? })
}
