//! The instance types that a pod can land on.
//!
//! Every constraint is the set of types that meet it. A pod fits a type if that type meets all
//! constraints of at least one alternative: a term of the required affinity, with the constraints
//! outside the terms. A constraint that the table can't decide excludes no type.
//!
//! Semantics: kubernetes/component-helpers scheduling/corev1/nodeaffinity; the labels are those
//! that Karpenter and EKS Auto Mode derive from a type.

mod alternative;
mod conflict;
mod constraint;
mod contradiction;
mod demand;
mod key;
mod nearest;
mod place;
mod pool;
mod relaxed;
mod room;
mod steps;
mod subsets;
mod words;

use std::cell::OnceCell;

pub use alternative::{Alternative, Keep, World};
pub use conflict::Conflict;
pub use constraint::{Constraint, Demand, Subject};
pub use contradiction::{Expression, can_meet, contradictions, expressions};
pub use key::{Domain, Key, NETWORK_BANDWIDTH, Operator};
pub use nearest::Nearest;
pub use place::{Place, preferred_term, required_terms};
pub use pool::Offer;
pub use room::{leaves, left_for_pods};
pub use steps::Step;

use constraint::Names;
use key::Domains;

use crate::instances::{Catalog, TypeSet};

/// The constraints of a pod, or of a NodePool, on the instance type of its nodes.
#[derive(Debug)]
pub struct Placement<'v> {
    /// The constraints outside the terms: `nodeSelector`, resources, settings.
    shared: Vec<Constraint<'v>>,
    /// The constraints of each term that can match a node; one empty term without required affinity.
    terms: Vec<Vec<Constraint<'v>>>,
    /// The place of the required affinity, if none of its terms can match a node.
    pub dead_affinity: Option<String>,
    /// `true` if there is nothing to solve: the pod is bound to a node, or can't land on EC2.
    pub is_decided: bool,
    /// The known types.
    pub catalog: &'v Catalog,
    /// The domains whose labels the nodes carry, whatever the constraints.
    carried: Domains,
    /// Boxed, because a placement is moved while it is made, and the sets are large.
    solved: OnceCell<Box<Solved>>,
}

/// The answers that most rules need.
#[derive(Debug)]
struct Solved {
    candidates: TypeSet,
    likely: TypeSet,
    solutions: Vec<Solution>,
}

/// The result for one alternative, not counting the number of EFA interfaces.
#[derive(Debug)]
struct Solution {
    survivors: TypeSet,
    /// The survivors that count (see [`Alternative::likely`]).
    likely: TypeSet,
    world: World,
}

impl Solution {
    /// `true` if a type, known or not, may meet the alternative and this number of EFA interfaces.
    fn may_fit(&self, efa: Option<&Constraint<'_>>) -> bool {
        let fits = match efa {
            None => !self.likely.is_empty(),
            Some(efa) => self.likely.meets(&efa.types),
        };
        fits || self.world == World::Unknown
    }
}

impl<'v> Placement<'v> {
    /// `true` if the pod has no constraint on the type.
    pub fn is_free(&self) -> bool {
        self.constraints().all(Constraint::is_allowed) && self.dead_affinity.is_none()
    }

