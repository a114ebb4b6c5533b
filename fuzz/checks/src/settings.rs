//! Checks that settings which the policy accepts at startup never make a request fail. Startup checks more
//! than requests do: likely typos, and the address plan.

use eks_aiml_networking::{
    host::NoHost,
    json::RawJson,
    review,
    settings::{Settings, validate},
    text, validate_settings,
};
use serde_json::Value;

const REQUEST: &str = r#"{"kind":{"group":"","kind":"Pod"},"operation":"CREATE","namespace":"ml","object":{"metadata":{"name":"train"},"spec":{"nodeSelector":{"node.kubernetes.io/instance-type":"p5.48xlarge"},"containers":[{"name":"train","resources":{"limits":{"nvidia.com/gpu":"8"}}}]}}}"#;

/// Checks the validation of settings.
pub fn settings(bytes: &[u8]) {
    let answer = validate_settings(bytes);
    assert_eq!(answer, validate_settings(bytes), "the answer differs from one time to the next");
    let answer: Value = serde_json::from_str(&answer).expect("the answer is no JSON");
    let valid = answer["valid"].as_bool().expect("neither valid nor not");
    let message = answer.get("message").map(|message| message.as_str().expect("no text"));
    assert_eq!(valid, message.is_none(), "{answer}");

    // Engines never send duplicate keys.
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return };
    let text = value.to_string();
    let faults = validate(&text);
    for fault in &faults {
        assert!(!fault.what.is_empty(), "{fault:?}");
        let line = fault.to_string();
        assert!(!line.contains(text::misleads), "{line:?}");
    }
    if !faults.is_empty() {
        return;
    }
    let read = Settings::read(Some(RawJson(&text)));
    assert!(read.is_ok(), "{text}: {:?}", read.err());
    let payload = format!(r#"{{"request":{REQUEST},"settings":{text}}}"#);
    let response = review(payload.as_bytes(), &NoHost);
    assert!(!matches!(response.code, Some(400 | 500)), "{text}: {:?}", response.message);
}
