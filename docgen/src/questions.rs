//! Generates `questions-ui.yml`, Rancher's form for the settings, from their definition in the code and
//! their descriptions in `docs/settings.md`.

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

/// Left to the YAML editor, because a type has 29 columns.
const NOT_ASKED: &str = "instanceTypes.extra";

/// Returns the form.
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

/// Returns the question for the setting at this path; its variable is the path, or in a list the key.
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

/// A question that only groups others.
fn heading(parts: Value) -> Value {
    json!({ "type": "map[", "default": {}, "hide_input": true, "subquestions": parts })
}

/// Returns the questions for the keys of an object, including those of nested objects: a form has only one
/// level.
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

/// Returns the questions for an item of a list.
fn items(words: &mut Descriptions, group: &str, path: &str, keys: &[Key]) -> Result<Value> {
    let questions = keys
        .iter()
        .map(|key| question(words, group, &format!("{path}.{}", key.name), key.name, &key.form));
    questions.collect()
}

/// Returns a question for each rule. None has a default: a rule that is not set handles proof and doubt
/// differently, while an action that is set applies to both.
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

/// The last key of a path in words: `Minimum Mbps`.
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
