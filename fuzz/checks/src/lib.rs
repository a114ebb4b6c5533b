//! Laws that hold for every input. Each check gets the bytes of a fuzzer and panics if a law is broken;
//! `tests/replay.rs` runs the checks over the seeds and the kept corpus.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a check fails by panicking"
)]

mod address_plan;
mod answers;
mod quantities;
mod review;
pub mod seeds;
mod settings;
mod tablegen;

pub use address_plan::address_plan;
pub use quantities::quantities;
pub use review::review;
pub use settings::settings;
pub use tablegen::tablegen;

/// A fuzz target.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, which is also its folder in the corpus.
    pub name: &'static str,
    /// Checks an input.
    pub check: fn(&[u8]),
    /// The initial inputs.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All fuzz targets.
pub const TARGETS: [Target; 5] = [
    Target { name: "address_plan", check: address_plan, seeds: seeds::address_plan },
    Target { name: "quantities", check: quantities, seeds: seeds::quantities },
    Target { name: "review", check: review, seeds: seeds::review },
    Target { name: "settings", check: settings, seeds: seeds::settings },
    Target { name: "tablegen", check: tablegen, seeds: seeds::tablegen },
];
