//! Compares the solver with a naive evaluation of every type: for generated pods, the types that it leaves
//! are those that some node can have.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, sync::LazyLock};

use eks_aiml_networking::{
    instances,
    nodes::{Keep, Placement},
    settings::Settings,
    view::{Kind, View},
};
use proptest::prelude::*;
use serde_json::{Value, json};

const CSV: &str = include_str!("../tablegen/data/instance-types.csv");

const LABELS_CSV: &str = include_str!("../tablegen/data/karpenter-labels.csv");

type Row = BTreeMap<&'static str, &'static str>;

fn rows() -> &'static [Row] {
    static ROWS: LazyLock<Vec<Row>> = LazyLock::new(parsed);
    &ROWS
}

fn parsed() -> Vec<Row> {
    let mut lines = CSV.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines.map(|line| header.iter().copied().zip(line.split(',')).collect()).collect()
}

/// The labels that Karpenter and EKS Auto Mode derive from a type, the column of the facts, and `true` if
/// an empty cell of a described type means that it has none.
const LABELS: [(&str, &str, bool); 19] = [
    ("instance-accelerator-count", "accelerator_count", true),
    ("instance-accelerator-manufacturer", "accelerator_manufacturer", true),
    ("instance-accelerator-name", "accelerator_name", true),
    ("instance-category", "category", false),
    ("instance-cpu", "vcpus", false),
    ("instance-cpu-manufacturer", "cpu_manufacturer", false),
    ("instance-ebs-bandwidth", "ebs_bandwidth_mbps", false),
    ("instance-encryption-in-transit-supported", "encryption_in_transit", false),
    ("instance-family", "family", false),
    ("instance-generation", "generation", false),
    ("instance-gpu-count", "gpu_count", true),
    ("instance-gpu-manufacturer", "gpu_manufacturer", true),
    ("instance-gpu-memory", "gpu_memory_mib", true),
    ("instance-gpu-name", "gpu_name", true),
    ("instance-hypervisor", "hypervisor", false),
    ("instance-local-nvme", "local_nvme_gib", true),
    ("instance-memory", "memory_mib", false),
    ("instance-network-bandwidth", "network_bandwidth_mbps", false),
    ("instance-size", "size", false),
];

/// Labels for which EKS documents no value.
const UNDOCUMENTED: [&str; 6] = [
    "instance-accelerator-count",
    "instance-accelerator-manufacturer",
    "instance-accelerator-name",
    "instance-capability-flex",
    "instance-ebs-bandwidth",
    "instance-network-bandwidth",
];

/// The label of a type: a value, `None` if it has none, an error if unknown.
fn fact(row: &Row, name: &str) -> Result<Option<String>, ()> {
    let known = LABELS.iter().find(|(label, ..)| *label == name);
    let (column, absent_if_empty) = match known {
        Some((_, column, absent)) => (*column, *absent),
        None if name == "instance-capability-flex" => {
            return Ok(Some(row["family"].contains("-flex").to_string()));
        }
        None => ("arch", false),
    };
    let none = |prefix: &str, count: &str, named: &str| {
        name.starts_with(prefix) && row[count] == "0" && row[named].is_empty()
    };
    match row[column].to_owned() {
        _ if none("instance-gpu", "gpu_count", "gpu_name") => Ok(None),
        _ if none("instance-accelerator", "accelerator_count", "accelerator_name") => Ok(None),
        value if !value.is_empty() => Ok(Some(value)),
        _ if absent_if_empty && !row["vcpus"].is_empty() => Ok(None),
        // Karpenter gives bare metal an empty value, and a bandwidth only if its own table has one.
        value if column == "hypervisor" && row["bare_metal"] == "true" => Ok(Some(value)),
        _ if column == "network_bandwidth_mbps" => Ok(None),
        _ if column == "ebs_bandwidth_mbps" && !row["encryption_in_transit"].is_empty() => Ok(None),
        _ => Err(()),
    }
}

/// The labels with other values in a release.
type Release = BTreeMap<&'static str, Option<&'static str>>;

/// The labels that each type carries by release, without duplicates.
fn releases(row: &Row) -> &'static [Release] {
    static RELEASES: LazyLock<BTreeMap<&str, Vec<Release>>> = LazyLock::new(|| {
        let rows = rows().iter().map(|row| row["instance_type"]);
        rows.map(|name| (name, releases_of(name))).collect()
    });
    RELEASES.get(row["instance_type"]).unwrap()
}

fn releases_of(instance_type: &str) -> Vec<Release> {
    let lines = || LABELS_CSV.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    let of_type = |line: &Vec<&str>| line[1] == instance_type || line[1] == "*";
    let lines: Vec<Vec<&'static str>> = lines().filter(of_type).collect();
    let mut releases: Vec<Release> = Vec::new();
    for release in 0..=15 {
        // If a label can have either of two values in a release, try both.
        for pick in [true, false] {
            let mut found = Release::new();
            for line in lines.iter().filter(|line| is_in(release, line[3])) {
                let value = (!line[2].is_empty()).then_some(line[2]);
                if pick || !found.contains_key(line[0]) {
                    found.insert(line[0], value);
                }
            }
            releases.push(found);
        }
    }
    releases.sort();
    releases.dedup();
    releases
}

