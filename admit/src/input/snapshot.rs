//! Reads a snapshot of a cluster: the objects in files and folders.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use insight::snapshot::Snapshot;

use super::{
    find::{Found, find},
    text::Text,
};

/// Reads a snapshot. Helm templates in folders are skipped.
///
/// # Errors
/// If a file can't be read, or no object is found.
pub fn read(paths: &[PathBuf]) -> Result<Snapshot> {
    let mut values = Vec::new();
    for (order, found) in find(paths, false).into_iter().enumerate() {
        match found {
            Found::Read(source) => {
                let text = Text::read(source, order);
                if text.source.is_named() || !text.is_template() {
                    values.extend(text.values()?.into_iter().map(|(_, value)| value));
                }
            }
            Found::Passed { .. } => {}
            Found::Failed { name, why } => bail!("{name}: {why}"),
        }
    }
    let snapshot = Snapshot::of(&values);
    ensure!(!snapshot.is_empty(), "the snapshot contains no Kubernetes object");
    Ok(snapshot)
}
