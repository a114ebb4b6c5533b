//! The initial inputs for fuzzing: the cases in `e2e/cases` and their parts, and the manifests in
//! `e2e/good`.

use std::{collections::BTreeSet, path::PathBuf};

use serde_json::{Value, json};
use testkit::{
    corpus::{Exchange, cases, good},
    files::{entries, root, text, yaml},
};

/// A recorded answer of a case's host, in the format of [`crate::review()`].
fn answer(exchange: &Exchange) -> Value {
    let asked = |name: &str| exchange.request.lines().find_map(|line| line.strip_prefix(name));
    json!({
        "asks": asked("image: ").or_else(|| asked("name: ")),
        "payload": exchange.response.as_ref().ok(),
        "message": exchange.response.as_ref().err(),
    })
}

/// The payloads of the cases, and requests for the good manifests.
pub fn review() -> Vec<Vec<u8>> {
    let of_cases = cases().into_iter().map(|case| {
        let mut payload = json!({ "request": case.request(), "settings": case.settings() });
        if let Some(host) = &case.host {
            payload["host"] = host.iter().map(answer).collect();
        }
        payload
    });
    let good = good().into_iter().map(|manifest| {
        let (group, _, kind) = manifest.group_version_kind();
        let kind = json!({ "group": group, "kind": kind });
        let namespace = manifest.field("/metadata/namespace");
        json!({ "request": { "kind": kind, "operation": "CREATE", "namespace": namespace,
                             "object": manifest.object },
                "settings": {} })
    });
    of_cases.chain(good).map(|payload| payload.to_string().into_bytes()).collect()
}

/// The value of a YAML file; `None` if it holds several documents.
fn document(path: PathBuf) -> Option<Value> {
    yaml_serde::from_str(&text(path)).ok()
}

/// The settings of the cases, and those in `policy-settings`.
pub fn settings() -> Vec<Vec<u8>> {
    let of_cases = cases().into_iter().map(|case| case.settings());
    let ready = ["policy-settings", "playground/plans"];
    let ready = ready.iter().flat_map(|folder| entries(root().join(folder)));
    let ready = ready.filter(|path| path.extension().is_some_and(|end| end == "yml"));
    let ready = ready.filter_map(document).flat_map(|value| {
        // A manifest contains its settings.
        [value.pointer("/spec/settings").cloned(), Some(value)].into_iter().flatten()
    });
    let texts: BTreeSet<String> = of_cases.chain(ready).map(|value| value.to_string()).collect();
    texts.into_iter().map(String::into_bytes).collect()
}

/// The quantities of the cases, two per seed, and those at the limits.
pub fn quantities() -> Vec<Vec<u8>> {
    let mut found = BTreeSet::new();
    for case in cases() {
        quantities_in(&case.request(), false, &mut found);
    }
    let limits = [
        "0.0Gi",
        "500m",
        "1.5k",
        "1.",
        ".5",
        "+1",
        "-1",
        "1e3",
        "1E3",
        "1E",
        "1Ei",
        "9Ei",
        "1e30",
        "1e-300000",
        "1e300000",
        "18446744073709551615",
        "18446744073709551616",
        "1000000000n",
        "5120Mi",
        "10000000000000000000000000000000000000000",
        "1e2147483647",
        "1e-2147483648",
        " 8 ",
        "8ki",
        "-",
    ];
    found.extend(limits.map(str::to_owned));
    let all: Vec<String> = found.into_iter().collect();
    let next = all.iter().cycle().skip(1);
    all.iter().zip(next).map(|(one, other)| format!("{one}\n{other}").into_bytes()).collect()
}

fn quantities_in(value: &Value, inside: bool, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let inside = inside || matches!(key.as_str(), "requests" | "limits" | "sizeLimit");
                quantities_in(member, inside, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| quantities_in(item, inside, found)),
        Value::String(text) if inside => _ = found.insert(text.clone()),
        Value::Number(number) if inside => _ = found.insert(number.to_string()),
        _ => {}
    }
}

/// Networks in numbers: pseudo-random, the same every time.
pub fn address_plan() -> Vec<Vec<u8>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut noise = || {
        // xorshift64 (Marsaglia, 2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (1..=96).map(|words| (0..words).flat_map(|_| noise()).collect()).collect()
}

/// The sample of the API: the whole, and each of its types.
pub fn tablegen() -> Vec<Vec<u8>> {
    let sample = yaml(root().join("tablegen/data/describe-instance-types.sample.json"));
    let types = sample["InstanceTypes"].as_array().cloned().unwrap_or_default();
    let each = types.into_iter().map(|one| json!({ "InstanceTypes": [one] }));
    each.chain([sample.clone()]).map(|value| value.to_string().into_bytes()).collect()
}
