//! The corpus: the cases in `e2e/cases`, and the good manifests in `e2e/good`.
//!
//! A case is a folder `<rule>/<case>` of these files:
//! - `object.json`: the object that is created, and `old.json`: the one that it replaces. [`request`]
//!   adds the rest of the request;
//! - `request.json`, instead of both: the whole request, if more than the object matters;
//! - `settings.json`: the settings; without the file, the defaults apply;
//! - `host.yml`: the calls of the host and their answers, as kwctl records them;
//! - `cluster.yml`, or `cluster`, a folder: the snapshot of the cluster that gives these answers, if there
//!   is one;
//! - `response.json`: the expected response.

mod good;
mod host;
mod request;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::files::{self, entries, root};

pub use good::{Manifest, good};
pub use host::{Exchange, Replay};
pub use request::request;

/// A case of the corpus.
#[derive(Clone, Debug)]
pub struct Case {
    /// `<rule>/<case>`
    pub name: String,
    /// The folder of its files.
    pub folder: PathBuf,
    /// The admission request, as JSON.
    pub request: String,
    /// The settings, as JSON.
    pub settings: String,
    /// The recorded calls of the host; `None` if it is not called.
    pub host: Option<Vec<Exchange>>,
}

/// All cases, sorted by name.
///
/// # Panics
/// If one can't be read.
pub fn cases() -> Vec<Case> {
    entries(root().join("e2e/cases")).iter().flat_map(|rule| of_folder(rule)).collect()
}

/// The cases of a rule.
///
/// # Panics
/// If one can't be read.
pub fn cases_of(rule: &str) -> Vec<Case> {
    of_folder(&root().join("e2e/cases").join(rule))
}

/// Returns the case of this name, `<rule>/<case>`.
///
/// # Panics
/// If it can't be read.
pub fn case(name: &str) -> Case {
    Case::read(root(), name).unwrap_or_else(|error| panic!("{error:#}"))
}

fn of_folder(rule: &Path) -> Vec<Case> {
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let cases = entries(rule).into_iter();
    cases.map(|folder| case(&format!("{}/{}", name(rule), name(&folder)))).collect()
}

impl Case {
    /// Reads the case of this name from the corpus of the project in `root`.
    ///
    /// # Errors
    /// If there is no such case, or a file of it can't be read.
    pub fn read(root: &Path, name: &str) -> Result<Self> {
        let folder = root.join("e2e/cases").join(name);
        ensure!(folder.is_dir(), "there is no case `{name}` in e2e/cases");
        let file = |file: &str| -> Result<Option<String>> {
            let path = folder.join(file);
            let text = path.exists().then(|| fs::read_to_string(&path)).transpose();
            text.with_context(|| path.display().to_string())
        };
        let request = match (file("request.json")?, file("object.json")?) {
            (Some(request), None) => request,
            (None, Some(object)) => request(&object, file("old.json")?.as_deref())
                .with_context(|| format!("{name}/object.json"))?,
            _ => anyhow::bail!("{name}: either `object.json` or `request.json` is needed"),
        };
        let host = file("host.yml")?.map(|text| host::exchanges(&text)).transpose();
        Ok(Self {
            name: name.to_owned(),
            request,
            settings: file("settings.json")?.unwrap_or_else(|| "{}\n".to_owned()),
            host: host.with_context(|| format!("{name}/host.yml"))?,
            folder,
        })
    }

    /// The payload with which Kubewarden calls the policy.
    pub fn payload(&self) -> String {
        format!("{{\"request\":{},\"settings\":{}}}", self.request, self.settings)
    }

    /// The request as a value.
    ///
    /// # Panics
    /// If it is not JSON.
    pub fn request(&self) -> Value {
        serde_json::from_str(&self.request).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// The settings as a value.
    ///
    /// # Panics
    /// If they are not JSON.
    pub fn settings(&self) -> Value {
        serde_json::from_str(&self.settings)
            .unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// Returns a host that gives the recorded answers.
    pub fn replay(&self) -> Replay {
        Replay::of(self.host.clone().unwrap_or_default())
    }

    /// The file of the expected response.
    pub fn response_file(&self) -> PathBuf {
        self.folder.join("response.json")
    }

    /// The expected response.
    ///
    /// # Panics
    /// If the file can't be read.
    pub fn response(&self) -> Value {
        files::yaml(self.response_file())
    }

    /// `true` if the expected response has a finding of the rule.
    ///
    /// # Panics
    /// If the response can't be read.
    pub fn finds(&self, rule: &str) -> bool {
        let response = self.response();
        let findings = response.pointer("/auditAnnotations/findings").and_then(Value::as_str);
        let mut found = findings.unwrap_or_default().split(',');
        found.any(|one| one.split('=').next() == Some(rule))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("e2e/cases/a/b");
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
        root
    }

    fn read(files: &[(&str, &str)]) -> Result<Case, String> {
        Case::read(project(files).path(), "a/b").map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn a_whole_request_stays_as_it_is() {
        let case = read(&[("request.json", "{\"uid\": 1e1}")]).unwrap();
        assert_eq!(case.request, "{\"uid\": 1e1}");
        assert_eq!(case.settings().to_string(), "{}");
        assert!(case.host.is_none());
    }

    #[test]
    fn an_object_gets_its_request() {
        let object = ("object.json", "{\"kind\": \"Pod\", \"apiVersion\": \"v1\"}");
        let settings = ("settings.json", "{\"mutate\": true}");
        let request = read(&[object, settings]).unwrap().request();
        assert_eq!(request["operation"], "CREATE");
        assert_eq!(request["object"]["kind"], "Pod");
        let request = read(&[object, ("old.json", "{\"kind\": \"Job\"}")]).unwrap().request();
        assert_eq!(request["operation"], "UPDATE");
        assert_eq!(request["oldObject"]["kind"], "Job");
    }

    #[test]
    fn what_is_no_case_is_an_error() {
        assert_eq!(
            read(&[("settings.json", "{}")]).unwrap_err(),
            "a/b: either `object.json` or `request.json` is needed"
        );
        assert_eq!(
            read(&[("object.json", "[]")]).unwrap_err(),
            "a/b/object.json: the object is not a JSON object"
        );
        let error = Case::read(Path::new("/nowhere"), "a/b").unwrap_err().to_string();
        assert_eq!(error, "there is no case `a/b` in e2e/cases");
    }

    #[test]
    fn no_case_repeats_what_the_loader_adds() {
        for case in cases().iter().filter(|case| case.folder.join("request.json").exists()) {
            let sent = case.request();
            let Some(object) = sent.get("object").filter(|object| object.is_object()) else {
                continue;
            };
            let old = sent.get("oldObject").map(Value::to_string);
            let added = request(&object.to_string(), old.as_deref()).unwrap();
            let added: Value = serde_json::from_str(&added).unwrap();
            assert_ne!(sent, added, "{}: write the object alone, to `object.json`", case.name);
        }
    }
}
