//! Runs the module in Wasmtime and counts fuel, for the table of costs and for tests.

pub mod engine;
