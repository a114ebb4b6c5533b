//! The requests of the laws through the module in the engine: it answers as the library does
//! natively, to the byte, and traps on none of them.

use admit::engine::Source;
use eks_aiml_networking::{host::NoHost, review};
use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{Config, TestRunner},
};
use testkit::{
    files::root,
    generate::{object, payload, settings, text},
};

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