/// `true` if ranges, for example `1.0-1.6 next`, contain this minor release; 15 is the next one.
fn is_in(release: u8, ranges: &str) -> bool {
    let minor = |name: &str| match name {
        "next" => 15,
        name => name.strip_prefix("1.").unwrap().parse::<u8>().unwrap(),
    };
    ranges == "any"
        || ranges.split(' ').any(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            (minor(first)..=minor(last)).contains(&release)
        })
}

/// A node of a type: the spelling of its type, and the provisioner whose labels it carries.
#[derive(Clone, Copy)]
struct Node<'r> {
    row: &'r Row,
    hyperpod: bool,
    karpenter: bool,
    auto_mode: bool,
}

impl Node<'_> {
    /// The value of a label in a release of Karpenter.
    fn label(&self, key: &str, release: &Release) -> Result<Option<String>, ()> {
        let (domain, name) = key.split_once('/').unwrap();
        match domain {
            "node.kubernetes.io" | "beta.kubernetes.io" if name == "instance-type" => {
                let prefix = if self.hyperpod { "ml." } else { "" };
                Ok(Some(format!("{prefix}{}", self.row["instance_type"])))
            }
            "karpenter.k8s.aws" if !self.karpenter => Ok(None),
            "eks.amazonaws.com" if !self.auto_mode => Ok(None),
            "eks.amazonaws.com" if UNDOCUMENTED.contains(&name) => Err(()),
            _ => match release.get(name) {
                Some(value) => Ok(value.map(str::to_owned)),
                None => fact(self.row, name),
            },
        }
    }

    /// `true` if the node can meet a requirement in some release: each requirement separately.
    fn may_meet(&self, requirement: &Value) -> bool {
        releases(self.row).iter().any(|release| self.meets(requirement, release))
    }

    /// `true` if it meets a requirement, as the scheduler evaluates it.
    fn meets(&self, requirement: &Value, release: &Release) -> bool {
        let key = requirement["key"].as_str().unwrap();
        let Ok(label) = self.label(key, release) else { return true };
        let values: Vec<&str> =
            requirement["values"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
        let label = label.as_deref();
        let number = |text: &str| text.parse::<i64>().ok();
        let compared = label.and_then(number).zip(values.first().copied().and_then(number));
        match requirement["operator"].as_str().unwrap() {
            "In" => label.is_some_and(|label| values.contains(&label)),
            "NotIn" => label.is_none_or(|label| !values.contains(&label)),
            "Exists" => label.is_some(),
            "DoesNotExist" => label.is_none(),
            "Gt" => compared.is_some_and(|(label, bound)| label > bound),
            _ => compared.is_some_and(|(label, bound)| label < bound),
        }
    }
}

fn may_be(row: &Row, terms: &[Vec<Value>]) -> bool {
    let mut nodes = (0_u8..8).map(|bits| Node {
        row,
        hyperpod: bits & 1 > 0,
        karpenter: bits & 2 > 0,
        auto_mode: bits & 4 > 0,
    });
    nodes.any(|node| {
        terms.iter().any(|term| !term.is_empty() && term.iter().all(|one| node.may_meet(one)))
    })
}

/// Returns the terms that some labels can meet, or all terms if there are none: a term that contradicts
/// itself on one label is not an alternative.
fn free_of_contradictions(terms: &[Vec<Value>]) -> Vec<Vec<Value>> {
    let key = |one: &Value| one["key"].as_str().unwrap().to_owned();
    let values = |one: &Value| -> Vec<String> {
        let values = one["values"].as_array().unwrap().iter();
        values.map(|value| value.as_str().unwrap().to_owned()).collect()
    };
    let meets = |one: &Value, value: Option<&str>| {
        let (among, number) = (values(one), |text: &str| text.parse::<i64>().ok());
        let bound = among.first().and_then(|bound| number(bound));
        let given = value.and_then(number);
        match one["operator"].as_str().unwrap() {
            "In" => value.is_some_and(|value| among.iter().any(|one| one == value)),
            "NotIn" => value.is_none_or(|value| !among.iter().any(|one| one == value)),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            // A bound that is not a number is for another rule.
            _ if bound.is_none() => value.is_some(),
            "Gt" => given > bound,
            _ => given.is_some() && given < bound,
        }
    };
    let is_free = |term: &&Vec<Value>| {
        term.iter().all(|one| {
            let same: Vec<&Value> = term.iter().filter(|other| key(other) == key(one)).collect();
            let named = same.iter().flat_map(|one| values(one));
            let near = |text: String| {
                let number = text.parse::<i64>().ok();
                let near = number
                    .map(|n| [n.saturating_sub(1), n.saturating_add(1)].map(|n| n.to_string()));
                near.into_iter().flatten().chain([text])
            };
            let tried = named.flat_map(near).chain(["another".to_owned()]).map(Some).chain([None]);
            tried.into_iter().any(|value| same.iter().all(|one| meets(one, value.as_deref())))
        })
    };
    let free: Vec<Vec<Value>> = terms.iter().filter(is_free).cloned().collect();
    if free.is_empty() { terms.to_vec() } else { free }
}

