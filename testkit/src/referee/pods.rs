//! Draws single pods. Their names say how they were made, so that a verdict can be investigated.

use serde_json::{Map, Value, json};

use super::{
    Draw,
    expressions::{expression, keys_of, require, selector, term},
    facts::{Facts, Row, is_number, keys},
    odd::odd,
    resources::{containers, devices, room},
};

/// The forms of pods, and the percentage of each.
const FORMS: [(&str, u64); 9] = [
    ("selector", 18),
    ("term", 25),
    ("room", 18),
    ("terms", 10),
    ("one-label", 9),
    ("odd", 9),
    ("open", 6),
    ("preferred", 2),
    ("devices", 3),
];

/// A pod with this spec.
pub fn named(name: &str, spec: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "ml"}, "spec": spec})
}

/// Small pods, one for each question that came up once.
pub fn named_ones() -> Vec<Value> {
    let lines = include_str!("named.jsonl").lines();
    let pods = lines.map(|line| {
        let mut one: Value = serde_json::from_str(line).unwrap();
        let spec = one["spec"].take();
        named(one["name"].as_str().unwrap(), spec)
    });
    pods.collect()
}

/// A pod.
pub fn pod(facts: &Facts, draw: &mut Draw) -> Value {
    let mut choice = draw.below(100);
    let form = FORMS.iter().find(|(_, share)| match choice.checked_sub(*share) {
        Some(rest) => {
            choice = rest;
            false
        }
        None => true,
    });
    let form = form.unwrap().0;
    let row = facts.row(draw).clone();
    let (mut spec, mut asked) = (json!({}), Map::new());
    let broken = draw.at_times(50);
    match form {
        "selector" => {
            let count = draw.between(2, 4);
            spec["nodeSelector"] = selector(facts, &row, count, broken, draw).into();
        }
        "term" => {
            require(&mut spec, vec![term(facts, &row, broken, draw)]);
            if draw.at_times(20) {
                spec["nodeSelector"] = selector(facts, &row, 1, false, draw).into();
            }
        }
        "room" => {
            pin(&row, &mut spec, draw);
            asked = devices(&row, 30, draw);
            asked.extend(room(&row, 30, draw));
        }
        "terms" => {
            let terms = (0..draw.between(2, 4)).map(|_| {
                let row = facts.row(draw).clone();
                let broken = draw.at_times(70);
                term(facts, &row, broken, draw)
            });
            let terms = terms.collect();
            require(&mut spec, terms);
            if draw.at_times(40) {
                let count = draw.between(1, 2);
                spec["nodeSelector"] = selector(facts, &row, count, broken, draw).into();
            }
        }
        "one-label" => one_label(facts, &row, &mut spec, draw),
        "odd" => odd(facts, &row, &mut spec, draw),
        "open" => open(facts, &row, &mut spec, draw),
        "preferred" => {
            spec["nodeSelector"] = selector(facts, &row, 1, false, draw).into();
            let preferred = (0..draw.between(1, 2)).map(|_| {
                let row = facts.row(draw).clone();
                json!({"weight": draw.between(1, 100), "preference": term(facts, &row, true, draw)})
            });
            let preferred: Vec<Value> = preferred.collect();
            spec["affinity"]["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"] =
                preferred.into();
        }
        _ => {
            // Only devices decide, with at most one more label.
            asked = devices(&row, 20, draw);
            if draw.at_times(60) {
                spec["nodeSelector"] = selector(facts, &row, 1, broken, draw).into();
            }
        }
    }
    if ["selector", "term", "terms"].contains(&form) && draw.at_times(25) {
        asked = devices(&row, 20, draw);
        asked.extend(room(&row, 20, draw));
    }
    spec["containers"] = containers(asked, draw);
    named(form, spec)
}

/// Pins the type or its group, or nothing.
fn pin(row: &Row, spec: &mut Value, draw: &mut Draw) {
    const LABELS: [&str; 6] = [
        "node.kubernetes.io/instance-type",
        "node.kubernetes.io/instance-type",
        "karpenter.k8s.aws/instance-family",
        "karpenter.k8s.aws/instance-size",
        "karpenter.k8s.aws/instance-category",
        "",
    ];
    let key = draw.one(&LABELS);
    if !row.label(key).is_empty() {
        spec["nodeSelector"] = json!({ key: row.label(key) });
    }
}

/// Several expressions on one label, and one or two on others.
fn one_label(facts: &Facts, row: &Row, spec: &mut Value, draw: &mut Draw) {
    let numbers = draw.at_times(50);
    let fits = |key: &&str| if numbers { is_number(key) } else { !row.label(key).is_empty() };
    let key = draw.one(&keys().into_iter().filter(fits).collect::<Vec<_>>());
    let value = row.label(key);
    let mut all: Vec<Value> = Vec::new();
    for _ in 0..draw.between(2, 4) {
        let broken = draw.at_times(20);
        all.push(expression(facts, key, value, broken, draw));
    }
    let count = draw.between(1, 2);
    for other in keys_of(row, count, 80, draw) {
        if other != key {
            all.push(expression(facts, other, row.label(other), false, draw));
        }
    }
    let all = draw.shuffled(all);
    require(spec, vec![json!({ "matchExpressions": all })]);
    if draw.at_times(30) && !value.is_empty() {
        let value = if draw.at_times(60) { value } else { facts.other(key, value, draw) };
        spec["nodeSelector"] = json!({ key: value });
    }
}

/// One or two expressions that name neither a type nor a family.
fn open(facts: &Facts, row: &Row, spec: &mut Value, draw: &mut Draw) {
    let named = ["node.kubernetes.io/instance-type", "karpenter.k8s.aws/instance-family"];
    let keys: Vec<&str> = keys().into_iter().filter(|key| !named.contains(key)).collect();
    let mut all: Vec<Value> = Vec::new();
    for _ in 0..draw.below(4) {
        let (key, broken) = (draw.one(&keys), draw.at_times(40));
        let value = if draw.at_times(70) { row.label(key) } else { "" };
        all.push(expression(facts, key, value, broken, draw));
    }
    if !all.is_empty() {
        require(spec, vec![json!({ "matchExpressions": all })]);
    }
}
