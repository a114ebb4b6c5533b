//! `questions-ui.yml`: the form in which Rancher asks for the settings, from what the code has of
//! them and `docs/settings.md` says.

use anyhow::{Context, Result, bail, ensure};
use eks_aiml_networking::{
    form::{Field, Form, Key},
    rule,
    settings::{Choice, Settings},
};
use serde_json::{Map, Value, json};

use crate::settings::Descriptions;

/// The settings in the order of the form, each in its group.
const GROUPS: [(&str, &[&str]); 5] = [
    ("Rules", &["mutate", "unrepaired", "annotate", "rulePages", "exceptions", "rules"]),
    ("Workloads", &["exempt", "training", "inference"]),
    (
        "Nodes",
        &[
            "nodeLabels",
            "karpenterVersion",
            "provisioning",
            "bandwidth",
            "efa",
            "accelerators",
            "instanceTypes",
        ],
    ),
    ("Addresses", &["capacity", "prefixDelegation", "network"]),
    ("Cluster", &["clusterContext"]),
];

/// What is for the YAML editor: a type has 29 columns.
const NOT_ASKED: &str = "instanceTypes.extra";

/// The form.
pub fn questions(words: &mut Descriptions) -> Result<Value> {
    let Form::Object(keys) = Settings::FORM else { bail!("the settings are no object") };
    let mut questions = Vec::new();
    for (group, names) in GROUPS {
        for name in names {
            let key = keys.iter().find(|key| key.name == *name);
            let key = key.with_context(|| format!("`{name}` is no setting"))?;
            questions.push(question(words, group, key.name, key.name, &key.form)?);
        }
    }
    ensure!(questions.len() == keys.len(), "a setting is in no group of the form");
    Ok(json!({ "questions": questions }))
}

/// The question for the setting at this path; its variable is the path, or in a list the key.
fn question(
    words: &mut Descriptions,
    group: &str,
    path: &str,
    variable: &str,
    form: &Form,
) -> Result<Value> {
    let said = words.of(path).with_context(|| format!("`{path}` is not described"))?;
    let mut question = Map::new();
    let mut set = |name: &str, value: Value| question.insert(name.to_owned(), value);
    set("variable", variable.into());
    set("label", label(variable).into());
    set("tooltip", said.description.clone().into());
    set("group", group.into());
    set("required", false.into());
    if let Some(default) = &said.default {
        set("default", default.clone());
    }
    let asked = match form {
        Form::Flag => json!({ "type": "boolean" }),
        Form::String => json!({ "type": "string" }),
        Form::Map(_) => json!({ "type": "map[" }),
        Form::Number(range) => {
            json!({ "type": "int", "min": range.start(), "max": range.end() })
        }
        Form::AutoOrFlag => json!({ "type": "enum", "options": ["auto", "true", "false"] }),
        Form::WordOrMap(known, _) => json!({ "type": "enum", "options": known }),
        Form::OneOf(known) => json!({ "type": "enum", "options": known }),
        Form::List(Form::Object(keys)) => sequence(items(words, group, path, keys)?),
        Form::List(_) => json!({ "type": "array[" }),
        Form::Object(keys) => heading(parts(words, group, path, keys)?),
        Form::Rules => heading(rule_questions(group)),
    };
    question.extend(asked.as_object().cloned().unwrap_or_default());
    Ok(question.into())
}

fn sequence(items: Value) -> Value {
    json!({ "type": "sequence[", "sequence_questions": items })
}

/// A question that is only the heading of others.
fn heading(parts: Value) -> Value {
    json!({ "type": "map[", "default": {}, "hide_input": true, "subquestions": parts })
}

/// The questions below an object, those of the objects in it among them: a form is one level deep.
fn parts(words: &mut Descriptions, group: &str, path: &str, keys: &[Key]) -> Result<Value> {
    let mut questions = Vec::new();
    for key in keys {
        let path = format!("{path}.{}", key.name);
        match &key.form {
            _ if path == NOT_ASKED => {}
            Form::Object(keys) => {
                let below = parts(words, group, &path, keys)?;
                questions.extend(below.as_array().cloned().unwrap_or_default());
            }
            form => questions.push(question(words, group, &path, &path, form)?),
        }
    }
    Ok(questions.into())
}

/// The questions for an item of a list.
fn items(words: &mut Descriptions, group: &str, path: &str, keys: &[Key]) -> Result<Value> {
    let questions = keys
        .iter()
        .map(|key| question(words, group, &format!("{path}.{}", key.name), key.name, &key.form));
    questions.collect()
}

/// A question for each rule. None has a default: a rule that is not named tells proof from doubt,
/// while a named action counts for both.
fn rule_questions(group: &str) -> Value {
    let questions: Vec<Value> = rule::infos().map(|info| {
        let actions: Vec<_> =
            Choice::WORDS.iter().filter(|action| info.fixes || **action != "fix").collect();
        json!({
            "variable": format!("rules.{}", info.id),
            "label": info.id,
            "tooltip": format!("Finds {}. Default action for its most serious finding: {}.", info.finds, info.default),
            "group": group,
            "required": false,
            "type": "enum",
            "options": actions,
        })
    }).collect();
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
        let words =
            label.split(' ').map(|part| if part.eq_ignore_ascii_case(word) { word } else { part });
        words.collect::<Vec<_>>().join(" ")
    })
}
