//! What is read: manifests with the lines of their fields, the settings, and snapshots of a cluster.

pub mod documents;
pub mod position;
pub mod settings;
pub mod snapshot;
pub mod yaml;
