//! The corpus as the browser's test replays it: each case's payload, the recorded answers of the
//! host, what the library answers here, and the object with every certain remedy. One JSON list on
//! standard output.
#![expect(clippy::unwrap_used, reason = "a tool of the tests fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
};

use eks_aiml_networking::{
    Host,
    host::NoHost,
    review::{assess, review},
    rules::EditsFor,
    validate_settings,
};
use serde::Serialize;
use serde_json::{Value, json};

/// What the host said to one call: an answer, or why there is none.
#[derive(Clone, Serialize)]
#[serde(rename_all = "lowercase")]
enum Said {
    Payload(String),
    Message(String),
}

struct Recorded(Mutex<std::vec::IntoIter<Said>>);

impl Host for Recorded {
    fn call(&self, _: &str, _: &str, _: &[u8]) -> Result<Vec<u8>, String> {
        match self.0.lock().unwrap().next() {
            Some(Said::Payload(payload)) => Ok(payload.into_bytes()),
            Some(Said::Message(message)) => Err(message),
            None => Err("nothing is recorded".to_owned()),
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut entries: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

fn recorded(case: &Path) -> Option<Vec<Said>> {
    let text = fs::read_to_string(case.join("host.yml")).ok()?;
    let exchanges: Vec<Value> = yaml_serde::from_str(&text).unwrap();
    let said = exchanges.iter().map(|exchange| {
        let text = |at| exchange.pointer(at).and_then(Value::as_str).map(str::to_owned);
        let payload = text("/response/payload").map(Said::Payload);
        payload.unwrap_or_else(|| Said::Message(text("/response/message").unwrap_or_default()))
    });
    Some(said.collect())
}

/// The object as `Apply the fix` should leave it; nothing where that leaves it as it is.
fn repaired(request: &str, settings: &str) -> Option<Value> {
    let settings = insight::settings::fixing(&serde_json::from_str(settings).unwrap());
    let payload = format!("{{\"request\":{request},\"settings\":{settings}}}");
    let assessed = assess(payload.as_bytes(), &NoHost, EditsFor::Fixes).ok()?;
    assessed.repaired.map(|object| serde_json::from_str(&object).unwrap())
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let read = |path: PathBuf| fs::read_to_string(path).unwrap();
    let cases = entries(&root.join("e2e/cases"));
    let cases = cases.iter().flat_map(|rule| entries(rule)).map(|case| {
        let (request, settings) =
            (read(case.join("request.json")), read(case.join("settings.json")));
        let payload = format!("{{\"request\":{request},\"settings\":{settings}}}");
        let said = recorded(&case);
        let host = Recorded(Mutex::new(said.clone().unwrap_or_default().into_iter()));
        json!({
            "name": case.strip_prefix(root).unwrap(),
            "payload": payload,
            "settings": settings,
            "host": said,
            "response": review(payload.as_bytes(), &host).to_json(),
            "valid": validate_settings(settings.as_bytes()),
            "repaired": repaired(&request, &settings),
        })
    });
    println!("{}", Value::from_iter(cases));
}
