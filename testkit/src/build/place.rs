//! Places in a value, as JSON pointers.

use serde_json::{Map, Value};

/// Returns the value at a place; missing parents are created.
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

fn steps(place: &str) -> impl Iterator<Item = String> {
    place.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}
