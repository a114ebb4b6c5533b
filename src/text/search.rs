//! Searching the short texts of a pod.

use super::block::{Block, Marks, SIZE, WHOLE, before};

/// Whether all of a text is ASCII that can be seen: most are, and then nothing in it misleads.
pub fn is_plain(text: &str) -> bool {
    before(text.as_bytes(), is_unseen) == text.len()
}

/// Whether a text has only visible ASCII, and neither a space nor a backtick: nothing in it can pose
/// as a part of a message.
pub fn is_token(text: &str) -> bool {
    let other = |block: Block| is_unseen(block) | block.is_either(b' ', b'`');
    before(text.as_bytes(), other) == text.len()
}

fn is_unseen(block: Block) -> Marks {
    block.is_control() | block.is_above_ascii()
}

/// Whether a text has only bytes that are marked.
pub(crate) fn is_made_of(text: &str, marks: impl Fn(Block) -> Marks) -> bool {
    before(text.as_bytes(), |block| !marks(block) & WHOLE) == text.len()
}

/// What stands before and behind the first `byte`, which is ASCII.
pub fn split_once(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = before(text.as_bytes(), |block| block.is(byte));
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Where `part`, which is not empty, first stands in `text`.
pub fn find(text: &str, part: &str) -> Option<usize> {
    let (bytes, part) = (text.as_bytes(), part.as_bytes());
    let (first, last) = (*part.first()?, *part.last()?);
    // Most places are told apart by the first byte and the last.
    let found = |at: usize, begin: Block, end: Block| {
        let mut both = begin.is(first) & end.is(last);
        while both != 0 {
            let here = at + both.trailing_zeros() as usize;
            if bytes.get(here..)?.starts_with(part) {
                return Some(here);
            }
            both &= both - 1;
        }
        None
    };
    let mut at = 0;
    while let Some(window) = bytes.get(at..at + SIZE + part.len() - 1)
        && let (Some(begin), Some(end)) = (window.first_chunk(), window.last_chunk())
    {
        if let Some(here) = found(at, Block::of(begin), Block::of(end)) {
            return Some(here);
        }
        at += SIZE;
    }
    while let Some(begin) = Block::at(bytes, at) {
        let end = Block::at(bytes, at + part.len() - 1)?;
        if let Some(here) = found(at, begin, end) {
            return Some(here);
        }
        at += SIZE;
    }
    None
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
        fn splits_texts_as_the_library_does(text in "[a/\u{80}]{0,40}") {
            prop_assert_eq!(split_once(&text, b'/'), text.split_once('/'));
        }

        #[test]
        fn letters_and_digits(text in "[@-Z`-z/-:\\[{\u{c1}\u{80}]{0,3}", end in "[a-z]{0,20}") {
            let text = text + &end;
            let expected = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
            prop_assert_eq!(is_made_of(&text, Block::is_alphanumeric), expected);
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
