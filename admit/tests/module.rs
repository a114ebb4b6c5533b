//! `--policy`: a module checks, and reports the same as the library.
#![cfg(feature = "module")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{admit, run};
use serde_json::Value;
use testkit::files::write as file;

/// The records of a run, without the fields that a module does not report.
fn records(arguments: &[&str]) -> Vec<Value> {
    let ran = run(admit(arguments).args(["-o", "json", "examples"]));
    let record = |line: &str| {
        let mut record: Value = serde_json::from_str(line).unwrap();
        for finding in record["findings"].as_array_mut().unwrap() {
            for key in ["assumptions", "change", "fixable", "fact", "remedies"] {
                finding.as_object_mut().unwrap().remove(key);
            }
        }
        record
    };
    ran.stdout.lines().map(record).collect()
}

#[test]
fn a_module_says_what_the_library_says() {
    let natively = records(&[]);
    assert!(natively.len() > 5);
    assert_eq!(records(&["--policy", "policy.wasm"]), natively);
}

#[test]
fn what_is_no_module_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let wasm = file(folder.path(), "broken.wasm", "not wasm");
    for (policy, message) in [
        (&*wasm, "is not a policy module: it is not a WebAssembly module"),
        ("no-such.wasm", "can't read the policy no-such.wasm; build it with `make policy.wasm`"),
    ] {
        let ran = run(&mut admit(&["--policy", policy, "examples/aws-node.yaml"]));
        assert_eq!(ran.code, 2, "{}", ran.stdout);
        assert!(ran.stderr.contains(message), "{}", ran.stderr);
    }
}
