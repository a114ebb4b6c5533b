//! Changes to a document, as JSON Patch (RFC 6902) writes them.

use json_patch::PatchOperation;
use serde::Serialize;
use serde_json::Value;
use tsify::Tsify;

/// A change.
#[derive(Clone, Debug, PartialEq, Serialize, Tsify)]
pub struct Operation {
    /// The operation.
    pub op: Operator,
    /// The place, as a JSON Pointer into the document.
    pub path: String,
    /// The new value; `None` if it is removed.
    #[tsify(type = "unknown")]
    pub value: Option<Value>,
}

/// The operation of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Tsify)]
#[serde(rename_all = "lowercase")]
pub enum Operator {
    /// Adds a value where there is none, or into a list.
    Add,
    /// Removes a value.
    Remove,
    /// Replaces a value.
    Replace,
}

/// The changes that turn `before`, an object at `root` of its document, into `after`.
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
        // A diff has none of these.
        PatchOperation::Move(_) | PatchOperation::Copy(_) | PatchOperation::Test(_) => None,
    };
    json_patch::diff(before, after).0.into_iter().filter_map(told).map(operation).collect()
}
