//! Why no type fits: the smallest set of constraints that conflict, and what would fit if one of
//! them alone were dropped.

use std::{fmt, ops::Range};

use super::{Constraint, NETWORK_BANDWIDTH, Operator, Placement, Subject};
use crate::{
    instances::{Catalog, TypeSet},
    text,
};

/// Up to how many constraints of a term, and terms of a pod, the smallest conflict is searched.
/// Beyond, a conflict is named that is no longer certain to be the smallest.
const SEARCHED: usize = 16;

/// How many of the nearest types are named.
const NAMED: usize = 5;

/// Constraints that leave no type together, though any of them dropped leaves some.
#[derive(Debug)]
pub struct Conflict {
    /// Their positions in the placement.
    members: Vec<usize>,
    /// Whether these are all of them; else there are more than anyone would read.
    pub complete: bool,
}

/// Types, the first of them by name.
#[derive(Debug, PartialEq, Eq)]
pub struct Nearest<'c> {
    /// At most five, the most alike first.
    pub names: Vec<&'c str>,
    /// How many there are.
    pub count: u32,
}

impl<'c> Nearest<'c> {
    /// These types, in order of name.
    pub fn of(types: &TypeSet, catalog: &'c Catalog) -> Self {
        Self::ranked(types.clone(), &[], catalog)
    }

    /// These types, those of the first of the `alike` sets first.
    fn ranked(mut types: TypeSet, alike: &[TypeSet], catalog: &'c Catalog) -> Self {
        // Types of which little is known prove nothing, and stay unnamed.
        types = types.and(&catalog.described());
        let count = types.len();
        let mut names = Vec::with_capacity(NAMED);
        for set in alike.iter().chain([catalog.all()]) {
            for row in types.take_common(set, NAMED - names.len()) {
                names.extend(catalog.get(row).map(|instance| instance.name()));
            }
            if names.len() >= NAMED {
                break;
            }
        }
        Self { names, count }
    }
}

impl fmt::Display for Nearest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.names.iter().enumerate() {
            text::write_all(f, &[if index == 0 { "`" } else { ", `" }, name, "`"])?;
        }
        match self.count.saturating_sub(u32::try_from(self.names.len()).unwrap_or(u32::MAX)) {
            0 => Ok(()),
            more => {
                f.write_str(" and ")?;
                more.fmt(f)?;
                f.write_str(" more")
            }
        }
    }
}

impl<'v> Placement<'v> {
    /// The conflict, where no type fits.
    pub fn conflict(&self) -> Option<Conflict> {
        if self.solved().fits {
            return None;
        }
        let cores: Vec<usize> =
            self.branches.iter().take(SEARCHED).flat_map(|branch| self.core(branch)).collect();
        let mut members: Vec<usize> =
            (0..self.constraints.len()).filter(|at| cores.contains(at)).collect();
        let complete = self.branches.len() <= SEARCHED && members.len() <= SEARCHED;
        // Of one term, a conflict that was searched among the smallest has nothing superfluous.
        let searched = self.branches.len() == 1 && self.constraints.len() <= SEARCHED;
        let smallest = searched && members.len() <= 3;
        if complete && !smallest {
            self.reduce(&mut members);
        }
        members.truncate(SEARCHED);
        Some(Conflict { members, complete })
    }

    /// Drops what is superfluous: what one term needs may do for another.
    fn reduce(&self, members: &mut Vec<usize>) {
        for at in (0..members.len()).rev() {
            let mut without = members.clone();
            without.remove(at);
            let keep = |index, _: &Constraint<'v>| without.contains(&index);
            if !self.branches.iter().any(|branch| self.branch_fits(branch, &keep)) {
                *members = without;
            }
        }
    }

    /// A smallest set of constraints that leaves nothing of this branch.
    fn core(&self, branch: &Range<usize>) -> Vec<usize> {
        let all: Vec<usize> = self.of_branch(branch).map(|(index, _)| index).collect();
        let conflicts =
            |kept: &[usize]| !self.branch_fits(branch, &|index, _| kept.contains(&index));
        if all.len() > SEARCHED {
            return self.chain(branch);
        }
        if let Some(alone) = all.iter().find(|index| conflicts(&[**index])) {
            return vec![*alone];
        }
        for (i, a) in all.iter().enumerate() {
            if let Some(b) = all.iter().skip(i + 1).find(|b| conflicts(&[*a, **b])) {
                return vec![*a, *b];
            }
        }
        for (i, a) in all.iter().enumerate() {
            for (j, b) in all.iter().enumerate().skip(i + 1) {
                if let Some(c) = all.iter().skip(j + 1).find(|c| conflicts(&[*a, *b, **c])) {
                    return vec![*a, *b, *c];
                }
            }
        }
        self.chain(branch)
    }

