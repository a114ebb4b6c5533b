//! The module in Wasmtime with fuel counted, for the table of costs and for tests.

pub mod engine;
