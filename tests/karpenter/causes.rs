//! Why a pod that does not run passes in silence, or a node that it can't use is not foreseen: each such pod has
//! a cause, and of each cause there are so many and no more.

use std::collections::BTreeMap;

use serde_json::Value;
use testkit::referee::Set;

use super::{
    recording::{Outcome, RELEASES, Verdict},
    said::Said,
};

/// The first that holds is the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// It is for a node by its name, or for one that is not of Karpenter: others have such nodes.
    OtherNodes,
    /// `minValues` or a limit of a pool: what changes from day to day.
    ToDay,
    /// A label that the cluster decides: zone, tenancy, reservation, operating system, one of its own.
    ClustersLabel,
    /// A resource that a device plugin or an administrator may add: the policy does not know it, or not how much.
    OthersResource,
    /// Storage above that of the default root volume, which a node class enlarges.
    Storage,
    /// CPUs and memory together, or beside daemons: each alone fits.
    Room,
    /// Karpenter's types have no huge pages; nodes may have been given some.
    HugePages,
    /// `DoesNotExist`, or `NotIn` of all values: nodes that Karpenter did not make have none of its labels.
    Absence,
    /// AL2023 does not run on a1; other systems do.
    A1,
    /// A type that the table does not describe as a whole, or of which releases tell different things.
    BarelyKnown,
}

impl Cause {
    const ALL: [Self; 10] = [
        Self::OtherNodes,
        Self::ToDay,
        Self::ClustersLabel,
        Self::OthersResource,
        Self::Storage,
        Self::Room,
        Self::HugePages,
        Self::Absence,
        Self::A1,
        Self::BarelyKnown,
    ];

    /// The cause, where the verdicts differ so that it needs one.
    pub fn of(pod: &Value, verdict: &Verdict, said: Said) -> Option<Self> {
        let needs_one = match verdict.outcome {
            Outcome::Runs => false,
            Outcome::WrongNode => said != Said::Denied,
            Outcome::NoNode | Outcome::Ignored => said == Said::Nothing,
        };
        let text = pod["spec"].to_string();
        let cause = Self::ALL.into_iter().find(|cause| cause.holds(&text, verdict));
        needs_one.then(|| cause.unwrap_or(Self::BarelyKnown))
    }

    /// Whether it can be the cause, by what the pod names and by Karpenter's reason.
    fn holds(self, spec: &str, verdict: &Verdict) -> bool {
        let names = |words: &[&str]| words.iter().any(|word| spec.contains(word));
        let because = |kinds: &[char]| verdict.reason.contains(kinds);
        match self {
            Self::OtherNodes => {
                because(&['f', 'd'])
                    || names(&["kubernetes.io/hostname", "\"ml.", "\"eks.amazonaws.com/"])
            }
            Self::ToDay => because(&['m', 'x']),
            Self::ClustersLabel => names(&[
                "topology.k", "failure-domain", "capacity-type", "capacity-reservation", "tenancy",
                "example.com/pool", "example.com/team", "karpenter.sh/nodepool", "kubernetes.io/os", "windows-build",
            ]),
            Self::OthersResource => names(&["example.com/fpga", "smarter-devices", "neurondevice", "neuroncore", "gaudi"]),
            Self::Storage => names(&["ephemeral-storage"]),
            Self::HugePages => names(&["hugepages"]),
            Self::Room => because(&['r', 'b']) && names(&["\"cpu\":", "\"memory\":"]),
            Self::Absence => names(&["DoesNotExist", "NotIn"]),
            Self::A1 => names(&["\"a1", "instance-category\":\"a\""]),
            Self::BarelyKnown => true,
        }
    }
}

/// So many there are, by set and cause: with releases 1.14, 1.8 and 1.0. A number may only fall.
const MOST: &[(Set, Cause, [usize; 3])] = &[];

/// How many pods have each cause.
#[derive(Default)]
pub struct Exceptions(BTreeMap<(Cause, &'static str), Vec<String>>);

impl Exceptions {
    pub fn count(&mut self, release: &'static str, cause: Cause, pod: &Value, verdict: &Verdict) {
        let line = format!("{:?} {} {pod}", verdict.outcome, verdict.reason);
        self.0.entry((cause, release)).or_default().push(line);
    }

    /// Holds them against what is written down.
    pub fn hold(&self, set: Set) {
        let mut wrong = String::new();
        for cause in Cause::ALL {
            let found = RELEASES.map(|release| self.0.get(&(cause, release)).map_or(0, Vec::len));
            let known = MOST.iter().find(|(of, one, _)| (*of, *one) == (set, cause));
            let known = known.map_or([0; 3], |(.., known)| *known);
            let known = &known[..RELEASES.len()];
            println!("{} {cause:?} {found:?}", set.name());
            if std::env::var("DUMP").is_ok() {
                for (release, pods) in RELEASES.iter().filter_map(|r| Some((r, self.0.get(&(cause, *r))?))) {
                    for pod in pods { println!("D {release} {cause:?} {pod}"); }
                }
            }
            if found[..] != known[..] {
                wrong += &format!("{cause:?}: {found:?}, not {known:?}\n");
            }
        }
        assert!(wrong.is_empty(), "more are a defect, fewer are to be written down:\n{wrong}");
    }
}
