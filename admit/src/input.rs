//! What is read: manifests with the lines of their fields, and the settings.

pub mod documents;
pub mod position;
pub mod settings;
pub mod yaml;
