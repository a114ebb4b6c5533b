//! A snapshot of a cluster: the objects in files and folders.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use insight::snapshot::Snapshot;

use super::documents::{self, Content};

/// Reads a snapshot. What Helm makes YAML of is passed over in folders, as other templates are.
///
/// # Errors
/// Where a file can't be read, or no object is found.
pub fn read(paths: &[PathBuf]) -> Result<Snapshot> {
    let files = documents::read(paths);
    let mut values = Vec::new();
    for file in &files {
        for document in &file.documents {
            match &document.content {
                Content::Value(value) => values.push(value),
                Content::Unreadable { error, .. } => bail!("{}: {error}", file.path.display()),
                Content::Template if file.named => bail!("{}", documents::template(&file.path)),
                Content::Template | Content::Nothing => {}
            }
        }
    }
    let snapshot = Snapshot::of(values);
    ensure!(!snapshot.is_empty(), "the snapshot holds no Kubernetes object");
    Ok(snapshot)
}
