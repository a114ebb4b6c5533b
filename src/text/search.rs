//! Searching the short texts of a pod.

use super::word::{ONES, before, is, is_control};

/// Whether all of a text is ASCII that can be seen: most are, and then nothing in it misleads.
pub fn is_plain(text: &str) -> bool {
    // One more than the greatest printable byte reaches the high bit.
    let other = |word: u64| is_control(word) | word.wrapping_add(ONES) | word;
    before(text.as_bytes(), other) == text.len()
}

/// Whether a text has only visible ASCII, and neither a space nor a backtick: nothing in it can pose
/// as a part of a message.
pub fn is_token(text: &str) -> bool {
    let other = |word: u64| {
        let not_plain = is_control(word) | word.wrapping_add(ONES) | word;
        not_plain | is(word, b' ') | is(word, b'`')
    };
    before(text.as_bytes(), other) == text.len()
}

/// Where `part`, which is not empty, first stands in `text`. For the short texts of a pod this
/// takes a fraction of what `str::find` needs to begin.
pub fn find(text: &str, part: &str) -> Option<usize> {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_texts_as_the_library_does(text in "[ab\u{80}]{0,40}", part in "[ab]{1,3}") {
            prop_assert_eq!(find(&text, &part), text.find(&part));
        }

        #[test]
        fn plain_is_what_can_be_printed(text in "[a\\x00\\x1f ~\\x7f\u{80}ü]{0,20}") {
            prop_assert_eq!(is_plain(&text), text.bytes().all(|byte| matches!(byte, b' '..=b'~')));
        }

        #[test]
        fn a_token_has_no_space_and_no_backtick(text in "[a\\x00 `~\\x7f\u{80}]{0,20}") {
            let token = |byte| matches!(byte, b'!'..=b'~') && byte != b'`';
            prop_assert_eq!(is_token(&text), text.bytes().all(token));
        }
    }
}
