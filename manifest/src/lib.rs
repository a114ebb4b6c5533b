//! Manifests as text: read as kubectl reads them, with the place of each value.
//!
//! [`encoding`] decodes bytes, [`documents`] splits a stream, and [`Document::read`] turns one document
//! into JSON: [`yaml`] from the events of a parser, with [`scalar`] for unquoted words; [`json`] checks
//! documents that are JSON already. [`located`] resolves a JSON Pointer to a place in the text; [`edit`]
//! changes the text there and leaves everything else as it is.

pub mod position;
pub mod encoding;
pub mod scalar;
pub mod located;
pub mod yaml;
pub mod json;
pub mod documents;
pub mod edit;

pub use documents::{Document, Form};
pub use located::Located;
pub use position::{Fault, Position};
