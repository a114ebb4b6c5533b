//! Checks manifests against the policy's rules, on the command line.
//!
//! [`commands::judge`] goes in one direction: [`input`] finds files and splits them into documents,
//! [`judge`] makes admission requests of their objects and lets an [`engine`] check them, [`run`] does that
//! on all cores, [`allow`] and [`baseline`] silence [`outcome`]s, and [`output`] shows them. The other
//! [`commands`] answer questions about rules, instance types and networks.

pub mod input;
pub mod engine;
pub mod outcome;
pub mod allow;
pub mod unfilled;
pub mod change;
pub mod judge;
pub mod run;
pub mod baseline;
pub mod output;
pub mod commands;

pub use insight::request;
