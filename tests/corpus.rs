//! Runs the corpus in `e2e/cases` in native code: one folder per case, with the object, the settings and
//! the answer that the API server must get.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use eks_aiml_networking::{
    finding::{Line, Lines},
    review,
    review::assess,
    rule,
    rules::EditsFor,
    validate_settings,
};
use serde_json::{Value, json};
use testkit::corpus::{Case, cases, cases_of};

/// The expected answer with the patch applied, as the policy gives it.
fn expected(case: &Case, request: &Value) -> Value {
    let response = case.response();
    let mut answer = json!({ "accepted": response["allowed"] });
    for (name, value) in [
        ("message", &response["status"]["message"]),
        ("code", &response["status"]["code"]),
        ("warnings", &response["warnings"]),
        ("audit_annotations", &response["auditAnnotations"]),
    ] {
        if !value.is_null() {
            answer[name] = value.clone();
        }
    }
    if let Some(patch) = response.get("patch") {
        let mut object = request["object"].clone();
        let patch: json_patch::Patch = serde_json::from_value(patch.clone()).unwrap();
        json_patch::patch(&mut object, &patch).unwrap();
        answer["mutated_object"] = object;
    }
    answer
}

#[test]
fn every_case_is_answered_as_recorded() {
    let cases = cases();
    for case in &cases {
        let (name, request, settings) = (&case.name, case.request(), case.settings());
        let valid = validate_settings(case.settings.as_bytes());
        assert_eq!(valid, r#"{"valid":true}"#, "{name}");

        let answer = review(case.payload().as_bytes(), &case.replay()).to_json();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer, expected(case, &request), "{name}");
        let assessed = assess(case.payload().as_bytes(), &case.replay(), EditsFor::None);
        for finding in &assessed.unwrap_or_default().findings {
            let line = Lines::default().line(finding);
            let parts = Line::parse(&line).unwrap();
            assert_eq!(parts.fact, finding.fact, "{name}");
            assert_eq!(parts.remedies, finding.remedies, "{name}");
        }
        for warning in answer["warnings"].as_array().into_iter().flatten() {
            assert!(warning.as_str().unwrap().len() <= 256, "{name}");
        }

        // A repaired object needs no further repair.
        if let Some(object) = answer.get("mutated_object") {
            let mut request = request;
            request["object"] = object.clone();
            let payload = json!({ "request": request, "settings": settings }).to_string();
            let again = review(payload.as_bytes(), &case.replay());
            assert_eq!(again.mutated_object, None, "{name}");
            assert!(again.accepted, "{name}");
        }
    }
    assert!(cases.len() > 300, "only {} cases", cases.len());
}

#[test]
fn every_rule_has_cases() {
    for info in rule::infos() {
        let cases = cases_of(info.id);
        let found = cases.iter().filter(|case| case.finds(info.id)).count();
        let silent = cases.len() - found;
        assert!(silent >= 2 && found >= 2, "{}: {silent} silent, {found} found", info.id);
    }
}
