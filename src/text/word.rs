//! Bytes looked at eight together, as one word.

pub const ONES: u64 = u64::MAX / 0xff;
const HIGHS: u64 = ONES << 7;

/// How many bytes stand before the first one that is looked for, eight looked at together: texts
/// are short, and for them this takes a third of what a general search does. `marks` sets the high
/// bit of the lowest byte of a word that is looked for; of what stands above it nothing is asked.
#[inline(always)]
pub fn before(bytes: &[u8], marks: impl Fn(u64) -> u64) -> usize {
    let (eights, rest) = bytes.as_chunks::<8>();
    let mut before = 0;
    for eight in eights {
        let marked = marks(u64::from_le_bytes(*eight)) & HIGHS;
        if marked != 0 {
            return before + (marked.trailing_zeros() / 8) as usize;
        }
        before += 8;
    }
    let word = rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    let marked = marks(word) & HIGHS;
    before + ((marked.trailing_zeros() / 8) as usize).min(rest.len())
}

/// Marks the bytes that are `byte`.
#[inline(always)]
pub const fn is(word: u64, byte: u8) -> u64 {
    let other = word ^ (ONES * byte as u64);
    other.wrapping_sub(ONES) & !other
}

/// Marks the bytes below a space.
#[inline(always)]
pub const fn is_control(word: u64) -> u64 {
    word.wrapping_sub(ONES * 0x20) & !word
}
