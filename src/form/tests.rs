use rstest::rstest;

use super::*;
use crate::json::{List, Map, Text};

#[derive(Debug, Default, PartialEq)]
struct Whole<'a> {
    count: Option<u16>,
    is_on: bool,
    names: List<Text<'a>>,
    inner: Inner<'a>,
    parts: List<Inner<'a>>,
}

#[derive(Debug, Default, PartialEq)]
struct Inner<'a> {
    name: Text<'a>,
    words: Map<'a, Text<'a>>,
    mode: Mode,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Mode {
    #[default]
    Off,
    On,
}

form! {
    Whole<'a> {
        "count" => count in 1..=9,
        "inner" => inner,
        "names" => names,
        "parts" => parts,
        "section": { "isOn" => is_on },
    }
    Inner<'a> { "mode" => mode, required "name" => name, "words" => words } where Inner::check
}

words! { Mode { "off" => Off, "on" => On } }

impl Inner<'_> {
    fn check(&mut self, faults: &mut Faults<'_>) {
        if self.mode == Mode::On && &*self.name == "x" {
            faults.note_at("mode", "must be `off` for `x`".to_owned());
        }
    }
}

fn faults(text: &str) -> Vec<String> {
    let mut faults = Faults::default();
    let _: Whole<'_> = read(text, &mut faults);
    faults.sorted().iter().map(ToString::to_string).collect()
}

#[test]
fn fields_are_filled_and_null_leaves_the_default() {
    let mut faults = Faults::default();
    let text = r#"{"section": {"isOn": true}, "count": 9, "names": null,
        "inner": {"name": "a", "words": {"b": null, "a": "1"}, "mode": false}, "parts": []}"#;
    let whole: Whole<'_> = read(text, &mut faults);
    assert!(faults.is_empty(), "{faults:?}");
    assert_eq!((whole.count, whole.is_on, whole.inner.mode), (Some(9), true, Mode::Off));
    let words: Vec<_> = whole.inner.words.0.iter().map(|(key, word)| (&**key, &**word)).collect();
    assert_eq!(words, [("a", "1"), ("b", "")]);
    assert_eq!(read::<Whole<'_>>("null", &mut faults), Whole::default());
}

#[rstest]
#[case::a_number(r#"{"count": 10}"#, "count: must be a whole number from 1 to 9, not 10")]
#[case::no_number(r#"{"count": "1"}"#, "count: must be a whole number from 1 to 9, not \"1\"")]
#[case::a_key(r#"{"section": {"isOf": null}}"#, "section.isOf: unknown key; did you mean `isOn`?")]
#[case::null_in_a_list(r#"{"names": ["a", null]}"#, "names[1]: must be a string, not null")]
#[case::no_list(r#"{"names": {}}"#, "names: must be a list of strings, not an object")]
#[case::no_object(r#"{"parts": [[]]}"#, "parts[0]: must be an object, not a list")]
#[case::a_word(
    r#"{"inner": {"name": "a", "mode": "onn"}}"#,
    "inner.mode: `onn` is not one of `off`, `on`; did you mean `on`?"
)]
#[case::no_word(
    r#"{"inner": {"name": "a", "mode": true}}"#,
    "inner.mode: must be one of `off`, `on`, not true"
)]
#[case::missing(r#"{"parts": [{"name": ""}]}"#, "parts[0].name: is missing")]
#[case::between_fields(
    r#"{"inner": {"mode": "on", "name": "x"}}"#,
    "inner.mode: must be `off` for `x`"
)]
#[case::a_word_of_no_json(
    r#"{"section": {"isOn": yes}}"#,
    "section.isOn: must be `true` or `false`, not invalid JSON"
)]
#[case::no_end(r#"{"inner": {"#, "inner: must be a string, not the end of the text")]
#[case::more("{} {}", "not JSON: something follows the value (at byte 3)")]
fn names(#[case] text: &str, #[case] fault: &str) {
    assert_eq!(faults(text), [fault]);
}

#[test]
fn faults_are_in_the_order_of_their_paths() {
    let names = "1, ".repeat(10) + "2";
    let text = format!(r#"{{"section": {{"b": 1, "a": 2}}, "names": [{names}], "count": true}}"#);
    let all = faults(&text);
    let paths: Vec<&str> = all.iter().filter_map(|fault| fault.split(": ").next()).collect();
    assert_eq!(paths[..4], ["count", "names[0]", "names[1]", "names[2]"]);
    assert_eq!(paths[10..], ["names[9]", "names[10]", "section.a", "section.b"]);
}

#[test]
fn the_data_is_of_the_same_declaration() {
    let form = format!("{:?}", Whole::FORM);
    let inner = r#"Object([Key { name: "mode", required: false, form: OneOf(["off", "on"]) }, Key { name: "name", required: true, form: String }, Key { name: "words", required: false, form: Map(String) }])"#;
    assert_eq!(
        form,
        format!(
            r#"Object([Key {{ name: "count", required: false, form: Number(1..=9) }}, Key {{ name: "inner", required: false, form: {inner} }}, Key {{ name: "names", required: false, form: List(String) }}, Key {{ name: "parts", required: false, form: List({inner}) }}, Key {{ name: "section", required: false, form: Object([Key {{ name: "isOn", required: false, form: Flag }}]) }}])"#
        )
    );
}
