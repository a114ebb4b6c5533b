//! Compares an update with the object before it: an old problem excuses the same new one.

use crate::{
    finding::{Action, Finding, RuleId},
    sort::Sorted,
};

/// The ways in which a new finding and an old one are the same problem of a rule, the most certain first.
#[derive(Clone, Copy)]
enum Same {
    /// The same subject of the same pod, at the same place.
    PlaceAndSubject,
    /// The same subject of the same pod: a container has moved.
    Subject,
    /// The same subject of another pod: a role has moved.
    What,
    /// The same place: the problem there has another name now.
    Place,
    /// The new finding is about the pod as a whole.
    PodNow,
    /// The old finding was about the pod as a whole.
    PodBefore,
}

/// The parts that must be equal: rule, pod, subject, place; empty if a part does not count.
type Key<'f> = (RuleId, &'f str, &'f str, &'f str);

impl Same {
    const ALL: [Self; 6] = [
        Self::PlaceAndSubject,
        Self::Subject,
        Self::What,
        Self::Place,
        Self::PodNow,
        Self::PodBefore,
    ];

    /// The key of a new or an old finding; `None` if it can't be the same in this way.
    fn key(self, finding: &Finding, is_now: bool) -> Option<Key<'_>> {
        let (rule, place, pod) = (finding.rule, finding.place(), &*finding.subject.pod);
        let what = finding.subject.what.as_deref();
        match self {
            Self::PlaceAndSubject => Some((rule, pod, what.unwrap_or_default(), place)),
            Self::Subject => Some((rule, pod, what?, "")),
            Self::What => Some((rule, "", what?, "")),
            Self::Place => Some((rule, "", "", place)),
            Self::PodNow if is_now && what.is_some() => None,
            Self::PodBefore if !is_now && what.is_some() => None,
            Self::PodNow | Self::PodBefore => Some((rule, pod, "", "")),
        }
    }
}

/// Downgrades to warnings the findings that the object before the update had too. Each old problem
/// excuses one new one; an old warning excuses a repair, but not a denial. With `repaired`, findings
/// that are repaired elsewhere need no excuse.
pub fn excuse(now: &mut [Finding], before: &[Finding], repaired: bool) {
    let is_serious = |finding: &Finding| match finding.action {
        Action::Warn => false,
        Action::Deny => true,
        Action::Fix => !repaired,
    };
    let mut open: Vec<usize> = Vec::new();
    open.extend(now.iter().enumerate().filter(|(_, one)| is_serious(one)).map(|(at, _)| at));
    let mut left: Vec<&Finding> = before.iter().collect();
    for same in Same::ALL {
        if open.is_empty() || left.is_empty() {
            return;
        }
        let mut by_key: Sorted<Key<'_>, Vec<&Finding>> = Sorted::default();
        let (keyed, mut rest): (Vec<&Finding>, Vec<&Finding>) =
            left.iter().partition(|finding| same.key(finding, false).is_some());
        for finding in keyed.into_iter().rev() {
            let key = same.key(finding, false);
            if let Some(alike) = key.and_then(|key| by_key.get_or_insert_with(key, Vec::new)) {
                alike.push(finding);
            }
        }
        let mut alike = |at: &usize| {
            let finding = now.get(*at)?;
            let alike = by_key.get_mut(&same.key(finding, true)?)?;
            // An old warning is not a reason to repair now, and doesn't excuse anything worse.
            let excuses = |old: &&Finding| finding.action == Action::Fix || is_serious(old);
            let last = alike.iter().rposition(excuses)?;
            Some(alike.remove(last))
        };
        let (excused, others): (Vec<usize>, Vec<usize>) =
            open.into_iter().partition(|at| alike(at).is_some());
        rest.extend(by_key.into_values().flatten());
        (left, open) = (rest, others);
        for at in excused {
            if let Some(finding) = now.get_mut(at) {
                finding.action = Action::Warn;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::finding::{Assumptions, Subject};

    /// A denial by a rule: pod, subject, place.
    fn denial((pod, what, place): (&str, &str, &str)) -> Finding {
        Finding {
            rule: RuleId::EfaCount,
            action: Action::Deny,
            subject: Subject {
                pod: pod.to_owned().into(),
                what: (!what.is_empty()).then(|| what.to_owned().into()),
            },
            assumptions: Assumptions::NONE,
            places: vec![place.to_owned()],
            also: Vec::new(),
            fact: String::new(),
            remedies: Vec::new(),
            edits: Vec::new(),
        }
    }

    /// The number of new findings that still deny.
    #[rstest]
    #[case::none_before(&[("/spec", "efa", "/a")], &[], 1)]
    #[case::as_before(&[("/spec", "efa", "/a")], &[("/spec", "efa", "/a")], 0)]
    #[case::a_second_one(&[("/spec", "efa", "/a"), ("/spec", "efa", "/b")], &[("/spec", "efa", "/a")], 1)]
    #[case::moved(&[("/spec", "efa", "/b")], &[("/spec", "efa", "/a")], 0)]
    #[case::in_a_pod_that_moved(&[("/1", "efa", "/1/a")], &[("/0", "efa", "/0/a")], 0)]
    #[case::another_one_at_its_place(&[("/spec", "x", "/a")], &[("/spec", "y", "/a")], 0)]
    #[case::another_one_elsewhere(&[("/spec", "x", "/a")], &[("/spec", "y", "/b")], 1)]
    #[case::summed_up_now(&[("/spec", "", "/a")], &[("/spec", "y", "/b")], 0)]
    #[case::summed_up_before(&[("/spec", "x", "/a")], &[("/spec", "", "/b")], 0)]
    #[case::summed_up_of_another_pod(&[("/1", "", "/1/a")], &[("/0", "y", "/0/b")], 1)]
    #[case::what_moved_is_where_another_was(
        &[("/spec", "x", "/b"), ("/spec", "y", "/a")],
        &[("/spec", "x", "/a"), ("/spec", "y", "/c")],
        0
    )]
    fn excused(
        #[case] now: &[(&str, &str, &str)],
        #[case] before: &[(&str, &str, &str)],
        #[case] expected: usize,
    ) {
        let before: Vec<Finding> = before.iter().copied().map(denial).collect();
        let mut now: Vec<Finding> = now.iter().copied().map(denial).collect();
        excuse(&mut now, &before, false);
        let denied = now.iter().filter(|finding| finding.action == Action::Deny).count();
        assert_eq!(denied, expected);
    }

    #[test]
    fn a_warning_of_before_excuses_a_repair_but_no_denial() {
        let mut before = denial(("/spec", "efa", "/a"));
        before.action = Action::Warn;
        let mut now = [denial(("/spec", "efa", "/a"))];
        excuse(&mut now, std::slice::from_ref(&before), false);
        assert_eq!(now[0].action, Action::Deny);
        now[0].action = Action::Fix;
        excuse(&mut now, &[before], false);
        assert_eq!(now[0].action, Action::Warn);
    }
}
