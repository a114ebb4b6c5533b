//! The types of which a NodePool makes nodes, and a pod's placement on those of some pools.

use std::cell::OnceCell;

use super::{
    Alternative, Constraint, Domain, Expression, Keep, Operator, Place, Placement, World,
    constraint::Names, key::Domains,
};
use crate::{
    instances::{Catalog, TypeSet},
    view::NodePool,
};

/// The provisioner whose labels the nodes of a pool carry.
pub fn provisioner(pool: &NodePool<'_>) -> Domain {
    if pool.is_auto_mode() { Domain::AutoMode } else { Domain::Karpenter }
}

/// The requirements of a pool that are about the type of its nodes. A label of another provisioner is
/// none to this one, and restricts no type (kubernetes-sigs/karpenter pkg/scheduling/requirements.go).
fn requirements<'v>(
    pool: &'v NodePool<'v>,
    catalog: &'v Catalog,
) -> impl Iterator<Item = Constraint<'v>> {
    let all = pool.requirements.iter().enumerate().filter_map(move |(index, one)| {
        Constraint::requirement(Place::requirement(index), &one.requirement, catalog)
    });
    let known = Domains::from_iter([Domain::Node, Domain::InstanceType, provisioner(pool)]);
    all.filter(move |one| known.contains(one.domain))
}

/// Those of the types of which the pool makes nodes.
pub fn made_by(mut types: TypeSet, pool: &NodePool<'_>, catalog: &Catalog) -> TypeSet {
    for requirement in requirements(pool, catalog) {
        if types.is_empty() {
            break;
        }
        types = types.and(&requirement.types);
    }
    types
}

/// Whether a requirement of the pool names types or families.
pub fn names_types(pool: &NodePool<'_>) -> bool {
    let names = |key: &str| {
        key == "node.kubernetes.io/instance-type"
            || key.strip_prefix(provisioner(pool).prefix()) == Some("/instance-family")
    };
    let mut listed = pool.requirements.iter().filter(|one| &*one.requirement.operator == "In");
    listed.any(|one| names(&one.requirement.key))
}

/// The requirements of a pool on one label, as expressions.
pub fn on_label<'v>(pool: &'v NodePool<'v>, key: &str) -> Vec<Expression<'v>> {
    let all = pool.requirements.iter().enumerate().filter(|(_, one)| *one.requirement.key == *key);
    let expression = |(index, one): (usize, &'v crate::view::Requirement<'v>)| {
        let operator = Operator::of_pool(&one.requirement.operator)?;
        let values = &one.requirement.values;
        let place = Place::requirement(index);
        Some(Expression { place, key: &one.requirement.key, operator, values })
    };
    all.filter_map(expression).collect()
}

/// All that decides of which types a pool makes nodes, as one constraint.
fn whole<'v>(name: &'v str, pool: &'v NodePool<'v>, catalog: &'v Catalog) -> Constraint<'v> {
    let constraints: Vec<Constraint<'v>> = requirements(pool, catalog).collect();
    let domain = provisioner(pool);
    let carried = Domains::from_iter([Domain::Node, Domain::InstanceType, domain]);
    let all = Alternative { shared: &constraints, own: &[], carried, catalog };
    let names = match all.world(Keep::All) {
        World::Closed => Some(Names::Types { known: true }),
        World::Families => Some(Names::Families { known: true }),
        World::Unknown => Some(Names::Types { known: false }),
        World::Open => None,
    };
    Constraint::pool(name, all.survivors(Keep::All), names, domain)
}

impl<'p, 'v> Alternative<'p, 'v> {
    /// Of the known types those that meet it on nodes with the labels of this provisioner.
    pub fn on_nodes_of(self, provisioner: Domain) -> TypeSet {
        self.carrying(provisioner).survivors(Keep::WithoutEfa)
    }

    /// Whether one of its constraints names types or families.
    pub fn names_types(self) -> bool {
        self.constraints().any(|one| one.names.is_some())
    }

    fn carrying(mut self, provisioner: Domain) -> Self {
        self.carried.extend([Domain::Node, Domain::InstanceType, provisioner]);
        self
    }
}

impl<'v> Placement<'v> {
    /// Whether that no known type of the pool meets an alternative is proof that none ever does.
    pub fn is_proven_on(&self, alternative: usize, pool: &'v NodePool<'v>) -> bool {
        let Some(alternative) = self.alternatives().nth(alternative) else { return false };
        let all: Vec<Constraint<'v>> =
            alternative.constraints().cloned().chain(requirements(pool, self.catalog)).collect();
        let all = Alternative { shared: &all, own: &[], ..alternative };
        all.carrying(provisioner(pool)).is_proven()
    }

    /// The same pod where its nodes come from these pools alone: each alternative on each pool that can
    /// make a node for it.
    #[must_use]
    pub fn on_pools(&self, landings: &[(usize, &'v str, &'v NodePool<'v>)]) -> Self {
        let term = |(alternative, name, pool): &(usize, &'v str, &'v NodePool<'v>)| {
            let own = self.terms.get(*alternative).into_iter().flatten().cloned();
            own.chain([whole(name, pool, self.catalog)]).collect()
        };
        Self {
            shared: self.shared.clone(),
            terms: landings.iter().map(term).collect(),
            dead_affinity: None,
            is_decided: self.is_decided,
            catalog: self.catalog,
            carried: self.carried,
            solved: OnceCell::new(),
        }
    }
}
