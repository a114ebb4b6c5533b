//! Sets of instance types, prepared for people.

use eks_aiml_networking::{
    instances::{Catalog, InstanceType, TypeSet},
    nodes::{Constraint, Placement, Subject},
};

/// Returns the types of a set, sorted by name.
pub fn sorted<'c>(types: &TypeSet, catalog: &'c Catalog) -> Vec<InstanceType<'c>> {
    let mut sorted: Vec<_> = types.rows().filter_map(|row| catalog.get(row)).collect();
    sorted.sort_by_key(InstanceType::name);
    sorted
}

/// Those of `types` whose data is complete for all of the placement's constraints.
pub fn certain(types: &TypeSet, placement: &Placement<'_>) -> TypeSet {
    let facts = placement.constraints().filter_map(|one| fact(one, placement.catalog));
    facts.fold(types.clone(), |certain, known| certain.and(&known))
}

/// The types that have data for the subject of a constraint; `None` if the name is enough.
fn fact(constraint: &Constraint<'_>, catalog: &Catalog) -> Option<TypeSet> {
    let label = match constraint.subject {
        Subject::Allowed(_) | Subject::Pool(_) | Subject::Compute(..) => None,
        Subject::Label { key, .. } => key.label,
        Subject::Resource(demand) => demand.resource.label(catalog),
    };
    label.map(|label| label.known())
}
