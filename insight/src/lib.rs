//! What the policy knows, as data for people: the command line writes it as text or JSON, the
//! playground draws it.
//!
//! [`request`] makes admission requests of manifests, [`settings`] reads settings, [`candidates`]
//! tells where a pod can land, [`capacity`] what a node holds, [`plan`] how subnets fill, [`network`]
//! what AWS and Karpenter say of them; [`snapshot`] answers what is asked of a cluster from files,
//! [`cluster`] tells what is understood of it, [`landing`] which of its NodePools fit a pod; [`types`]
//! sorts instance types for all of them.

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
