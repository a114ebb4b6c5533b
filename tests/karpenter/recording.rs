//! Reads a recording: Karpenter's and kube-scheduler's verdicts on the pods of a set.

use std::{collections::HashMap, io::Read as _};

use eks_aiml_networking::instances::{self, TypeSet};
use flate2::read::GzDecoder;
use serde_json::Value;
use testkit::referee::{self, Scenario, Set};

/// The outcome of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Karpenter creates a node, and kube-scheduler binds the pod to it.
    Runs,
    /// Karpenter creates nodes that the pod can't use.
    WrongNode,
    /// Karpenter creates no node.
    NoNode,
    /// Karpenter ignores the pod.
    Ignored,
}

/// The verdict on a pod.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub outcome: Outcome,
    /// The types of the nodes that run it.
    pub types: TypeSet,
    /// The nodes are those of a static pool.
    pub is_static: bool,
    /// The reason why no node runs it: a word from e2e/karpenter/record.go.
    pub reason: String,
}

/// The verdicts of a release on a set.
pub struct Recording {
    /// For example `1.14`.
    pub release: &'static str,
    pub verdicts: Vec<Verdict>,
}

/// The releases, the newest first.
pub const RELEASES: [&str; 3] = ["1.14", "1.8", "1.0"];

fn packed(set: Set, release: &str) -> &'static [u8] {
    match (set, release) {
        (Set::Pods, "1.14") => include_bytes!("pods-1.14.gz"),
        (Set::Pods, "1.8") => include_bytes!("pods-1.8.gz"),
        (Set::Pods, _) => include_bytes!("pods-1.0.gz"),
        (Set::Clusters, "1.14") => include_bytes!("clusters-1.14.gz"),
        (Set::Clusters, "1.8") => include_bytes!("clusters-1.8.gz"),
        (Set::Clusters, _) => include_bytes!("clusters-1.0.gz"),
    }
}

/// Returns the scenarios of a set, and each release's verdicts on them. A hash proves that they are the
/// same pods.
pub fn recorded(set: Set) -> (Vec<Scenario>, [Recording; RELEASES.len()]) {
    let scenarios = set.scenarios();
    let file = set.file(&scenarios);
    let drawn: Value = serde_json::from_str(file.lines().next().unwrap()).unwrap();
    let recordings = RELEASES.map(|release| read(set, release, &drawn));
    (scenarios, recordings)
}

fn read(set: Set, release: &'static str, drawn: &Value) -> Recording {
    let mut text = String::new();
    GzDecoder::new(packed(set, release)).read_to_string(&mut text).unwrap();
    let (head, lines) = text.split_once('\n').unwrap();
    let head: Value = serde_json::from_str(head).unwrap();
    for part in ["set", "seed", "pods", "facts", "sha256"] {
        let remedy = "the recording is of other pods or facts: `make karpenter` makes it anew";
        assert_eq!(head[part], drawn[part], "{part}: {remedy}");
    }
    let known = head["provider"].as_str().unwrap();
    assert!(known.starts_with(&format!("v{release}.")), "{known} is not of {release}");
    let rows: Vec<u16> =
        referee::types().iter().map(|name| instances::row(name).unwrap()).collect();
    assert_eq!(head["types"], rows.len());
    let mut seen: HashMap<usize, TypeSet> = HashMap::new();
    let mut verdicts = Vec::new();
    for (number, line) in lines.lines().enumerate() {
        let (outcome, rest) = line.split_at(1);
        let outcome = match outcome {
            "R" => Outcome::Runs,
            "W" => Outcome::WrongNode,
            "N" => Outcome::NoNode,
            "I" => Outcome::Ignored,
            other => panic!("{other}"),
        };
        let mut verdict =
            Verdict { outcome, types: TypeSet::none(), is_static: false, reason: rest.to_owned() };
        if outcome == Outcome::Runs {
            let plain = rest.strip_prefix('s');
            verdict.is_static = plain.is_some();
            verdict.types = match plain.unwrap_or(rest).strip_prefix('=') {
                Some(before) => seen[&before.parse().unwrap()].clone(),
                None => types(plain.unwrap_or(rest), &rows),
            };
            seen.insert(number, verdict.types.clone());
        }
        verdicts.push(verdict);
    }
    assert_eq!(head["pods"], verdicts.len());
    Recording { release, verdicts }
}

/// `12-15,98`
fn types(ranges: &str, rows: &[u16]) -> TypeSet {
    let mut types = TypeSet::none();
    for range in ranges.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
        rows[first..=last].iter().for_each(|row| types.insert(*row));
    }
    types
}
