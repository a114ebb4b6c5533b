//! Reads manifests, the configuration, the settings, and snapshots of a cluster.

pub mod text;
pub mod kustomization;
pub mod render;
pub mod find;
pub mod settings;
pub mod config;
pub mod snapshot;
