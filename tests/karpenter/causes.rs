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
    /// A static pool has its nodes before any pod asks, and what they have may be shared.
    StaticPool,
    /// The pool is tainted with the name of the resource that the pod asks for: a cluster may add the toleration.
    TaintOfResource,
    /// Storage above that of the default root volume, which a node class enlarges.
    Storage,
    /// Karpenter's types have no huge pages; nodes may have been given some.
    HugePages,
    /// A resource that a device plugin or an administrator may add: the policy does not know it, or not how much.
    OthersResource,
    /// CPUs and memory together, or beside daemons: each alone fits.
    Room,
    /// A label that the cluster decides: zone, tenancy, reservation, operating system, one of its own.
    ClustersLabel,
    /// `DoesNotExist`, or `NotIn` of all values: nodes that Karpenter did not make have none of its labels.
    Absence,
    /// AL2023 does not run on a1; other systems do.
    A1,
    /// A type that the table does not describe as a whole, or of which releases tell different things.
    BarelyKnown,
}

impl Cause {
    const ALL: [Self; 12] = [
        Self::OtherNodes,
        Self::ToDay,
        Self::StaticPool,
        Self::TaintOfResource,
        Self::Storage,
        Self::HugePages,
        Self::OthersResource,
        Self::Room,
        Self::ClustersLabel,
        Self::Absence,
        Self::A1,
        Self::BarelyKnown,
    ];

    /// The cause, where the verdicts differ so that it needs one.
    pub fn of(pod: &Value, objects: &[Value], verdict: &Verdict, said: Said) -> Option<Self> {
        let needs_one = match verdict.outcome {
            Outcome::Runs => false,
            Outcome::WrongNode => said != Said::Denied,
            Outcome::NoNode | Outcome::Ignored => said == Said::Nothing,
        };
        let holds = || {
            let spec = pod["spec"].to_string();
            Self::ALL.into_iter().find(|cause| cause.holds(&spec, objects, verdict))
        };
        if needs_one { holds() } else { None }
    }

    /// Whether it can be the cause, by what the pod names and by Karpenter's reason.
    fn holds(self, spec: &str, objects: &[Value], verdict: &Verdict) -> bool {
        let names = |words: &[&str]| words.iter().any(|word| spec.contains(word));
        let because = |kinds: &[char]| verdict.reason.contains(kinds);
        match self {
            Self::OtherNodes => {
                because(&['f', 'd'])
                    || names(&["kubernetes.io/hostname", "\"ml.", "\"eks.amazonaws.com/"])
            }
            Self::StaticPool => objects.iter().any(|one| one["spec"].get("replicas").is_some()),
            Self::TaintOfResource => {
                let taints = |pool: &Value| pool["spec"]["template"]["spec"]["taints"].to_string();
                let is_tainted = |one: &Value| taints(one).contains("nvidia.com/gpu");
                because(&['t']) && names(&["nvidia.com/gpu"]) && objects.iter().any(is_tainted)
            }
            Self::ToDay => because(&['m', 'x']),
            Self::ClustersLabel => names(&[
                "topology.k",
                "failure-domain",
                "capacity-type",
                "capacity-reservation",
                "tenancy",
                "example.com/pool",
                "example.com/team",
                "karpenter.sh/nodepool",
                "kubernetes.io/os",
                "windows-build",
            ]),
            Self::OthersResource => names(&[
                "example.com/fpga",
                "smarter-devices",
                "neurondevice",
                "neuroncore",
                "gaudi",
            ]),
            Self::Storage => names(&["ephemeral-storage"]),
            Self::HugePages => names(&["hugepages"]),
            Self::Room => because(&['r', 'b']) && names(&["\"cpu\":", "\"memory\":"]),
            Self::Absence => names(&["DoesNotExist", "NotIn"]),
            Self::A1 => names(&["\"a1", "instance-category\":\"a\""]),
            Self::BarelyKnown => true,
        }
    }
}

/// So many pods there are of each cause, in the order of the causes, with releases 1.14, 1.8 and 1.0. A number may
/// only fall.
fn most(set: Set) -> [[usize; 3]; Cause::ALL.len()] {
    match set {
        Set::Pods => [[0; 3]; 12],
        Set::Clusters => [[0; 3]; 12],
    }
}

/// How many pods have each cause.
#[derive(Default)]
pub struct Exceptions(BTreeMap<(Cause, &'static str), Vec<String>>);

impl Exceptions {
    pub fn count(&mut self, release: &'static str, cause: Cause, pod: &Value, verdict: &Verdict) {
        let line = format!("{:?} {} {pod}", verdict.outcome, verdict.reason);
        self.0.entry((cause, release)).or_default().push(line);
    }

    /// Holds them against what is written down. `EXCEPTIONS=1 cargo test --test karpenter -- --nocapture` shows them.
    pub fn hold(&self, set: Set) {
        let mut wrong = String::new();
        for (number, cause) in Cause::ALL.into_iter().enumerate() {
            let of = |release| self.0.get(&(cause, release)).map_or(&[][..], Vec::as_slice);
            let found = RELEASES.map(|release| of(release).len());
            println!("{} {cause:?} {found:?}", set.name());
            if std::env::var_os("EXCEPTIONS").is_some() {
                let lines =
                    RELEASES.iter().flat_map(|one| of(one).iter().map(move |pod| (one, pod)));
                lines.for_each(|(release, pod)| println!("{release} {cause:?} {pod}"));
            }
            let most = most(set)[number];
            if found != most {
                wrong += &format!("{cause:?}: {found:?}, not {most:?}\n");
            }
        }
        assert!(wrong.is_empty(), "more are a defect, fewer are to be written down:\n{wrong}");
    }
}
