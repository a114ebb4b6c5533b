//! Code that several rules use.

pub mod auto_mode;
pub mod aws_node;
pub mod bandwidth;
pub mod conflict_words;
pub mod context;
pub mod efa;
pub mod exceptions;
pub mod findings;
pub mod ignored;
pub mod label_names;
pub mod label_values;
pub mod min_values;
pub mod pools;
pub mod resource_names;
pub mod room;
pub mod unreadable;

pub use context::{Context, Lookup};
pub use findings::Findings;
