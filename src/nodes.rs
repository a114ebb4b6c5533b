//! Which instance types a pod can land on.
//!
//! Every constraint is the set of types that it leaves possible; a pod fits a type where one of
//! its terms, together with what holds for all terms, leaves that type. What can't be decided
//! from the table leaves every type: unknown proves nothing.
//!
//! Semantics: kubernetes/component-helpers scheduling/corev1/nodeaffinity; the labels are those
//! that Karpenter and EKS Auto Mode derive from a type.

mod conflict;
mod constraint;
mod contradiction;
mod demand;
mod key;
mod place;
mod steps;

use std::cell::OnceCell;

pub use conflict::{Conflict, Nearest};
pub use constraint::{Constraint, Demand, Subject};
pub use contradiction::{Expression, contradictions};
pub use key::{Domain, Key, NETWORK_BANDWIDTH, Operator};
pub use place::{Place, preferred_term, required_terms};
pub use steps::Step;

use crate::instances::{Catalog, TypeSet};

/// No hand-written term has more constraints.
const MANY: usize = 64;

/// All that a pod, or a NodePool, demands of the type of its nodes.
#[derive(Debug)]
pub struct Placement<'v> {
    constraints: Vec<Constraint<'v>>,
    /// The alternatives: for each term that can match at all, its constraints beside the shared
    /// ones. A pod without required affinity has one, empty alternative.
    branches: Vec<std::ops::Range<usize>>,
    /// How many constraints hold for every branch: those of `nodeSelector` and the demands.
    shared: usize,
    /// Where the required affinity stands, if none of its terms can match anything.
    pub dead_affinity: Option<String>,
    /// Whether there is nothing to solve: the pod has its node, or goes where no EC2 type is.
    pub is_decided: bool,
    /// How many EFA interfaces the pod asks for.
    pub efa: u64,
    /// The types that are known.
    pub catalog: &'v Catalog,
    /// The domains whose labels its nodes carry for certain.
    demanded: [bool; Domain::COUNT],
    solved: OnceCell<Solved>,
}

/// What most rules ask of a placement, worked out in one pass.
#[derive(Debug)]
struct Solved {
    /// The types that remain, the number of EFA interfaces left aside.
    candidates: TypeSet,
    /// Whether a type, known or not, remains: under all constraints, and without that number.
    fits: bool,
    fits_without_efa: bool,
    /// Whether each alternative names types or families, all of which the table knows.
    closed: bool,
    /// Whether an alternative names only types or families that the table does not know.
    names_unknown: bool,
}

/// Which constraints count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consider {
    /// All of them.
    All,
    /// All but the number of EFA interfaces.
    WithoutEfa,
}

impl<'v> Placement<'v> {
    /// Whether nothing in the pod speaks of the type.
    pub fn is_free(&self) -> bool {
        self.constraints.iter().all(Constraint::is_allowed) && self.dead_affinity.is_none()
    }

    /// How many terms can match at all; a pod without required affinity counts as one.
    pub fn alternatives(&self) -> usize {
        self.branches.len()
    }

    /// All constraints, in the order of `nodeSelector`, demands, terms.
    pub fn constraints(&self) -> &[Constraint<'v>] {
        &self.constraints
    }

    fn solved(&self) -> &Solved {
        self.solved.get_or_init(|| {
            let efa = self.constraints.iter().find(|constraint| constraint.is_efa());
            let mut solved = Solved {
                candidates: TypeSet::none(),
                fits: false,
                fits_without_efa: false,
                closed: true,
                names_unknown: false,
            };
            for branch in &self.branches {
                let left = self.branch_survivors(branch, &|_, constraint| !constraint.is_efa());
                let pins = self.pins(branch, &|_, _| true);
                let unknown = pins == Some(false);
                solved.closed &= pins == Some(true);
                solved.names_unknown |= unknown;
                solved.fits_without_efa |= unknown || !left.is_empty();
                solved.fits |= unknown
                    || match efa {
                        None => !left.is_empty(),
                        Some(efa) => left.meets(&efa.types),
                    };
                solved.candidates |= &left;
            }
            solved
        })
    }

