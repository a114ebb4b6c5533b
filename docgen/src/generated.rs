//! The files that are generated as a whole: their paths and texts.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{artifacthub, policies, questions, schema, settings::Descriptions};

/// Returns the path and the text of each generated file.
///
/// # Errors
/// If a source can't be read, or does not match the code.
pub fn files(root: &Path) -> Result<Vec<(PathBuf, String)>> {
    let read = |path: &str| {
        fs::read_to_string(root.join(path)).with_context(|| format!("can't read {path}"))
    };
    let words = read("docs/settings.md")?;
    let schema = schema::schema(&mut Descriptions::read(&words)?)?;
    let questions = questions::questions(&mut Descriptions::read(&words)?)?;
    let questions = format!(
        "# The settings form for Rancher, generated from docs/settings.md and the code by `make gen`.\n{}",
        yaml_serde::to_string(&questions)?
    );

    let metadata: Value = yaml_serde::from_str(&read("metadata.yml")?)?;
    let version = env!("CARGO_PKG_VERSION");
    let package = format!("artifacthub/{version}/artifacthub-pkg.yml");
    let released = released(&read("CHANGELOG.md")?, version)?;
    let content = artifacthub::package(&metadata, &questions, &released)?;
    let content = format!(
        "# The Artifact Hub page of this version, generated from metadata.yml and questions-ui.yml by `make gen`.\n{}",
        yaml_serde::to_string(&content)?
    );
    let mut files: Vec<(PathBuf, String)> = vec![
        ("policy-settings/schema.json".into(), format!("{schema:#}\n")),
        ("questions-ui.yml".into(), questions),
        (package.into(), content),
    ];
    for (name, text) in policies::manifests(&root.join("docgen/policies"))? {
        files.push((Path::new("policy-settings").join(name), text));
    }
    Ok(files)
}

/// The day of the release, from its heading in the changelog: `## 0.1.0 (2026-11-24)`.
fn released(changelog: &str, version: &str) -> Result<String> {
    let heading = format!("## {version} (");
    let date = changelog.lines().find_map(|line| line.strip_prefix(&heading)?.strip_suffix(')'));
    let date =
        date.with_context(|| format!("CHANGELOG.md has no heading `{heading}YYYY-MM-DD)`"))?;
    Ok(format!("{date}T00:00:00Z"))
}

#[cfg(test)]
mod tests {
    use eks_aiml_networking::{
        json::RawJson,
        settings::{Settings, validate},
    };
    use rstest::rstest;
    use serde_json::{Map, json};
    use testkit::{
        corpus::cases,
        files::{root, yaml},
    };

    use super::*;

    /// The text of the generated file whose path ends with `end`.
    fn text(end: &str) -> String {
        let files = files(Path::new("..")).unwrap();
        files.into_iter().find(|(path, _)| path.ends_with(end)).unwrap().1
    }

    fn is_valid(settings: &Value) -> bool {
        validate(&settings.to_string()).is_empty()
    }

    fn schema() -> jsonschema::Validator {
        jsonschema::validator_for(&serde_json::from_str(&text("schema.json")).unwrap()).unwrap()
    }

    /// Sets the value at the path of a setting.
    fn put(settings: &mut Map<String, Value>, path: &str, value: Value) {
        match path.split_once('.') {
            Some((name, rest)) => {
                let part = settings.entry(name).or_insert_with(|| json!({}));
                put(part.as_object_mut().unwrap(), rest, value);
            }
            None => drop(settings.insert(path.to_owned(), value)),
        }
    }

    /// The questions that set a value, with their variables.
    fn questions() -> Vec<Value> {
        let form: Value = yaml_serde::from_str(&text("questions-ui.yml")).unwrap();
        let mut asked = Vec::new();
        for question in form["questions"].as_array().unwrap() {
            match question.get("subquestions") {
                Some(below) => asked.extend(below.as_array().unwrap().clone()),
                None => asked.push(question.clone()),
            }
        }
        asked
    }

