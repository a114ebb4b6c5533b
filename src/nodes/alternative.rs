//! One of the alternatives of a placement: its constraints and the types that meet them.

use std::{ops::BitOr, ptr};

use super::{Constraint, Domain, Names, Subject, key::Domains};
use crate::instances::{Catalog, TypeSet};

/// The constraints that count.
#[derive(Clone, Copy, Debug)]
pub enum Keep<'k, 'v> {
    /// All of them.
    All,
    /// All but the number of EFA interfaces.
    WithoutEfa,
    /// All but the types that the settings allow.
    WithoutAllowed,
    /// All but those that list network bandwidths.
    WithoutExactBandwidth,
    /// All but this one.
    Without(&'k Constraint<'v>),
    /// Only these.
    Only(&'k [&'k Constraint<'v>]),
}

impl Keep<'_, '_> {
    fn keeps(self, constraint: &Constraint<'_>) -> bool {
        match self {
            Self::All => true,
            Self::WithoutEfa => !constraint.is_efa(),
            Self::WithoutAllowed => !constraint.is_allowed(),
            Self::WithoutExactBandwidth => !constraint.is_exact_bandwidth(),
            Self::Without(dropped) => !ptr::eq(constraint, dropped),
            Self::Only(kept) => is_among(kept, constraint),
        }
    }
}

/// `true` if one of these is the constraint itself, not only an equal one.
pub(super) fn is_among(constraints: &[&Constraint<'_>], constraint: &Constraint<'_>) -> bool {
    constraints.iter().any(|one| ptr::eq(*one, constraint))
}

/// How far the table knows the types that can match an alternative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// The table knows every type that can match.
    Closed,
    /// The table knows every family that can match, but a family may get newer sizes.
    Families,
    /// Types or families are named that the table does not know, and they may match.
    Unknown,
    /// No type or family is named, so a newer type may match.
    Open,
}

/// A term of the required affinity with the constraints outside the terms: a node of the pod meets
/// all constraints of at least one alternative.
#[derive(Clone, Copy, Debug)]
pub struct Alternative<'p, 'v> {
    /// The constraints that all alternatives have in common.
    pub(super) shared: &'p [Constraint<'v>],
    /// Those of this alternative only.
    pub(super) own: &'p [Constraint<'v>],
    /// The domains whose labels the nodes carry, whatever the constraints.
    pub(super) carried: Domains,
    /// All types.
    pub(super) catalog: &'p Catalog,
}

impl<'p, 'v> Alternative<'p, 'v> {
    /// Its constraints, the shared ones first.
    pub fn constraints(self) -> impl Iterator<Item = &'p Constraint<'v>> {
        self.shared.iter().chain(self.own)
    }

    /// The first constraint that only nodes with a label of this domain meet.
    pub fn demanding(self, domain: Domain) -> Option<&'p Constraint<'v>> {
        self.constraints().find(|one| one.demands_label && one.domain == domain)
    }

