//! `memcmp` sixteen bytes at a time. With the one of wasi-libc, which goes byte by byte, a call that compares
//! much costs 5 to 7 % more. Only the module exports it; `tests/memory.rs` compiles this file as it is, to hold
//! it against the order of slices.

/// Compares `count` bytes: below, equal to or above 0 as the first one that differs does.
///
/// # Safety
/// Both pointers must be valid for reading `count` bytes.
#[expect(unsafe_code, reason = "the linker finds the function by this name")]
#[cfg_attr(target_os = "wasi", unsafe(no_mangle))]
pub unsafe extern "C" fn memcmp(one: *const u8, other: *const u8, count: usize) -> i32 {
    // SAFETY: only what lies within `count` bytes is read.
    unsafe {
        let eight = |start: *const u8, at: usize| start.add(at).cast::<u64>().read_unaligned();
        let four = |start: *const u8, at: usize| start.add(at).cast::<u32>().read_unaligned();
        let byte = |start: *const u8, at: usize| u64::from(*start.add(at));
        let mut at = 0;
        while at + 16 <= count {
            for half in [at, at + 8] {
                let (one, other) = (eight(one, half), eight(other, half));
                if one != other {
                    return order(one, other);
                }
            }
            at += 16;
        }
        // The last bytes are looked at in two parts, which may overlap: what is in both is the same.
        let left = count - at;
        let part = |start: *const u8, is_first: bool| match left {
            8.. => eight(start, if is_first { at } else { count - 8 }),
            4.. => u64::from(four(start, if is_first { at } else { count - 4 })),
            _ if is_first => byte(start, at) | byte(start, at + left / 2) << 8,
            _ => byte(start, count - 1),
        };
        if left > 0 {
            for is_first in [true, false] {
                let (one, other) = (part(one, is_first), part(other, is_first));
                if one != other {
                    return order(one, other);
                }
            }
        }
        0
    }
}

/// The order of two that differ, by the first byte in memory that does, which is the lowest.
fn order(one: u64, other: u64) -> i32 {
    let shift = (one ^ other).trailing_zeros() & !7;
    let byte = |of: u64| (of >> shift & 0xff) as i32;
    byte(one) - byte(other)
}
