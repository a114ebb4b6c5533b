//! `policy-settings/schema.json`: the form of the settings as the code has it, with the words of
//! `docs/settings.md`.

use anyhow::{Context, Result, bail};
use eks_aiml_networking::{
    finding::RuleInfo,
    instances::{FACTS, Form},
    rules,
    settings::schema::{ACTIONS, EXPRESSION, Key, NETWORK, Node, SETTINGS},
};
use serde_json::{Map, Value, json};

use crate::settings::Descriptions;

/// The JSON Schema of the settings.
pub fn schema(words: &mut Descriptions) -> Result<Value> {
    let mut schema = object(words, "", SETTINGS)?;
    let head = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Settings of eks-aiml-networking",
    });
    let mut whole = Map::new();
    for part in [head, schema.take()] {
        whole.extend(part.as_object().cloned().unwrap_or_default());
    }
    match words.unused() {
        unused if unused.is_empty() => Ok(whole.into()),
        unused => bail!("docs/settings.md describes what is no setting: {}", unused.join(", ")),
    }
}

/// An object with these keys and no others.
fn object(words: &mut Descriptions, path: &str, keys: &[Key]) -> Result<Value> {
    let mut properties = Map::new();
    for key in keys {
        let path = join(path, key.name);
        properties.insert(key.name.to_owned(), described(words, &path, &key.node)?);
    }
    Ok(json!({ "type": "object", "additionalProperties": false, "properties": properties }))
}

/// A setting with its description and its default.
fn described(words: &mut Descriptions, path: &str, node: &Node) -> Result<Value> {
    let mut value = form(words, path, node)?;
    let words =
        words.of(path).with_context(|| format!("docs/settings.md does not describe `{path}`"))?;
    if let Some(object) = value.as_object_mut() {
        object.insert("description".to_owned(), words.description.clone().into());
        if let Some(default) = &words.default {
            object.insert("default".to_owned(), default.clone());
        }
    }
    Ok(value)
}

fn form(words: &mut Descriptions, path: &str, node: &Node) -> Result<Value> {
    Ok(match node {
        Node::Bool => json!({ "type": "boolean" }),
        Node::AutoOrBool => json!({ "enum": ["auto", true, false] }),
        // What has no default may be told to be absent.
        Node::Number(range) => json!({
            "type": if words.has_default(path) { json!("integer") } else { json!(["integer", "null"]) },
            "minimum": range.start(),
            "maximum": range.end(),
        }),
        Node::Text => json!({ "type": "string" }),
        Node::Texts => list(json!({ "type": "string" })),
        Node::OneOf(known) => json!({ "enum": known }),
        Node::TextMap => {
            json!({ "type": "object", "additionalProperties": { "type": "string" } })
        }
        Node::Expressions => {
            let mut item = object(words, path, EXPRESSION)?;
            item["required"] = json!(["key", "operator"]);
            list(item)
        }
        Node::List(keys) => list(object(words, path, keys)?),
        Node::Rules => rules_schema(),
        Node::Types => list(types(words, path)?),
        Node::Object(keys) => object(words, path, keys)?,
        Node::Network => object(words, path, NETWORK)?,
    })
}

fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// The actions of each rule.
fn rules_schema() -> Value {
    let one = |info: RuleInfo| {
        let actions: Vec<_> =
            ACTIONS.iter().filter(|action| info.fixes || **action != "fix").collect();
        let rule = json!({
            "enum": actions,
            "description": format!("{}; by default its most serious finding is: {}", info.finds, info.default),
        });
        (info.id.to_owned(), rule)
    };
    let rules: Map<String, Value> = rules::infos().into_iter().map(one).collect();
    json!({ "type": "object", "additionalProperties": false, "properties": rules })
}

/// A type in the columns of the facts.
fn types(words: &mut Descriptions, path: &str) -> Result<Value> {
    let mut properties = Map::new();
    let named = [("name", Form::Word)].into_iter();
    for (name, form) in named.chain(FACTS.map(|(name, form, _)| (name, form))) {
        let node = match form {
            Form::Number => Node::Number(0..=u32::MAX - 1),
            Form::Word => Node::Text,
            Form::Flag => Node::Bool,
        };
        properties.insert(name.to_owned(), described(words, &join(path, name), &node)?);
    }
    Ok(json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["name"],
        "properties": properties,
    }))
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
