use rstest::rstest;

use super::*;

#[derive(Debug, Default, PartialEq)]
struct Thing<'a> {
    name: Option<Text<'a>>,
    is_one: Option<bool>,
    count: Option<u32>,
    deep: Text<'a>,
    parts: List<Thing<'a>>,
    labels: Map<'a, Text<'a>>,
}

crate::json::readable! {
    Thing<'a> {
        "name" => name,
        "isOne" => is_one,
        "count" => count,
        "within": { "it": { "deep" => deep }, "deep" => name },
        "parts" => parts,
        "labels" => labels,
    }
}

fn text(text: &str) -> Text<'_> {
    Text(text.into())
}

#[rstest]
#[case::nothing("{}", Thing::default())]
#[case::null("null", Thing::default())]
#[case::fields_that_are_null(
    r#"{"name": null, "isOne": null, "count": null, "within": null, "parts": null, "labels": null}"#,
    Thing::default()
)]
#[case::fields(
    r#"{"name": "a\"", "isOne": false, "count": 0}"#,
    Thing { name: Some(text("a\"")), is_one: Some(false), count: Some(0), ..Thing::default() }
)]
#[case::an_object_in_it(
    r#"{"within": {"deep": "a", "it": {"deep": "b", "name": "c"}}}"#,
    Thing { name: Some(text("a")), deep: text("b"), ..Thing::default() }
)]
#[case::items(
    r#"{"parts": [{"deep": "x"}, null, {"name": "a"}]}"#,
    Thing {
        parts: List(vec![
            Thing::default(),
            Thing::default(),
            Thing { name: Some(text("a")), ..Thing::default() },
        ]),
        ..Thing::default()
    }
)]
#[case::members(
    r#"{"labels": {"b": "1", "a": null, "b": "2"}}"#,
    Thing {
        labels: Map(vec![(text("a"), text("")), (text("b"), text("2"))]),
        ..Thing::default()
    }
)]
#[case::of_two_objects_all_keys(
    r#"{"within": {"deep": "a", "it": {"deep": "b"}}, "within": {"it": {"deep": "c"}}}"#,
    Thing { name: Some(text("a")), deep: text("c"), ..Thing::default() }
)]
#[case::the_last_counts(
    r#"{"name": "a", "parts": [{}], "name": "b", "parts": [], "count": 1, "other": {"name": "c"}}"#,
    Thing { name: Some(text("b")), count: Some(1), ..Thing::default() }
)]
fn reads(#[case] json: &str, #[case] expected: Thing<'_>) {
    assert_eq!(Reader::whole(json), Ok(expected));
}

#[test]
fn an_optional_value_that_is_null_is_none() {
    assert_eq!(Reader::whole::<Option<u32>>(" null"), Ok(None));
}

#[rstest]
#[case::a_string(r#"{"name": 1}"#, "must be a string, not 1")]
#[case::truth(r#"{"isOne": "true"}"#, r#"must be `true` or `false`, not "true""#)]
#[case::a_number(r#"{"count": -1}"#, "must be a whole number, not -1")]
#[case::an_object(r#"{"within": []}"#, "must be an object, not a list")]
#[case::a_list(r#"{"parts": {}}"#, "must be a list, not an object")]
#[case::nothing("", "must be an object, not the end of the text")]
fn says_what_must_stand_there(#[case] json: &str, #[case] what: &str) {
    assert_eq!(Reader::whole::<Thing<'_>>(json).unwrap_err().what, what);
}