    /// The kept constraints that can exclude a type. A node without a provisioner's labels meets
    /// every demand for their absence, so that excludes nothing unless the labels are demanded too.
    pub fn applying(self, keep: Keep<'_, 'v>) -> impl Iterator<Item = &'p Constraint<'v>> {
        let mut labels = self.carried;
        labels.extend(self.kept(keep).filter(|one| one.demands_label).map(|one| one.domain));
        // A node that Karpenter or Auto Mode made is an EC2 instance, with its type as a label.
        if labels.contains(Domain::Karpenter) || labels.contains(Domain::AutoMode) {
            labels.extend([Domain::Node, Domain::InstanceType]);
        }
        let is_ec2 = self.is_ec2();
        let applies = move |one: &&Constraint<'v>| match one.subject {
            Subject::Allowed(_) => is_ec2,
            _ => labels.contains(one.domain),
        };
        self.kept(keep).filter(applies)
    }

    /// The known types that meet the kept constraints.
    pub fn survivors(self, keep: Keep<'_, 'v>) -> TypeSet {
        common(self.catalog.all().clone(), self.applying(keep))
    }

    /// How far the table knows the types that the kept constraints name.
    pub fn world(self, keep: Keep<'_, 'v>) -> World {
        let names = || self.naming(keep).filter_map(|one| one.names);
        // One constraint whose names are all known is enough: the others only narrow it.
        let types_known = names().filter_map(Names::known_types).reduce(BitOr::bitor);
        let families_known = || names().filter_map(Names::known_families).reduce(BitOr::bitor);
        match (types_known, families_known()) {
            (Some(true), _) => World::Closed,
            (Some(false), _) | (None, Some(false)) => World::Unknown,
            (None, Some(true)) if self.names_sizes(keep) => World::Closed,
            (None, Some(true)) => World::Families,
            (None, None) => World::Open,
        }
    }

    /// `true` if the lack of a matching type in the table proves that none will ever match.
    pub fn is_proven(self) -> bool {
        match self.world(Keep::All) {
            World::Closed => true,
            World::Families => self.excludes_families(),
            World::Unknown | World::Open => false,
        }
    }

    /// `true` if the named families lack something that all sizes of a family have in common.
    pub(super) fn excludes_families(self) -> bool {
        let types = self.applying(Keep::All).filter_map(Constraint::in_all_sizes);
        let left = types.fold(self.catalog.all().clone(), |left, types| left.and(&types));
        left.is_empty()
    }

    /// `true` if a type, known or not, may meet the kept constraints.
    pub fn may_fit(self, keep: Keep<'_, 'v>) -> bool {
        let world = self.world(keep);
        world == World::Unknown || !self.likely(self.survivors(keep), world, keep).is_empty()
    }

    /// The types that count among those that meet the kept constraints. If no type is named, barely
    /// described types meet all constraints, but nobody means them.
    pub(super) fn likely(self, survivors: TypeSet, world: World, keep: Keep<'_, 'v>) -> TypeSet {
        match world {
            World::Open => survivors.and(&self.catalog.described()),
            World::Families => {
                let offered = self.catalog.offered();
                let families = common(self.catalog.all().clone(), self.naming(keep));
                if families.meets(&offered) { survivors.and(&offered) } else { survivors }
            }
            World::Closed | World::Unknown => survivors,
        }
    }

    /// `true` if a family and its sizes are named, and the table knows each; they amount to types.
    fn names_sizes(self, keep: Keep<'_, 'v>) -> bool {
        let mut naming = self.naming(keep);
        let (Some(family), None) = (naming.next(), naming.next()) else { return false };
        let sized = self.kept(keep).find_map(|one| one.sizes().map(|count| (one, count)));
        let (Subject::Label { values: [_], .. }, Some((sized, count))) = (family.subject, sized)
        else {
            return false;
        };
        let known = family.types.and(&sized.types).len();
        usize::try_from(known).is_ok_and(|known| known == count)
    }

    fn kept(self, keep: Keep<'_, 'v>) -> impl Iterator<Item = &'p Constraint<'v>> {
        self.constraints().filter(move |one| keep.keeps(one))
    }

    /// The kept constraints that name types or families.
    fn naming(self, keep: Keep<'_, 'v>) -> impl Iterator<Item = &'p Constraint<'v>> {
        let counts = move |one: &&Constraint<'v>| {
            one.names.is_some() && (!one.is_allowed() || self.is_ec2())
        };
        self.kept(keep).filter(counts)
    }

    /// `true` if the node certainly is an EC2 instance. The settings only allow types of EC2, and other
    /// nodes have only the labels that every node has.
    fn is_ec2(self) -> bool {
        let proves = |one: &Constraint<'v>| {
            one.is_efa() || (one.demands_label && one.domain != Domain::Node)
        };
        self.carried.contains(Domain::InstanceType) || self.constraints().any(proves)
    }
}

