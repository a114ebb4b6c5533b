//! What Karpenter's and kube-scheduler's own code say of pods, held against what the policy says of them
//! (`e2e/karpenter/README.md`). The pods are drawn again by their seed; what is recorded is what was said.
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
