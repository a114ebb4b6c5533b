//! `policy-settings/schema.json`: the form of the settings as the code has it, with the words of
//! `docs/settings.md`.

use anyhow::{Context, Result, bail};
use eks_aiml_networking::{
    instances::{FACTS, Form},
    rule::{self, RuleInfo},
    settings::schema::{ACTIONS, EXPRESSION, Key, NETWORK, Node, SETTINGS},
};
use serde_json::{Map, Value, json};

use crate::settings::Descriptions;

/// The JSON Schema of the settings.
pub fn schema(words: &mut Descriptions) -> Result<Value> {
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), "http://json-schema.org/draft-07/schema#".into());
    schema.insert("title".to_owned(), "Settings of eks-aiml-networking".into());
    schema.extend(object(words, "", SETTINGS)?);
    match words.unused() {
        unused if unused.is_empty() => Ok(schema.into()),
        unused => bail!("docs/settings.md describes what is no setting: {}", unused.join(", ")),
    }
}

/// An object with these keys and no others.
fn object(words: &mut Descriptions, path: &str, keys: &[Key]) -> Result<Map<String, Value>> {
    let mut properties = Map::new();
    for key in keys {
        let path = join(path, key.name);
        properties.insert(key.name.to_owned(), described(words, &path, &key.node)?);
    }
    Ok(closed(properties))
}

/// An object of these properties and no others.
fn closed(properties: Map<String, Value>) -> Map<String, Value> {
    let parts = [
        ("type", "object".into()),
        ("additionalProperties", false.into()),
        ("properties", properties.into()),
    ];
    parts.into_iter().map(|(name, value): (&str, Value)| (name.to_owned(), value)).collect()
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
            item.insert("required".to_owned(), json!(["key", "operator"]));
            list(item.into())
        }
        Node::List(keys) => list(object(words, path, keys)?.into()),
        Node::Rules => rules_schema(),
        Node::Types => list(types(words, path)?),
        Node::Object(keys) => object(words, path, keys)?.into(),
        Node::Network => object(words, path, NETWORK)?.into(),
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
    let rules: Map<String, Value> = rule::infos().map(one).collect();
    closed(rules).into()
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
    let mut item = closed(properties);
    item.insert("required".to_owned(), json!(["name"]));
    Ok(item.into())
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
