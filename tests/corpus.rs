//! The corpus in `e2e/cases`, run natively: a folder a case, with the request, the settings and
//! the answer that the API server must get.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{collections::VecDeque, fs, path::Path, sync::Mutex};

use eks_aiml_networking::{
    Host, finding::Line, review, review::assess, rule, rules::EditsFor, validate_settings,
};
use serde_json::{Value, json};

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut entries: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

/// A host that gives the answers of the case's `host.yml`, one after the other. That the calls are
/// the recorded ones is what the runner's own test of the corpus checks, and kwctl.
struct Recorded(Mutex<VecDeque<yaml_serde::Value>>);

impl Recorded {
    fn of(case: &Path) -> Self {
        let text = fs::read_to_string(case.join("host.yml")).unwrap_or_else(|_| "[]".to_owned());
        Self(Mutex::new(yaml_serde::from_str(&text).unwrap()))
    }
}

impl Host for Recorded {
    fn call(&self, _: &str, _: &str, _: &[u8]) -> Result<Vec<u8>, String> {
        let exchange = self.0.lock().unwrap().pop_front().ok_or("nothing is recorded")?;
        let text = |name| exchange["response"][name].as_str().map(str::to_owned);
        text("payload").map(String::into_bytes).ok_or_else(|| text("message").unwrap_or_default())
    }
}

/// What the answer must be, with the patch applied: the form in which the policy gives it.
fn expected(case: &Path, request: &Value) -> Value {
    let response = json(&case.join("response.json"));
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
    let mut count = 0;
    for rule in entries(Path::new("e2e/cases")) {
        for case in entries(&rule) {
            let request = json(&case.join("request.json"));
            let settings = json(&case.join("settings.json"));
            let valid = validate_settings(settings.to_string().as_bytes());
            assert_eq!(valid, r#"{"valid":true}"#, "{}", case.display());

            let payload = json!({ "request": request, "settings": settings }).to_string();
            let answer = review(payload.as_bytes(), &Recorded::of(&case)).to_json();
            let answer: Value = serde_json::from_str(&answer).unwrap();
            assert_eq!(answer, expected(&case, &request), "{}", case.display());
            let assessed = assess(payload.as_bytes(), &Recorded::of(&case), EditsFor::None);
            for finding in &assessed.unwrap_or_default().findings {
                let line = finding.line();
                let parts = Line::parse(&line).unwrap();
                assert_eq!(parts.fact, finding.fact, "{}", case.display());
                assert_eq!(parts.remedies, finding.remedies, "{}", case.display());
            }
            for warning in answer["warnings"].as_array().into_iter().flatten() {
                assert!(warning.as_str().unwrap().len() <= 256, "{}", case.display());
            }

            // What was repaired needs no further repair.
            if let Some(object) = answer.get("mutated_object") {
                let mut request = request;
                request["object"] = object.clone();
                let payload = json!({ "request": request, "settings": settings }).to_string();
                let again = review(payload.as_bytes(), &Recorded::of(&case));
                assert_eq!(again.mutated_object, None, "{}", case.display());
                assert!(again.accepted, "{}", case.display());
            }
            count += 1;
        }
    }
    assert!(count > 60, "only {count} cases");
}

#[test]
fn every_rule_has_cases() {
    for info in rule::infos() {
        let cases = entries(&Path::new("e2e/cases").join(info.id));
        let silent = |case: &&std::path::PathBuf| {
            let answer = json(&case.join("response.json"));
            let findings = answer["auditAnnotations"]["findings"].as_str().unwrap_or("");
            !findings.split(',').any(|one| one.split('=').next() == Some(info.id))
        };
        let allowed = cases.iter().filter(silent).count();
        let found = cases.len() - allowed;
        assert!(allowed >= 2 && found >= 2, "{}: {allowed} allowed, {found} found", info.id);
    }
}
