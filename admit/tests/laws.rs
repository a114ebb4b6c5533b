//! Sends the requests of the laws through the module in the engine: it gives exactly the same answers as
//! the native library, and never traps.
#![cfg(feature = "module")]

use admit::engine::Source;
use eks_aiml_networking::{host::NoHost, review};
use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{Config, TestRunner},
};
use serde_json::Value;
use testkit::{
    files::root,
    generate::{object, payload, settings, text},
};

/// A finding that depends on something that neither the pod nor the settings show is a warning, never a
/// denial or a change: checked with the module's audit annotation, `rule=action?open+assumptions`.
#[test]
fn nothing_is_done_under_an_open_assumption() {
    let policy = Source::File(root().join("policy.wasm")).load().unwrap().instantiate().unwrap();
    let mut runner =
        TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
    runner
        .run(&(object(), settings()), |(object, settings)| {
            let payload = payload(&text(&object), None, &settings);
            let answer = policy.call("validate", payload.as_bytes()).unwrap();
            let answer: Value = serde_json::from_slice(&answer).unwrap();
            let told = answer["audit_annotations"]["findings"].as_str().unwrap_or_default();
            for (rule, done) in told.split(',').filter_map(|one| one.split_once('=')) {
                let asked = settings["rules"][rule] == "deny";
                prop_assert!(asked || done.starts_with("warn") || !done.contains('?'), "{}", told);
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn the_module_answers_as_the_library() {
    let policy = Source::File(root().join("policy.wasm")).load().unwrap().instantiate().unwrap();
    let answers_alike = |payload: &[u8]| {
        let answer = String::from_utf8(policy.call("validate", payload).unwrap()).unwrap();
        prop_assert_eq!(answer, review(payload, &NoHost).to_json());
        Ok(())
    };
    let request = (object(), settings(), any::<bool>(), object());
    let damage = (any::<Index>(), any::<u8>());
    let mut runner =
        TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
    runner
        .run(&(request, damage), |((object, settings, update, old), (at, byte))| {
            let (object, old) = (text(&object), text(&old));
            let old = update.then_some(&*old);
            let mut payload = payload(&object, old, &settings).into_bytes();
            answers_alike(&payload)?;
            let at = at.index(payload.len());
            payload[at] = byte;
            answers_alike(&payload)?;
            payload.truncate(at);
            answers_alike(&payload)
        })
        .unwrap();
}