    /// Constraints that leave nothing of this branch, found in a few passes over it: the one at
    /// which the types run out belongs to the conflict; with it in front, look again, until what
    /// is in front conflicts by itself.
    fn chain(&self, branch: &Range<usize>) -> Vec<usize> {
        let mut core: Vec<usize> = Vec::new();
        let mut left = self.catalog.all().clone();
        while !left.is_empty() && core.len() <= SEARCHED {
            let mut rest = left.clone();
            let Some((last, constraint)) =
                self.applying(branch, &|_, _| true).find(|(_, constraint)| {
                    rest = rest.and(&constraint.types);
                    rest.is_empty()
                })
            else {
                break;
            };
            core.push(last);
            left = left.and(&constraint.types);
        }
        // Asking for a label's absence conflicts only with something that demands its domain.
        for index in core.clone() {
            let domain = self.constraints.get(index).map(|constraint| constraint.domain);
            let demanding = self
                .of_branch(branch)
                .find(|(_, other)| other.demands_label && Some(other.domain) == domain);
            core.extend(demanding.map(|(index, _)| index));
        }
        core
    }

    /// The constraints of a conflict.
    pub fn members(&self, conflict: &Conflict) -> Vec<&Constraint<'v>> {
        conflict.members.iter().filter_map(|index| self.constraints.get(*index)).collect()
    }

    /// For each member of a conflict, the types that fit once it alone is dropped.
    pub fn nearest(&self, conflict: &Conflict) -> Vec<Nearest<'v>> {
        let alike = self.alike();
        let nearest = |dropped: usize| {
            let mut fits = TypeSet::none();
            for branch in &self.branches {
                fits |= &self.branch_survivors(branch, &|index, _| index != dropped);
            }
            Nearest::ranked(fits, &alike, self.catalog)
        };
        conflict.members.iter().map(|dropped| nearest(*dropped)).collect()
    }

    /// The types that fit once every exact bandwidth is a minimum above `above` Mbps.
    pub fn survivors_with_minimum_bandwidth(&self, above: i64) -> TypeSet {
        let exact = |constraint: &Constraint<'v>| {
            matches!(constraint.subject, Subject::Label { key, operator: Operator::In, .. }
                if key.is_network_bandwidth())
        };
        let label = self.catalog.label(NETWORK_BANDWIDTH);
        let fast = label.map(|label| label.above(above));
        let rest = self.survivors(|constraint| !exact(constraint));
        fast.map_or_else(TypeSet::none, |fast| fast.and(&rest))
    }

    /// The types that are like the one that the pod names, most alike first: those of its family,
    /// with its accelerator, of its category.
    fn alike(&self) -> Vec<TypeSet> {
        let named = self.constraints.iter().find_map(|constraint| match constraint.subject {
            Subject::Label { key, operator: Operator::In, .. } if key.label.is_none() => {
                constraint.types.rows().next()
            }
            _ => None,
        });
        let Some(named) = named else { return Vec::new() };
        let name = self.catalog.get(named).map_or("", |instance| instance.name());
        let family = name.split_once('.').map(|(family, _)| family);
        let with = |label: &str, value: &str| Some(self.catalog.label(label)?.with(value));
        let same = |label| with(label, &self.catalog.label(label)?.value_of(named)?);
        let mut alike: Vec<TypeSet> = Vec::new();
        alike.extend(family.and_then(|family| with("instance-family", family)));
        alike.extend(
            ["instance-gpu-name", "instance-accelerator-name", "instance-category"]
                .into_iter()
                .filter_map(same),
        );
        alike
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        settings::Settings,
        view::{Kind, View},
    };

    /// The members of the conflict of a pod with this selector and these terms, and whether these
    /// are all.
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
        let members = placement.members(&conflict).iter().map(ToString::to_string).collect();
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

    /// An absence conflicts with what demands the label's domain, not with the name of the type.
    #[test]
    fn of_a_term_that_is_not_searched() {
        let mut term = vec![
            expression(TYPE.0, "In", r#""p5.48xlarge""#),
            expression(GPUS.0, "DoesNotExist", ""),
        ];
        term.extend((0..SEARCHED).map(|_| expression(ARM.0, "NotIn", r#""arm64""#)));
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

    /// A label that others stand beside is no part of it.
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
                "`karpenter.k8s.aws/instance-cpu` = `96`",
                "`karpenter.k8s.aws/instance-gpu-count` = `8`",
                "`karpenter.k8s.aws/instance-memory` = `786432`",
                "`karpenter.k8s.aws/instance-family` In [`g4dn`, `g5`, `g6`, …]"
            ]
        );
        assert!(complete);
    }

    /// In a longer term the first conflict is told, not the smallest.
    #[rstest]
    #[case::searched(SEARCHED, &[G4DN.0, ARM.0])]
    #[case::not_searched(SEARCHED + 1, &[G4DN.0, CPUS.0, GPUS.0])]
    fn of_long_terms(#[case] count: usize, #[case] expected: &[&str]) {
        let mut term: Vec<String> = [G4DN, CPUS, GPUS, ARM]
            .map(|(key, value)| expression(key, "In", &format!(r#""{value}""#)))
            .into();
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
        for (count, expected) in [(SEARCHED, true), (SEARCHED + 1, false)] {
            let terms: Vec<String> = (0..count).map(zone).collect();
            let (members, complete) = conflict(&[TYPE, ARM], &terms);
            assert_eq!((members.len(), complete), (2, expected), "{count} terms");
        }
        // What is superfluous there stays.
        let mut terms: Vec<String> = (0..SEARCHED).map(zone).collect();
        terms.insert(0, expression(TYPE.0, "Gt", r#""5""#));
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
