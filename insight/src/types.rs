//! Sets of instance types, as people are shown them.

use eks_aiml_networking::{
    instances::{Catalog, InstanceType, TypeSet},
    nodes::{Constraint, Placement, Subject},
};

/// The types of a set, sorted by name.
pub fn sorted<'c>(types: &TypeSet, catalog: &'c Catalog) -> Vec<InstanceType<'c>> {
    let mut sorted: Vec<_> = types.rows().filter_map(|row| catalog.get(row)).collect();
    sorted.sort_by_key(InstanceType::name);
    sorted
}

/// Those of `types` of which all is known that the placement asks about.
pub fn certain(types: &TypeSet, placement: &Placement<'_>) -> TypeSet {
    let facts = placement.constraints().filter_map(|one| fact(one, placement.catalog));
    facts.fold(types.clone(), |certain, known| certain.and(&known))
}

/// The types of which the fact is known that a constraint asks about; nothing where that is the
/// name alone.
fn fact(constraint: &Constraint<'_>, catalog: &Catalog) -> Option<TypeSet> {
    let label = match constraint.subject {
        Subject::Allowed(_) | Subject::Pool(_) | Subject::Compute(..) => None,
        Subject::Label { key, .. } => key.label,
        Subject::Resource(demand) => demand.resource.label(catalog),
    };
    label.map(|label| label.known())
}
