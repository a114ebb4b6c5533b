//! Turns the output of `aws ec2 describe-instance-types` into settings: `instanceTypes.extra` for the types
//! that are newer than the table.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use eks_aiml_networking::{
    instances::{Catalog, DATE},
    settings as policy,
    text::Quoted,
};
use serde_json::{Map, Value, json};
use tablegen::{Described, Said};

use super::Answer;
use crate::input::text::one;

/// The comment above the settings: EC2 does not report that a type has none of a device.
const HEAD: &str = "\
# Values that EC2 does not report are left out and count as unknown. For a type without a GPU, write `gpuCount: 0`.
";

/// Returns the settings for the types that the catalog lacks.
///
/// # Errors
/// If the file has another format, or there are more types than fit into settings.
pub fn settings(path: &Path, catalog: &Catalog) -> Result<Answer> {
    let document = one(path)?;
    let types = tablegen::described(document.to_string().as_bytes())
        .with_context(|| format!("can't read instance types from {}", path.display()))?;
    ensure!(!types.is_empty(), "{} contains no instance type", path.display());
    let all = types.len();
    let mut left_out = Vec::new();
    let mut newer: Vec<Described> = Vec::new();
    for one in types.into_iter().filter(|one| catalog.row(&one.name).is_none()) {
        // Concatenated pages can have a type twice.
        if !newer.iter().any(|other| other.name == one.name) {
            newer.push(one);
        }
    }
    let known = all.saturating_sub(newer.len());
    let extra: Vec<Value> = newer.iter().map(|one| object(one, &mut left_out)).collect();
    let count = extra.len();
    let settings = json!({ "instanceTypes": { "extra": extra } });
    // EC2 may change its output: make sure that the policy accepts these settings.
    let faults = policy::validate(&settings.to_string());
    if let Some(fault) = faults.first() {
        bail!(
            "the settings from {} would not be valid: {fault}; select fewer types with `--filters Name=instance-type,Values=p6*`",
            path.display()
        );
    }
    let mut notes = vec![match (count, known) {
        (0, _) => format!("no type is newer than the table of {DATE}; all {known} are known"),
        (_, 0) => format!("all {count} types are newer than the table of {DATE}"),
        (_, 1) => format!("{count} newer than the table of {DATE}; 1 is already known"),
        _ => format!("{count} newer than the table of {DATE}; {known} are already known"),
    }];
    notes.extend(left_out);
    let head = if count == 0 { "" } else { HEAD };
    let text = format!("{head}{}", manifest::edit::block(&settings));
    Ok(Answer { text, note: Some(notes.join("\n")) })
}

/// Makes an entry of `instanceTypes.extra`; collects in `left_out` what can't be part of it.
fn object(one: &Described, left_out: &mut Vec<String>) -> Value {
    let mut object = Map::new();
    object.insert("name".to_owned(), one.name.clone().into());
    for (column, said) in &one.columns {
        let value = match said {
            Said::Number(number) => Value::from(*number),
            Said::Flag(flag) => Value::from(*flag),
            Said::Word(word) if is_label(word) => Value::from(word.as_str()),
            Said::Word(word) => {
                let name = &one.name;
                left_out.push(format!(
                    "{name}: {} can't be the value of a label, so `{column}` is left out",
                    Quoted(word)
                ));
                continue;
            }
        };
        // The family and the size follow from the name.
        if !matches!(*column, "family" | "size") {
            object.insert((*column).to_owned(), value);
        }
    }
    object.into()
}

/// `true` if a word is valid as the value of a label.
fn is_label(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}
