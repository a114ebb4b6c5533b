//! Random choices from a seed.

use proptest::{
    prelude::Rng as _,
    test_runner::{RngAlgorithm, TestRng},
};

/// The source of random choices. The same seed gives the same result only with the same order of draws.
pub struct Draw(TestRng);

impl Draw {
    /// Starts with this seed.
    pub fn of(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Self(TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64() % end
    }

    /// A number between both, inclusive.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    /// `true` in this percentage of cases.
    pub fn at_times(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these values.
    pub fn one<T: Clone>(&mut self, of: &[T]) -> T {
        let count = u64::try_from(of.len()).unwrap();
        of[usize::try_from(self.below(count)).unwrap()].clone()
    }

    /// The same values in another order.
    pub fn shuffled<T: Clone>(&mut self, mut of: Vec<T>) -> Vec<T> {
        let mut made = Vec::new();
        while !of.is_empty() {
            let count = u64::try_from(of.len()).unwrap();
            made.push(of.remove(usize::try_from(self.below(count)).unwrap()));
        }
        made
    }
}
