//! Changes to the text of a document: what no change names keeps its text, comments, quotes and order.

mod splice;
mod tree;
mod write;

use json_patch::{PatchOperation, jsonptr::PointerBuf};
use serde_json::Value;

use self::splice::Splice;
use crate::documents::{Document, Form, documents};

/// Why a text can't be changed so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uneditable {
    /// Where it would have to be, as a JSON Pointer.
    pub pointer: String,
    /// What stands in the way.
    pub why: Why,
}

/// What stands in the way of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The value comes from an anchor that other places use too.
    Shared,
    /// There is no simple way.
    Hard,
}

impl Why {
    /// In words, after the place.
    pub fn words(self) -> &'static str {
        match self {
            Self::Shared => "comes from an anchor that other places use too",
            Self::Hard => "is written in a way that can't be edited",
        }
    }
}

/// A value as YAML, in blocks, as kubectl prints it.
pub fn block(value: &Value) -> String {
    write::block(value).join("\n") + "\n"
}

/// What makes `after` of `before`, which stands at `root` of its document.
pub fn between(before: &Value, after: &Value, root: &str) -> Vec<PatchOperation> {
    let mut operations = json_patch::diff(before, after).0;
    if !root.is_empty() {
        operations.iter_mut().for_each(|operation| move_below(operation, root));
    }
    operations
}

fn move_below(operation: &mut PatchOperation, root: &str) {
    let moved = |path: &PointerBuf| PointerBuf::parse(format!("{root}{path}")).unwrap_or_default();
    match operation {
        PatchOperation::Add(one) => one.path = moved(&one.path),
        PatchOperation::Remove(one) => one.path = moved(&one.path),
        PatchOperation::Replace(one) => one.path = moved(&one.path),
        // A difference is told without them.
        PatchOperation::Move(_) | PatchOperation::Copy(_) | PatchOperation::Test(_) => {}
    }
}

/// The text of a document with these changes, each of which sees those before it.
///
/// # Errors
/// Where there is no simple way: the text is then to be left as it is.
pub fn edited(
    document: &Document<'_>,
    operations: &[PatchOperation],
) -> Result<String, Uneditable> {
    let pointer = || operations.first().map_or_else(String::new, |one| one.path().to_string());
    let hard = || Uneditable { pointer: pointer(), why: Why::Hard };
    let mut wanted = value(document).ok_or_else(hard)?;
    json_patch::patch(&mut wanted, operations).map_err(|_| hard())?;
    let mut text = document.text.to_owned();
    let mut shared = Vec::new();
    for operation in operations {
        match stepped(&Document { text: &text, ..*document }, operation) {
            Ok(None) => {}
            Ok(Some(next)) => text = next,
            // Where another change is made at the anchor, this one is made with it.
            Err(why) if why.why == Why::Shared => shared.push((operation, why)),
            Err(why) => return Err(why),
        }
    }
    for (operation, why) in shared {
        let now = Document { text: &text, ..*document };
        if stepped(&now, operation) != Ok(None) {
            return Err(why);
        }
    }
    // Whatever was done: it has to mean what is wanted, and nothing else.
    let result = Document { text: &text, ..*document };
    let is_one = documents(&text, document.form == Form::Json).len() <= 1;
    if is_one && value(&result).as_ref() == Some(&wanted) { Ok(text) } else { Err(hard()) }
}

/// The text of a document with one change; nothing where it holds already, by an anchor.
fn stepped(
    document: &Document<'_>,
    operation: &PatchOperation,
) -> Result<Option<String>, Uneditable> {
    let hard = || Uneditable { pointer: operation.path().to_string(), why: Why::Hard };
    let before = value(document).ok_or_else(hard)?;
    let mut after = before.clone();
    let is_possible = json_patch::patch(&mut after, std::slice::from_ref(operation)).is_ok();
    if is_possible && after == before {
        return Ok(None);
    }
    Splice::new(document.text, document.form).ok_or_else(hard)?.operation(operation).map(Some)
}

fn value(document: &Document<'_>) -> Option<Value> {
    serde_json::from_str(document.read().ok()??.json()).ok()
}
