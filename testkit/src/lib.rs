//! Code that tests, benchmarks, fuzz checks and the generator of the documents share.
//!
//! - [`corpus`]: the cases in `e2e/cases` and the good manifests in `e2e/good`;
//! - [`admission`]: which requests the API server asks the policies in `policy-settings/` about;
//! - [`day`]: a day's requests, made up;
//! - [`build`]: pods and other objects for a test, field by field;
//! - [`generate`]: random workloads and settings for properties;
//! - [`referee`]: the referees' input, drawn by a seed;
//! - [`ordered`]: JSON compared with the order of its keys and the digits of its numbers.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

pub mod admission;
pub mod build;
pub mod corpus;
pub mod day;
pub mod files;
pub mod generate;
pub mod ordered;
pub mod referee;
