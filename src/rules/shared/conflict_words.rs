//! Writes a conflict in words, for `node-unsatisfiable`: the constraints that don't go together, the
//! values of the named type, and the types that would fit.

use std::fmt;

use super::bandwidth::Minimum;
use crate::{
    instances::Catalog,
    nodes::{Constraint, Expression, Nearest, Subject},
    sort, text,
};

/// `A and B together`, and if several terms conflict, `nor` the constraints of the next one.
pub struct Together<'m, 'v>(pub &'m [&'m Constraint<'v>], pub bool);

impl fmt::Display for Together<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut terms: Vec<Option<usize>> =
            self.0.iter().map(|member| member.place.term()).collect();
        terms.dedup();
        if terms.len() > 1 {
            terms.retain(Option::is_some);
        }
        for (index, term) in terms.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", nor " })?;
            let shared = |member: &&&Constraint<'_>| {
                member.place.term().is_none() || member.place.term() == *term
            };
            let count = self.0.iter().filter(shared).count();
            for (position, member) in self.0.iter().filter(shared).enumerate() {
                f.write_str(match position {
                    0 => "",
                    _ if position + 1 == count => " and ",
                    _ => ", ",
                })?;
                member.fmt(f)?;
            }
            f.write_str(if count > 1 { " together" } else { "" })?;
        }
        f.write_str(if self.1 { "" } else { ", and more" })
    }
}

/// Expressions on one label that contradict each other: `A and B together`.
pub struct Contradiction<'m, 'v>(pub &'m [Expression<'v>]);

impl fmt::Display for Contradiction<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, one) in self.0.iter().enumerate() {
            f.write_str(match index {
                0 => "",
                _ if index + 1 == self.0.len() => " and ",
                _ => ", ",
            })?;
            one.fmt(f)?;
        }
        f.write_str(" together")
    }
}

/// The values that the one type in a conflict has instead: ` (`p5.48xlarge` has `3200000`)`
pub struct Instead<'m, 'v>(pub &'m [&'m Constraint<'v>], pub &'v Catalog);

impl fmt::Display for Instead<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels = || {
            self.0.iter().filter_map(|member| match member.subject {
                Subject::Label { key, .. } => Some((key, &member.types)),
                _ => None,
            })
        };
        let named = labels().find(|(key, types)| key.label.is_none() && types.len() == 1);
        let Some(row) = named.and_then(|(_, types)| types.rows().next()) else { return Ok(()) };
        let Some(instance) = self.1.get(row) else { return Ok(()) };
        let failed = labels().filter(|(_, types)| !types.contains(row));
        let values = failed.filter_map(|(key, _)| key.label?.value_of(row));
        let mut any = false;
        for value in values {
            match any {
                false => text::write_all(f, &[" (`", instance.name(), "` has `", &value, "`"])?,
                true => text::write_all(f, &[", `", &value, "`"])?,
            }
            any = true;
        }
        f.write_str(if any { ")" } else { "" })
    }
}

/// The remedies, the smallest change first: an exact bandwidth becomes a minimum, then the constraint
/// goes whose removal leaves the fewest types. The author of the object can't change what the cluster
/// allows, so that is only suggested if nothing else helps.
pub fn remedies(
    members: &[&Constraint<'_>],
    nearest: &[Nearest<'_>],
    fitting: &[(Minimum<'_>, Nearest<'_>)],
) -> Vec<String> {
    /// Bytes that are enough for most remedies.
    const ROOM: usize = 192;
    let fits = |nearest: &Nearest<'_>| if nearest.count == 1 { "fits" } else { "fit" };
    let mut remedies = Vec::with_capacity(members.len() + fitting.len());
    for (minimum, nearest) in fitting {
        let verb = fits(nearest);
        remedies.push(text::written(ROOM, format_args!("{minimum}: {nearest} {verb}")));
    }
    let each = members.iter().zip(nearest).filter(|(_, nearest)| nearest.count > 0).collect();
    let each = sort::sorted_by(each, |(_, one), (_, other)| one.count.cmp(&other.count));
    for (member, nearest) in each.iter().filter(|(member, _)| !member.is_allowed()) {
        let or = if remedies.is_empty() { "" } else { "or " };
        let is_named_twice = members.iter().filter(|one| one.name() == member.name()).count() > 1;
        let verb = fits(nearest);
        let what = match is_named_twice {
            true => text::written(ROOM, format_args!("{member}")),
            false => ["`", member.name(), "`"].concat(),
        };
        remedies.push([or, "remove ", &what, ": ", &nearest.to_string(), " ", verb].concat());
    }
    let is_compute = |one: &&&Constraint<'_>| matches!(one.subject, Subject::Compute(..));
    if let Some(one) = members.iter().find(is_compute) {
        let less =
            format_args!("request less `{}`: the system keeps a part of each node", one.name());
        remedies.insert(0, text::written(ROOM, less));
    }
    if let (true, Some((_, nearest))) = (remedies.is_empty(), each.first()) {
        let ask = format_args!("ask your platform team to allow {nearest}");
        remedies.push(text::written(ROOM, ask));
    }
    remedies
}
