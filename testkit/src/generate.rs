//! Generates workloads and settings as people write them, with everything that a rule can find, for laws in
//! native code and in the engine.

mod kinds;
mod nodes;
mod pods;
mod settings;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

pub use kinds::{made_by_a_job, object};
pub use settings::settings;

/// Numbers that no serializer would write: they must come out unchanged. In a generated object, they are
/// strings that begin with `#`.
const NUMBERS: [&str; 5] = ["1.50", "1E+21", "-0.0", "123456789012345678901234567890", "1e-7"];

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    prop::sample::select(words).prop_map(str::to_owned)
}

/// The value, in this percentage of cases.
fn at_times(
    percent: u32,
    value: impl Strategy<Value = Value> + Clone,
) -> impl Strategy<Value = Option<Value>> + Clone {
    prop::option::weighted(f64::from(percent) / 100.0, value)
}

/// An object of the members that are present.
fn members<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let members = members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(members.collect())
}

/// Fields that no rule knows.
fn unknown() -> BoxedStrategy<Value> {
    prop::sample::select(&NUMBERS[..]).prop_map(|number| {
        json!({ "number": format!("#{number}"), "order": [3, 1, 2], "none": null, "text": "ü\n\"" })
    })
.boxed()
}

/// The JSON text of an object, with real numbers instead of their placeholders.
pub fn text(object: &Value) -> String {
    let text = object.to_string();
    NUMBERS.iter().fold(text, |text, number| text.replace(&format!("\"#{number}\""), number))
}

/// The payload that Kubewarden sends when an object, given as text, is created or replaces an old one.
///
/// # Panics
/// If the text is not JSON.
pub fn payload(object: &str, old: Option<&str>, settings: &Value) -> String {
    let shape: Value = serde_json::from_str(object).unwrap();
    let group = shape["apiVersion"].as_str().and_then(|version| version.split_once('/'));
    let kind = json!({ "group": group.map_or("", |(group, _)| group), "kind": shape["kind"] });
    let operation = if old.is_some() { "UPDATE" } else { "CREATE" };
    format!(
        r#"{{"request":{{"dryRun":false,"kind":{kind},"namespace":{},"object":{object},"oldObject":{},"operation":"{operation}","uid":"1"}},"settings":{settings}}}"#,
        shape["metadata"]["namespace"],
        old.unwrap_or("null"),
    )
}

/// `object` with the members of `over` replacing its own.
fn with(mut object: Value, over: Value) -> Value {
    let (Value::Object(members), Value::Object(over)) = (&mut object, over) else { return object };
    members.extend(over);
    object
}

fn map(entries: impl IntoIterator<Item = (String, String)>) -> Value {
    Value::Object(
        entries.into_iter().map(|(key, value)| (key, value.into())).collect::<Map<_, _>>(),
    )
}
