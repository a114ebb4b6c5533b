//! The settings files and manifests of `policy-settings/`, in the real engine.
#![cfg(feature = "module")]

use std::{fs, path::Path};

use admit::{engine::Source, input::settings};

#[test]
fn every_file_has_settings_that_the_policy_takes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let policy = Source::File(root.join("policy.wasm")).load().unwrap().instantiate().unwrap();
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(root.join("policy-settings")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        // These are for the cluster around the policy, and for editors.
        if ["cluster-context-rbac.yml", "policy-server.yml", "schema.json"].contains(&&*name) {
            continue;
        }
        for document in text.split("\n---\n") {
            let file = tempfile::NamedTempFile::new().unwrap();
            fs::write(file.path(), document).unwrap();
            let settings = settings::read(Some(file.path())).unwrap();
            assert!(settings.as_object().unwrap().len() > 1, "{name}");
            policy.check_settings(&settings).unwrap();
        }
        names.push(name);
    }
    names.sort();
    let expected = [
        "audit-policy.yml",
        "audit.yml",
        "mutating-policy.yml",
        "recommended.yml",
        "single-policy.yml",
        "strict.yml",
        "validate-only.yml",
        "validating-policy-ignore.yml",
        "validating-policy.yml",
    ];
    assert_eq!(names, expected);
}
