//! The types of which a NodePool makes nodes, and a pod's placement on those of certain pools.

use std::{cell::OnceCell, rc::Rc};

use super::{
    Alternative, Constraint, Domain, Expression, Keep, Key, Operator, Place, Placement, World,
    constraint::Names, key::Domains,
};
use crate::{
    cluster::{Overlay, Pool, Required},
    instances::{Catalog, TypeSet},
    view::Requirement,
};

/// The requirements of a NodePool, or a NodeOverlay, on the types of nodes.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'v> {
    /// The provisioner whose labels its nodes carry.
    pub provisioner: Domain,
    requirements: &'v [Rc<Required<'v>>],
}

impl<'v> Offer<'v> {
    /// A NodePool of the cluster.
    pub fn of(pool: &'v Pool<'v>) -> Self {
        Self { provisioner: Domain::of_nodes_of(&pool.class), requirements: pool.requirements() }
    }

    /// The requirements of a NodeOverlay, for types of this provisioner.
    pub fn overlaid(provisioner: Domain, overlay: &'v Overlay<'v>) -> Self {
        Self { provisioner, requirements: &overlay.requirements }
    }

    /// `true` if the labels of a domain follow from the types of its nodes.
    pub fn carries(self, domain: Domain) -> bool {
        domain.is_carried_with(self.provisioner)
    }

    /// The requirements about the type of its nodes. To a provisioner, a label of another one is not
    /// about the type, and restricts nothing (kubernetes-sigs/karpenter pkg/scheduling/requirements.go).
    fn constraints(self, catalog: &'v Catalog) -> impl Iterator<Item = Constraint<'v>> {
        let all = self.requirements.iter().enumerate().filter_map(move |(index, one)| {
            Constraint::requirement(Place::requirement(index), &one.of.requirement, catalog)
        });
        all.filter(move |one| self.carries(one.domain))
    }

    /// The types that meet one of them; `None` if it is not about the type.
    fn met_by(self, one: &'v Required<'v>, catalog: &'v Catalog) -> Option<&'v TypeSet> {
        let of_other =
            Key::of(&one.of.requirement.key, catalog).is_some_and(|key| !self.carries(key.domain));
        if of_other {
            return None;
        }
        one.types(|| {
            let place = Place::requirement(0);
            Some(Constraint::requirement(place, &one.of.requirement, catalog)?.types)
        })
    }

    /// Those of the given types of which the pool makes nodes.
    pub fn made_of(self, mut types: TypeSet, catalog: &'v Catalog) -> TypeSet {
        for met in self.requirements.iter().filter_map(|one| self.met_by(one, catalog)) {
            types = types.and(met);
            if types.is_empty() {
                break;
            }
        }
        types
    }

    /// The requirement that lists values of a label of its provisioner, for example `instance-family`.
    pub fn listed(self, label: &str) -> Option<&'v Requirement<'v>> {
        self.requirements.iter().map(|one| &one.of).find(|one| {
            let key = &*one.requirement.key;
            let name = key.strip_prefix(self.provisioner.prefix());
            name.and_then(|name| name.strip_prefix('/')) == Some(label)
                && &*one.requirement.operator == "In"
        })
    }

    /// The requirement that names types.
    fn named(self) -> Option<&'v Requirement<'v>> {
        self.requirements.iter().map(|one| &one.of).find(|one| {
            &*one.requirement.key == "node.kubernetes.io/instance-type"
                && &*one.requirement.operator == "In"
        })
    }

    /// `true` if a requirement names types or families.
    pub fn names_types(self) -> bool {
        self.named().is_some() || self.listed("instance-family").is_some()
    }

    /// `true` if it names types, and the table knows each.
    pub fn names_known_types(self, catalog: &Catalog) -> bool {
        self.named().is_some_and(|one| {
            one.requirement.values.iter().all(|value| catalog.row(value).is_some())
        })
    }

    /// `true` if it names a type or a family that the table does not know.
    pub fn names_unknown(self, catalog: &Catalog) -> bool {
        let values = |one: Option<&'v Requirement<'v>>| {
            one.into_iter().flat_map(|one| one.requirement.values.iter())
        };
        let family = catalog.family();
        let (mut names, mut families) =
            (values(self.named()), values(self.listed("instance-family")));
        names.any(|name| catalog.row(name).is_none())
            || families.any(|name| family.with(name).is_empty())
    }

    /// The requirements on one label, as expressions.
    pub fn on_label(self, key: &str) -> Vec<Expression<'v>> {
        let all = self.requirements.iter().map(|one| &one.of).enumerate();
        let all = all.filter(|(_, one)| *one.requirement.key == *key);
        let expression = |(index, one): (usize, &'v Requirement<'v>)| {
            let operator = Operator::of_pool(&one.requirement.operator)?;
            let values = &one.requirement.values;
            Some(Expression {
                place: Place::requirement(index),
                key: &one.requirement.key,
                operator,
                values,
            })
        };
        all.filter_map(expression).collect()
    }

    /// All requirements that decide the types of a pool with this name, as one constraint.
    fn whole(self, name: &'v str, catalog: &'v Catalog) -> Constraint<'v> {
        let constraints: Vec<Constraint<'v>> = self.constraints(catalog).collect();
        let carried = Domains::with(self.provisioner);
        let all = Alternative { shared: &constraints, own: &[], carried, catalog };
        let names = match all.world(Keep::All) {
            World::Closed => Some(Names::Types { known: true }),
            World::Families => Some(Names::Families { known: true }),
            World::Unknown => Some(Names::Types { known: false }),
            World::Open => None,
        };
        Constraint::pool(name, all.survivors(Keep::All), names, self.provisioner)
    }
}

impl<'p, 'v> Alternative<'p, 'v> {
    /// The known types that meet it on nodes with the labels of this provisioner, not counting the
    /// number of EFA interfaces.
    pub fn on_nodes_of(self, provisioner: Domain) -> TypeSet {
        self.carrying(provisioner).survivors(Keep::WithoutEfa)
    }

    fn carrying(mut self, provisioner: Domain) -> Self {
        self.carried = self.carried.and(Domains::with(provisioner));
        self
    }
}

impl<'v> Placement<'v> {
    /// `true` if the lack of a matching type of the pool in the table proves that none will ever match.
    pub fn is_proven_on(&self, alternative: usize, offer: Offer<'v>) -> bool {
        let Some(alternative) = self.alternatives().nth(alternative) else { return false };
        if alternative.world(Keep::All) == World::Closed || offer.names_known_types(self.catalog) {
            return true;
        }
        let own = alternative.constraints().cloned();
        let all: Vec<Constraint<'v>> = own.chain(offer.constraints(self.catalog)).collect();
        let all = Alternative { shared: &all, own: &[], ..alternative };
        all.carrying(offer.provisioner).is_proven()
    }

    /// The placement of the same pod if its nodes come only from these pools: each alternative on each
    /// pool that can make a node for it.
    #[must_use]
    pub fn on_pools(&self, landings: &[(usize, &'v str, Offer<'v>)]) -> Self {
        let term = |(alternative, name, offer): &(usize, &'v str, Offer<'v>)| {
            let own = self.terms.get(*alternative).into_iter().flatten().cloned();
            own.chain([offer.whole(name, self.catalog)]).collect()
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
