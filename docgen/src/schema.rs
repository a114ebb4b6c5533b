//! Generates `policy-settings/schema.json` from the definition of the settings in the code and their
//! descriptions in `docs/settings.md`.

use anyhow::{Context, Result, bail};
use eks_aiml_networking::{
    form::{Field, Form, Key},
    rule::{self, RuleInfo},
    settings::{Choice, Settings},
};
use serde_json::{Map, Value, json};

use crate::settings::Descriptions;

/// Returns the JSON Schema of the settings.
pub fn schema(words: &mut Descriptions) -> Result<Value> {
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), "http://json-schema.org/draft-07/schema#".into());
    schema.insert("title".to_owned(), "Settings of eks-aiml-networking".into());
    if let Form::Object(keys) = Settings::FORM {
        schema.extend(object(words, "", keys)?);
    }
    match words.unused() {
        unused if unused.is_empty() => Ok(schema.into()),
        unused => {
            bail!("docs/settings.md describes settings that don't exist: {}", unused.join(", "))
        }
    }
}

/// An object with these keys and no others.
fn object(words: &mut Descriptions, path: &str, keys: &[Key]) -> Result<Map<String, Value>> {
    let mut properties = Map::new();
    for key in keys {
        let path = join(path, key.name);
        properties.insert(key.name.to_owned(), described(words, &path, &key.form)?);
    }
    let mut object = closed(properties);
    let required = keys.iter().filter(|key| key.required).map(|key| key.name.into());
    let required: Vec<Value> = required.collect();
    if !required.is_empty() {
        object.insert("required".to_owned(), required.into());
    }
    Ok(object)
}

/// An object with these properties and no others.
fn closed(properties: Map<String, Value>) -> Map<String, Value> {
    let parts = [
        ("type", "object".into()),
        ("additionalProperties", false.into()),
        ("properties", properties.into()),
    ];
    parts.into_iter().map(|(name, value): (&str, Value)| (name.to_owned(), value)).collect()
}

/// A setting with its description and its default.
fn described(words: &mut Descriptions, path: &str, form: &Form) -> Result<Value> {
    let mut value = self::form(words, path, form)?;
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

fn form(words: &mut Descriptions, path: &str, form: &Form) -> Result<Value> {
    Ok(match form {
        Form::Flag => json!({ "type": "boolean" }),
        Form::AutoOrFlag => json!({ "enum": ["auto", true, false] }),
        // A setting without a default can be unset with `null`.
        Form::Number(range) => json!({
            "type": if words.has_default(path) { json!("integer") } else { json!(["integer", "null"]) },
            "minimum": range.start(),
            "maximum": range.end(),
        }),
        Form::String => json!({ "type": "string" }),
        Form::OneOf(known) => json!({ "enum": known }),
        Form::Map(value) => {
            json!({ "type": "object", "additionalProperties": self::form(words, path, value)? })
        }
        Form::WordOrMap(known, value) => json!({ "anyOf": [
            { "enum": known },
            { "type": "object", "additionalProperties": self::form(words, path, value)? },
        ] }),
        Form::List(item) => {
            json!({ "type": "array", "items": self::form(words, path, item)? })
        }
        Form::Object(keys) => object(words, path, keys)?.into(),
        Form::Rules => rules_schema(),
    })
}

/// The possible actions of each rule.
fn rules_schema() -> Value {
    let one = |info: RuleInfo| {
        let actions: Vec<_> =
            Choice::WORDS.iter().filter(|action| info.fixes || **action != "fix").collect();
        let rule = json!({
            "enum": actions,
            "description": format!("Finds {}. Default action for its most serious finding: {}.", info.finds, info.default),
        });
        (info.id.to_owned(), rule)
    };
    let rules: Map<String, Value> = rule::infos().map(one).collect();
    closed(rules).into()
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
