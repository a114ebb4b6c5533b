//! Edits texts as people write them: only the lines change that must.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use json_patch::PatchOperation;
use manifest::{documents::documents, edit};
use rstest::rstest;
use serde_json::{Value, json};

fn edited(text: &str, operations: &Value) -> Result<String, String> {
    let operations: Vec<PatchOperation> = serde_json::from_value(operations.clone()).unwrap();
    let document = documents(text, false)[0];
    edit::edited(&document, &operations)
        .map_err(|error| format!("{} {}", error.pointer, error.why.words()))
}

fn add(path: &str, value: Value) -> Value {
    json!([{"op": "add", "path": path, "value": value}])
}

fn replace(path: &str, value: Value) -> Value {
    json!([{"op": "replace", "path": path, "value": value}])
}

fn remove(path: &str) -> Value {
    json!([{"op": "remove", "path": path}])
}

const POD: &str = "\
# The team's pod.
spec:
    nodeSelector: {a: b} # only here
    containers:
      - name: train   # the one
        env:
        - {name: A, value: '1'}
        - name: \"B\"
          value: |
            several
            lines

        resources:
          limits:
            gpu: 8
            # all of them
            efa: '4' # quoted
      # the other
      - name: side
        resources:
    tolerations: []
";

#[rstest]
#[case::a_scalar_in_its_quotes(replace("/spec/containers/0/resources/limits/efa", json!("32")), "efa: '4'", "efa: '32'")]
#[case::a_number(replace("/spec/containers/0/resources/limits/gpu", json!(4)), "gpu: 8", "gpu: 4")]
#[case::a_member_at_the_end(add("/spec/containers/0/resources/limits/more", json!("8")), "efa: '4' # quoted\n", "efa: '4' # quoted\n            more: \"8\"\n")]
#[case::a_member_in_brackets(add("/spec/nodeSelector/c", json!("yes")), "{a: b}", "{a: b, c: \"yes\"}")]
#[case::a_value_of_several_levels(
    add("/spec/containers/0/resources/requests", json!({"efa": "4"})),
    "efa: '4' # quoted\n", "efa: '4' # quoted\n          requests:\n            efa: \"4\"\n"
)]
#[case::an_item_at_the_end(
    add("/spec/containers/0/env/-", json!({"name": "C", "value": "x"})),
    "            lines\n", "            lines\n        - name: C\n          value: x\n"
)]
#[case::an_item_before_another(
    add("/spec/containers/0/env/1", json!({"name": "C"})),
    "        - name: \"B\"\n", "        - name: C\n        - name: \"B\"\n"
)]
#[case::what_was_empty(
    replace("/spec/containers/1/resources", json!({"limits": {"efa": 1}})),
    "        resources:\n    tol", "        resources:\n          limits:\n            efa: 1\n    tol"
)]
#[case::what_was_an_empty_list(add("/spec/tolerations/-", json!({"key": "k"})), "tolerations: []", "tolerations: [{key: k}]")]
#[case::a_block_scalar(replace("/spec/containers/0/env/1/value", json!("one")), "value: |\n            several\n            lines\n", "value: one\n")]
#[case::a_whole_block(
    replace("/spec/containers/0/resources/limits", json!({"efa": 4})),
    "            gpu: 8\n            # all of them\n            efa: '4' # quoted\n", "            efa: 4\n"
)]
#[case::a_member_away(
    remove("/spec/containers/0/resources/limits/gpu"),
    "            gpu: 8\n",
    ""
)]
#[case::the_only_member_of_a_block_away(
    json!([{"op": "remove", "path": "/spec/containers/0/resources/limits/gpu"}, {"op": "remove", "path": "/spec/containers/0/resources/limits/efa"}]),
    "          limits:\n            gpu: 8\n            # all of them\n            efa: '4' # quoted\n", "          limits: {}\n            # all of them\n"
)]
#[case::the_only_member_away(remove("/spec/nodeSelector/a"), "{a: b}", "{}")]
#[case::the_first_of_an_item_away(
    remove("/spec/containers/0/name"),
    "- name: train   # the one\n        env:",
    "- env:"
)]
#[case::an_item_away(remove("/spec/containers/0/env/0"), "        - {name: A, value: '1'}\n", "")]
fn only_what_has_to_changes(#[case] operations: Value, #[case] from: &str, #[case] to: &str) {
    assert_eq!(POD.matches(from).count(), 1, "{from}");
    assert_eq!(edited(POD, &operations).unwrap(), POD.replace(from, to));
    // The same with Windows line ends, and without a newline at the end.
    let (text, from, to) =
        (POD.replace('\n', "\r\n"), from.replace('\n', "\r\n"), to.replace('\n', "\r\n"));
    assert_eq!(edited(&text, &operations).unwrap(), text.replace(&from, &to));
}