/// The values of a column, and some that no type has.
fn values_of(column: &'static str) -> Vec<String> {
    let mut values: Vec<String> = rows().iter().map(|row| row[column].to_owned()).collect();
    let label = LABELS.iter().find(|(_, of, _)| *of == column).map(|(label, ..)| *label);
    let lines = LABELS_CSV.lines().map(|line| line.split(',').collect::<Vec<_>>());
    values.extend(lines.filter(|line| Some(line[0]) == label).map(|line| line[2].to_owned()));
    values.extend(["", "-1", "02", "none", "100Gbps"].map(str::to_owned));
    values.sort_unstable();
    values.dedup();
    values
}

fn requirement() -> impl Strategy<Value = Value> {
    let mut keys: Vec<(String, Vec<String>)> = Vec::new();
    for domain in ["karpenter.k8s.aws", "eks.amazonaws.com"] {
        keys.extend(
            LABELS.map(|(label, column, _)| (format!("{domain}/{label}"), values_of(column))),
        );
        let flex = ["true", "false"].map(str::to_owned);
        keys.push((format!("{domain}/instance-capability-flex"), flex.to_vec()));
    }
    let types = values_of("instance_type");
    let hyperpod = types.iter().map(|name| format!("ml.{name}"));
    let types: Vec<String> = hyperpod.chain(types.clone()).collect();
    for domain in ["node.kubernetes.io", "beta.kubernetes.io"] {
        keys.push((format!("{domain}/instance-type"), types.clone()));
        keys.push((format!("{domain}/arch").replace("node.", ""), values_of("arch")));
    }
    let word = |words: &'static [&'static str]| prop::sample::select(words);
    let operator = word(&["In", "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]);
    let key_and_values = prop::sample::select(keys).prop_flat_map(|(key, values)| {
        (Just(key), prop::collection::vec(prop::sample::select(values), 1..4))
    });
    (key_and_values, operator).prop_map(|((key, mut values), operator)| {
        match operator {
            "Exists" | "DoesNotExist" => values.clear(),
            "Gt" | "Lt" => values.truncate(1),
            _ => {}
        }
        json!({ "key": key, "operator": operator, "values": values })
    })
}

/// `true` if the solver is as exact about this requirement as the naive evaluation. The solver lets pass
/// what a second spelling of a type, or a node outside EC2, may meet; and it leaves bounds that are not
/// integers to another rule.
fn is_exact(requirement: &Value) -> bool {
    match requirement["operator"].as_str().unwrap() {
        "Gt" | "Lt" => {
            let bound = requirement.pointer("/values/0").and_then(Value::as_str).unwrap();
            bound.parse::<i64>().is_ok()
        }
        "NotIn" | "DoesNotExist" => {
            !requirement["key"].as_str().unwrap().ends_with("/instance-type")
        }
        _ => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn the_solver_leaves_the_types_that_some_node_could_be(
        terms in prop::collection::vec(prop::collection::vec(requirement(), 1..5), 1..3)
    ) {
        let terms_json: Vec<Value> =
            terms.iter().map(|term| json!({ "matchExpressions": term })).collect();
        let pod = json!({ "spec": { "affinity": { "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": terms_json } } } } })
        .to_string();
        let view = View::read(Kind::Pod, &pod).unwrap();
        let settings = Settings::read(None).unwrap();
        let placement = Placement::of(&view.pods()[0], &settings);

        let exact = terms.iter().flatten().all(is_exact);
        let alternatives = free_of_contradictions(&terms);
        let (mut any, described) = (false, settings.catalog.described());
        for row in rows() {
            let name = row["instance_type"];
            let possible = may_be(row, &alternatives);
            let left = placement.candidates().contains(instances::row(name).unwrap());
            prop_assert!(left || !possible, "{name} is left out of {pod}");
            prop_assert!(!exact || left == possible, "{name} is left in {pod}");
            // If nothing is named, a type with hardly any data is not meant.
            any |= possible && described.contains(instances::row(name).unwrap());
        }
        prop_assert!(placement.is_satisfiable(Keep::All) || !any);

        // The reported conflict is a conflict, and each of its members is necessary.
        if let Some(conflict) = placement.conflict() {
            let members = &conflict.members;
            let within = |dropped: Option<usize>| {
                let kept: Vec<_> = members.iter().enumerate()
                    .filter(|(index, _)| Some(*index) != dropped)
                    .map(|(_, member)| *member)
                    .collect();
                !placement.is_satisfiable(Keep::Only(&kept))
            };
            prop_assert!(within(None), "no conflict in {pod}");
            for index in 0..members.len() {
                prop_assert!(!within(Some(index)), "{index} can be spared in {pod}");
            }
        }
    }
}
