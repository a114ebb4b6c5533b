//! Runs the corpus in `e2e/cases` through the module in the engine that Kubewarden uses. If `BLESS` is set
//! in the environment, the answers are recorded instead of compared; read them before you commit.
#![cfg(feature = "module")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{cell::RefCell, fs, path::Path};

use admit::{
    engine::{
        Engine, Library, Policy, Recording, Source,
        admission_response::{self, ModuleResponse},
    },
    input::snapshot,
};
use eks_aiml_networking::{Host, review, rules::EditsFor};
use insight::snapshot::Snapshot;
use serde_json::Value;
use testkit::{
    corpus::{Case, cases},
    files::root,
};

/// The answer as the corpus records it: without what every answer repeats, and with a readable patch.
fn recorded(request: &Value, answer: ModuleResponse) -> Value {
    let object = request.get("object").cloned().unwrap_or_default();
    let (response, patch) = admission_response::of("", &object, answer).unwrap();
    let mut response = serde_json::to_value(response).unwrap();
    let members = response.as_object_mut().unwrap();
    members.shift_remove("uid");
    members.shift_remove("patchType");
    members.retain(|_, value| !value.is_null());
    if members.contains_key("patch") {
        members.insert("patch".to_owned(), serde_json::to_value(patch).unwrap());
    }
    response
}

/// The exact answer of an instance to a case.
fn answer(policy: &Policy, case: &Case) -> String {
    String::from_utf8(policy.call("validate", case.payload().as_bytes()).unwrap()).unwrap()
}

/// The answer of `admit` without a module.
fn on_the_command_line(case: &Case) -> ModuleResponse {
    let library = Library { host: recording(case) };
    library.judge(&case.payload(), EditsFor::All, &|_| false).unwrap().into_response()
}

/// The answer of the library in native code.
fn natively(case: &Case) -> String {
    review(case.payload().as_bytes(), &recording(case)).to_json()
}

/// The case's host, which also compares the calls.
fn recording(case: &Case) -> Recording {
    match case.host {
        Some(_) => Recording::read(&case.folder.join("host.yml")).unwrap(),
        None => Recording::default(),
    }
}

/// A snapshot that records the calls and its answers as kwctl does.
struct Recorder(Snapshot, RefCell<String>);

impl Host for Recorder {
    fn call(&self, namespace: &str, operation: &str, payload: &[u8]) -> Result<Vec<u8>, String> {
        let answer = self.0.call(namespace, operation, payload);
        let name = match operation {
            "get_resource" => "KubernetesGetResource",
            _ => "KubernetesListResourceAll",
        };
        let asked: Value = serde_json::from_slice(payload).unwrap();
        let asked = yaml_serde::to_string(&asked).unwrap();
        let response = match &answer {
            Ok(payload) => {
                let payload = std::str::from_utf8(payload).unwrap();
                serde_json::json!({"type": "Success", "payload": payload})
            }
            Err(message) => serde_json::json!({"type": "Error", "message": message}),
        };
        let exchange = serde_json::json!([{
            "type": "Exchange", "request": format!("!{name}\n{asked}"), "response": response,
        }]);
        self.1.borrow_mut().push_str(&yaml_serde::to_string(&exchange).unwrap());
        answer
    }
}

/// The recording for a case whose cluster is a snapshot.
fn recording_of(case: &Case, cluster: &Path) -> String {
    let recorder = Recorder(snapshot::read(&[cluster.to_owned()]).unwrap(), RefCell::default());
    let _ = review(case.payload().as_bytes(), &recorder);
    recorder.1.into_inner()
}

/// The recordings for kwctl match the snapshots.
fn every_snapshot_gives_the_recorded_answers() {
    let mut count = 0;
    for case in cases() {
        let shown = ["cluster.yml", "cluster"].map(|name| case.folder.join(name));
        let Some(cluster) = shown.into_iter().find(|path| path.exists()) else { continue };
        let (recorded, file) = (recording_of(&case, &cluster), case.folder.join("host.yml"));
        if std::env::var_os("BLESS").is_some() && !recorded.is_empty() {
            fs::write(&file, &recorded).unwrap();
        }
        // Without calls there is no file.
        assert_eq!(fs::read_to_string(&file).unwrap_or_default(), recorded, "{}", case.name);
        count += 1;
    }
    assert!(count > 10, "only {count}");
}

#[test]
fn every_case_is_answered_as_recorded_on_one_instance_and_on_fresh_ones() {
    every_snapshot_gives_the_recorded_answers();
    let module = Source::File(root().join("policy.wasm")).load().unwrap();
    let reused = module.instantiate().unwrap();
    for case in cases() {
        let (name, request) = (&case.name, case.request());
        reused.check_settings(&case.settings()).unwrap();
        let fresh = module.instantiate_with(recording(&case)).unwrap();
        let bytes = answer(&fresh, &case);
        assert_eq!(bytes, natively(&case), "{name}");
        if case.host.is_none() {
            assert_eq!(bytes, answer(&reused, &case), "{name}");
        }
        let answer: ModuleResponse = serde_json::from_str(&bytes).unwrap();
        assert_eq!(answer, on_the_command_line(&case), "{name}");

        let answer = recorded(&request, answer);
        if std::env::var_os("BLESS").is_some() {
            let text = serde_json::to_string_pretty(&answer).unwrap() + "\n";
            fs::write(case.response_file(), text).unwrap();
        }
        assert_eq!(answer, case.response(), "{name}");
    }
}

#[test]
fn what_is_no_request_is_refused_without_a_trap() {
    let module = Source::File(root().join("policy.wasm")).load().unwrap();
    let policy = module.instantiate().unwrap();
    for (payload, message) in [
        (&b"not JSON"[..], "the request can't be read: must be an object, not invalid JSON"),
        (b"", "the request can't be read: must be an object, not the end of the text"),
        (b"{}", "the request can't be read: /request: is missing"),
        (
            b"{\"request\": {\"operation\": 7}}",
            "the request can't be read: /request/operation: must be a string, not 7",
        ),
        (b"\xff\xfe", "the request can't be read: not UTF-8 from byte 0 on"),
        (
            b"{\"request\": {\"kind\": {\"kind\": \"Pod\"",
            "the request can't be read: not JSON: no `,` between members (at byte 35)",
        ),
    ] {
        let answer = policy.call("validate", payload).unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(
            answer,
            serde_json::json!({ "accepted": false, "message": message, "code": 400 })
        );
    }
}
