//! Explains why no type fits: a smallest set of constraints that no node meets together.

use super::{
    Alternative, Constraint, Keep, Placement, Subject, World,
    alternative::is_among,
    subsets::{first_subset, reduced},
};

/// Conflicts are searched up to this many constraints of an alternative, and alternatives of a pod.
/// Beyond, the conflict found need not be the smallest.
const MAX_SEARCHED: usize = 16;

/// Up to this size, all sets of constraints of an alternative are tried.
const MAX_SMALLEST: usize = 3;

/// Constraints that no type meets together, although some type meets them without any one.
#[derive(Debug)]
pub struct Conflict<'p, 'v> {
    /// The constraints, in the order of the placement.
    pub members: Vec<&'p Constraint<'v>>,
    /// `true` if the members are all of them; otherwise there are too many to list.
    pub complete: bool,
}

impl<'v> Placement<'v> {
    /// The conflict; `None` if a type may fit.
    pub fn conflict(&self) -> Option<Conflict<'_, 'v>> {
        if self.is_satisfiable(Keep::All) {
            return None;
        }
        let cores: Vec<_> = self.alternatives().take(MAX_SEARCHED).flat_map(smallest).collect();
        let mut members: Vec<_> =
            self.constraints().filter(|constraint| is_among(&cores, constraint)).collect();
        let alternatives = self.alternatives().len();
        let complete = alternatives <= MAX_SEARCHED && members.len() <= MAX_SEARCHED;
        // If this holds, all smaller sets of the only alternative were tried, so no member is superfluous.
        let is_smallest = alternatives == 1
            && self.constraints().count() <= MAX_SEARCHED
            && members.len() <= MAX_SMALLEST;
        if complete && !is_smallest {
            // A constraint that excludes the types of one alternative may make those of another superfluous.
            members = reduced(members, &|fewer| !self.is_satisfiable(Keep::Only(fewer)));
        }
        self.add_compute(&mut members);
        members.truncate(MAX_SEARCHED);
        Some(Conflict { members, complete })
    }
}

impl<'v> Placement<'v> {
    /// Adds to a conflict with CPUs or memory the other of the two, if it conflicts as well. Otherwise
    /// the user would hear of it only after solving the first.
    fn add_compute<'p>(&'p self, members: &mut Vec<&'p Constraint<'v>>) {
        let is_compute = |one: &Constraint<'_>| matches!(one.subject, Subject::Compute(..));
        let Some(at) = members.iter().position(|one| is_compute(one)) else { return };
        for other in self.shared.iter().filter(|one| is_compute(one)) {
            if is_among(members, other) {
                continue;
            }
            let mut instead = members.clone();
            if let Some(member) = instead.get_mut(at) {
                *member = other;
            }
            if !self.is_satisfiable(Keep::Only(&instead)) {
                members.insert(at + 1, other);
            }
        }
    }
}