    #[test]
    fn what_the_form_proposes_is_what_the_policy_does_anyway() {
        let mut proposed = Map::new();
        for question in questions() {
            if let Some(default) = question.get("default") {
                put(&mut proposed, question["variable"].as_str().unwrap(), default.clone());
            }
        }
        assert!(proposed.len() > 10, "{proposed:?}");
        let proposed = Value::Object(proposed).to_string();
        let read = |text| Settings::read(Some(RawJson(text))).unwrap();
        assert_eq!(read(&proposed), read("{}"));
    }

    #[test]
    fn every_answer_that_the_form_offers_is_taken() {
        let mut offered = 0;
        for question in questions() {
            for answer in question.get("options").and_then(Value::as_array).into_iter().flatten() {
                let mut settings = Map::new();
                put(&mut settings, question["variable"].as_str().unwrap(), answer.clone());
                assert!(is_valid(&Value::Object(settings.clone())), "{settings:?}");
                offered += 1;
            }
        }
        assert!(offered > 80, "{offered}");
    }

    #[test]
    fn settings_of_the_corpus_and_of_the_presets_fit_the_schema() {
        let schema = schema();
        let mut count = 0;
        let presets = ["recommended.yml", "strict.yml", "audit.yml", "validate-only.yml"];
        let presets = presets.map(|name| root().join("policy-settings").join(name));
        let presets = presets.iter().map(|path| (path.display().to_string(), yaml(path)));
        let of_cases = cases().into_iter().map(|case| (case.name.clone(), case.settings()));
        for (name, settings) in of_cases.chain(presets) {
            let faults: Vec<_> =
                schema.iter_errors(&settings).map(|error| error.to_string()).collect();
            assert!(faults.is_empty(), "{name}: {faults:?}");
            count += 1;
        }
        assert!(count > 200, "{count}");
    }

    #[rstest]
    #[case::key(json!({"mutat": true}))]
    #[case::nested_key(json!({"efa": {"devicePlugins": true}}))]
    #[case::rule(json!({"rules": {"efa-limit": "warn"}}))]
    #[case::action(json!({"rules": {"efa-limits": "denny"}}))]
    #[case::fix_without_remedy(json!({"rules": {"efa-count": "fix"}}))]
    #[case::word(json!({"nodeLabels": "karpentr"}))]
    #[case::number(json!({"prefixDelegation": {"warmPrefixTarget": 0}}))]
    #[case::text_for_a_number(json!({"bandwidth": {"minimumMbps": "100000"}}))]
    #[case::flag(json!({"efa": {"inspectImages": "sometimes"}}))]
    #[case::list(json!({"efa": {"refusedImages": "a"}}))]
    #[case::operator(json!({"exempt": {"podSelector": {"matchExpressions": [{"key": "a", "operator": "Is"}]}}}))]
    #[case::expression_without_key(json!({"exempt": {"podSelector": {"matchExpressions": [{"operator": "Exists"}]}}}))]
    #[case::type_without_name(json!({"instanceTypes": {"extra": [{"efaInterfaces": 1}]}}))]
    #[case::column(json!({"instanceTypes": {"extra": [{"name": "p9.large", "efa": 1}]}}))]
    #[case::network(json!({"network": {"vpc": []}}))]
    #[case::subnet(json!({"network": {"subnets": [{"nam": "a"}]}}))]
    fn what_the_policy_refuses_the_schema_refuses(#[case] settings: Value) {
        assert!(!is_valid(&settings) && !schema().is_valid(&settings), "{settings}");
    }

    #[test]
    fn the_release_is_of_the_day_that_the_changelog_names() {
        let changelog = "# Changelog\n\n## 1.2.0 (2026-11-24)\n";
        assert_eq!(released(changelog, "1.2.0").unwrap(), "2026-11-24T00:00:00Z");
        assert_eq!(
            released(changelog, "1.3.0").unwrap_err().to_string(),
            "CHANGELOG.md has no heading `## 1.3.0 (YYYY-MM-DD)`"
        );
    }
}
