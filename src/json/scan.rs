//! Where a value ends in the bytes of a JSON text.

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

/// How many bytes stand before the first quote or backslash, eight looked at together: strings are
/// short, and for them this takes a third of what a general search does.
pub(super) fn special(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 0xff;
    const QUOTES: u64 = ONES * b'"' as u64;
    const BACKSLASHES: u64 = ONES * b'\\' as u64;
    let (eights, rest) = bytes.as_chunks::<8>();
    let mut before = 0;
    for eight in eights {
        let word = u64::from_le_bytes(*eight);
        let (quote, backslash) = (word ^ QUOTES, word ^ BACKSLASHES);
        // The lowest byte that is zero gets its high bit set; higher ones may be wrong.
        let zeros =
            (quote.wrapping_sub(ONES) & !quote) | (backslash.wrapping_sub(ONES) & !backslash);
        let zeros = zeros & (ONES << 7);
        if zeros != 0 {
            return before + (zeros.trailing_zeros() / 8) as usize;
        }
        before += 8;
    }
    let end = |byte: &u8| matches!(byte, b'"' | b'\\');
    before + rest.iter().position(end).unwrap_or(rest.len())
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
            let plain = bytes.iter().position(|byte| *byte == b'"' || *byte == b'\\');
            prop_assert_eq!(special(&bytes), plain.unwrap_or(bytes.len()));
        }
    }
}
