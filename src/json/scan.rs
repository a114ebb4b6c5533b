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
pub(super) fn special(bytes: &[u8]) -> usize {
    before(bytes, |block| block.is_either(b'"', b'\\'))
}

/// How many bytes stand before the first one that a JSON string has to escape.
pub(super) fn unescaped(bytes: &[u8]) -> usize {
    before(bytes, |block| block.is_either(b'"', b'\\') | block.is_control())
}

/// Behind the object or list that begins at `at`: brackets outside of strings are counted.
pub(super) fn end_of_nested(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    let mut depth = 1_u32;
    let mut in_string = false;
    loop {
        let block = Block::at(bytes, at)?;
        if block.is(b'\\') != 0 {
            at = match past_escape(bytes, at, in_string, depth)? {
                Past::End(end) => return Some(end),
                Past::Inside { at, in_string: inside, depth: deep } => {
                    (in_string, depth) = (inside, deep);
                    at
                }
            };
            continue;
        }
        let inside = within_strings(block.is(b'"'), in_string);
        let begins = block.is_in_any_case(b'{') & !inside;
        let ends = block.is_in_any_case(b'}') & !inside;
        if ends.count_ones() < depth {
            depth = depth + begins.count_ones() - ends.count_ones();
        } else {
            // It may end here: bracket by bracket.
            let mut brackets = begins | ends;
            while brackets != 0 {
                let first = brackets.trailing_zeros();
                let is_end = ends >> first & 1 == 1;
                depth = if is_end { depth - 1 } else { depth + 1 };
                if depth == 0 {
                    return Some(at + first as usize + 1);
                }
                brackets &= brackets - 1;
            }
        }
        in_string = inside >> (SIZE - 1) & 1 == 1;
        at += SIZE;
    }
}

/// Where sixteen bytes looked at one by one lead.
enum Past {
    End(usize),
    Inside { at: usize, in_string: bool, depth: u32 },
}

/// Sixteen bytes, one by one: what follows a backslash belongs to the content.
#[cold]
fn past_escape(bytes: &[u8], mut at: usize, mut in_string: bool, mut depth: u32) -> Option<Past> {
    for _ in 0..SIZE {
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

/// Which bytes of a block stand in strings, by its quotes: behind an odd number of them.
#[inline(always)]
fn within_strings(quotes: Marks, in_string: bool) -> Marks {
    let mut odd = quotes;
    for shift in [1, 2, 4, 8] {
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
