//! Compares the policy with Karpenter's and kube-scheduler's own code (`e2e/karpenter/README.md`). The pods
//! are drawn again from their seed; the verdicts on them are recorded.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod causes;
mod clusters;
mod pods;
mod recording;
mod said;
mod table;
