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

const ONES: u64 = u64::MAX / 0xff;
const HIGHS: u64 = ONES << 7;

/// How many bytes stand before the first one that is looked for, eight looked at together: texts
/// are short, and for them this takes a third of what a general search does. `marks` sets the high
/// bit of the lowest byte of a word that is looked for; of what stands above it nothing is asked.
#[inline(always)]
fn before(bytes: &[u8], marks: impl Fn(u64) -> u64) -> usize {
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
const fn is(word: u64, byte: u8) -> u64 {
    let other = word ^ (ONES * byte as u64);
    other.wrapping_sub(ONES) & !other
}

/// Marks the bytes below a space.
#[inline(always)]
const fn is_control(word: u64) -> u64 {
    word.wrapping_sub(ONES * 0x20) & !word
}

/// How many bytes stand before the first quote or backslash.
pub(super) fn special(bytes: &[u8]) -> usize {
    before(bytes, |word| is(word, b'"') | is(word, b'\\'))
}

/// How many bytes stand before the first one that a JSON string has to escape.
pub(super) fn unescaped(bytes: &[u8]) -> usize {
    before(bytes, |word| is(word, b'"') | is(word, b'\\') | is_control(word))
}

/// Whether a text has only printable ASCII.
pub(super) fn is_plain(text: &str) -> bool {
    // One more than the greatest printable byte reaches the high bit.
    let other = |word: u64| is_control(word) | word.wrapping_add(ONES) | word;
    before(text.as_bytes(), other) == text.len()
}

/// Where `part` first stands in `text`.
pub(super) fn find(text: &str, part: &str) -> Option<usize> {
    let (bytes, part) = (text.as_bytes(), part.as_bytes());
    let first = *part.first()?;
    let mut at = 0;
    loop {
        at += before(bytes.get(at..)?, |word| is(word, first));
        let here = bytes.get(at..)?;
        // Most places are told apart by the last byte alone.
        if here.get(part.len() - 1)? == part.last()? && here.starts_with(part) {
            return Some(at);
        }
        at += 1;
    }
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

        #[test]
        fn finds_texts_as_the_library_does(text in "[ab\u{80}]{0,40}", part in "[ab]{1,3}") {
            prop_assert_eq!(find(&text, &part), text.find(&part));
        }

        #[test]
        fn plain_is_what_can_be_printed(text in "[a\\x00\\x1f ~\\x7f\u{80}ü]{0,20}") {
            prop_assert_eq!(is_plain(&text), text.bytes().all(|byte| matches!(byte, b' '..=b'~')));
        }
    }
}
