//! Edits the text of a document: whatever no change names keeps its text, comments, quotes and order.

mod splice;
mod tree;
mod write;

use json_patch::{PatchOperation, jsonptr::PointerBuf};
use serde_json::Value;

use self::splice::Splice;
use crate::documents::{Document, Form, documents};

/// The reason why a change can't be made to a text, and the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uneditable {
    /// The place of the change, as a JSON Pointer.
    pub pointer: String,
    /// The reason.
    pub why: Why,
}

/// The reason why a change can't be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The value comes from an anchor that other places use too.
    Shared,
    /// There is no simple way.
    Hard,
}

impl Why {
    /// The reason in words, to follow the place.
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

/// The operations that turn `before`, which is at `root` of its document, into `after`.
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
        // A diff has none of these.
        PatchOperation::Move(_) | PatchOperation::Copy(_) | PatchOperation::Test(_) => {}
    }
}

/// Makes these changes to the text of a document; each one sees those before it.
///
/// # Errors
/// If there is no simple way; then leave the text as it is.
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
            // If another operation changes the anchor itself, that covers this change as well.
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
    // Check the result: it must mean exactly what is wanted.
    let result = Document { text: &text, ..*document };
    let is_one = documents(&text, document.form == Form::Json).len() <= 1;
    if is_one && value(&result).as_ref() == Some(&wanted) { Ok(text) } else { Err(hard()) }
}

/// Makes one change to the text of a document; `None` if an anchor already brought the change about.
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