/// The types of a set that meet all of these constraints.
fn common<'p, 'v: 'p>(
    types: TypeSet,
    constraints: impl Iterator<Item = &'p Constraint<'v>>,
) -> TypeSet {
    constraints.fold(types, |types, one| types.and(&one.types))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        json::RawJson,
        nodes::Placement,
        settings::Settings,
        view::{Kind, View},
    };

    const KNOWN: &str = r#"{"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["p5.48xlarge"]}"#;
    const NEWER: &str = r#"{"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["p9.48xlarge"]}"#;
    const BOTH: &str = r#"{"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["p5.48xlarge", "p9.48xlarge"]}"#;
    const NOT_KNOWN: &str = r#"{"key": "node.kubernetes.io/instance-type", "operator": "NotIn", "values": ["p5.48xlarge"]}"#;
    const P5: &str =
        r#"{"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["p5"]}"#;
    const P9: &str =
        r#"{"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["p9"]}"#;
    const M5: &str =
        r#"{"key": "eks.amazonaws.com/instance-family", "operator": "In", "values": ["m5"]}"#;
    const LARGEST: &str =
        r#"{"key": "karpenter.k8s.aws/instance-size", "operator": "In", "values": ["48xlarge"]}"#;
    const MIDDLE: &str =
        r#"{"key": "karpenter.k8s.aws/instance-size", "operator": "In", "values": ["24xlarge"]}"#;
    const ARM: &str = r#"{"key": "kubernetes.io/arch", "operator": "In", "values": ["arm64"]}"#;

    const NO_SETTINGS: &str = "{}";
    const P5_ALLOWED: &str = r#"{"instanceTypes": {"allowed": ["p5.*"]}}"#;
    const P9_ALLOWED: &str = r#"{"instanceTypes": {"allowed": ["p5.*", "p9.*"]}}"#;

    /// The answer for the only alternative of a pod with these expressions.
    fn ask<T>(
        expressions: &[&str],
        settings: &str,
        question: impl Fn(Alternative<'_, '_>) -> T,
    ) -> T {
        let pod = format!(
            r#"{{"spec": {{"affinity": {{"nodeAffinity": {{"requiredDuringSchedulingIgnoredDuringExecution":
                {{"nodeSelectorTerms": [{{"matchExpressions": [{}]}}]}}}}}}}}}}"#,
            expressions.join(", ")
        );
        let settings = Settings::read(Some(RawJson(settings))).unwrap();
        let view = View::read(Kind::Pod, &pod).unwrap();
        let placement = Placement::of(&view.pods()[0], &settings);
        question(placement.alternatives().next().unwrap())
    }

    #[rstest]
    #[case::neither_types_nor_families(&[ARM], World::Open)]
    #[case::a_size_of_any_family(&[LARGEST], World::Open)]
    #[case::types_excluded(&[NOT_KNOWN], World::Open)]
    #[case::a_type(&[KNOWN], World::Closed)]
    #[case::a_newer_type(&[NEWER], World::Unknown)]
    #[case::a_type_or_a_newer_one(&[BOTH], World::Unknown)]
    #[case::of_these_only_the_known_one(&[BOTH, KNOWN], World::Closed)]
    #[case::a_family(&[P5], World::Families)]
    #[case::a_newer_family(&[P9], World::Unknown)]
    #[case::two_families_of_which_one_is_newer(&[P9, P5], World::Families)]
    #[case::a_type_decides_before_its_family(&[P9, KNOWN], World::Closed)]
    #[case::a_newer_type_decides_before_its_family(&[P5, NEWER], World::Unknown)]
    #[case::a_size_of_the_family(&[P5, LARGEST], World::Closed)]
    #[case::a_newer_size_of_the_family(&[P5, MIDDLE], World::Families)]
    #[case::a_size_and_a_type(&[P5, KNOWN, MIDDLE], World::Closed)]
    #[case::a_size_of_no_family(&[P5, M5, MIDDLE], World::Families)]
    fn world(#[case] expressions: &[&str], #[case] expected: World) {
        assert_eq!(ask(expressions, NO_SETTINGS, |one| one.world(Keep::All)), expected);
    }

    /// Allowed types count for nodes that certainly are EC2 instances.
    #[rstest]
    #[case::anywhere(&[ARM], P5_ALLOWED, World::Open)]
    #[case::on_ec2(&[LARGEST], P5_ALLOWED, World::Closed)]
    #[case::newer_types_too(&[LARGEST], P9_ALLOWED, World::Unknown)]
    #[case::newer_types_too_but_one_is_named(&[KNOWN], P9_ALLOWED, World::Closed)]
    fn world_of_allowed_types(
        #[case] expressions: &[&str],
        #[case] settings: &str,
        #[case] expected: World,
    ) {
        assert_eq!(ask(expressions, settings, |one| one.world(Keep::All)), expected);
        let without = ask(expressions, settings, |one| one.world(Keep::WithoutAllowed));
        assert_eq!(without, ask(expressions, NO_SETTINGS, |one| one.world(Keep::All)));
    }

    /// A constraint that is not kept names nothing.
    #[rstest]
    #[case::a_type(&[KNOWN, ARM], World::Open, World::Closed)]
    #[case::a_size(&[MIDDLE, P5], World::Families, World::Open)]
    #[case::a_newer_type(&[NEWER, P5], World::Families, World::Unknown)]
    fn world_of_some_constraints(
        #[case] expressions: &[&str],
        #[case] without_first: World,
        #[case] only_first: World,
    ) {
        let first = |one: Alternative<'_, '_>| {
            let first = one.constraints().next().unwrap();
            assert_eq!(one.world(Keep::Only(&[first])), only_first);
            one.world(Keep::Without(first))
        };
        assert_eq!(ask(expressions, NO_SETTINGS, first), without_first);
    }

    /// A newer type may meet anything; for the others the table decides.
    #[rstest]
    #[case::a_type_of_this_architecture(&[KNOWN], true)]
    #[case::a_type_of_another_architecture(&[KNOWN, ARM], false)]
    #[case::a_newer_type(&[NEWER, ARM], true)]
    #[case::any_type(&[ARM], true)]
    fn fits(#[case] expressions: &[&str], #[case] expected: bool) {
        assert_eq!(ask(expressions, NO_SETTINGS, |one| one.may_fit(Keep::All)), expected);
    }
}
