//! An object as YAML. Kubernetes reads much as YAML 1.1 does: to it `yes` is a flag and `1_000` a
//! number, so texts that look like these are quoted.
//!
//! Source: yaml/go-yaml v2 resolve.go, of which sigs.k8s.io/yaml has a copy.

use anyhow::Result;
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::Value;

/// A value as YAML.
///
/// # Errors
/// Where it can't be written.
pub fn text(value: &Value) -> Result<String> {
    Ok(quoted(&yaml_serde::to_string(value)?))
}

/// YAML whose plain words are texts to older readers too.
fn quoted(written: &str) -> String {
    let words = Parser::new_from_str(written).map_while(Result::ok).filter_map(|(event, span)| {
        let Event::Scalar(word, ScalarStyle::Plain, ..) = event else { return None };
        is_more(&word).then_some([span.start.index(), span.end.index()])
    });
    let quotes: Vec<usize> = words.flatten().collect();
    let mut quotes = quotes.into_iter().peekable();
    let mut out = String::with_capacity(written.len() + 2 * quotes.len());
    for (index, c) in written.chars().enumerate() {
        while quotes.next_if_eq(&index).is_some() {
            out.push('\'');
        }
        out.push(c);
    }
    out
}

/// Whether a text without quotes is a flag, a number or a day to YAML 1.1.
fn is_more(word: &str) -> bool {
    let flag =
        ["y", "yes", "n", "no", "on", "off"].iter().any(|flag| word.eq_ignore_ascii_case(flag));
    let number = word.replace('_', "");
    let number = number.trim_start_matches(['+', '-']);
    let in_base = |prefix: &str, base| {
        let digits = number.strip_prefix(prefix).unwrap_or_default();
        !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(base))
    };
    let starts = number.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let number = in_base("0x", 16)
        || in_base("0o", 8)
        || in_base("0b", 2)
        || (starts && number.parse::<f64>().is_ok());
    let day = word.get(4..5) == Some("-") && word.bytes().take(4).all(|byte| byte.is_ascii_digit());
    // What is a number to JSON too was written as one.
    flag || day || (number && serde_json::from_str::<serde_json::Number>(word).is_err())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_more_than_a_text_to_older_readers_is_quoted() {
        let value = json!({
            "flags": ["yes", "Off", "n", "true", true],
            "numbers": ["1_000", "0x1F", "017", "+1", "12", 12, 1.5, "1e3"],
            "days": ["2026-11-26"],
            "texts": ["yesterday", "5Gi", "10.0.0.0/16", "p5.48xlarge", "ö: 1_000", "-"],
        });
        assert_eq!(
            text(&value).unwrap(),
            "flags:\n- 'yes'\n- 'Off'\n- 'n'\n- 'true'\n- true\n\
             numbers:\n- '1_000'\n- '0x1F'\n- '017'\n- '+1'\n- '12'\n- 12\n- 1.5\n- '1e3'\n\
             days:\n- '2026-11-26'\n\
             texts:\n- yesterday\n- 5Gi\n- 10.0.0.0/16\n- p5.48xlarge\n- 'ö: 1_000'\n- '-'\n"
        );
    }
}
