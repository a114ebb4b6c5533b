//! Draws what people rarely write, mostly by mistake: odd values, operators and keys.

use serde_json::{Value, json};

use super::{
    Draw,
    expressions::{expression, keys_of, require, selector},
    facts::{Facts, Row, is_number, keys},
};

/// Labels that do not follow from the type, and labels that no node has.
const OTHERS: [(&str, &[&str]); 21] = [
    ("karpenter.sh/capacity-type", &["on-demand", "spot", "reserved", "ondemand"]),
    ("topology.kubernetes.io/zone", &["us-west-2a", "us-west-2a", "us-west-2b"]),
    ("topology.kubernetes.io/region", &["us-west-2", "us-east-1"]),
    ("kubernetes.io/os", &["linux", "linux", "windows"]),
    ("karpenter.k8s.aws/instance-tenancy", &["default", "dedicated", "host"]),
    ("topology.k8s.aws/zone-id", &["usw2-az1", "usw2-az2"]),
    ("karpenter.sh/nodepool", &["default", "gpu"]),
    ("team.example.com/pool", &["a"]),
    ("karpenter.k8s.aws/instance-hypervisor", &["nitro", "xen", ""]),
    ("eks.amazonaws.com/instance-family", &["p5", "m5"]),
    ("eks.amazonaws.com/instance-gpu-count", &["8"]),
    ("beta.kubernetes.io/instance-type", &["p5.48xlarge", "m5.large"]),
    ("beta.kubernetes.io/arch", &["amd64", "arm64"]),
    ("failure-domain.beta.kubernetes.io/zone", &["us-west-2a"]),
    ("kubernetes.io/hostname", &["node-1"]),
    ("karpenter.k8s.aws/ec2nodeclass", &["default"]),
    ("karpenter.sh/initialized", &["true"]),
    ("karpenter.sh/registered", &["true"]),
    ("karpenter.k8s.aws/instance-gpu-nane", &["h100"]),
    ("karpenter.k8s.aws/capacity-reservation-id", &["cr-1"]),
    ("node.kubernetes.io/windows-build", &["10.0.20348"]),
];

/// A value changed by typos, other units or other alphabets.
fn value(of: &str, draw: &mut Draw) -> String {
    let number = if of.parse::<i64>().is_ok() { of } else { "8" };
    let forms = [
        format!("0{number}"),
        format!("00{number}"),
        format!("-{number}"),
        format!("+{number}"),
        format!("{number}.0"),
        format!("{number}Gbps"),
        format!(" {number}"),
        format!("{number} "),
        of.to_uppercase(),
        "-1".to_owned(),
        "0.5".to_owned(),
        "1e3".to_owned(),
        String::new(),
        "9223372036854775807".to_owned(),
        "9223372036854775808".to_owned(),
        "4294967296".to_owned(),
        "-9223372036854775808".to_owned(),
        "99999999999999999999".to_owned(),
        "0x10".to_owned(),
        "1_000".to_owned(),
        "٣".to_owned(),
        "x".repeat(64),
        "none".to_owned(),
        "-0".to_owned(),
        "00".to_owned(),
        "0".to_owned(),
    ];
    draw.one(&forms)
}

/// Makes the pod odd.
pub fn odd(facts: &Facts, row: &Row, spec: &mut Value, draw: &mut Draw) {
    let mut base: Vec<Value> = Vec::new();
    for key in keys_of(row, 2, 80, draw) {
        base.push(expression(facts, key, row.label(key), false, draw));
    }
    let carried: Vec<&str> = keys().into_iter().filter(|key| !row.label(key).is_empty()).collect();
    let key = draw.one(&carried);
    let number = draw.one(&keys().into_iter().filter(|key| is_number(key)).collect::<Vec<_>>());
    let (others, at_other) = draw.one(&OTHERS);
    let with = |one: Value| [base.clone(), vec![one]].concat();
    let terms = |all: Vec<Value>| json!({ "matchExpressions": all });
    match draw.below(13) {
        0 => {
            let mut chosen = selector(facts, row, 2, false, draw);
            chosen.insert(key.to_owned(), value(row.label(key), draw).into());
            spec["nodeSelector"] = chosen.into();
        }
        1..4 => {
            let operator = draw.one(&["Gt", "Lt"]);
            let bound = value(row.label(number), draw);
            let one = json!({"key": number, "operator": operator, "values": [bound]});
            require(spec, vec![terms(with(one))]);
        }
        4 => {
            let mut values = vec![value(row.label(key), draw), row.label(key).to_owned()];
            if draw.at_times(50) {
                values.truncate(1);
            }
            let one = json!({"key": key, "operator": draw.one(&["In", "NotIn"]), "values": values});
            require(spec, vec![terms(with(one))]);
        }
        5 => {
            let (empty, base) = (json!({}), terms(base));
            let broken = expression(
                facts,
                "karpenter.k8s.aws/instance-family",
                row.text("family"),
                true,
                draw,
            );
            let all = [
                vec![empty.clone()],
                vec![terms(Vec::new())],
                vec![empty.clone(), base.clone()],
                vec![base, empty.clone()],
                vec![terms(vec![broken]), empty],
            ];
            require(spec, draw.one(&all));
            if draw.at_times(50) {
                spec["nodeSelector"] = selector(facts, row, 1, false, draw).into();
            }
        }
        6 => {
            let field = json!({"key": "metadata.name", "operator": "In", "values": ["node-1"]});
            let all = [
                vec![json!({"matchFields": [field]})],
                vec![json!({"matchFields": [field], "matchExpressions": base})],
                vec![json!({"matchFields": [field]}), terms(base)],
            ];
            require(spec, draw.one(&all));
        }
        7 | 8 => {
            let mut chosen = selector(facts, row, 1, false, draw);
            chosen.insert(others.to_owned(), draw.one(at_other).into());
            spec["nodeSelector"] = chosen.into();
        }
        9 | 10 => {
            let operator = draw.one(&["In", "NotIn", "Exists", "DoesNotExist"]);
            let mut one = json!({"key": others, "operator": operator});
            if ["In", "NotIn"].contains(&operator) {
                one["values"] = json!([draw.one(at_other)]);
            }
            let mut all = vec![terms(with(one))];
            if draw.at_times(30) {
                all.push(terms(base));
            }
            require(spec, all);
        }
        11 => {
            let cases: [(&str, &[&str]); 10] = [
                ("Gte", &["4"]),
                ("Lte", &["4"]),
                ("Equals", &["4"]),
                ("gt", &["4"]),
                ("Exists", &["x"]),
                ("DoesNotExist", &["x"]),
                ("In", &[]),
                ("NotIn", &[]),
                ("Gt", &["1", "2"]),
                ("Lt", &[]),
            ];
            let (operator, values) = draw.one(&cases);
            let one = json!({"key": key, "operator": operator, "values": values});
            require(spec, vec![terms(with(one))]);
        }
        _ => {
            let words: Vec<&str> = carried.iter().copied().filter(|key| !is_number(key)).collect();
            let bound = draw.below(10).to_string();
            let one = json!({"key": draw.one(&words), "operator": draw.one(&["Gt", "Lt"]), "values": [bound]});
            require(spec, vec![terms(with(one))]);
        }
    }
}
