//! User text as messages show it.

use std::fmt::{self, Write as _};

use super::search::{find, is_plain};

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
                    // Names are ASCII: a letter of another alphabet poses as one of them.
                    c if misleads(c) || !c.is_ascii() => write!(f, "{}", c.escape_default())?,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_stays_on_its_line_and_in_its_quotes() {
        let quoted = |text| Quoted(text).to_string();
        assert_eq!(quoted("p5.48xlarge"), "`p5.48xlarge`");
        assert_eq!(quoted("a\n[efa-count] `b`\u{1b}"), r"`a\n[efa-count] 'b'\u{1b}`");
        assert_eq!(
            quoted("a\u{85}b\u{2028}c\u{202e}d\u{200b}ü"),
            r"`a\u{85}b\u{2028}c\u{202e}d\u{200b}\u{fc}`"
        );
        assert_eq!(quoted(&"ü".repeat(50)), format!("`{}…`", r"\u{fc}".repeat(40)));
    }
}
