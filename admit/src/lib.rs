//! Runs the policy module on manifests and admission requests, in the engine that Kubewarden
//! embeds: waPC on Wasmtime.
//!
//! [`commands::judge`] goes in one direction: [`input`] reads documents, [`request`] makes admission
//! requests of them, [`engine`] loads the module, runs it and gives its answer the form that the API
//! server gets, [`output`] takes that apart and shows it. The other [`commands`] answer questions
//! about rules, instance types and networks without the module.

pub mod input;
pub mod engine;
pub mod output;
pub mod commands;

pub use insight::request;
