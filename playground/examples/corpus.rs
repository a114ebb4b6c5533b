//! The corpus as the browser's test replays it: each case's payload, the recorded answers of the
//! host, what the library answers here, and the object with every certain remedy. One JSON list on
//! standard output.
#![expect(clippy::unwrap_used, reason = "a tool of the tests fails by panicking")]

use eks_aiml_networking::{
    host::NoHost,
    review::{assess, review},
    rules::EditsFor,
    validate_settings,
};
use serde_json::{Value, json};
use testkit::corpus::{Case, Exchange, cases};

/// What the host said to one call: an answer, or why there is none.
fn said(exchange: &Exchange) -> Value {
    match &exchange.response {
        Ok(payload) => json!({ "payload": payload }),
        Err(message) => json!({ "message": message }),
    }
}

/// The object as `Apply the fix` should leave it; `None` if that changes nothing.
fn repaired(case: &Case) -> Option<Value> {
    let settings = insight::settings::fixing(&case.settings());
    let payload = format!("{{\"request\":{},\"settings\":{settings}}}", case.request);
    let assessed = assess(payload.as_bytes(), &NoHost, EditsFor::Fixes).ok()?;
    assessed.repaired.map(|object| serde_json::from_str(&object).unwrap())
}

fn main() {
    let cases = cases().into_iter().map(|case| {
        let payload = case.payload();
        let host: Option<Vec<Value>> =
            case.host.as_ref().map(|host| host.iter().map(said).collect());
        json!({
            "name": format!("e2e/cases/{}", case.name),
            "payload": payload,
            "settings": case.settings,
            "host": host,
            "response": review(payload.as_bytes(), &case.replay()).to_json(),
            "valid": validate_settings(case.settings.as_bytes()),
            "repaired": repaired(&case),
        })
    });
    println!("{}", Value::from_iter(cases));
}
