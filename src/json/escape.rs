//! The escapes of a JSON string, undone.

use super::scan;

/// What stands between the quotes of a string, with its escapes undone; nothing where one of them
/// is broken.
pub(super) fn unescape(quoted: &str) -> Option<String> {
    let mut out = String::with_capacity(quoted.len());
    let mut rest = quoted.strip_prefix('"')?.strip_suffix('"')?;
    loop {
        let (plain, escape) = rest.split_at_checked(scan::unescaped(rest.as_bytes()))?;
        out.push_str(plain);
        let (c, length) = match escape.as_bytes() {
            [] => return Some(out),
            [b'\\', b'u', ..] => unicode(escape)?,
            [b'\\', c, ..] => (short(*c)?, 2),
            _ => return None,
        };
        out.push(c);
        rest = escape.get(length..)?;
    }
}

fn short(letter: u8) -> Option<char> {
    Some(match letter {
        b'"' | b'\\' | b'/' => char::from(letter),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        _ => return None,
    })
}

/// The character of `\u` and four digits, or of two of them, and how long that is.
fn unicode(escape: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = escape.get(at..at + 6)?.strip_prefix("\\u")?;
        let hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| hexadecimal)
    };
    match unit(0)? {
        high @ 0xd800..0xdc00 => {
            let low = unit(6).filter(|low| (0xdc00..0xe000).contains(low))?;
            Some((char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))?, 12))
        }
        one => Some((char::from_u32(one)?, 6)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn as_serde_json_undoes_them(
            parts in prop::collection::vec(
                "\\\\[\"\\\\/bfnrtu x]|\\\\u[0-9a-fA-FgG+]{4}|\\\\ud[89a-f][0-9a-f]{2}|[a-zü\\x00-\\x1f]{0,9}",
                0..6,
            )
        ) {
            let quoted = format!("\"{}\"", parts.concat());
            // What ends early, or has no end, is not what the reader takes for a string.
            let expected: Option<String> = serde_json::from_str(&quoted).ok();
            prop_assert_eq!(unescape(&quoted), expected);
        }
    }
}
