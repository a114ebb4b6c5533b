//! A Kubewarden policy that checks pods, and the objects that make pods and nodes, against AWS's AI/ML
//! networking guidance for Amazon EKS, and repairs pods and DaemonSets.
//!
//! One direction: payload → [`request`] → [`view`] → [`rules`] → [`finding`]s → [`patch`] →
//! [`response`]. [`review()`] is a pure function of the payload and a [`Host`]; the wasm guest, the
//! command line, the page and the tests all call it.
//!
//! The modules are in the order of that flow: each uses only those before it (`tests/layers.rs`).
#![cfg_attr(not(target_os = "wasi"), forbid(unsafe_code))]

// Ground: text, JSON, errors and forms; nothing of Kubernetes.
pub mod text;
pub mod sort;
pub mod json;
pub mod error;
pub mod form;

// Facts: EC2's instance types, what Kubernetes prescribes, and the rules by name.
pub mod instances;
pub mod capacity;
pub mod kubernetes;
pub mod rule;

// What was sent: the object, the request, the settings.
pub mod view;
pub mod request;
pub mod plan;
pub mod settings;

// What it means: what the cluster says, what the pod is for, where it can land.
pub mod host;
pub mod cluster;
pub mod cni;
pub mod workload;
pub mod nodes;

// Judgement.
pub mod finding;
pub mod pools;
pub mod rules;

// The answer.
pub mod patch;
pub mod response;
pub mod review;
#[cfg(target_os = "wasi")]
mod guest;

pub use host::Host;
pub use review::{review, validate_settings};
