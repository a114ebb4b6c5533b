//! The policy module: where it comes from, the engine that runs it, and its answer in the form that
//! the API server gets.

pub mod source;
mod registry;
pub mod module;
pub mod recording;
pub mod admission_response;

pub use module::{Module, Policy};
pub use recording::Recording;
pub use source::Source;
