//! Texts as messages show them, and as JSON spells them.

use std::fmt::{self, Write as _};

use super::{find, is_plain, scan};

/// User text in a message: in backticks, on one line, and of bounded length.
pub struct Quoted<'t>(pub &'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 80;
        let text = self.0.get(..self.0.floor_char_boundary(LONGEST)).unwrap_or_default();
        f.write_char('`')?;
        if is_plain(text) && find(text, "`").is_none() {
            f.write_str(text)?;
        } else {
            for c in text.chars() {
                match c {
                    '`' => f.write_char('\'')?,
                    c if misleads(c) => write!(f, "{}", c.escape_default())?,
                    c => f.write_char(c)?,
                }
            }
        }
        f.write_str(if text.len() < self.0.len() { "…`" } else { "`" })
    }
}

/// Whether a character ends a line, or makes text look like another: what is invisible, or turns
/// the direction of what follows.
pub fn misleads(c: char) -> bool {
    let invisible = matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{feff}');
    let turning = matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}');
    c.is_control() || invisible || turning
}

/// A text as a JSON string.
pub fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    write_string(&mut out, text);
    out
}

/// Writes a text as a JSON string, as serde_json does.
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    loop {
        let (plain, escaped) =
            rest.split_at_checked(scan::unescaped(rest.as_bytes())).unwrap_or((rest, ""));
        out.push_str(plain);
        let Some(c) = escaped.chars().next() else { break };
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // A string takes all that it has memory for.
            c => drop(write!(out, "\\u{:04x}", u32::from(c))),
        }
        rest = escaped.get(1..).unwrap_or_default();
    }
    out.push('"');
}

/// Writes texts one after the other: for messages, where `write!` takes longer to read its form
/// than to write.
///
/// # Errors
/// Where the formatter has no room.
pub fn write_all(f: &mut fmt::Formatter<'_>, texts: &[&str]) -> fmt::Result {
    texts.iter().try_for_each(|text| f.write_str(text))
}

/// Text made in a string that has room for it: growing costs more than writing.
pub fn written(capacity: usize, text: fmt::Arguments<'_>) -> String {
    let mut out = String::with_capacity(capacity);
    // A string takes all that it has memory for.
    let _ = out.write_fmt(text);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quoted_text_stays_on_its_line_and_in_its_quotes() {
        let quoted = |text| Quoted(text).to_string();
        assert_eq!(quoted("p5.48xlarge"), "`p5.48xlarge`");
        assert_eq!(quoted("a\n[efa-count] `b`\u{1b}"), r"`a\n[efa-count] 'b'\u{1b}`");
        assert_eq!(
            quoted("a\u{85}b\u{2028}c\u{202e}d\u{200b}ü"),
            r"`a\u{85}b\u{2028}c\u{202e}d\u{200b}ü`"
        );
        assert_eq!(quoted(&"ü".repeat(50)), format!("`{}…`", "ü".repeat(40)));
    }

    proptest! {
        #[test]
        fn strings_are_written_as_serde_json_writes_them(text in any::<String>(), more in "[\\x00-\\x7f]{0,20}") {
            for text in [text, more] {
                let mut out = String::new();
                write_string(&mut out, &text);
                prop_assert_eq!(out, serde_json::to_string(&text).unwrap());
            }
        }
    }
}
