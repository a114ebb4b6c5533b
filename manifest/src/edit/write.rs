//! Writes values: on one line, or as a block.

use serde_json::Value;

use crate::scalar::Word;

/// The language to write a value in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Yaml,
    Json,
}

/// A value on one line.
pub(super) fn line(value: &Value, language: Language) -> String {
    match (value, language) {
        (Value::String(text), Language::Yaml) => word(text),
        (Value::Array(items), _) => {
            let items: Vec<String> = items.iter().map(|item| line(item, language)).collect();
            format!("[{}]", items.join(", "))
        }
        (Value::Object(members), _) => {
            let members = members.iter().map(|(key, value)| member(key, value, language));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        (value, _) => value.to_string(),
    }
}

/// A member on one line.
pub(super) fn member(key: &str, value: &Value, language: Language) -> String {
    let key = match language {
        Language::Yaml => word(key),
        Language::Json => Value::from(key).to_string(),
    };
    format!("{key}: {}", line(value, language))
}

/// A value as lines of a block.
pub(super) fn block(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) if !members.is_empty() => {
            members.iter().flat_map(|(key, value)| block_member(key, value)).collect()
        }
        Value::Array(items) if !items.is_empty() => items.iter().flat_map(block_item).collect(),
        value => vec![line(value, Language::Yaml)],
    }
}

/// A member as lines of a block.
pub(super) fn block_member(key: &str, value: &Value) -> Vec<String> {
    let key = word(key);
    match value {
        Value::Object(members) if !members.is_empty() => {
            let inner = block(value).into_iter().map(|line| format!("  {line}"));
            std::iter::once(format!("{key}:")).chain(inner).collect()
        }
        Value::Array(items) if !items.is_empty() => {
            std::iter::once(format!("{key}:")).chain(block(value)).collect()
        }
        value => vec![format!("{key}: {}", line(value, Language::Yaml))],
    }
}

/// An item as lines of a block.
pub(super) fn block_item(value: &Value) -> Vec<String> {
    let lead = |(index, line)| format!("{}{line}", if index == 0 { "- " } else { "  " });
    block(value).into_iter().enumerate().map(lead).collect()
}

/// A string as YAML that every reader of YAML reads as this string: in quotes if it must be.
pub(super) fn word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte);
    let begins =
        text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'/');
    // A colon before a blank or at the end would end a key, and some readers read `1:30` as a number.
    let colons = text.contains(':')
        && (text.ends_with(':')
            || text.contains(": ")
            || text.starts_with(|c: char| c.is_ascii_digit()));
    let is_date =
        text.get(4..5) == Some("-") && text.bytes().take(4).all(|byte| byte.is_ascii_digit());
    let is_word = begins
        && text.bytes().all(|byte| plain(byte) || byte == b':')
        && !colons
        && !is_date
        && Word::of(text) == Word::Text;
    if is_word { text.to_owned() } else { Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_are_quoted_where_they_must_be() {
        for text in ["p5.48xlarge", "vpc.amazonaws.com/efa", "5Gi", "a:b", "/dev/shm", "NCCL_DEBUG"]
        {
            assert_eq!(word(text), text);
        }
        for text in [
            "",
            "yes",
            "017",
            "1_000",
            "2026-11-26",
            "a: b",
            "a:",
            "1:30",
            "- a",
            "#",
            "*a",
            "8",
            "a b",
            "ü",
        ] {
            assert_eq!(word(text), format!("{text:?}"));
        }
    }

    #[test]
    fn blocks_are_as_kubectl_prints_them() {
        let value =
            json!({"a": {"b": "x", "c": []}, "d": [{"e": 1, "f": {"g": "8"}}, "h", [1, 2]]});
        let expected = "a:\n  b: x\n  c: []\nd:\n- e: 1\n  f:\n    g: \"8\"\n- h\n- - 1\n  - 2";
        assert_eq!(block(&value).join("\n"), expected);
        assert_eq!(
            line(&value, Language::Yaml),
            r#"{a: {b: x, c: []}, d: [{e: 1, f: {g: "8"}}, h, [1, 2]]}"#
        );
        assert_eq!(line(&json!({"a": ["x"]}), Language::Json), r#"{"a": ["x"]}"#);
    }
}
