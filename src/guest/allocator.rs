//! The allocator: blocks whose sizes are powers of two, and for each size a list of those that are free. A call makes
//! many small texts and lists and ends soon, so nothing is split or joined again: a block is had or given back in some
//! twenty instructions. With the allocator of wasi-libc an allowed pod costs 5 % more, a repair 9 to 15 %.
//!
//! Only the module has it as its allocator; `tests/allocator.rs` compiles this file as it is.

use std::{
    alloc::{GlobalAlloc, Layout},
    cell::UnsafeCell,
    ptr::null_mut,
};

#[cfg(target_os = "wasi")]
#[global_allocator]
pub static BLOCKS: Blocks = Blocks::new();

/// Memory grows by this.
const PAGE: usize = 1 << 16;

/// The smallest block: no type needs more alignment.
const LEAST: usize = 16;

/// All blocks.
pub struct Blocks(UnsafeCell<State>);

struct State {
    /// The first free block of each power of two; a free block begins with the address of the next one.
    free: [*mut u8; usize::BITS as usize],
    /// The memory that nobody has had yet.
    rest: *mut u8,
    left: usize,
}

// SAFETY: the module has one thread.
#[cfg(target_os = "wasi")]
#[expect(unsafe_code, reason = "a static has to be `Sync`")]
unsafe impl Sync for Blocks {}

impl Blocks {
    /// No blocks.
    pub const fn new() -> Self {
        let free = [null_mut(); usize::BITS as usize];
        Self(UnsafeCell::new(State { free, rest: null_mut(), left: 0 }))
    }
}

// SAFETY: a block is in one list, or with who has it, or was never given away; it is as large as its list says, and
// aligned to `LEAST` or to what was asked for.
#[expect(unsafe_code, reason = "what an allocator is made of")]
unsafe impl GlobalAlloc for Blocks {
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: nobody else has the state, and a free block is readable.
        unsafe {
            let state = &mut *self.0.get();
            let power = power(layout.size());
            match state.free.get_mut(power) {
                Some(free) if !free.is_null() && layout.align() <= LEAST => {
                    let block = *free;
                    *free = block.cast::<*mut u8>().read();
                    block
                }
                _ => state.fresh(1 << power, layout.align()),
            }
        }
    }

    #[inline(never)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: nobody else has the state, and the block is as large as its list says.
        unsafe {
            if let Some(free) = (*self.0.get()).free.get_mut(power(layout.size())) {
                block.cast::<*mut u8>().write(*free);
                *free = block;
            }
        }
    }

    #[inline(never)]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if power(size) == power(layout.size()) {
            return block;
        }
        // SAFETY: both blocks have the bytes that are copied; the alignment is that of a layout.
        unsafe {
            let other = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !other.is_null() {
                block.copy_to_nonoverlapping(other, layout.size().min(size));
                self.dealloc(block, layout);
            }
            other
        }
    }
}

/// The power of two that has room for so many bytes.
#[inline(always)]
fn power(size: usize) -> usize {
    (usize::BITS - (size.max(LEAST) - 1).leading_zeros()) as usize
}

impl State {
    /// A block that nobody has had; null where memory can't grow.
    #[cold]
    fn fresh(&mut self, size: usize, align: usize) -> *mut u8 {
        if self.rest.is_null() {
            (self.rest, self.left) = first();
        }
        let skipped = self.rest.align_offset(align);
        let Some(wanted) = size.checked_add(skipped) else { return null_mut() };
        if self.left < wanted {
            let bytes = size.next_multiple_of(PAGE);
            let grown = if align <= PAGE { grow(bytes) } else { None };
            let Some(grown) = grown else { return null_mut() };
            // The rest of the last memory joins the new one.
            if self.rest.wrapping_add(self.left) == grown {
                self.left += bytes;
            } else {
                (self.rest, self.left) = (grown, bytes);
            }
            return self.fresh(size, align);
        }
        let block = self.rest.wrapping_add(skipped);
        self.rest = self.rest.wrapping_add(wanted);
        self.left -= wanted;
        block
    }
}

/// What is behind the statics from the start (`--initial-heap` in the Makefile): most calls need no more. It begins in
/// the page of the statics, so that an instance touches one page less.
#[cfg(target_os = "wasi")]
fn first() -> (*mut u8, usize) {
    #[expect(unsafe_code, reason = "the linker knows where it begins")]
    unsafe extern "C" {
        static __heap_base: u8;
    }
    let begin = (&raw const __heap_base).addr();
    let end = core::arch::wasm32::memory_size::<0>() * PAGE;
    (std::ptr::with_exposed_provenance_mut(begin), end - begin)
}

#[cfg(not(target_os = "wasi"))]
fn first() -> (*mut u8, usize) {
    (grow(PAGE).unwrap_or(null_mut()), PAGE)
}

/// More memory, a number of pages.
#[cfg(target_os = "wasi")]
fn grow(bytes: usize) -> Option<*mut u8> {
    let before = core::arch::wasm32::memory_grow::<0>(bytes / PAGE);
    (before != usize::MAX).then(|| std::ptr::with_exposed_provenance_mut(before * PAGE))
}

#[cfg(not(target_os = "wasi"))]
#[expect(unsafe_code, reason = "the module asks the engine instead")]
fn grow(bytes: usize) -> Option<*mut u8> {
    let layout = Layout::from_size_align(bytes, PAGE).ok()?;
    // SAFETY: the size is not zero.
    let memory = unsafe { std::alloc::System.alloc(layout) };
    (!memory.is_null()).then_some(memory)
}
