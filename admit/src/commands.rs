//! The commands: judging manifests, and questions about rules, instance types and networks.

pub mod judge;
pub mod explain_rule;
pub mod capacity;
pub mod instances;
pub mod plan;
mod types;
