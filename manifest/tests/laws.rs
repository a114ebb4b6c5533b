//! Laws that hold for every value, however it is written.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use manifest::{Document, documents::documents, edit};
use proptest::prelude::*;
use serde_json::{Map, Value};

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,6}",
        prop::sample::select(vec![
            "yes",
            "017",
            "1_000",
            "",
            "~",
            "null",
            "a: b",
            "a #b",
            "- a",
            "{",
            "ä",
            "2026-01-01",
            "a\nb",
            "\"",
            "'",
            "vpc.amazonaws.com/efa",
            "5Gi",
            "1:30",
            " a",
            "a ",
            "*a",
            "&a",
            "!a",
            "%a",
            "|",
            ">",
            "?",
            "@a",
            "`a`",
            "---",
        ])
        .prop_map(str::to_owned),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        word().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let object = prop::collection::vec((word(), inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            object.prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    prop::collection::vec((word(), value()), 1..5)
        .prop_map(|members| members.into_iter().collect::<Map<_, _>>().into())
}

/// Writes a value in one of the ways people do.
fn written(value: &Value, hand: u8) -> String {
    match hand {
        0 => edit::block(value),
        1 => serde_json::to_string_pretty(value).unwrap(),
        2 => value.to_string(),
        3 => yaml_serde::to_string(value).unwrap(),
        _ => format!("--- # a comment\n{}", edit::block(value)),
    }
}

fn read(document: &Document<'_>) -> Value {
    document.read().unwrap().map_or(Value::Null, |read| serde_json::from_str(read.json()).unwrap())
}

/// `true` if other readers, which read newer YAML, resolve all of its words in the same way.
fn is_read_alike(value: &Value) -> bool {
    match value {
        Value::String(text) => !matches!(
            &**text,
            "y" | "n" | "on" | "off" | "no" | "yes" | "017" | "1_000" | "2026-01-01" | "1:30"
        ),
        Value::Array(items) => items.iter().all(is_read_alike),
        Value::Object(members) => members
            .iter()
            .all(|(key, value)| is_read_alike(&key.as_str().into()) && is_read_alike(value)),
        _ => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(value in object(), hand in 0_u8..5) {
        let hand = if hand == 3 && !is_read_alike(&value) { 0 } else { hand };
        let text = written(&value, hand);
        let all = documents(&text, false);
        prop_assert_eq!(all.len(), 1, "{}", text);
        prop_assert_eq!(read(&all[0]), value, "{}", text);
    }

    /// Without anchors, every change can be made, and means what is wanted.
    #[test]
    fn every_change_can_be_made(before in object(), after in object(), hand in prop::sample::select(vec![0_u8, 1, 2, 4])) {
        let text = written(&before, hand);
        let document = documents(&text, false)[0];
        let operations = edit::between(&before, &after, "");
        // A document can't be empty.
        prop_assume!(operations.iter().all(|one| !one.path().is_root()));
        let edited = edit::edited(&document, &operations);
        let edited = edited.map_err(|why| TestCaseError::fail(format!("{why:?}\n{text}\n{operations:?}")))?;
        prop_assert_eq!(read(&documents(&edited, false)[0]), after, "{}\n{}", text, edited);
    }

    #[test]
    fn whatever_text_is_read_without_a_panic(text in "[a-c:{}\\[\\],&*#|>'\"\\-\n ?!%<~]{0,60}", named in any::<bool>()) {
        let all = documents(&text, named);
        let whole: String = all.iter().map(|one| one.text).collect();
        prop_assert_eq!(&whole, &text);
        for one in &all {
            if let Ok(Some(read)) = one.read() {
                let value: Value = serde_json::from_str(read.json()).unwrap();
                prop_assert!(read.find("/a/0/b").line >= 1 && !value.is_null());
            }
        }
    }
}
