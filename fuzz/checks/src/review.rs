//! Checks that `review` answers every payload, the same way each time. For payloads that an engine can
//! send, which are JSON, the answer has the API server's format, and a repair is complete.

use eks_aiml_networking::{finding::RuleId, host::NoHost, text};
use serde_json::Value;

use crate::answers::Answers;

/// The maximum length of a warning that clients show.
const WARNING_BYTES: usize = 256;

/// Checks the answer to a payload.
pub fn review(payload: &[u8]) {
    let Ok(sent) = serde_json::from_slice::<Value>(payload) else {
        // No engine sends this; it only has to be answered.
        assert_eq!(
            eks_aiml_networking::review(payload, &NoHost).to_json(),
            eks_aiml_networking::review(payload, &NoHost).to_json()
        );
        return;
    };
    let host = Answers(sent.get("host"));
    let first = answer(payload, &host);
    assert_eq!(first, answer(payload, &host), "the answer differs from one time to the next");
    if first["code"] == 400 || first["code"] == 500 {
        return;
    }
    if let Some(repaired) = first.get("mutated_object") {
        check_repair(&sent, repaired, &host);
    }
    if sent.pointer("/request/operation").is_some_and(|operation| operation == "CREATE") {
        check_validation(&sent, &first, &host);
        check_ratchet(&sent, &host);
    }
}

/// Returns the answer after checking its format.
fn answer(payload: &[u8], host: &Answers<'_>) -> Value {
    let text = eks_aiml_networking::review(payload, host).to_json();
    let answer: Value = serde_json::from_str(&text).expect("the answer is no JSON");
    let accepted = answer["accepted"].as_bool().expect("neither accepted nor refused");
    let message = answer.get("message").map(|message| message.as_str().expect("no text"));
    match (accepted, message, answer.get("code").and_then(Value::as_u64)) {
        (true, None, None) => {}
        (false, Some(message), Some(403)) => {
            assert!(!message.is_empty(), "a denial without a word");
            message.lines().for_each(check_line);
        }
        (false, Some(message), Some(400 | 500)) => {
            assert!(!message.is_empty() && is_one_line(message), "{message:?}");
        }
        _ => panic!("accepted, message and code do not go together: {answer}"),
    }
    if !accepted {
        assert_eq!(answer.get("mutated_object"), None, "what is refused is repaired");
    }
    for warning in answer["warnings"].as_array().into_iter().flatten() {
        let warning = warning.as_str().expect("no text");
        assert!(warning.len() <= WARNING_BYTES, "{} bytes: {warning}", warning.len());
        check_line(warning);
    }
    for (name, value) in answer["audit_annotations"].as_object().into_iter().flatten() {
        let value = value.as_str().expect("no text");
        assert!(!value.is_empty() && is_one_line(value), "{name}: {value:?}");
    }
    answer
}

/// Checks the line of a finding: `[rule] place: what; remedy`, or the number of further ones.
fn check_line(line: &str) {
    assert!(is_one_line(line), "{line:?}");
    let rule = line.strip_prefix('[').and_then(|rest| rest.split_once("] "));
    let known = rule.is_some_and(|(rule, _)| RuleId::of(rule).is_some());
    let more = line.strip_prefix("and ").and_then(|rest| rest.strip_suffix(" more"));
    assert!(known || more.is_some_and(|count| count.parse::<u32>().is_ok()), "{line:?}");
}

fn is_one_line(text: &str) -> bool {
    !text.contains(text::misleads)
}

/// A repaired object is allowed, differs, and needs no further repair.
fn check_repair(sent: &Value, repaired: &Value, host: &Answers<'_>) {
    assert_ne!(sent.pointer("/settings/mutate"), Some(&Value::Bool(false)), "`mutate` is false");
    assert_ne!(sent.pointer("/request/object"), Some(repaired), "a repair that changes nothing");
    let kind = sent.pointer("/request/kind/kind").and_then(Value::as_str).unwrap_or_default();
    assert!(matches!(kind, "Pod" | "DaemonSet"), "a `{kind}` is never repaired");
    let update = sent.pointer("/request/operation").is_some_and(|operation| operation == "UPDATE");
    assert!(!(update && kind == "Pod"), "a pod can't be changed any more");

    let mut again = sent.clone();
    put(&mut again, "/request/object", repaired.clone());
    let second = answer(again.to_string().as_bytes(), host);
    assert_eq!(second.get("mutated_object"), None, "what was repaired is repaired again");
    assert_eq!(second["accepted"], true, "what was repaired is refused: {second}");
}

/// With `mutate: false` nothing is repaired, and nothing else is refused, because another policy repairs.
fn check_validation(sent: &Value, first: &Value, host: &Answers<'_>) {
    let mut validated = sent.clone();
    match validated.get_mut("settings") {
        Some(Value::Object(settings)) => {
            if settings.get("unrepaired").is_some_and(|choice| choice == "deny") {
                return;
            }
            settings.insert("mutate".to_owned(), false.into());
        }
        _ => return,
    }
    let second = answer(validated.to_string().as_bytes(), host);
    assert_eq!(second.get("mutated_object"), None, "`mutate` is false");
    assert_eq!(first["accepted"], second["accepted"], "`mutate` alone decides");
}

/// An update that changes nothing is never denied, and never repaired.
fn check_ratchet(sent: &Value, host: &Answers<'_>) {
    let mut update = sent.clone();
    let Some(object) = sent.pointer("/request/object").cloned() else { return };
    put(&mut update, "/request/operation", "UPDATE".into());
    if let Some(request) = update["request"].as_object_mut() {
        request.remove("old_object");
        request.insert("oldObject".to_owned(), object);
    }
    let second = answer(update.to_string().as_bytes(), host);
    assert_eq!(second["accepted"], true, "an update that changes nothing is refused: {second}");
    assert_eq!(second.get("mutated_object"), None, "an update that changes nothing is repaired");
}

fn put(value: &mut Value, place: &str, new: Value) {
    if let Some(old) = value.pointer_mut(place) {
        *old = new;
    }
}
