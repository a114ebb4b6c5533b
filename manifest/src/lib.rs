//! Manifests as text: read as kubectl reads them, with the place of each value.
//!
//! [`encoding`] makes text of bytes, [`documents`] takes a stream apart, [`Document::read`] makes JSON
//! of one: [`yaml`] by the events of a parser, with the words of [`scalar`]; [`json`] checks what is
//! JSON already. [`located`] knows where in the text a JSON Pointer points; [`edit`] changes the text
//! there, and leaves all else as it stands.

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
