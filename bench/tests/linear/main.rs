//! Checks that the cost of a call grows linearly with the payload, whatever is large or deep in it,
//! measured in fuel, which is the same on every machine. Nothing large may make the module trap.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;

use bench::engine::Guests;

/// The large things, one per line: the name, an initial size, the part of the object, and the text. `<*a*>`
/// is replaced by copies of `a` with commas between them, `<<a>>` by copies without; in them, `{i}` is the
/// position, and `{h}` a number in no particular order.
const LARGE: &str = include_str!("large.txt");

/// Returns the name, the initial size, and a function that makes the object of a size.
fn large() -> impl Iterator<Item = (&'static str, usize, impl Fn(usize) -> String)> {
    LARGE.lines().map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [name, size, whole, part] = columns[..] else { panic!("{line}") };
        (name, size.parse().unwrap(), move |size| object(whole, &grown(part, size)))
    })
}

/// Returns the text with its repetitions expanded.
fn grown(text: &str, times: usize) -> String {
    let mut grown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        let (end, between) = if after.starts_with('*') { ("*>", ",") } else { (">>", "") };
        let (item, after) = after.split_once(end).unwrap();
        let item = item.strip_prefix(['*', '<']).unwrap();
        grown += before;
        grown += &many(times, between, |i| {
            let unordered = i.wrapping_mul(2_654_435_761) % 1_000_003;
            item.replace("{i}", &i.to_string()).replace("{h}", &unordered.to_string())
        });
        rest = after;
    }
    grown + rest
}

fn many(count: usize, between: &str, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(between)
}

/// An object with this text in one of its parts.
fn object(whole: &str, part: &str) -> String {
    const DEVICES: &str =
        r#""resources":{"limits":{"nvidia.com/gpu":8,"vpc.amazonaws.com/efa":32}}"#;
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    let pod = |metadata: &str, spec: &str| {
        format!(r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{{metadata}}},"spec":{{{spec}}}}}"#)
    };
    let trains = r#""labels":{"HPJob":"llm"}"#;
    let spec =
        |spec: &str| pod(trains, &format!(r#""containers":[{{"name":"a",{DEVICES}}}],{spec}"#));
    match whole {
        "object" => part.to_owned(),
        "metadata" => pod(part, &format!(r#""containers":[{{"name":"a",{DEVICES}}}]"#)),
        "spec" => spec(part),
        "container" => pod(
            trains,
            &format!(
                r#""containers":[{{"name":"a",{DEVICES},{part}}}],"nodeSelector":{{"node.kubernetes.io/instance-type":"p5.48xlarge"}}"#
            ),
        ),
        "terms" => spec(&format!(
            r#""affinity":{{"nodeAffinity":{{"{REQUIRED}":{{"nodeSelectorTerms":[{part}]}}}}}}"#
        )),
        other => panic!("{other}"),
    }
}

/// The payload of the engine when the object is created, or updated to itself.
fn payload(object: &str, update: bool) -> Vec<u8> {
    let field = |name: &str| object.split('"').skip_while(|part| *part != name).nth(2).unwrap();
    let group = field("apiVersion").split_once('/').map_or("", |(group, _)| group);
    let kind = field("kind");
    let (old, operation) = if update { (object, "UPDATE") } else { ("null", "CREATE") };
    let settings =
        r#"{"rules":{"bandwidth-value":"fix"},"efa":{"devicePlugin":true},"nodeLabels":"both"}"#;
    format!(
        r#"{{"request":{{"kind":{{"group":"{group}","kind":"{kind}"}},"namespace":"ml","object":{object},"oldObject":{old},"operation":"{operation}"}},"settings":{settings}}}"#
    )
    .into_bytes()
}

/// The growth in percent of the cost per byte that is allowed when the payload doubles: sorting costs a
/// little more.
const PERCENT: u64 = 15;

#[test]
fn twice_the_payload_costs_twice_as_much() {
    let guests = Guests::compile(&fs::read("../policy.wasm").unwrap()).unwrap();
    let mut faults = Vec::new();
    for (name, size, object) in large() {
        for update in [false, true] {
            // Fuel and memory per hundred bytes.
            let [(one, _), (two, _), (four, memory)] = [1, 2, 4].map(|times| {
                let payload = payload(&object(size * times), update);
                let mut guest = guests.instantiate().unwrap();
                let outcome = guest.call("validate", &payload).unwrap();
                assert!(!outcome.response.is_empty(), "{name}");
                let bytes = payload.len() as u64;
                (outcome.fuel * 100 / bytes, outcome.memory * 100 / bytes)
            });
            println!("{name:<34}{update:>6}{one:>9}{two:>9}{four:>9} fuel{memory:>7} bytes");
            let grown = |from: u64, to: u64| to * 100 > from * (100 + PERCENT);
            if grown(one, two) || grown(two, four) {
                faults.push(format!("{name}: {one}, {two}, {four}"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn nothing_is_too_large() {
    let guests = Guests::compile(&fs::read("../policy.wasm").unwrap()).unwrap();
    let container = r#"{"args":["--seed","{i}"],"env":[{"name":"RANK","value":"{i}"}],"image":"example.com/ml/train:1.4","name":"c{i}","resources":{"limits":{"cpu":"1","memory":"8Gi"}},"volumeMounts":[{"mountPath":"/data","name":"data"}]}"#;
    let containers = format!(r#""initContainers":[<*{container}*>]"#);
    for (name, size, whole, part, most) in [
        (
            "a value of a megabyte",
            1 << 20,
            "container",
            r#""env":[{"name":"DATA","value":"<<x>>"}]"#,
            20,
        ),
        ("a million labels", 1_000_000, "metadata", r#""labels":{<*"l{i}":"v"*>}"#, 250),
        ("five megabytes of containers", 25_000, "spec", &*containers, 100),
        ("a hundred thousand levels", 100_000, "spec", r#""x":<<[>><<]>>"#, 40),
    ] {
        let payload = payload(&object(whole, &grown(part, size)), false);
        let outcome = guests.instantiate().unwrap().call("validate", &payload).unwrap();
        let (bytes, fuel, memory) = (payload.len() as u64, outcome.fuel, outcome.memory);
        println!(
            "{name:<34}{bytes:>10} bytes{:>5} fuel a byte{:>5} MiB",
            fuel / bytes,
            memory >> 20
        );
        assert!(outcome.response.starts_with(br#"{"accepted":true"#), "{name}");
        assert!(fuel < most * bytes, "{name}: {fuel} for {bytes} bytes");
    }
}
