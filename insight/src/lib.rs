//! The policy's knowledge as data for people: the command line prints it as text or JSON, the playground
//! draws it.
//!
//! [`request`] builds admission requests from manifests, [`settings`] reads settings, [`candidates`] finds
//! the types a pod can run on, [`capacity`] how many pods a node supports, [`plan`] how subnets fill up,
//! and [`network`] does so from the output of AWS and Karpenter. [`snapshot`] answers the policy's cluster
//! queries from files, [`cluster`] summarises such a snapshot, and [`landing`] finds the NodePools that fit
//! a pod. [`types`] sorts instance types for all of them.

pub mod candidates;
pub mod capacity;
pub mod cluster;
pub mod landing;
pub mod network;
pub mod plan;
pub mod request;
pub mod settings;
pub mod snapshot;
pub mod types;
