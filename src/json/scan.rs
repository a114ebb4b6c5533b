//! Where a value ends in the bytes of a JSON text.

use crate::text::word::{before, is, is_control};

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
    before(bytes, |word| is(word, b'"') | is(word, b'\\'))
}

/// How many bytes stand before the first one that a JSON string has to escape.
pub(super) fn unescaped(bytes: &[u8]) -> usize {
    before(bytes, |word| is(word, b'"') | is(word, b'\\') | is_control(word))
}

/// Behind the object or list that begins at `at`.
pub(super) fn end_of_nested(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_u32;
    loop {
        match *bytes.get(at)? {
            b'"' => {
                at = end_of_string(bytes, at + 1)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 1 => return Some(at + 1),
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
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