#[rstest]
#[case::compact(r#"{"a":{"b":[1,2]}}"#, add("/a/b/-", json!(3)), r#"{"a":{"b":[1,2, 3]}}"#)]
#[case::on_lines("{\n\t\"a\": {\n\t\t\"b\": 1\n\t}\n}\n", add("/a/c", json!({"d": "e"})), "{\n\t\"a\": {\n\t\t\"b\": 1,\n\t\t\"c\": {\"d\": \"e\"}\n\t}\n}\n")]
#[case::empty("{\"a\": {}}", add("/a/b", json!(1)), "{\"a\": {\"b\": 1}}")]
#[case::away("{\n  \"a\": 1,\n  \"b\": 2\n}\n", remove("/b"), "{\n  \"a\": 1\n}\n")]
fn json_stays_json(#[case] text: &str, #[case] operations: Value, #[case] expected: &str) {
    assert_eq!(edited(text, &operations).unwrap(), expected);
}

#[rstest]
#[case::behind_an_alias("base: &b {x: 1}\na: *b\n", replace("/a/x", json!(2)), "/a/x comes from an anchor that other places use too")]
#[case::behind_a_merge("base: &b {c: {x: 1}}\na: {<<: *b}\n", replace("/a/c/x", json!(2)), "/a/c/x comes from an anchor that other places use too")]
#[case::taken_from_a_merge("base: &b {x: 1, y: 2}\na:\n  <<: *b\n", json!([{"op": "remove", "path": "/a/x"}]), "/a/x is written in a way that can't be edited")]
#[case::of_an_anchor("base: &b {x: 1}\na: *b\n", replace("/base/x", json!(2)), "/base/x is written in a way that can't be edited")]
#[case::not_there("a: 1\n", replace("/b", json!(2)), "/b is written in a way that can't be edited")]
fn what_is_shared_is_left_alone(
    #[case] text: &str,
    #[case] operations: Value,
    #[case] expected: &str,
) {
    assert_eq!(edited(text, &operations).unwrap_err(), expected);
}

#[rstest]
#[case::at_an_anchor_and_its_alias(
    "limits: &all {gpu: 8} # shared\nrequests: *all\n",
    json!([{"op": "add", "path": "/requests/efa", "value": "32"}, {"op": "add", "path": "/limits/efa", "value": "32"}]),
    "limits: &all {gpu: 8, efa: \"32\"} # shared\nrequests: *all\n"
)]
#[case::over_what_is_merged("b: &b { image: x }\nc:\n  <<: *b # as above\n", replace("/c/image", json!("z")), "b: &b { image: x }\nc:\n  <<: *b # as above\n  image: z\n")]
#[case::roomy_brackets(
    "a: [ { m: [ { v: [ x ] } ] }, { m: [ ] } ]\n",
    json!([{"op": "add", "path": "/a/0/m/1", "value": {"v": ["9"]}}, {"op": "add", "path": "/a/1/m/0", "value": 1}]),
    "a: [ { m: [ { v: [ x ] }, {v: [\"9\"]} ] }, { m: [1] } ]\n"
)]
#[case::json_within_yaml("--- {\"a\": {\"b\": \"c\"}}\n", add("/a/d", json!("e")), "--- {\"a\": {\"b\": \"c\", \"d\": \"e\"}}\n")]
#[case::brackets_over_several_lines(
    "env: [\n  {name: a}, # first\n  {name: b}, # second\n]\n",
    json!([{"op": "add", "path": "/env/2", "value": {"name": "c"}}, {"op": "remove", "path": "/env/0"}]),
    "env: [\n  {name: b}, # second\n  {name: c},\n]\n"
)]
#[case::without_a_last_newline("a:\n  b: 1", add("/a/c", json!(2)), "a:\n  b: 1\n  c: 2\n")]
#[case::a_dash_on_its_own("a:\n  -\n    b: 1\n", add("/a/-", json!({"b": 2})), "a:\n  -\n    b: 1\n  - b: 2\n")]
#[case::beside_the_key("a:\n- b: 1\n", add("/a/-", json!("x")), "a:\n- b: 1\n- x\n")]
#[case::own_keys_beside_merged_ones("b: &b {x: 1}\na:\n  <<: *b\n  y: 1\n", add("/a/z", json!(2)), "b: &b {x: 1}\na:\n  <<: *b\n  y: 1\n  z: 2\n")]
#[case::behind_an_anchor_and_a_tag("a: &n !!str 5 # note\n", replace("/a", json!("6")), "a: &n !!str \"6\" # note\n")]
#[case::beyond_ascii("ä: ü # é\nb: 1\n", replace("/b", json!(2)), "ä: ü # é\nb: 2\n")]
fn other_forms(#[case] text: &str, #[case] operations: Value, #[case] expected: &str) {
    assert_eq!(edited(text, &operations).as_deref(), Ok(expected));
}
