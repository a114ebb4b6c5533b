//! Draws expressions and terms around a type, which it meets or only just does not.

use serde_json::{Map, Value, json};

use super::{
    Draw,
    facts::{self, Facts, PINS, Row},
};

/// This many labels of the type; the first mostly names it or its group.
pub fn keys_of(row: &Row, count: u64, pinned: u64, draw: &mut Draw) -> Vec<&'static str> {
    let mut chosen = Vec::new();
    if draw.at_times(pinned) {
        chosen.push(draw.one(&PINS));
        chosen.retain(|key| !row.label(key).is_empty());
    }
    // Sometimes, also require labels that it lacks.
    let others = facts::keys().into_iter().filter(|key| !chosen.contains(key)).collect();
    for key in draw.shuffled(others) {
        if u64::try_from(chosen.len()).unwrap() >= count {
            break;
        }
        if !row.label(key).is_empty() || draw.at_times(15) {
            chosen.push(key);
        }
    }
    chosen
}

/// An expression that the value meets, or only just does not. An empty value means that the label is
/// missing.
pub fn expression(facts: &Facts, key: &str, value: &str, broken: bool, draw: &mut Draw) -> Value {
    let is_number = facts::is_number(key);
    let operators: &[&str] = match (value.is_empty(), broken, is_number) {
        (true, false, _) => &["DoesNotExist", "NotIn"],
        (true, true, true) => &["Exists", "In", "Gt"],
        (true, true, false) => &["Exists", "In", "In"],
        (false, false, true) => &["In", "In", "NotIn", "Exists", "Gt", "Lt"],
        (false, false, false) => &["In", "In", "NotIn", "Exists"],
        (false, true, true) => &["In", "NotIn", "DoesNotExist", "Gt", "Lt"],
        (false, true, false) => &["In", "NotIn", "DoesNotExist"],
    };
    let operator = draw.one(operators);
    if ["Exists", "DoesNotExist"].contains(&operator) {
        return json!({"key": key, "operator": operator});
    }
    let mut values: Vec<String> =
        (0..draw.below(4)).map(|_| facts.other(key, value, draw).to_owned()).collect();
    match operator {
        "In" if broken || value.is_empty() => {}
        "In" => values.push(value.to_owned()),
        "NotIn" if broken && !value.is_empty() => values.push(value.to_owned()),
        "NotIn" => {}
        _ => values = vec![bound(operator, value, broken, draw).to_string()],
    }
    if values.is_empty() {
        values.push(facts.other(key, value, draw).to_owned());
    }
    let values = draw.shuffled(values);
    json!({"key": key, "operator": operator, "values": values})
}

/// A bound equal to the value, next to it, or far from it.
fn bound(operator: &str, value: &str, broken: bool, draw: &mut Draw) -> u64 {
    let at: u64 = value.parse().unwrap_or(0);
    let step = draw.one(&[0, 0, 1, 1, 2, (at / 2).max(1)]);
    match (operator, broken) {
        ("Gt", true) => at + step,
        ("Gt", false) => at.saturating_sub(1 + step),
        (_, true) => at.saturating_sub(step),
        (_, false) => at + 1 + step,
    }
}

/// A term around a type; if `broken`, the type does not meet one of its expressions.
pub fn term(facts: &Facts, row: &Row, broken: bool, draw: &mut Draw) -> Value {
    let count = draw.between(2, 5);
    let keys = keys_of(row, count, 75, draw);
    let bad = broken.then(|| draw.one(&keys));
    let expressions: Vec<Value> = keys
        .iter()
        .map(|key| expression(facts, key, row.label(key), bad == Some(*key), draw))
        .collect();
    json!({ "matchExpressions": expressions })
}

/// A `nodeSelector` of labels that the type has; if `broken`, one of them has another value.
pub fn selector(
    facts: &Facts,
    row: &Row,
    count: u64,
    broken: bool,
    draw: &mut Draw,
) -> Map<String, Value> {
    let mut keys = keys_of(row, count, 80, draw);
    keys.retain(|key| !row.label(key).is_empty());
    let bad = (broken && !keys.is_empty()).then(|| draw.one(&keys));
    let value = |key: &'static str, draw: &mut Draw| match bad == Some(key) {
        true => facts.other(key, row.label(key), draw),
        false => row.label(key),
    };
    keys.into_iter().map(|key| (key.to_owned(), value(key, draw).into())).collect()
}

/// Sets the terms of the required affinity.
pub fn require(spec: &mut Value, terms: Vec<Value>) {
    spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
        json!({ "nodeSelectorTerms": terms });
}
