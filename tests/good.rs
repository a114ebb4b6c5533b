//! The good manifests in `e2e/good`, as people run them on EKS: none may be denied with the default
//! settings, nor with those in `policy-settings/`. A file holds one manifest, and its first line says what
//! it shows.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use eks_aiml_networking::{host::NoHost, response::Response, review, view::Kind};
use serde_json::Value;
use testkit::{
    corpus::{Manifest, good, request},
    files::yaml,
};

fn is_judged(manifest: &&Manifest) -> bool {
    let (group, _, kind) = manifest.group_version_kind();
    Kind::of(group, kind).is_some()
}

/// Returns the answer when an object is created, or replaces an old one; it must accept.
fn accepted(manifest: &Manifest, what: &str, object: &Value, old: Option<&Value>) -> Response {
    accepted_under("{}", manifest, what, object, old)
}

fn accepted_under(
    settings: &str,
    manifest: &Manifest,
    what: &str,
    object: &Value,
    old: Option<&Value>,
) -> Response {
    let request = request(&object.to_string(), old.map(Value::to_string).as_deref()).unwrap();
    let payload = format!("{{\"request\":{request},\"settings\":{settings}}}");
    let response = review(payload.as_bytes(), &NoHost);
    let message = response.message.as_deref().unwrap_or_default();
    assert!(response.accepted, "{}, {what}: {message}", manifest.path.display());
    response
}

#[test]
fn every_good_manifest_is_accepted() {
    for manifest in good().iter().filter(is_judged) {
        let object = &manifest.object;
        let created = accepted(manifest, "created", object, None);
        accepted(manifest, "updated to itself", object, Some(object));

        // A repaired object needs no further repair.
        if let Some(repaired) = created.mutated_object {
            let repaired: Value = serde_json::from_str(&repaired).unwrap();
            let again = accepted(manifest, "repaired", &repaired, None);
            assert_eq!(again.mutated_object, None, "{}", manifest.path.display());
            accepted(manifest, "updated to repaired", &repaired, Some(object));
        }
    }
}

#[test]
fn the_settings_that_are_ready_refuse_no_good_manifest() {
    for file in ["audit.yml", "recommended.yml", "strict.yml", "validate-only.yml"] {
        let settings = yaml(format!("policy-settings/{file}")).to_string();
        for manifest in good().iter().filter(is_judged) {
            accepted_under(&settings, manifest, file, &manifest.object, None);
        }
    }
}

#[test]
fn every_file_holds_a_manifest_and_says_what_it_shows() {
    for manifest in good() {
        let path = manifest.path.display();
        assert!(manifest.path.extension().is_some_and(|ending| ending == "yaml"), "{path}");
        let mut lines = manifest.text.lines();
        let shows = lines.next().unwrap_or_default();
        assert!(shows.starts_with("# ") && shows.ends_with('.'), "{path}: {shows}");
        assert!(lines.all(|line| !line.starts_with('#')), "{path}: more than one comment");
        let (_, version, kind) = manifest.group_version_kind();
        assert!(!version.is_empty() && !kind.is_empty(), "{path}: no `apiVersion` or `kind`");
        let names = ["/metadata/name", "/metadata/generateName"].map(|name| manifest.field(name));
        assert!(names.iter().any(|name| !name.is_empty()), "{path}: no name");
    }
}

#[test]
fn the_good_manifests_are_many() {
    let manifests = good();
    let judged = || manifests.iter().filter(is_judged);
    let is_core =
        |manifest: &&Manifest| ["Pod", "DaemonSet"].contains(&manifest.group_version_kind().2);
    let (core, judged) = (judged().filter(is_core).count(), judged().count());
    assert!(manifests.len() >= 75, "only {} files", manifests.len());
    assert!(judged >= 60, "only {judged} of {} are judged", manifests.len());
    assert!(core >= 40, "only {core} pods and DaemonSets are judged");
}
