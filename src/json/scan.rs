//! Where a value ends in the bytes of a JSON text.

use crate::text::block::{Block, Marks, SIZE, before};

/// Behind the string whose content begins at `at`.
#[inline(always)]
pub(super) fn end_of_string(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += special(bytes.get(at..)?);
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            // What follows a backslash belongs to the content.
            _ => at += 2,
        }
    }
}

/// How many bytes stand before the first quote or backslash.
#[inline(always)]
pub(super) fn special(bytes: &[u8]) -> usize {
    before(bytes, |block| block.is_either(b'"', b'\\'))
}

/// How many bytes stand before the first one that a JSON string has to escape.
pub(super) fn unescaped(bytes: &[u8]) -> usize {
    before(bytes, |block| block.is_either(b'"', b'\\') | block.is_control())
}

/// Behind the object or list that begins at `at`: brackets outside of strings are counted, those of two
/// blocks together.
pub(super) fn end_of_nested(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    let mut depth = 1_u32;
    let mut in_string = false;
    while at < bytes.len() {
        let two = Two::at(bytes, at);
        if two.marks(|block| block.is(b'\\')) != 0 {
            at = match past_escape(bytes, at, in_string, depth)? {
                Past::End(end) => return Some(end),
                Past::Inside { at, in_string: inside, depth: deep } => {
                    (in_string, depth) = (inside, deep);
                    at
                }
            };
            continue;
        }
        let inside = within_strings(two.marks(|block| block.is(b'"')), in_string);
        let begins = two.marks(|block| block.is_in_any_case(b'{')) & !inside;
        let ends = two.marks(|block| block.is_in_any_case(b'}')) & !inside;
        if ends.count_ones() < depth {
            depth = depth + begins.count_ones() - ends.count_ones();
        } else {
            // It may end here: at the first end behind as many beginnings as ends.
            let mut left = ends;
            let mut ended = 0;
            while left != 0 {
                let last = left & left.wrapping_neg();
                ended += 1;
                if depth + (begins & (last - 1)).count_ones() == ended {
                    return Some(at + last.trailing_zeros() as usize + 1);
                }
                left ^= last;
            }
            depth = depth + begins.count_ones() - ended;
        }
        in_string = inside >> 31 == 1;
        at += 2 * SIZE;
    }
    None
}

/// Two blocks in a row.
struct Two(Block, Block);

impl Two {
    #[inline(always)]
    fn at(bytes: &[u8], at: usize) -> Self {
        let block = |at| Block::at(bytes, at).unwrap_or_default();
        Self(block(at), block(at + SIZE))
    }

    #[inline(always)]
    fn marks(&self, marks: impl Fn(Block) -> Marks) -> Marks {
        marks(self.0) | marks(self.1) << SIZE
    }
}

/// Where two blocks looked at byte by byte lead.
enum Past {
    End(usize),
    Inside { at: usize, in_string: bool, depth: u32 },
}

/// Two blocks, byte by byte: what follows a backslash belongs to the content.
#[cold]
fn past_escape(bytes: &[u8], mut at: usize, mut in_string: bool, mut depth: u32) -> Option<Past> {
    for _ in 0..2 * SIZE {
        match *bytes.get(at)? {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 1 => return Some(Past::End(at + 1)),
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    Some(Past::Inside { at, in_string, depth })
}

/// Which bytes stand in strings, by the quotes: behind an odd number of them.
#[inline(always)]
fn within_strings(quotes: Marks, in_string: bool) -> Marks {
    let mut odd = quotes;
    for shift in [1, 2, 4, 8, 16] {
        odd ^= odd << shift;
    }
    if in_string { !odd } else { odd }
}

/// Behind the number or word that begins at `at`.
pub(super) fn end_of_word(bytes: &[u8], at: usize) -> usize {
    let end = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\t' | b'\r');
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(end).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_a_plain_search_finds(bytes in prop::collection::vec(
            prop_oneof![Just(b'"'), Just(b'\\'), any::<u8>(), any::<u8>()], 0..40)) {
            let position = |sought: fn(u8) -> bool| {
                bytes.iter().position(|byte| sought(*byte)).unwrap_or(bytes.len())
            };
            prop_assert_eq!(special(&bytes), position(|byte| matches!(byte, b'"' | b'\\')));
            let escaped = position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
            prop_assert_eq!(unescaped(&bytes), escaped);
        }

    }
}
