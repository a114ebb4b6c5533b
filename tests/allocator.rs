//! The module's allocator: blocks never overlap, keep what is written, and are had again.

#![expect(unsafe_code, reason = "an allocator is called so")]

use std::alloc::{GlobalAlloc, Layout};

use proptest::prelude::*;

#[path = "../src/guest/allocator.rs"]
mod allocator;

use allocator::Blocks;

/// A block that somebody has, and the byte that fills it.
struct Held {
    block: *mut u8,
    layout: Layout,
    byte: u8,
}

impl Held {
    fn new(block: *mut u8, layout: Layout, byte: u8) -> Self {
        assert!(!block.is_null() && block.addr().is_multiple_of(layout.align()));
        // SAFETY: the block has this size.
        unsafe { block.write_bytes(byte, layout.size()) };
        Self { block, layout, byte }
    }

    fn keeps(&self, count: usize) -> bool {
        // SAFETY: the block has this size, and all of it is written.
        let bytes = unsafe { std::slice::from_raw_parts(self.block, count) };
        bytes.iter().all(|byte| *byte == self.byte)
    }
}

#[derive(Clone, Debug)]
enum Step {
    Take { size: usize, align: u32 },
    Give { which: usize },
    Resize { which: usize, size: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let size = || prop_oneof![1..100_usize, 1..5_000_usize, 60_000..70_000_usize];
    prop_oneof![
        3 => (size(), 0..8_u32).prop_map(|(size, align)| Step::Take { size, align }),
        2 => any::<usize>().prop_map(|which| Step::Give { which }),
        2 => (any::<usize>(), size()).prop_map(|(which, size)| Step::Resize { which, size }),
    ]
}

proptest! {
    #[test]
    fn blocks_keep_what_is_written(steps in prop::collection::vec(step(), 1..80)) {
        let blocks = Box::new(Blocks::new());
        let mut held: Vec<Held> = Vec::new();
        for (byte, step) in (0_u8..).zip(steps) {
            match step {
                Step::Take { size, align } => {
                    let layout = Layout::from_size_align(size, 1 << align).unwrap();
                    // SAFETY: the size is not zero.
                    held.push(Held::new(unsafe { blocks.alloc(layout) }, layout, byte));
                }
                Step::Give { which } if !held.is_empty() => {
                    let one = held.swap_remove(which % held.len());
                    prop_assert!(one.keeps(one.layout.size()));
                    // SAFETY: it came with this layout.
                    unsafe { blocks.dealloc(one.block, one.layout) };
                }
                // A list or a text grows, which needs no more alignment than all blocks have.
                Step::Resize { which, size } if !held.is_empty() => {
                    let mut one = held.swap_remove(which % held.len());
                    if one.layout.align() <= 16 {
                        // SAFETY: it came with this layout.
                        one.block = unsafe { blocks.realloc(one.block, one.layout, size) };
                        prop_assert!(one.keeps(size.min(one.layout.size())));
                        one = Held::new(
                            one.block,
                            Layout::from_size_align(size, one.layout.align()).unwrap(),
                            byte,
                        );
                    }
                    held.push(one);
                }
                Step::Give { .. } | Step::Resize { .. } => {}
            }
        }
        prop_assert!(held.iter().all(|one| one.keeps(one.layout.size())));
    }
}

#[test]
fn what_is_given_back_is_had_again() {
    let blocks = Box::new(Blocks::new());
    let layout = |size| Layout::from_size_align(size, 8).unwrap();
    // SAFETY: the sizes are not zero, and each block is given back with its layout.
    unsafe {
        let (one, other) = (blocks.alloc(layout(100)), blocks.alloc(layout(100)));
        assert!(one != other);
        blocks.dealloc(one, layout(100));
        assert_eq!(blocks.alloc(layout(70)), one, "of the same power of two");
        assert_eq!(blocks.realloc(other, layout(100), 128), other, "it has the room");
    }
}