    /// The types that the pod may land on, the number of EFA interfaces left aside.
    pub fn candidates(&self) -> &TypeSet {
        &self.solved().candidates
    }

    /// Whether the pod may land on a type at all.
    pub fn is_satisfiable(&self, consider: Consider) -> bool {
        match consider {
            Consider::All => self.solved().fits,
            Consider::WithoutEfa => self.solved().fits_without_efa,
        }
    }

    /// Whether the absence of a known type is proof: each alternative names types or families,
    /// and the table knows all of them.
    pub fn is_closed(&self) -> bool {
        self.solved().closed
    }

    /// The types that the nodes are for certain one of, the first constraint that names them with
    /// them; nothing where they can be others, or one of them has nothing known.
    pub fn pinned(&self) -> Option<(&Constraint<'v>, &TypeSet)> {
        // What the settings allow says nothing of a pod that asks for nothing.
        let own = || self.constraints.iter().filter(|constraint| !constraint.is_allowed());
        let pin = own().find(|constraint| constraint.pins.is_some()).or_else(|| own().next())?;
        let candidates = self.candidates();
        (self.is_closed() && !self.names_unknown() && !candidates.is_empty())
            .then_some((pin, candidates))
    }

    /// Whose labels the nodes of each alternative carry, as its constraints tell.
    pub fn domains(&self) -> impl Iterator<Item = Option<Domain>> {
        self.branches.iter().map(|branch| {
            let demanded =
                |domain| self.of_branch(branch).any(|(_, c)| c.demands_label && c.domain == domain);
            [Domain::Karpenter, Domain::AutoMode].into_iter().find(|domain| demanded(*domain))
        })
    }

    /// Two constraints of an alternative that no node meets together, because the one asks for a
    /// label of Karpenter and the other for one of EKS Auto Mode.
    pub fn mixed(&self) -> Option<(&Constraint<'v>, &Constraint<'v>)> {
        self.branches.iter().find_map(|branch| {
            let of = |domain| {
                let demands = |c: &&Constraint<'v>| c.demands_label && c.domain == domain;
                self.of_branch(branch).map(|(_, constraint)| constraint).find(demands)
            };
            of(Domain::Karpenter).zip(of(Domain::AutoMode))
        })
    }

    /// Whether an alternative names only types or families that the table does not know: they
    /// may have anything.
    pub fn names_unknown(&self) -> bool {
        self.solved().names_unknown
    }

