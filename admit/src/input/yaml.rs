//! YAML as kubectl reads it, which is much as YAML 1.1 has it: `yes` is a flag, `0777` an octal
//! number and `1_000` a number, as values and as keys. The parser here reads these as texts.
//!
//! Source: kubernetes-sigs/yaml goyaml.v2/resolve.go; kubectl 1.32 prints the same.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde::Deserialize;
use serde_json::Value;
use yaml_serde::{Deserializer, Error};

/// A document as JSON, as Kubernetes reads it: merge keys merged, keys made strings.
///
/// # Errors
/// Where it is no YAML.
pub fn read(text: &str) -> Result<Value, Error> {
    let value = |text: &str| {
        let plain = Value::deserialize(Deserializer::from_str(text));
        if plain.is_ok() && !text.contains("<<") {
            return plain;
        }
        // What is slower, and stricter about equal keys.
        let merged = || {
            let mut value = yaml_serde::Value::deserialize(Deserializer::from_str(text))?;
            value.apply_merge()?;
            serde_json::to_value(value).map_err(<Error as serde::de::Error>::custom)
        };
        merged().or(plain)
    };
    match newer(text) {
        // Places in an error are those of the text as it stands.
        Cow::Owned(text_of_newer) => value(&text_of_newer).or_else(|_| value(text)),
        Cow::Borrowed(text) => value(text),
    }
}

/// The documents of a stream.
///
/// # Errors
/// Where one is no YAML.
pub fn stream(text: &str) -> Result<Vec<Value>, Error> {
    let values = |text: &str| -> Result<Vec<Value>, Error> {
        Deserializer::from_str(text).map(Value::deserialize).collect()
    };
    match newer(text) {
        Cow::Owned(text_of_newer) => values(&text_of_newer).or_else(|_| values(text)),
        Cow::Borrowed(text) => values(text),
    }
}

/// The text as newer readers understand it: each plain word that is more than a text to kubectl
/// stands there as what it is.
fn newer(text: &str) -> Cow<'_, str> {
    // Few documents have such a word; the others are parsed once.
    let ends = |c: char| c.is_whitespace() || ",:[]{}\"'".contains(c);
    if !text.split(ends).any(|word| meant(word).is_some()) {
        return Cow::Borrowed(text);
    }
    replaced(text, meant).into()
}

/// The text with its plain words replaced, where `replace` gives something for them.
pub fn replaced(text: &str, replace: impl Fn(&str) -> Option<Cow<'static, str>>) -> String {
    let words = Parser::new_from_str(text).map_while(Result::ok).filter_map(|(event, span)| {
        // One with a tag says itself what it is.
        let Event::Scalar(word, ScalarStyle::Plain, _, None) = event else { return None };
        Some((span.start.index(), span.end.index(), replace(&word)?))
    });
    // The parser counts characters.
    let mut rest = text.chars();
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for (start, end, word) in words.collect::<Vec<_>>() {
        out.extend(rest.by_ref().take(start.saturating_sub(at)));
        out.push_str(&word);
        rest.by_ref().take(end.saturating_sub(start)).for_each(drop);
        at = end;
    }
    out.extend(rest);
    out
}

/// What a plain word is to kubectl that is a text to the parser here: a flag, or a number with
/// underscores or zeros before it.
pub fn meant(word: &str) -> Option<Cow<'static, str>> {
    match word {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Some("true".into()),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Some("false".into()),
        _ => {}
    }
    let (sign, digits) = match word.as_bytes() {
        [b'0'..=b'9', ..] => ("", word),
        [b'-', b'0'..=b'9', ..] => ("-", word.get(1..)?),
        [b'+', b'0'..=b'9', ..] => ("", word.get(1..)?),
        _ => return None,
    };
    let plain = digits.replace('_', "");
    let is_based = |prefix: &str, base| {
        let digits = plain.strip_prefix(prefix);
        digits.is_some_and(|digits| i64::from_str_radix(digits, base).is_ok())
    };
    let in_base = is_based("0x", 16) || is_based("0o", 8) || is_based("0b", 2);
    let has_zeros = matches!(plain.as_bytes(), [b'0', b'0'..=b'9', ..]);
    if !(has_zeros || plain != digits) || !(in_base || plain.parse::<f64>().is_ok()) {
        return None;
    }
    let number = match i64::from_str_radix(&plain, 8) {
        Ok(octal) if has_zeros => octal.to_string(),
        _ if has_zeros => match plain.trim_start_matches('0') {
            number if number.starts_with(|c: char| c.is_ascii_digit()) => number.to_owned(),
            number => format!("0{number}"),
        },
        _ => plain,
    };
    Some(format!("{sign}{number}").into())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::merge_keys("a: &a {x: 1, z: 1}\nb: {<<: *a, z: 2}", json!({"a": {"x": 1, "z": 1}, "b": {"z": 2, "x": 1}}))]
    #[case::keys_that_are_no_strings("{1: a, true: b}", json!({"1": "a", "true": "b"}))]
    #[case::tags("a: !Ref b", json!({"a": {"!Ref": "b"}}))]
    #[case::the_last_of_two_equal_keys("{a: 1, a: '<<'}", json!({"a": "<<"}))]
    fn becomes_json(#[case] text: &str, #[case] expected: Value) {
        assert_eq!(read(text).unwrap(), expected);
    }

    /// What `kubectl annotate --local -o json` prints of these.
    #[test]
    fn words_are_what_kubectl_takes_them_for() {
        let text = "{a: [y, Y, yes, On, ON], b: [n, No, NO, off, OFF], ö: [yEs, nO, \"yes\", 'off', yes-no],\n\
                    c: [0777, -0777, 089, 1_000, +5, 0o17, 0x1F, -0b11, 1_0.5, 00], e: [0777a, 1_0_a, _1, 2026-01-01],\n\
                    f: !!str yes, on: 1, n: 2}";
        let expected = json!({
            "a": [true, true, true, true, true],
            "b": [false, false, false, false, false],
            "ö": ["yEs", "nO", "yes", "off", "yes-no"],
            "c": [511, -511, 89, 1000, 5, 15, 31, -3, 10.5, 0],
            "e": ["0777a", "1_0_a", "_1", "2026-01-01"],
            "f": "yes", "true": 1, "false": 2,
        });
        assert_eq!(read(text).unwrap(), expected);
        assert_eq!(stream(&format!("{text}\n---\nno\n")).unwrap(), [expected, json!(false)]);
    }

    #[test]
    fn an_error_tells_the_place_in_the_text_as_it_stands() {
        let error = read("a: 1\nb: yes: no").unwrap_err();
        assert_eq!(error.location().map(|at| (at.line(), at.column())), Some((2, 7)));
    }
}
