//! The good manifests in `e2e/good`: what people run on EKS, of which nothing may be denied with
//! the default settings. A file holds one manifest, and says in its first line what it shows.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use eks_aiml_networking::{host::NoHost, response::Response, review, view::Kind};
use serde_json::{Value, json};

struct Manifest {
    path: PathBuf,
    text: String,
    object: Value,
}

impl Manifest {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap();
        let object = yaml_serde::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path, text, object }
    }

    fn field(&self, pointer: &str) -> &str {
        self.object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// Its API group, version and kind.
    fn gvk(&self) -> (&str, &str, &str) {
        let api_version = self.field("/apiVersion");
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        (group, version, self.field("/kind"))
    }

    fn is_judged(&self) -> bool {
        let (group, _, kind) = self.gvk();
        Kind::of(group, kind).is_some()
    }

    fn name(&self) -> &str {
        match self.field("/metadata/name") {
            "" => self.field("/metadata/generateName"),
            name => name,
        }
    }

    /// What the policy says where `object` is created, or takes the place of `old`: the request
    /// has the form in which `admit` makes it.
    fn review(&self, object: &Value, old: Option<&Value>) -> Response {
        let (group, version, kind) = self.gvk();
        let gvk = json!({ "group": group, "version": version, "kind": kind });
        let resource = format!("{}s", kind.to_lowercase());
        let resource = json!({ "group": group, "version": version, "resource": resource });
        let namespace = match self.field("/metadata/namespace") {
            "" => "default",
            namespace => namespace,
        };
        let request = json!({
            "uid": self.path,
            "kind": gvk,
            "resource": resource,
            "requestKind": gvk,
            "requestResource": resource,
            "name": self.name(),
            "namespace": namespace,
            "operation": if old.is_some() { "UPDATE" } else { "CREATE" },
            "userInfo": { "username": "admit" },
            "object": object,
            "oldObject": old,
            "dryRun": true,
        });
        let payload = json!({ "request": request, "settings": {} }).to_string();
        review(payload.as_bytes(), &NoHost)
    }

    fn accepted(&self, what: &str, response: &Response) {
        let path = self.path.display();
        let message = response.message.as_deref().unwrap_or_default();
        assert!(response.accepted, "{path}, {what}: {message}");
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            files(&entry, found);
        } else {
            found.push(entry);
        }
    }
}

fn manifests() -> Vec<Manifest> {
    let mut paths = Vec::new();
    files(Path::new("e2e/good"), &mut paths);
    paths.into_iter().map(Manifest::read).collect()
}

#[test]
fn every_good_manifest_is_accepted() {
    for manifest in manifests().iter().filter(|manifest| manifest.is_judged()) {
        let object = &manifest.object;
        let created = manifest.review(object, None);
        manifest.accepted("created", &created);
        manifest.accepted("updated to itself", &manifest.review(object, Some(object)));

        // What was repaired needs no further repair.
        if let Some(repaired) = created.mutated_object {
            let repaired: Value = serde_json::from_str(&repaired).unwrap();
            let again = manifest.review(&repaired, None);
            manifest.accepted("repaired", &again);
            assert_eq!(again.mutated_object, None, "{}", manifest.path.display());
            manifest.accepted("updated to repaired", &manifest.review(&repaired, Some(object)));
        }
    }
}

#[test]
fn every_file_holds_a_manifest_and_says_what_it_shows() {
    for manifest in manifests() {
        let path = manifest.path.display();
        assert!(manifest.path.extension().is_some_and(|ending| ending == "yaml"), "{path}");
        let mut lines = manifest.text.lines();
        let shows = lines.next().unwrap_or_default();
        assert!(shows.starts_with("# ") && shows.ends_with('.'), "{path}: {shows}");
        assert!(lines.all(|line| !line.starts_with('#')), "{path}: more than one comment");
        let (_, version, kind) = manifest.gvk();
        assert!(!version.is_empty() && !kind.is_empty(), "{path}: no `apiVersion` or `kind`");
        assert!(!manifest.name().is_empty(), "{path}: no name");
    }
}

#[test]
fn the_good_manifests_are_many() {
    let manifests = manifests();
    let judged = || manifests.iter().filter(|manifest| manifest.is_judged());
    let core = judged().filter(|manifest| ["Pod", "DaemonSet"].contains(&manifest.gvk().2));
    let (judged, core) = (judged().count(), core.count());
    assert!(manifests.len() >= 75, "only {} files", manifests.len());
    assert!(judged >= 60, "only {judged} of {} are judged", manifests.len());
    assert!(core >= 40, "only {core} pods and DaemonSets are judged");
}