    /// Whether each alternative has a constraint of this sort.
    pub fn every_alternative(&self, sort: impl Fn(&Constraint<'v>) -> bool) -> bool {
        self.alternatives_with(sort).all(|has| has)
    }

    /// Of each alternative whether it has a constraint of this sort.
    pub fn alternatives_with(
        &self,
        sort: impl Fn(&Constraint<'v>) -> bool,
    ) -> impl Iterator<Item = bool> {
        self.branches
            .iter()
            .map(move |branch| self.of_branch(branch).any(|(_, constraint)| sort(constraint)))
    }

    /// The types that alternatives without a constraint of this sort leave, the number of EFA
    /// interfaces left aside.
    pub fn left_without(&self, sort: impl Fn(&Constraint<'v>) -> bool) -> TypeSet {
        let mut out = TypeSet::none();
        for (branch, has) in self.branches.iter().zip(self.alternatives_with(sort)) {
            if !has {
                out |= &self.branch_survivors(branch, &|_, constraint| !constraint.is_efa());
            }
        }
        out
    }

    /// The types that remain under the constraints that `keep` selects.
    pub fn survivors(&self, keep: impl Fn(&Constraint<'v>) -> bool) -> TypeSet {
        let mut out = TypeSet::none();
        for branch in &self.branches {
            out |= &self.branch_survivors(branch, &|_, constraint| keep(constraint));
        }
        out
    }

    /// For each constraint that `sort` selects, the types that remain without it. Terms with more
    /// constraints than anyone writes are left out.
    pub fn without_each(
        &self,
        sort: impl Fn(&Constraint<'v>) -> bool,
    ) -> Vec<(&Constraint<'v>, TypeSet)> {
        let mut out = Vec::new();
        let (mut once, mut twice) = (TypeSet::none(), TypeSet::none());
        let branches: Vec<TypeSet> = self
            .branches
            .iter()
            .map(|branch| self.branch_survivors(branch, &|_, _| true))
            .collect();
        for survivors in &branches {
            twice |= &once.and(survivors);
            once |= survivors;
        }
        for constraint in self.constraints.iter().take(self.shared).filter(|c| sort(c)) {
            out.push((constraint, self.survivors(|other| !std::ptr::eq(other, constraint))));
        }
        for (branch, survivors) in self.branches.iter().zip(&branches) {
            if branch.len() > MANY {
                continue;
            }
            for (index, constraint) in self.of_branch(branch).skip(self.shared) {
                if sort(constraint) {
                    // What other branches leave: all that two leave, or one that is not this one.
                    let mut left = once.minus(survivors);
                    left |= &twice;
                    left |= &self.branch_survivors(branch, &|other, _| other != index);
                    out.push((constraint, left));
                }
            }
        }
        out
    }

    /// Whether a type, known or not, remains under the constraints that `keep` selects.
    pub fn may_fit(&self, keep: impl Fn(&Constraint<'v>) -> bool) -> bool {
        self.branches.iter().any(|branch| self.branch_fits(branch, &|_, c| keep(c)))
    }

    /// Whether a type, known or not, remains of a branch under the constraints that `keep` selects.
    fn branch_fits(
        &self,
        branch: &std::ops::Range<usize>,
        keep: &dyn Fn(usize, &Constraint<'v>) -> bool,
    ) -> bool {
        self.is_unknown(branch, keep) || !self.branch_survivors(branch, keep).is_empty()
    }

    fn is_unknown(
        &self,
        branch: &std::ops::Range<usize>,
        keep: &dyn Fn(usize, &Constraint<'v>) -> bool,
    ) -> bool {
        self.pins(branch, keep) == Some(false)
    }

    /// Whether the table knows all that a branch can be about: types, where it names some, else
    /// families; nothing where it names neither. A size that the named families do not have may
    /// be a newer type.
    fn pins(
        &self,
        branch: &std::ops::Range<usize>,
        keep: &dyn Fn(usize, &Constraint<'v>) -> bool,
    ) -> Option<bool> {
        let kept = || self.of_branch(branch).filter(|(index, constraint)| keep(*index, constraint));
        let counts =
            |constraint: &Constraint<'v>| !constraint.is_allowed() || self.is_typed(branch);
        let pins = || {
            kept().filter_map(|(_, constraint)| {
                Some((constraint, constraint.pins.filter(|_| counts(constraint))?))
            })
        };
        let names_types = pins().any(|(_, pins)| pins.types);
        let deciding = || pins().filter(|(_, pins)| pins.types == names_types);
        deciding().next()?;
        let known = deciding().any(|(_, pins)| pins.known);
        if names_types || !known {
            return Some(known);
        }
        let left = |sort: &dyn Fn(&Constraint<'v>) -> bool| {
            let mut left = self.catalog.all().clone();
            for (_, constraint) in kept().filter(|(_, constraint)| sort(constraint)) {
                left = left.and(&constraint.types);
            }
            left
        };
        let pinned = |constraint: &Constraint<'v>| constraint.pins.is_some() && counts(constraint);
        let families = left(&pinned);
        let sized = left(&|constraint| pinned(constraint) || constraint.is_size());
        Some(families.is_empty() || !sized.is_empty())
    }

    fn branch_survivors(
        &self,
        branch: &std::ops::Range<usize>,
        keep: &dyn Fn(usize, &Constraint<'v>) -> bool,
    ) -> TypeSet {
        let mut out = self.catalog.all().clone();
        for (_, constraint) in self.applying(branch, keep) {
            out = out.and(&constraint.types);
        }
        out
    }

    /// The kept constraints of a branch that apply. A node without a provisioner's labels meets
    /// whatever asks for their absence: that applies only where another constraint demands them.
    fn applying(
        &self,
        branch: &std::ops::Range<usize>,
        keep: &dyn Fn(usize, &Constraint<'v>) -> bool,
    ) -> impl Iterator<Item = (usize, &Constraint<'v>)> {
        let kept = move || self.of_branch(branch).filter(move |(index, c)| keep(*index, c));
        let mut demanded = self.demanded;
        for (_, constraint) in kept().filter(|(_, constraint)| constraint.demands_label) {
            if let Some(domain) = demanded.get_mut(constraint.domain as usize) {
                *domain = true;
            }
        }
        let typed = self.is_typed(branch);
        kept().filter(move |(_, c)| match c.subject {
            Subject::Allowed => typed,
            _ => demanded.get(c.domain as usize) == Some(&true),
        })
    }

    /// Whether the node is an instance of EC2: others carry no more than the labels that every node
    /// has.
    fn is_typed(&self, branch: &std::ops::Range<usize>) -> bool {
        let typed =
            |c: &Constraint<'v>| c.is_efa() || (c.demands_label && c.domain != Domain::Node);
        self.demanded.iter().skip(1).any(|demanded| *demanded)
            || self.of_branch(branch).any(|(_, constraint)| typed(constraint))
    }

    fn of_branch(
        &self,
        branch: &std::ops::Range<usize>,
    ) -> impl Iterator<Item = (usize, &Constraint<'v>)> {
        let own = self.constraints.iter().enumerate().skip(branch.start).take(branch.len());
        self.constraints.iter().enumerate().take(self.shared).chain(own)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{settings::Settings, view::View};

    /// Whether some node may meet it, and whether the table alone decides.
    #[rstest]
    #[case::a_type(r#"{"node.kubernetes.io/instance-type": "p5.48xlarge"}"#, (true, true))]
    #[case::a_newer_type(r#"{"node.kubernetes.io/instance-type": "p9.48xlarge"}"#, (true, false))]
    #[case::a_family(r#"{"karpenter.k8s.aws/instance-family": "p5"}"#, (true, true))]
    #[case::a_newer_family(r#"{"karpenter.k8s.aws/instance-family": "p9"}"#, (true, false))]
    #[case::a_type_of_another_size(
        r#"{"node.kubernetes.io/instance-type": "p5.48xlarge", "karpenter.k8s.aws/instance-size": "24xlarge"}"#,
        (false, true)
    )]
    #[case::a_newer_size(
        r#"{"karpenter.k8s.aws/instance-family": "p5", "karpenter.k8s.aws/instance-size": "24xlarge"}"#,
        (true, false)
    )]
    #[case::two_families(
        r#"{"karpenter.k8s.aws/instance-family": "p5", "eks.amazonaws.com/instance-family": "m5"}"#,
        (false, true)
    )]
    #[case::disputed(
        r#"{"node.kubernetes.io/instance-type": "g7.2xlarge",
            "karpenter.k8s.aws/instance-network-bandwidth": "60000"}"#,
        (true, true)
    )]
    #[case::hybrid_nodes(
        r#"{"eks.amazonaws.com/compute-type": "hybrid", "node.kubernetes.io/instance-type": "m5.large",
            "kubernetes.io/arch": "arm64"}"#,
        (true, false)
    )]
    fn worlds(#[case] selector: &str, #[case] expected: (bool, bool)) {
        let pod = format!(r#"{{"spec": {{"nodeSelector": {selector}}}}}"#);
        let view = View::read(crate::view::Kind::Pod, &pod).unwrap();
        let settings = Settings::read(None).unwrap();
        let placement = Placement::of(&view.pods()[0], &settings);
        assert_eq!((placement.is_satisfiable(Consider::All), placement.is_closed()), expected);
        assert_eq!(placement.may_fit(|_| true), expected.0);
    }
}
