//! Checks the parts of documents that describe the code but are not generated.

use std::collections::BTreeSet;

use eks_aiml_networking::{
    instances::{COUNT, DATE},
    rule::RuleId,
    settings::validate,
    view::KINDS,
};
use serde_json::Value;
use testkit::files::{text, yaml};

#[test]
fn the_metadata_has_the_kinds_as_they_are() {
    let metadata = yaml("metadata.yml");
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let mut named = BTreeSet::new();
    for rule in metadata["rules"].as_array().unwrap() {
        for group in texts(&rule["apiGroups"]) {
            for resource in texts(&rule["resources"]) {
                let operations = texts(&rule["operations"]);
                // Updates of a Deployment's ReplicaSets are its own affair; the requests of a claim never
                // change.
                let once = ["replicasets", "resourceclaims", "resourceclaimtemplates"];
                let expected: &[&str] =
                    if once.contains(&&*resource) { &["CREATE"] } else { &["CREATE", "UPDATE"] };
                assert_eq!(operations, expected, "{resource}");
                named.insert((group.clone(), resource));
            }
        }
    }
    let known: BTreeSet<_> = KINDS
        .iter()
        .map(|(group, _, plural, _)| ((*group).to_owned(), (*plural).to_owned()))
        .collect();
    assert_eq!(named, known);
}

#[test]
fn the_readme_names_the_table_and_settings_as_they_are() {
    let readme = text("README.md");
    let count = format!("all {},{:03} EC2 types", COUNT / 1000, COUNT % 1000);
    assert!(readme.contains(&count), "{count}");
    assert!(readme.contains(&format!("The table is of {DATE}")), "{DATE}");
    assert!(readme.contains(&format!("There are {} rules", RuleId::ALL.len())));
    let (_, settings) = readme.split_once("```yaml\nrules:").unwrap();
    let (settings, _) = settings.split_once("```").unwrap();
    let settings: Value = yaml_serde::from_str(&format!("rules:{settings}")).unwrap();
    let settings = serde_json::to_string(&settings).unwrap();
    assert_eq!(validate(&settings), []);
}
