//! Texts as JSON spells them.

use std::fmt::Write as _;

use super::scan;

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
