//! `questions-ui.yml`: the form in which Rancher asks for the settings, from what the code has of
//! them and `docs/settings.md` says.

use anyhow::{Context, Result};
use eks_aiml_networking::{
    rules,
    settings::schema::{ACTIONS, EXPRESSION, NETWORK, Key, Node, SETTINGS},
};
use serde_json::{Value, json};

use crate::settings::Descriptions;

/// The settings in the order of the form, each in its group.
const GROUPS: [(&str, &[&str]); 5] = [
    ("Rules", &["mutate", "rules"]),
    ("Workloads", &["exempt", "training", "inference"]),
    ("Nodes", &["nodeLabels", "bandwidth", "efa", "instanceTypes"]),
    ("Addresses", &["capacity", "prefixDelegation", "network"]),
    ("Cluster", &["clusterContext"]),
];

/// What is asked only where another answer makes it matter.
const SHOWN_IF: [(&str, &str); 2] =
    [("nodeLabels", "mutate=true"), ("prefixDelegation", "capacity.prefixDelegation=true")];

/// What is for the YAML editor: a type has 29 columns.
const NOT_ASKED: &str = "instanceTypes.extra";

/// The form.
pub fn questions(words: &mut Descriptions) -> Result<Value> {
    let mut questions = Vec::new();
    for (group, names) in GROUPS {
        for name in names {
            let key = SETTINGS.iter().find(|key| key.name == *name);
            let key = key.with_context(|| format!("`{name}` is no setting"))?;
            questions.push(question(words, group, key.name, key.name, &key.node)?);
        }
    }
    anyhow::ensure!(questions.len() == SETTINGS.len(), "a setting is in no group of the form");
    Ok(json!({ "questions": questions }))
}

/// The question for the setting at this path; its variable is the path, or in a list the key.
fn question(
    words: &mut Descriptions,
    group: &str,
    path: &str,
    variable: &str,
    node: &Node,
) -> Result<Value> {
    let said = words.of(path).with_context(|| format!("`{path}` is not described"))?;
    let mut question = json!({
        "variable": variable,
        "label": label(variable),
        "tooltip": said.description,
        "group": group,
        "required": false,
    });
    let mut set = |name: &str, value: Value| question[name] = value;
    if let Some(default) = &said.default {
        set("default", default.clone());
    }
    if let Some((_, condition)) = SHOWN_IF.iter().find(|(shown, _)| *shown == path) {
        set("show_if", (*condition).into());
    }
    match node {
        Node::Bool => set("type", "boolean".into()),
        Node::Text => set("type", "string".into()),
        Node::Texts => set("type", "array[".into()),
        Node::TextMap => set("type", "map[".into()),
        Node::Number(range) => {
            set("type", "int".into());
            set("min", (*range.start()).into());
            set("max", (*range.end()).into());
        }
        Node::AutoOrBool => {
            set("type", "enum".into());
            set("options", json!(["auto", "true", "false"]));
        }
        Node::OneOf(known) => {
            set("type", "enum".into());
            set("options", json!(known));
        }
        Node::List(keys) => {
            set("type", "sequence[".into());
            set("sequence_questions", items(words, group, path, keys)?);
        }
        Node::Expressions => {
            set("type", "sequence[".into());
            set("sequence_questions", items(words, group, path, EXPRESSION)?);
        }
        Node::Object(keys) => part(&mut question, parts(words, group, path, keys)?),
        Node::Network => part(&mut question, parts(words, group, path, NETWORK)?),
        Node::Rules => part(&mut question, rule_questions(group)),
        Node::Types => {}
    }
    Ok(question)
}

/// Makes a question the heading of others.
fn part(question: &mut Value, parts: Value) {
    question["type"] = "map[".into();
    question["hide_input"] = true.into();
    question["default"] = json!({});
    question["subquestions"] = parts;
}

/// The questions below an object, those of the objects in it among them: a form is one level deep.
fn parts(words: &mut Descriptions, group: &str, path: &str, keys: &[Key]) -> Result<Value> {
    let mut questions = Vec::new();
    for key in keys {
        let path = format!("{path}.{}", key.name);
        match &key.node {
            _ if path == NOT_ASKED => {}
            Node::Object(keys) => {
                let below = parts(words, group, &path, keys)?;
                questions.extend(below.as_array().cloned().unwrap_or_default());
            }
            node => questions.push(question(words, group, &path, &path, node)?),
        }
    }
    Ok(questions.into())
}

/// The questions for an item of a list.
fn items(words: &mut Descriptions, group: &str, path: &str, keys: &[Key]) -> Result<Value> {
    let questions = keys.iter().map(|key| {
        question(words, group, &format!("{path}.{}", key.name), key.name, &key.node)
    });
    questions.collect()
}

/// A question for each rule. None has a default: a rule that is not named tells proof from doubt,
/// while a named action counts for both.
fn rule_questions(group: &str) -> Value {
    let questions = rules::infos().map(|info| {
        let actions: Vec<_> =
            ACTIONS.iter().filter(|action| info.fixes || **action != "fix").collect();
        json!({
            "variable": format!("rules.{}", info.id),
            "label": info.id,
            "tooltip": format!("{}; by default its most serious finding is: {}", info.finds, info.default),
            "group": group,
            "required": false,
            "type": "enum",
            "options": actions,
        })
    });
    json!(questions)
}

/// The words of the last key of a path: `Minimum Mbps`.
fn label(variable: &str) -> String {
    let key = variable.rsplit('.').next().unwrap_or(variable);
    let mut label = String::new();
    for letter in key.chars() {
        match letter {
            _ if label.is_empty() => label.extend(letter.to_uppercase()),
            'A'..='Z' => label.extend([' ', letter.to_ascii_lowercase()]),
            _ => label.push(letter),
        }
    }
    ["CIDRs", "ENIs", "Mbps", "CIDR", "VPCs", "VPC", "EFA"].iter().fold(label, |label, word| {
        let words = label.split(' ').map(|part| if part.eq_ignore_ascii_case(word) { word } else { part });
        words.collect::<Vec<_>>().join(" ")
    })
}
