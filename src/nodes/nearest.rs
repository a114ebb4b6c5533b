//! Finds the types that would fit if one constraint of a conflict were removed.

use std::fmt;

use super::{Conflict, Constraint, Keep, Operator, Placement, Subject};
use crate::{
    instances::{Catalog, TypeSet},
    text,
};

/// The number of types that are listed by name.
const MAX_NAMED: usize = 3;

/// Types, the first of them by name.
#[derive(Debug, PartialEq, Eq)]
pub struct Nearest<'c> {
    /// At most three names, the most similar type first.
    pub names: Vec<&'c str>,
    /// The number of all types.
    pub count: u32,
}

impl<'c> Nearest<'c> {
    /// These types, sorted by name.
    pub fn of(types: &TypeSet, catalog: &'c Catalog) -> Self {
        Self::ranked(types.clone(), &[], catalog)
    }

    /// These types; those of the first similar set come first.
    fn ranked(mut types: TypeSet, similar: &[TypeSet], catalog: &'c Catalog) -> Self {
        // Barely described types prove nothing, so they are not listed.
        types = types.and(&catalog.described());
        let count = types.len();
        let mut names = Vec::with_capacity(MAX_NAMED);
        for set in similar.iter().chain([catalog.all()]) {
            for row in types.take_common(set, MAX_NAMED - names.len()) {
                names.extend(catalog.get(row).map(|instance| instance.name()));
            }
            if names.len() >= MAX_NAMED {
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
    /// For each member of a conflict, the types that fit if only that one is removed.
    pub fn nearest(&self, conflict: &Conflict<'_, 'v>) -> Vec<Nearest<'v>> {
        let similar = self.similar();
        let without = |dropped: &&Constraint<'v>| {
            Nearest::ranked(self.survivors(Keep::Without(dropped)), &similar, self.catalog)
        };
        conflict.members.iter().map(without).collect()
    }

    /// The types similar to the one that the pod names, most similar first: those of its family,
    /// those with its accelerator, those of its category.
    fn similar(&self) -> Vec<TypeSet> {
        let named = self.constraints().find_map(|constraint| match constraint.subject {
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
        let mut similar: Vec<TypeSet> = Vec::new();
        similar.extend(family.and_then(|family| with("instance-family", family)));
        similar.extend(
            ["instance-gpu-name", "instance-accelerator-name", "instance-category"]
                .into_iter()
                .filter_map(same),
        );
        similar
    }
}
