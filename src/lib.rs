//! A Kubewarden policy that holds pods and DaemonSets to AWS's AI/ML networking guidance for
//! Amazon EKS.
//!
//! One direction: payload → [`request`] → [`view`] → [`rules`] → [`finding`]s → [`patch`] →
//! [`response`]. [`review()`] is a pure function of the payload and a [`Host`]; the wasm guest, the
//! local runner and the tests all call it.
#![cfg_attr(not(target_os = "wasi"), forbid(unsafe_code))]

pub mod capacity;
pub mod cluster;
pub mod cni;
pub mod error;
pub mod finding;
pub mod go;
#[cfg(target_os = "wasi")]
mod guest;
pub mod host;
pub mod image;
pub mod instances;
pub mod json;
pub mod nodes;
pub mod patch;
pub mod plan;
pub mod quantity;
pub mod request;
pub mod resources;
pub mod response;
pub mod review;
pub mod rules;
pub mod selector;
pub mod settings;
pub mod suggest;
pub mod view;
pub mod wildcard;
pub mod workload;

pub use host::Host;
pub use review::{review, validate_settings};
