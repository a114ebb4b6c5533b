//! Explains why a pod that does not run gets no warning, or why a node that it can't use is not predicted:
//! each such pod has a cause, and the number of pods per cause is recorded as a maximum.

use std::collections::BTreeMap;

use serde_json::Value;
use testkit::referee::Set;

use super::{
    recording::{Outcome, RELEASES, Verdict},
    said::Said,
};

/// The first matching variant is the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// It requires a node by name, or one that is not Karpenter's: other clusters have such nodes.
    OtherNodes,
    /// `minValues` or a limit of a pool, which depend on the current state.
    ToDay,
    /// A static pool has its nodes before any pod needs them, and other pods can share what they have.
    StaticPool,
    /// The pool's taint has the name of the resource that the pod requests: a cluster can add the
    /// toleration.
    TaintOfResource,
    /// More storage than the default root volume, which a node class can enlarge.
    Storage,
    /// Karpenter's types have no huge pages, but nodes can be configured with some.
    HugePages,
    /// A resource that a device plugin or an administrator can add: the policy does not know it, or not its
    /// amount.
    OthersResource,
    /// CPUs and memory fit individually, but not together or not next to daemons.
    Room,
    /// A bound above all numbers: for Karpenter it means that the label is absent.
    AboveAllNumbers,
    /// A label or a resource that this release gives to no or few types: the policy knows when labels were
    /// added, but not the patch release, and for resources it knows nothing.
    OfRelease,
    /// A label that the cluster decides: zone, tenancy, reservation, operating system, or one of its own.
    ClustersLabel,
    /// `DoesNotExist`, or `NotIn` with all values: nodes that Karpenter did not create have none of its
    /// labels.
    Absence,
    /// AL2023 does not run on a1; other systems do.
    A1,
}

impl Cause {
    const ALL: [Self; 13] = [
        Self::OtherNodes,
        Self::ToDay,
        Self::StaticPool,
        Self::TaintOfResource,
        Self::Storage,
        Self::HugePages,
        Self::OthersResource,
        Self::Room,
        Self::AboveAllNumbers,
        Self::OfRelease,
        Self::ClustersLabel,
        Self::Absence,
        Self::A1,
    ];

    /// Returns the cause, if the verdicts differ in a way that needs one.
    pub fn of(
        release: &str,
        pod: &Value,
        objects: &[Value],
        verdict: &Verdict,
        said: Said,
    ) -> Option<Self> {
        let needs_one = match verdict.outcome {
            Outcome::Runs => false,
            Outcome::WrongNode => said != Said::Denied,
            Outcome::NoNode | Outcome::Ignored => said == Said::Nothing,
        };
        let holds = || {
            let spec = pod["spec"].to_string();
            let holds = |one: &Self| one.is_of(release) && one.holds(&spec, objects, verdict);
            Self::ALL.into_iter().find(holds)
        };
        if !needs_one {
            return None;
        }
        let cause = holds();
        let why = (verdict.outcome, &verdict.reason);
        assert!(cause.is_some(), "{release}, {said:?}, {why:?}: no cause is known: {pod}");
        cause
    }

    /// `true` if the cause exists in the release.
    fn is_of(self, release: &str) -> bool {
        match self {
            // The newest release has everything that the policy knows.
            Self::OfRelease => release != "1.14",
            Self::StaticPool => release != "1.0",
            _ => true,
        }
    }

    /// `true` if it can be the cause, judging by what the pod names and by Karpenter's reason.
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
            Self::OfRelease => {
                because(&['a']) || names(&["network-bandwidth", "aws.amazon.com/neuron\""])
            }
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
                "pod-eni",
            ]),
            Self::Storage => names(&["ephemeral-storage"]),
            Self::HugePages => names(&["hugepages"]),
            Self::Room => because(&['r', 'b']) && names(&["\"cpu\":", "\"memory\":"]),
            Self::Absence => names(&["DoesNotExist", "NotIn"]),
            Self::A1 => names(&["\"a1", "instance-category\":\"a\""]),
            Self::AboveAllNumbers => names(&["9223372036854775807"]),
        }
    }
}

/// The maximum number of pods with each cause, single and in clusters, for releases 1.14, 1.8 and 1.0. A
/// number may only fall.
fn most(cause: Cause) -> ([usize; 3], [usize; 3]) {
    match cause {
        Cause::OtherNodes => ([24, 24, 24], [0, 0, 0]),
        Cause::ToDay => ([0, 0, 0], [9, 8, 7]),
        Cause::StaticPool => ([0, 0, 0], [18, 21, 0]),
        Cause::TaintOfResource => ([0, 0, 0], [28, 32, 41]),
        Cause::Storage => ([18, 18, 17], [2, 2, 4]),
        Cause::HugePages => ([11, 11, 11], [0, 0, 0]),
        Cause::OthersResource => ([11, 12, 25], [1, 1, 21]),
        Cause::Room => ([3, 3, 2], [0, 1, 1]),
        Cause::AboveAllNumbers => ([1, 0, 0], [0, 0, 0]),
        Cause::OfRelease => ([0, 16, 168], [0, 5, 36]),
        Cause::ClustersLabel => ([25, 23, 15], [1, 1, 0]),
        Cause::Absence => ([36, 32, 29], [1, 0, 0]),
        Cause::A1 => ([4, 0, 0], [0, 0, 0]),
    }
}

/// Counts the pods with each cause.
#[derive(Default)]
pub struct Exceptions(BTreeMap<(Cause, &'static str), Vec<String>>);

impl Exceptions {
    pub fn count(&mut self, release: &'static str, cause: Cause, pod: &Value, verdict: &Verdict) {
        let line = format!("{:?} {} {pod}", verdict.outcome, verdict.reason);
        self.0.entry((cause, release)).or_default().push(line);
    }

    /// Compares the counts with the recorded maximums. `EXCEPTIONS=1 cargo test --test karpenter --
    /// --nocapture` prints them.
    pub fn hold(&self, set: Set) {
        let mut wrong = String::new();
        for cause in Cause::ALL {
            let of = |release| self.0.get(&(cause, release)).map_or(&[][..], Vec::as_slice);
            let found = RELEASES.map(|release| of(release).len());
            println!("{} {cause:?} {found:?}", set.name());
            if std::env::var_os("EXCEPTIONS").is_some() {
                let lines =
                    RELEASES.iter().flat_map(|one| of(one).iter().map(move |pod| (one, pod)));
                lines.for_each(|(release, pod)| println!("{release} {cause:?} {pod}"));
            }
            let (alone, in_clusters) = most(cause);
            let most = if set == Set::Pods { alone } else { in_clusters };
            if found != most {
                wrong += &format!("{cause:?}: {found:?}, not {most:?}\n");
            }
        }
        assert!(wrong.is_empty(), "more are a defect, fewer are to be written down:\n{wrong}");
    }
}
