//! The commands: checking manifests, and questions about rules, instance types, networks and clusters.

pub mod judge;
pub mod explain_rule;
pub mod capacity;
pub mod cluster;
pub mod instances;
pub mod plan;
mod types;