/// A smallest set of constraints that excludes every type of an alternative.
fn smallest<'p, 'v>(alternative: Alternative<'p, 'v>) -> Vec<&'p Constraint<'v>> {
    // For named families, what all sizes have in common is proof, so a conflict about that goes first.
    let proven = alternative.world(Keep::All) == World::Families && alternative.excludes_families();
    let counts = |one: &Constraint<'v>| !proven || one.in_all_sizes().is_some();
    let mut all: Vec<_> = alternative.constraints().filter(|one| counts(one)).collect();
    // A constraint that decides no family may be the one that demands the labels that another excludes.
    if proven && alternative.may_fit(Keep::Only(&all)) {
        all = alternative.constraints().collect();
    }
    if all.len() > MAX_SEARCHED {
        return chain(alternative, &all);
    }
    let leave_nothing = |kept: &[&Constraint<'v>]| !alternative.may_fit(Keep::Only(kept));
    (1..=MAX_SMALLEST)
        .find_map(|size| first_subset(&all, size, &leave_nothing))
        .unwrap_or_else(|| reduced(all, &leave_nothing))
}

/// Constraints that exclude every type of an alternative, in few passes over it:
/// 1. Intersect until no type remains; the last constraint belongs to the conflict.
/// 2. Intersect again, starting with the constraints found so far.
/// 3. Repeat until these alone leave no type.
fn chain<'p, 'v>(
    alternative: Alternative<'p, 'v>,
    among: &[&'p Constraint<'v>],
) -> Vec<&'p Constraint<'v>> {
    let mut found: Vec<&'p Constraint<'v>> = Vec::new();
    let all = alternative.catalog.all().clone();
    let keep = Keep::Only(among);
    let mut left = alternative.likely(all, alternative.world(keep), keep);
    while !left.is_empty() && found.len() <= MAX_SEARCHED {
        let mut rest = left.clone();
        let last = alternative.applying(keep).find(|constraint| {
            rest = rest.and(&constraint.types);
            rest.is_empty()
        });
        let Some(last) = last else { break };
        found.push(last);
        left = left.and(&last.types);
    }
    // The absence of a label conflicts only with a constraint that demands a label of its domain.
    for constraint in found.clone() {
        found.extend(alternative.demanding(constraint.domain));
    }
    found
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        settings::Settings,
        view::{Kind, View},
    };

    /// The members of the conflict of a pod with this selector and these terms, and `true` if these are all.
    fn conflict(selector: &[(&str, &str)], terms: &[String]) -> (Vec<String>, bool) {
        let selector: Vec<String> =
            selector.iter().map(|(key, value)| format!(r#""{key}": "{value}""#)).collect();
        let terms: Vec<String> =
            terms.iter().map(|term| format!(r#"{{"matchExpressions": [{term}]}}"#)).collect();
        let affinity = match terms.as_slice() {
            [] => String::new(),
            terms => format!(
                r#", "affinity": {{"nodeAffinity": {{"requiredDuringSchedulingIgnoredDuringExecution":
                    {{"nodeSelectorTerms": [{}]}}}}}}"#,
                terms.join(", ")
            ),
        };
        let pod =
            format!(r#"{{"spec": {{"nodeSelector": {{{}}}{affinity}}}}}"#, selector.join(", "));
        let view = View::read(Kind::Pod, &pod).unwrap();
        let settings = Settings::read(None).unwrap();
        let placement = Placement::of(&view.pods()[0], &settings);
        let conflict = placement.conflict().unwrap();
        let members = conflict.members.iter().map(ToString::to_string).collect();
        (members, conflict.complete)
    }

    fn expression(key: &str, operator: &str, values: &str) -> String {
        format!(r#"{{"key": "{key}", "operator": "{operator}", "values": [{values}]}}"#)
    }

    const TYPE: (&str, &str) = ("node.kubernetes.io/instance-type", "p5.48xlarge");
    const SLOW: (&str, &str) = ("karpenter.k8s.aws/instance-network-bandwidth", "100000");
    const ARM: (&str, &str) = ("kubernetes.io/arch", "arm64");
    const G4DN: (&str, &str) = ("karpenter.k8s.aws/instance-family", "g4dn");
    const CPUS: (&str, &str) = ("karpenter.k8s.aws/instance-cpu", "64");
    const GPUS: (&str, &str) = ("karpenter.k8s.aws/instance-gpu-count", "4");

    #[rstest]
    #[case::three_that_fit_in_pairs(&[G4DN, CPUS, GPUS], &[CPUS, G4DN, GPUS])]
    #[case::two_before_three(&[G4DN, CPUS, GPUS, ARM], &[G4DN, ARM])]
    #[case::a_family_that_is_not_known_may_be_anything(
        &[("karpenter.k8s.aws/instance-family", "p9"), TYPE],
        &[("karpenter.k8s.aws/instance-family", "p9"), TYPE]
    )]
    fn the_smallest(#[case] selector: &[(&str, &str)], #[case] expected: &[(&str, &str)]) {
        let expected = expected.iter().map(|(key, value)| format!("`{key}` = `{value}`")).collect();
        assert_eq!(conflict(selector, &[]), (expected, true));
    }

    #[test]
    fn what_one_term_needs_does_for_the_other() {
        let generation = "karpenter.k8s.aws/instance-generation";
        let terms = [
            expression(generation, "In", r#""4""#),
            expression("kubernetes.io/arch", "In", r#""amd64""#),
        ];
        let (members, complete) = conflict(&[(generation, "5"), TYPE, SLOW], &terms);
        let expected = [SLOW, TYPE].map(|(key, value)| format!("`{key}` = `{value}`"));
        assert_eq!((members, complete), (expected.to_vec(), true));
        let terms = [
            expression(TYPE.0, "Gt", r#""5""#),
            expression("kubernetes.io/arch", "In", r#""amd64""#),
        ];
        assert_eq!(conflict(&[TYPE, SLOW], &terms), (expected.to_vec(), true));
    }

    /// An absence conflicts with a demand for a label of its domain, not with the name of the type.
    #[test]
    fn of_a_term_that_is_not_searched() {
        let mut term = vec![
            expression(TYPE.0, "In", r#""p5.48xlarge""#),
            expression(GPUS.0, "DoesNotExist", ""),
        ];
        term.extend((0..MAX_SEARCHED).map(|_| expression(ARM.0, "NotIn", r#""arm64""#)));
        term.push(expression(G4DN.0, "In", r#""p5""#));
        let (members, complete) = conflict(&[], &[term.join(", ")]);
        assert_eq!(
            members,
            [
                "`karpenter.k8s.aws/instance-gpu-count` DoesNotExist",
                "`karpenter.k8s.aws/instance-family` In `p5`"
            ]
        );
        assert!(complete);
    }

    /// An absence excludes nothing if no label of its domain is demanded; a demand counts even if it
    /// decides no family.
    #[test]
    fn a_demand_that_decides_no_family_still_counts() {
        let term = [
            r#"{"key": "eks.amazonaws.com/instance-family", "operator": "In", "values": ["a1"]}"#,
            r#"{"key": "karpenter.k8s.aws/instance-hypervisor", "operator": "Gt", "values": ["-1"]}"#,
            r#"{"key": "karpenter.k8s.aws/instance-encryption-in-transit-supported", "operator": "DoesNotExist"}"#,
        ];
        let (members, complete) = conflict(&[], &[term.join(", ")]);
        assert_eq!(members, ["`karpenter.k8s.aws/instance-hypervisor` Gt `-1`"]);
        assert!(complete);
    }

    /// A label that the other four do without is not a member.
    #[test]
    fn four_that_fit_in_threes() {
        let selector = [
            ("karpenter.k8s.aws/instance-category", "g"),
            ("karpenter.k8s.aws/instance-cpu", "96"),
            ("karpenter.k8s.aws/instance-gpu-count", "8"),
            ("karpenter.k8s.aws/instance-memory", "786432"),
        ];
        let families = expression(G4DN.0, "In", r#""g4dn", "g5", "g6", "g6e""#);
        let (members, complete) = conflict(&selector, &[families]);
        assert_eq!(
            members,
            [
                "`karpenter.k8s.aws/instance-category` = `g`",
                "`karpenter.k8s.aws/instance-cpu` = `96`",
                "`karpenter.k8s.aws/instance-gpu-count` = `8`",
                "`karpenter.k8s.aws/instance-memory` = `786432`"
            ]
        );
        assert!(complete);
    }

    /// In a longer term the first conflict is found, not the smallest.
    #[rstest]
    #[case::searched(MAX_SEARCHED, &[TYPE.0, ARM.0])]
    #[case::not_searched(MAX_SEARCHED + 1, &[TYPE.0, CPUS.0, GPUS.0])]
    fn of_long_terms(#[case] count: usize, #[case] expected: &[&str]) {
        let types = expression(TYPE.0, "In", r#""g4dn.16xlarge", "g4dn.12xlarge""#);
        let others = [CPUS, GPUS, ARM];
        let others = others.map(|(key, value)| expression(key, "In", &format!(r#""{value}""#)));
        let mut term: Vec<String> = [types].into_iter().chain(others).collect();
        term.resize(count, expression(ARM.0, "NotIn", r#""riscv64""#));
        let (members, _) = conflict(&[], &[term.join(", ")]);
        let keys: Vec<&str> = members.iter().filter_map(|one| one.split('`').nth(1)).collect();
        assert_eq!(keys, expected);
    }

    #[test]
    fn of_more_terms_than_are_searched() {
        let zone = |at: usize| {
            expression("topology.kubernetes.io/zone", "In", &format!(r#""us-west-2-{at}""#))
        };
        for (count, expected) in [(MAX_SEARCHED, true), (MAX_SEARCHED + 1, false)] {
            let terms: Vec<String> = (0..count).map(zone).collect();
            let (members, complete) = conflict(&[TYPE, ARM], &terms);
            assert_eq!((members.len(), complete), (2, expected), "{count} terms");
        }
        // Superfluous members stay in this case.
        let mut terms: Vec<String> = (0..MAX_SEARCHED).map(zone).collect();
        terms.insert(0, expression(GPUS.0, "Gt", r#""1000""#));
        let (members, complete) = conflict(&[TYPE, ARM], &terms);
        assert_eq!((members.len(), complete), (3, false));
    }

    #[rstest]
    #[case::three(r#""m5", "c5", "r5""#, "[`m5`, `c5`, `r5`]")]
    #[case::four(r#""m5", "c5", "r5", "t3""#, "[`m5`, `c5`, `r5`, …]")]
    #[case::five(r#""m5", "c5", "r5", "t3", "t2""#, "[`m5`, `c5`, `r5`, …]")]
    fn values_in_words(#[case] values: &str, #[case] expected: &str) {
        let terms = [expression(G4DN.0, "In", values)];
        let (members, _) = conflict(&[GPUS], &terms);
        assert_eq!(members.last(), Some(&format!("`{}` In {expected}", G4DN.0)));
    }
}
