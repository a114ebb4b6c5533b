//! Compares the module's `memcmp` with the order of slices.

#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::cmp::Ordering;

use proptest::prelude::*;

#[path = "../src/guest/memory.rs"]
mod memory;

/// A text to compare, inside other bytes: it can begin at any alignment, and its surroundings always
/// differ.
struct Within {
    bytes: Vec<u8>,
    before: usize,
    count: usize,
}

impl Within {
    fn new(text: &[u8], before: usize, around: u8) -> Self {
        let mut bytes = vec![around; before];
        bytes.extend(text);
        bytes.extend([around; 8]);
        Self { bytes, before, count: text.len() }
    }

    fn text(&self) -> &[u8] {
        &self.bytes[self.before..self.before + self.count]
    }
}

#[expect(unsafe_code, reason = "it is what the linker calls")]
fn compared(one: &Within, other: &Within) -> Ordering {
    let (one, other) = (one.text(), other.text());
    assert_eq!(one.len(), other.len());
    // SAFETY: both slices are as long as the first.
    let result = unsafe { memory::memcmp(one.as_ptr(), other.as_ptr(), one.len()) };
    result.cmp(&0)
}

/// Two texts of the same length that share their first bytes. Few byte values, so that equal bytes also
/// occur later; values above 127 reveal a signed comparison.
fn pairs() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let byte = || prop_oneof![Just(0_u8), Just(1), Just(127), Just(128), Just(255), any::<u8>()];
    (0_usize..=64).prop_flat_map(move |count| {
        let text = move || prop::collection::vec(byte(), count);
        (text(), text(), 0..=count).prop_map(|(one, mut other, equal)| {
            other[..equal].copy_from_slice(&one[..equal]);
            (one, other)
        })
    })
}

proptest! {
    #[test]
    fn texts_are_in_the_order_of_slices((one, other) in pairs(), before in (0_usize..8, 0_usize..8)) {
        let (one, other) = (Within::new(&one, before.0, 3), Within::new(&other, before.1, 4));
        prop_assert_eq!(compared(&one, &other), one.text().cmp(other.text()));
        prop_assert_eq!(compared(&other, &one), other.text().cmp(one.text()));
        let again = Within::new(one.text(), before.1, 4);
        prop_assert_eq!(compared(&one, &again), Ordering::Equal);
    }
}

#[test]
fn one_byte_that_differs_decides_wherever_it_stands() {
    for count in 1..=64 {
        for at in 0..count {
            let (mut one, mut other) = (vec![9_u8; count], vec![9_u8; count]);
            // The bytes after it compare the other way round.
            one[at..].fill(255);
            other[at..].fill(0);
            (one[at], other[at]) = (127, 128);
            for before in 0..8 {
                let (one, other) = (Within::new(&one, before, 3), Within::new(&other, 0, 4));
                assert_eq!(compared(&one, &other), Ordering::Less, "{count} bytes, byte {at}");
            }
        }
    }
}
