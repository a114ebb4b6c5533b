//! What metadata.yml says of the code: the kinds.

use std::{collections::BTreeSet, fs};

use eks_aiml_networking::view::KINDS;
use yaml_serde::Value;

#[test]
fn the_metadata_has_the_kinds_as_they_are() {
    let metadata: Value =
        yaml_serde::from_str(&fs::read_to_string("metadata.yml").unwrap()).unwrap();
    let texts = |value: &Value| -> Vec<String> {
        value.as_sequence().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let mut named = BTreeSet::new();
    for rule in metadata["rules"].as_sequence().unwrap() {
        for group in texts(&rule["apiGroups"]) {
            for resource in texts(&rule["resources"]) {
                let operations = texts(&rule["operations"]);
                // A pod can't be changed any more once it is there.
                let expected: &[&str] =
                    if resource == "pods" { &["CREATE"] } else { &["CREATE", "UPDATE"] };
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
