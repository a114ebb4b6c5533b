//! A conflict in words, for `node-unsatisfiable`: what does not go together, what the named type
//! has instead, and what would fit.

use std::fmt;

use super::bandwidth::Minimum;
use crate::{
    instances::Catalog,
    nodes::{Constraint, Expression, Nearest, Subject},
    text,
};

/// `A and B (place of B) together`, and where several terms conflict, `nor` the next one's.
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
                if index + position > 0 && !member.is_allowed() {
                    f.write_str(" (")?;
                    member.place.fmt(f)?;
                    f.write_str(")")?;
                }
            }
            f.write_str(if count > 1 { " together" } else { "" })?;
        }
        f.write_str(if self.1 { "" } else { ", and more" })
    }
}

/// Expressions on one label that contradict each other: `A and B (place of B) together`.
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
            if index > 0 {
                write!(f, " ({})", one.place)?;
            }
        }
        f.write_str(" together")
    }
}

/// What the one type that a conflict names has instead: `: `p5.48xlarge` has `3200000``
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
        for (index, value) in values.enumerate() {
            match index {
                0 => text::write_all(f, &[": `", instance.name(), "` has `", &value, "`"])?,
                _ => text::write_all(f, &[", `", &value, "`"])?,
            }
        }
        Ok(())
    }
}

/// What would fit without each member, and with each exact bandwidth as a minimum: a remedy each.
/// Who writes the object can't change what the cluster allows: that is said where nothing else helps.
pub fn remedies(
    members: &[&Constraint<'_>],
    nearest: &[Nearest<'_>],
    fitting: &[(Minimum<'_>, Nearest<'_>)],
) -> Vec<String> {
    /// Room for most remedies, in bytes.
    const ROOM: usize = 192;
    let mut remedies = Vec::with_capacity(members.len() + fitting.len());
    let each = || members.iter().zip(nearest);
    for (member, nearest) in each().filter(|(member, _)| !member.is_allowed()) {
        remedies.push(match nearest.count {
            0 => text::written(ROOM, format_args!("without {member}, nothing fits either")),
            _ => text::written(ROOM, format_args!("without {member}, {nearest} would fit")),
        });
    }
    let helps = each().any(|(member, nearest)| !member.is_allowed() && nearest.count > 0);
    if let Some((_, nearest)) = each().find(|(member, _)| member.is_allowed())
        && nearest.count > 0
        && !helps
        && fitting.is_empty()
    {
        let fits = format_args!("or have the cluster allow what fits: {nearest}");
        remedies.push(text::written(ROOM, fits));
    }
    for (minimum, nearest) in fitting {
        remedies.push(text::written(ROOM, format_args!("{minimum}, which fits {nearest}")));
    }
    remedies
}
