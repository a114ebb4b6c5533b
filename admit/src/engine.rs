//! The engines that check requests: the built-in library, or a module in the engine that Kubewarden uses.
//! Also the answer in the format of the API server.

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
