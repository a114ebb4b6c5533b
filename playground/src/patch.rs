//! Changes to a document, as JSON Patch (RFC 6902) writes them.

use json_patch::PatchOperation;
use serde::Serialize;
use serde_json::Value;
use tsify::Tsify;

/// A change.
#[derive(Clone, Debug, PartialEq, Serialize, Tsify)]
pub struct Operation {
    /// What is done.
    pub op: Operator,
    /// Where, as a JSON Pointer into the document.
    pub path: String,
    /// The new value; nothing where it is taken away.
    #[tsify(type = "unknown")]
    pub value: Option<Value>,
}

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Tsify)]
#[serde(rename_all = "lowercase")]
pub enum Operator {
    /// Puts a value where none is, or into a list.
    Add,
    /// Takes a value away.
    Remove,
    /// Puts another value.
    Replace,
}

/// What makes `after` of `before`, an object that stands at `root` of its document.
pub fn between(before: &Value, after: &Value, root: &str) -> Vec<Operation> {
    let operation = |(op, path, value): (Operator, String, Option<Value>)| Operation {
        op,
        path: format!("{root}{path}"),
        value,
    };
    let told = |one| match one {
        PatchOperation::Add(add) => Some((Operator::Add, add.path.to_string(), Some(add.value))),
        PatchOperation::Remove(gone) => Some((Operator::Remove, gone.path.to_string(), None)),
        PatchOperation::Replace(new) => {
            Some((Operator::Replace, new.path.to_string(), Some(new.value)))
        }
        // A difference is told without them.
        PatchOperation::Move(_) | PatchOperation::Copy(_) | PatchOperation::Test(_) => None,
    };
    json_patch::diff(before, after).0.into_iter().filter_map(told).map(operation).collect()
}
