//! Places in a value, as JSON pointers.

use serde_json::{Map, Value};

/// The value at a place; what is missing on the way is made.
pub(super) fn made<'v>(value: &'v mut Value, place: &str) -> &'v mut Value {
    steps(place).fold(value, |value, step| {
        if value.is_null() {
            *value = if step == "-" { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
        }
        match value {
            Value::Object(members) => members.entry(step).or_insert(Value::Null),
            Value::Array(items) => {
                let at = if step == "-" { items.len() } else { step.parse().unwrap() };
                if at == items.len() {
                    items.push(Value::Null);
                }
                &mut items[at]
            }
            leaf => panic!("{place}: {leaf} has no `{step}`"),
        }
    })
}

/// Removes the value at a place.
pub(super) fn remove(value: &mut Value, place: &str) {
    let (parent, _) = place.rsplit_once('/').unwrap();
    let last = steps(place).last().unwrap();
    let removed = match value.pointer_mut(parent) {
        Some(Value::Object(members)) => members.shift_remove(&last),
        Some(Value::Array(items)) => Some(items.remove(last.parse().unwrap())),
        _ => None,
    };
    assert!(removed.is_some(), "there is nothing at {place}");
}

/// A key as a pointer has it.
pub(super) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn steps(place: &str) -> impl Iterator<Item = String> {
    place.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}
