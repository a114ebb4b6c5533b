//! Runs the policy module on manifests and admission requests, in the engine that Kubewarden
//! embeds: waPC on Wasmtime.
//!
//! One direction: [`input`] reads documents, [`request`] makes admission requests of them,
//! [`source`] reads the module, from a file or through [`registry`], [`engine`] runs it, [`host`] answers its calls, [`response`] gives its answer the form that the API server gets,
//! [`report`] shows it to a person, [`explain`] what led to it, [`fix`] writes the repaired manifest.
//!
//! Beside that, [`capacity`] and [`instances`] tell what the policy knows of instance types,
//! [`plan`] what they take of a network, and [`pages`] what a rule is about.

pub mod capacity;
pub mod engine;
pub mod explain;
pub mod fix;
pub mod host;
pub mod input;
pub mod instances;
pub mod pages;
pub mod plan;
pub mod registry;
pub mod report;
pub mod request;
pub mod response;
pub mod settings;
pub mod source;
pub mod table;
pub mod types;
