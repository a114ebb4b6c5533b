//! Decodes bytes: UTF-8, or as a byte order mark says.

use crate::position::{Fault, Position};

/// The encoding of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// UTF-8 after a byte order mark.
    MarkedUtf8,
    /// UTF-16.
    Utf16,
}

/// Returns the text of a file, without its byte order mark, and its encoding.
///
/// # Errors
/// If the bytes are not text; with the place of the first invalid one.
pub fn decode(bytes: Vec<u8>) -> Result<(String, Encoding), Fault> {
    Ok(match bytes.as_slice() {
        [0xEF, 0xBB, 0xBF, rest @ ..] => (utf8(rest.to_vec())?, Encoding::MarkedUtf8),
        [0xFF, 0xFE, rest @ ..] => (utf16(rest, u16::from_le_bytes)?, Encoding::Utf16),
        [0xFE, 0xFF, rest @ ..] => (utf16(rest, u16::from_be_bytes)?, Encoding::Utf16),
        _ => (utf8(bytes)?, Encoding::Utf8),
    })
}

fn utf8(bytes: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let byte = error.as_bytes().get(good).copied().unwrap_or_default();
        let text = error.as_bytes().get(..good).unwrap_or_default();
        let at = Position::START.after(&String::from_utf8_lossy(text), good);
        Fault::new(format!("the byte 0x{byte:02X} is not UTF-8"), at)
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Fault> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match decoded {
            Ok(c) => text.push(c),
            Err(_) => return Err(not_utf16(&text)),
        }
    }
    if rest.is_empty() { Ok(text) } else { Err(not_utf16(&text)) }
}

fn not_utf16(before: &str) -> Fault {
    let at = Position::START.after(before, before.len());
    Fault::new("the file begins like UTF-16, but is not valid UTF-16", at)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain(b"a: \xc3\xa9".to_vec())]
    #[case::marked(b"\xef\xbb\xbfa: \xc3\xa9".to_vec())]
    #[case::little_endian(b"\xff\xfea\0:\0 \0\xe9\0".to_vec())]
    #[case::big_endian(b"\xfe\xff\0a\0:\0 \0\xe9".to_vec())]
    fn is_the_same_text(#[case] bytes: Vec<u8>) {
        assert_eq!(decode(bytes).unwrap().0, "a: é");
    }

    #[rstest]
    #[case::latin_1(b"a: 1\n# \xe9t\xe9\n".to_vec(), "the byte 0xE9 is not UTF-8 at line 2 column 3")]
    #[case::half_a_pair(b"\xff\xfea\0:".to_vec(), "the file begins like UTF-16, but is not valid UTF-16 at line 1 column 2")]
    #[case::lone_surrogate(b"\xff\xfe\x00\xd8a\0".to_vec(), "the file begins like UTF-16, but is not valid UTF-16 at line 1 column 1")]
    fn is_no_text(#[case] bytes: Vec<u8>, #[case] expected: &str) {
        assert_eq!(decode(bytes).unwrap_err().to_string(), expected);
    }
}
