//! Text: searching it, quoting what users wrote, patterns, hints.

pub(crate) mod block;
mod build;
mod quoted;
mod search;
mod suggest;
pub mod wildcard;

pub use build::{write_all, written};
pub use quoted::{Quoted, misleads};
pub(crate) use search::is_made_of;
pub use search::{find, is_plain, is_token, split_once};
pub use suggest::{differ_in_number, distance, listed, nearest, same_letters, suggest};
