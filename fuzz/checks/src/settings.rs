//! Whatever the settings, the start of the policy and a request judge them alike: what the start
//! accepts no request refuses, and what the start refuses each request does, save the address plan,
//! which requests pass over.

use eks_aiml_networking::{
    host::NoHost,
    request::Json,
    review, rules,
    settings::{Settings, validate},
    validate_settings,
};
use serde_json::Value;

const REQUEST: &str = r#"{"kind":{"group":"","kind":"Pod"},"operation":"CREATE","namespace":"ml","object":{"metadata":{"name":"train"},"spec":{"nodeSelector":{"node.kubernetes.io/instance-type":"p5.48xlarge"},"containers":[{"name":"train","resources":{"limits":{"nvidia.com/gpu":"8"}}}]}}}"#;

/// Checks the judgement of settings.
pub fn settings(bytes: &[u8]) {
    let answer = validate_settings(bytes);
    assert_eq!(answer, validate_settings(bytes), "the answer differs from one time to the next");
    let answer: Value = serde_json::from_str(&answer).expect("the answer is no JSON");
    let valid = answer["valid"].as_bool().expect("neither valid nor not");
    let message = answer.get("message").map(|message| message.as_str().expect("no text"));
    assert_eq!(valid, message.is_none(), "{answer}");

    // As an engine sends them: no key comes twice.
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return };
    let text = value.to_string();
    let infos = rules::infos();
    let faults = validate(&text, &infos);
    for fault in &faults {
        assert!(!fault.what.is_empty(), "{fault:?}");
        let line = fault.to_string();
        assert!(!line.contains(char::is_control), "{line:?}");
    }
    let in_requests = faults.iter().any(|fault| !is_of_network(&fault.path));
    let read = Settings::read(Some(Json(&text)), &infos);
    assert_eq!(read.is_err(), in_requests, "{text}: {faults:?}, {:?}", read.err());

    let payload = format!(r#"{{"request":{REQUEST},"settings":{text}}}"#);
    let response = review(payload.as_bytes(), &NoHost);
    assert_eq!(response.code == Some(500), in_requests, "{text}: {:?}", response.message);
    assert_ne!(response.code, Some(400), "{text}: {:?}", response.message);
}

fn is_of_network(path: &str) -> bool {
    path.strip_prefix("network").is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
