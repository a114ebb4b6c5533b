//! What several rules use.

pub mod aws_node;
pub mod bandwidth;
pub mod conflict_words;
pub mod context;
pub mod efa;
pub mod findings;
pub mod label_values;
pub mod min_values;
pub mod room;

pub use context::{Context, Lookup};
pub use findings::Findings;