    /// All constraints: first those outside the terms, then those of each term.
    pub fn constraints(&self) -> impl Iterator<Item = &Constraint<'v>> {
        self.shared.iter().chain(self.terms.iter().flatten())
    }

    /// The alternatives, in the order of the terms that can match; one without required affinity.
    pub fn alternatives(&self) -> impl ExactSizeIterator<Item = Alternative<'_, 'v>> {
        self.terms.iter().map(|own| Alternative {
            shared: &self.shared,
            own,
            carried: self.carried,
            catalog: self.catalog,
        })
    }

    fn solved(&self) -> &Solved {
        self.solved.get_or_init(|| {
            let (mut candidates, mut all_likely) = (TypeSet::none(), TypeSet::none());
            let solution = |alternative: Alternative<'_, 'v>| {
                let survivors = alternative.survivors(Keep::WithoutEfa);
                candidates |= &survivors;
                let world = alternative.world(Keep::All);
                let likely = alternative.likely(survivors.clone(), world, Keep::WithoutEfa);
                all_likely |= &likely;
                Solution { survivors, likely, world }
            };
            let solutions = self.alternatives().map(solution).collect();
            Box::new(Solved { candidates, likely: all_likely, solutions })
        })
    }

    /// The types that the pod can land on, not counting the number of EFA interfaces.
    pub fn candidates(&self) -> &TypeSet {
        &self.solved().candidates
    }

    /// The candidates without barely described types, which nobody means.
    pub fn likely(&self) -> &TypeSet {
        &self.solved().likely
    }

    /// `true` if a type, known or not, may meet the kept constraints.
    pub fn is_satisfiable(&self, keep: Keep<'_, 'v>) -> bool {
        let solutions = &self.solved().solutions;
        match keep {
            Keep::All => {
                let efa = self.constraints().find(|one| one.is_efa());
                solutions.iter().any(|one| one.may_fit(efa))
            }
            Keep::WithoutEfa => solutions.iter().any(|one| one.may_fit(None)),
            _ => self.alternatives().any(|one| one.may_fit(keep)),
        }
    }

    /// `true` if the table knows every type that can match.
    pub fn is_closed(&self) -> bool {
        self.solved().solutions.iter().all(|one| one.world == World::Closed)
    }

    /// `true` if the lack of a matching type in the table proves that none will ever match.
    pub fn is_proven(&self) -> bool {
        self.alternatives().all(Alternative::is_proven)
    }

    /// `true` if an alternative names only types or families that the table does not know, whose
    /// hardware can be anything.
    pub fn names_unknown(&self) -> bool {
        self.solved().solutions.iter().any(|one| one.world == World::Unknown)
    }

    /// The candidates and the first constraint that names them or their families; `None` if others
    /// are possible.
    pub fn pinned(&self) -> Option<(&Constraint<'v>, &TypeSet)> {
        // The allowed types by themselves say nothing about a pod without constraints.
        let own = || self.constraints().filter(|one| !one.is_allowed());
        let pin = own().find(|one| one.names.is_some()).or_else(|| own().next())?;
        let candidates = self.candidates();
        let named = |one: &Solution| matches!(one.world, World::Closed | World::Families);
        let is_named = self.solved().solutions.iter().all(named);
        (is_named && !candidates.is_empty()).then_some((pin, candidates))
    }

    /// For each alternative, the provisioner whose labels its nodes carry; `None` if it demands no
    /// such label.
    pub fn domains(&self) -> impl Iterator<Item = Option<Domain>> {
        let provisioners = [Domain::Karpenter, Domain::AutoMode];
        self.alternatives().map(move |alternative| {
            provisioners.into_iter().find(|domain| alternative.demanding(*domain).is_some())
        })
    }

    /// Two constraints of one alternative that no node meets together, because one demands a label
    /// of Karpenter and the other a label of EKS Auto Mode.
    pub fn mixed(&self) -> Option<(&Constraint<'v>, &Constraint<'v>)> {
        self.alternatives().find_map(|alternative| {
            alternative.demanding(Domain::Karpenter).zip(alternative.demanding(Domain::AutoMode))
        })
    }

    /// `true` if each alternative has a constraint that matches.
    pub fn every_alternative(&self, matches: impl Fn(&Constraint<'v>) -> bool) -> bool {
        self.alternatives_with(matches).all(|has_one| has_one)
    }

    /// For each alternative, `true` if one of its constraints matches.
    pub fn alternatives_with(
        &self,
        matches: impl Fn(&Constraint<'v>) -> bool,
    ) -> impl Iterator<Item = bool> {
        self.alternatives().map(move |alternative| alternative.constraints().any(&matches))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{settings::Settings, view::View};

    /// Expects: some node may meet it; the table by itself decides.
    #[rstest]
    #[case::a_type(r#"{"node.kubernetes.io/instance-type": "p5.48xlarge"}"#, (true, true))]
    #[case::a_newer_type(r#"{"node.kubernetes.io/instance-type": "p9.48xlarge"}"#, (true, false))]
    #[case::a_family(r#"{"karpenter.k8s.aws/instance-family": "p5"}"#, (true, false))]
    #[case::a_newer_family(r#"{"karpenter.k8s.aws/instance-family": "p9"}"#, (true, false))]
    #[case::a_type_of_another_size(
        r#"{"node.kubernetes.io/instance-type": "p5.48xlarge", "karpenter.k8s.aws/instance-size": "24xlarge"}"#,
        (false, true)
    )]
    #[case::a_size(
        r#"{"karpenter.k8s.aws/instance-family": "p5", "karpenter.k8s.aws/instance-size": "48xlarge"}"#,
        (true, true)
    )]
    #[case::a_newer_size(
        r#"{"karpenter.k8s.aws/instance-family": "p5", "karpenter.k8s.aws/instance-size": "24xlarge"}"#,
        (false, false)
    )]
    #[case::two_families(
        r#"{"karpenter.k8s.aws/instance-family": "p5", "eks.amazonaws.com/instance-family": "m5"}"#,
        (false, false)
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
        assert_eq!((placement.is_satisfiable(Keep::All), placement.is_closed()), expected);
    }
}
