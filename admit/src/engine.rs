//! Who judges: the library that this is built from, or a module in the engine that Kubewarden uses;
//! and the answer in the form that the API server gets.

pub mod admission_response;
pub mod recording;
#[cfg(feature = "module")]
pub mod source;
#[cfg(feature = "module")]
mod registry;
#[cfg(feature = "module")]
pub mod module;
pub mod judge;

pub use judge::{Answer, Engine, Library};
#[cfg(feature = "module")]
pub use module::{Module, Policy};
pub use recording::Recording;
#[cfg(feature = "module")]
pub use source::Source;
