//! Runs the policy module on manifests and admission requests, in the engine that Kubewarden
//! embeds: waPC on Wasmtime.
//!
//! One direction, which [`judge`] goes through: [`input`] reads documents, [`request`] makes
//! admission requests of them, [`source`] reads the module, from a file or through [`registry`],
//! [`engine`] runs it, [`host`] answers its calls, [`response`] gives its answer the form that the
//! API server gets, [`finding`] takes it apart, [`position`] finds the lines that it is about. What
//! came of it is an [`outcome`], which [`output`] hands on: [`report`] shows it to a person,
//! [`sarif`] and [`github`] to a pipeline, [`explain`] what led to it; [`fix`] writes the repaired
//! manifest.
//!
//! Beside that, [`capacity`] and [`instances`] tell what the policy knows of instance types,
//! [`plan`] what they take of a network, and [`pages`] what a rule is about.

pub mod capacity;
pub mod engine;
pub mod explain;
pub mod finding;
pub mod fix;
pub mod github;
pub mod host;
pub mod input;
pub mod instances;
pub mod judge;
pub mod outcome;
pub mod output;
pub mod pages;
pub mod plan;
pub mod position;
pub mod registry;
pub mod report;
pub mod response;
pub mod sarif;
pub mod settings;
pub mod source;
pub mod table;
pub mod types;
pub mod yaml;

pub use insight::request;
