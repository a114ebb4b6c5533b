//! Draws the referees' input by a seed: single pods, and clusters with pods. It is stored nowhere: whoever
//! needs it draws it again, and a hash proves that it is the same.
//!
//! Each pod is drawn around a real type, as the facts describe it: it fits that type, or misses it in one
//! detail. So verdicts depend on every detail that Karpenter, kube-scheduler and the policy look at.

mod clusters;
mod draw;
mod expressions;
mod facts;
mod objects;
mod odd;
mod pods;
mod resources;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use draw::Draw;
use facts::Facts;

/// A cluster, and pods that arrive one at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// NodePools, EC2NodeClasses, NodeOverlays, DaemonSets.
    pub objects: Vec<Value>,
    /// The pods.
    pub pods: Vec<Value>,
}

/// The names of the described types, in the order of the facts; referees know these types.
pub fn types() -> Vec<&'static str> {
    Facts::read().names()
}

/// A set of scenarios.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// Pods in a cluster with one NodePool that accepts all.
    Pods,
    /// Pods in clusters of all kinds.
    Clusters,
}

impl Set {
    /// Both sets.
    pub const ALL: [Self; 2] = [Self::Pods, Self::Clusters];

    /// Its name in the names of recordings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pods => "pods",
            Self::Clusters => "clusters",
        }
    }

    fn seed(self) -> u64 {
        match self {
            Self::Pods => 20_261_129,
            Self::Clusters => 20_261_130,
        }
    }

    /// Draws the scenarios, the same ones every time.
    pub fn scenarios(self) -> Vec<Scenario> {
        let (facts, mut draw) = (Facts::read(), Draw::of(self.seed()));
        match self {
            // Several share a cluster, so that they can run in parallel.
            Self::Pods => {
                let mut all = vec![pods::named_ones()];
                all.extend((0..7).map(|_| {
                    (0..500).map(|_| pods::pod(&facts, &mut draw)).collect::<Vec<Value>>()
                }));
                all.into_iter().map(|pods| Scenario { objects: objects::open(), pods }).collect()
            }
            Self::Clusters => (0..150).map(|_| clusters::scenario(&facts, &mut draw)).collect(),
        }
    }

    /// The file of these scenarios, one per line, after a line that describes them.
    pub fn file(self, scenarios: &[Scenario]) -> String {
        let lines: Vec<String> = scenarios
            .iter()
            .map(|one| json!({"objects": one.objects, "pods": one.pods}).to_string())
            .collect();
        let text = lines.join("\n");
        let pods: usize = scenarios.iter().map(|one| one.pods.len()).sum();
        let head = json!({"set": self.name(), "seed": self.seed(), "pods": pods,
            "facts": hash(facts::TEXT), "sha256": hash(&text)});
        format!("{head}\n{text}\n")
    }
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
