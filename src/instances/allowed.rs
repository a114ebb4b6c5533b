//! The types that `instanceTypes.allowed` names.

use super::{Catalog, TypeSet, instance_type};
use crate::json::Text;

/// The types that the settings allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// The types.
    pub types: TypeSet,
    /// `true` for each name or pattern that matches a known type.
    pub known: bool,
}

impl Allowed {
    /// The types that these names and patterns match.
    pub fn of(patterns: &[Text<'_>], catalog: &Catalog) -> Self {
        let mut allowed = Self { types: TypeSet::none(), known: true };
        for pattern in patterns {
            allowed.known &= catalog.add_matching(instance_type(pattern), &mut allowed.types);
        }
        allowed
    }
}
