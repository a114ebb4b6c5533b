//! Whether one NodePool can make a node for one alternative of a pod's constraints.

use std::cell::OnceCell;

use super::{
    Miss, Pools, Refused,
    label::{is_of_type, meets, says},
    miss::Certainty,
};
use crate::{
    cluster::Pool,
    finding::{Assumption, Assumptions},
    instances::TypeSet,
    json::List,
    kubernetes::{Compute, EFA, Resource},
    nodes::{
        Constraint, Domain, Expression, Placement, Subject, made_by, names_types, provisioner,
    },
    view::{PodView, Toleration},
};

/// A pod that looks for a node.
pub(super) struct Seeker<'l> {
    pub pod: &'l PodView<'l>,
    pub placement: &'l Placement<'l>,
    pools: &'l Pools<'l>,
    tolerations: List<Toleration<'l>>,
    /// Whether something may still add tolerations: Kueue does, of the flavour that it finds.
    gains_tolerations: bool,
}

/// One alternative of its constraints.
pub(super) struct Wanted<'l> {
    pub alternative: usize,
    expressions: Vec<Expression<'l>>,
    constraints: Vec<&'l Constraint<'l>>,
    /// Whether one of them names types or families.
    names_types: bool,
    of_karpenter: OnceCell<TypeSet>,
    of_auto_mode: OnceCell<TypeSet>,
}

/// How far one pool is looked into.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// The first thing that is missed.
    First,
    /// The end.
    All,
}

/// What came of it: the types of which the pool can make a node, or what is missed.
pub(super) enum Fit<'l> {
    Lands(TypeSet),
    Misses(Vec<Refused<'l>>),
}

impl<'l> Seeker<'l> {
    pub fn new(
        pod: &'l PodView<'l>,
        placement: &'l Placement<'l>,
        pools: &'l Pools<'l>,
        is_queued: bool,
    ) -> Self {
        Self { pod, placement, pools, tolerations: pod.tolerations(), gains_tolerations: is_queued }
    }

    /// The alternatives of its constraints, in the order of the placement.
    pub fn wanted(&self) -> Vec<Wanted<'l>> {
        let expressions = crate::nodes::expressions(self.pod);
        let alternatives = self.placement.alternatives().enumerate();
        alternatives
            .zip(expressions)
            .map(|((alternative, of), expressions)| Wanted {
                alternative,
                expressions,
                names_types: of.names_types(),
                constraints: of.constraints().collect(),
                of_karpenter: OnceCell::new(),
                of_auto_mode: OnceCell::new(),
            })
            .collect()
    }

    /// Whether the pool can make a node for this alternative.
    pub fn fit(&self, wanted: &Wanted<'l>, pool: &'l Pool<'l>, until: Until) -> Fit<'l> {
        let mut misses: Vec<Refused<'l>> = Vec::new();
        let is_done = |misses: &[Refused<'l>]| until == Until::First && !misses.is_empty();
        self.taints(pool, &mut misses);
        if !is_done(&misses) {
            self.labels(wanted, pool, &mut misses);
        }
        if is_done(&misses) {
            return Fit::Misses(misses);
        }
        let types = self.types(wanted, pool, until, &mut misses);
        if !is_done(&misses) {
            let counted = self.counted(&types, wanted, pool, &mut misses);
            if misses.is_empty() {
                return Fit::Lands(counted);
            }
        }
        Fit::Misses(misses)
    }

    fn taints(&self, pool: &'l Pool<'l>, misses: &mut Vec<Refused<'l>>) {
        for taint in pool.spec.taints().0 {
            let is_tolerated = !taint.keeps_away()
                || taint.is_tolerated(&self.tolerations)
                || (taint.key.contains('/') && self.pod.resources().contains(&&*taint.key));
            if !is_tolerated {
                let certainty = match self.gains_tolerations {
                    true => Certainty::Open,
                    false => Certainty::SURE,
                };
                misses.push(Refused { miss: Miss::Taint(taint), certainty });
            }
        }
    }

    fn labels(&self, wanted: &Wanted<'l>, pool: &'l Pool<'l>, misses: &mut Vec<Refused<'l>>) {
        let own = pool.spec.labels();
        for (index, one) in wanted.expressions.iter().enumerate() {
            let before = wanted.expressions.get(..index).unwrap_or_default();
            if before.iter().any(|other| other.key == one.key)
                || is_of_type(pool, one.key, self.placement.catalog)
            {
                continue;
            }
            let asked = wanted.expressions.iter().filter(|other| other.key == one.key).copied();
            let asked: Vec<Expression<'l>> = asked.collect();
            if !meets(&says(pool, &own.0, one.key), &asked) {
                misses.push(Refused { miss: Miss::Label(*one), certainty: Certainty::SURE });
            }
        }
    }

    /// The types of the pool that meet the alternative's constraints, EFA aside.
    fn types(
        &self,
        wanted: &Wanted<'l>,
        pool: &'l Pool<'l>,
        until: Until,
        misses: &mut Vec<Refused<'l>>,
    ) -> TypeSet {
        let catalog = self.placement.catalog;
        let domain = provisioner(&pool.spec);
        // Where nothing names types, those of which next to nothing is known meet all, and nobody means them.
        let is_open = !wanted.names_types && !names_types(&pool.spec);
        let counts = |types: TypeSet| if is_open { types.and(&catalog.described()) } else { types };
        let types = counts(made_by(self.types_on(wanted, domain).clone(), &pool.spec, catalog));
        if !types.is_empty() {
            return types;
        }
        let certainty = Certainty::of_types(self.is_proven(wanted, pool));
        if until == Until::First {
            misses.push(Refused { miss: Miss::Together, certainty });
            return types;
        }
        let all = made_by(catalog.all().clone(), &pool.spec, catalog);
        let described = all.and(&catalog.described());
        let all = if described.is_empty() { all } else { described };
        let is_missed = |one: &&&Constraint<'l>| {
            let is_its = match one.subject {
                Subject::Label { key, .. } => {
                    [Domain::Node, Domain::InstanceType, domain].contains(&key.domain)
                }
                _ => true,
            };
            is_its && !one.is_efa() && !one.types.meets(&all)
        };
        let before = misses.len();
        for one in wanted.constraints.iter().filter(is_missed) {
            misses.push(Refused { miss: Miss::Type((*one).clone()), certainty });
        }
        if misses.len() == before {
            misses.push(Refused { miss: Miss::Together, certainty });
        }
        all
    }

    fn types_on<'w>(&self, wanted: &'w Wanted<'l>, domain: Domain) -> &'w TypeSet {
        let cell = match domain {
            Domain::AutoMode => &wanted.of_auto_mode,
            _ => &wanted.of_karpenter,
        };
        cell.get_or_init(|| {
            let alternative = self.placement.alternatives().nth(wanted.alternative);
            alternative.map_or_else(TypeSet::none, |one| one.on_nodes_of(domain))
        })
    }

    /// Whether a newer type can't help.
    fn is_proven(&self, wanted: &Wanted<'l>, pool: &'l Pool<'l>) -> bool {
        self.placement.is_proven_on(wanted.alternative, &pool.spec) || self.lacks_accelerators(pool)
    }

    /// Whether the pod asks for accelerators, and no type has any of the categories that the pool names:
    /// the category of a type says whether it has.
    fn lacks_accelerators(&self, pool: &Pool<'_>) -> bool {
        let catalog = self.placement.catalog;
        let category = pool.spec.requirements.iter().find(|one| {
            let key = &*one.requirement.key;
            let name = key.strip_prefix(provisioner(&pool.spec).prefix());
            name == Some("/instance-category") && &*one.requirement.operator == "In"
        });
        let Some(category) = category else { return false };
        let Some(label) = catalog.label("instance-category") else { return false };
        let mut named = TypeSet::none();
        for value in category.requirement.values.iter() {
            let with = label.with(value);
            if with.is_empty() {
                return false;
            }
            named |= &with;
        }
        let accelerators = || Resource::accelerators().filter(|one| self.pod.total(*one) > 0);
        accelerators().next().is_some()
            && accelerators().all(|one| {
                one.types_with(catalog).is_some_and(|with| {
                    // Of barely described types nothing is known.
                    !named.and(&catalog.described()).meets(&with)
                })
            })
    }

    /// Of these types those that have as much as the pod asks for, as Karpenter counts it.
    fn counted(
        &self,
        types: &TypeSet,
        wanted: &Wanted<'l>,
        pool: &'l Pool<'l>,
        misses: &mut Vec<Refused<'l>>,
    ) -> TypeSet {
        let mut left = types.clone();
        let catalog = self.placement.catalog;
        let of_types = || Certainty::of_types(self.is_proven(wanted, pool));
        let asked = self.pod.total(EFA);
        let attached = self.pools.attached_to_all(pool);
        if let Some(attached) = attached {
            // Karpenter drops the types that can't take all that the class lists.
            left = left.and(&catalog.efa().above(i64::from(attached) - 1));
            let certainty = Certainty::SURE;
            if u64::from(attached) < asked {
                misses.push(Refused { miss: Miss::Efa { asked, attached }, certainty });
            } else if left.is_empty() && !types.is_empty() {
                misses.push(Refused { miss: Miss::Attaches(attached), certainty: of_types() });
            }
        } else if let Some(efa) = wanted.constraints.iter().find(|one| one.is_efa()) {
            if !efa.types.meets(&left) {
                let miss = Miss::Type((*efa).clone());
                misses.push(Refused { miss, certainty: of_types() });
            }
            left = left.and(&efa.types);
        }
        if pool.spec.is_static() {
            return left;
        }
        for resource in Resource::accelerators().filter(|one| one.counts_devices()) {
            let asked = self.pod.total(resource);
            let Some(label) = resource.count_label(catalog).filter(|_| asked > 0) else { continue };
            let enough = label.above(i64::try_from(asked).unwrap_or(i64::MAX) - 1);
            if !enough.meets(&left) && !left.is_empty() {
                let Some(most) = label.greatest(&left) else { continue };
                // None at all is told of the type.
                if most > 0 && !self.pools.may_be_overlaid(resource.name(), asked) {
                    let certainty = match of_types() {
                        Certainty::Under(open) => Certainty::Under(open.with(Assumption::Devices)),
                        Certainty::Open => Certainty::Open,
                    };
                    misses
                        .push(Refused { miss: Miss::Devices { resource, asked, most }, certainty });
                }
                continue;
            }
            left = left.and(&enough);
        }
        for compute in Compute::ALL {
            let asked = self.pod.at_least(compute);
            let has = || catalog.types(&left).any(|one| compute.may_exceed(&one, asked));
            if asked > 0 && !left.is_empty() && !has() {
                let miss = Miss::Compute(compute, asked);
                misses.push(Refused { miss, certainty: of_types() });
            }
        }
        for name in self.pod.resources() {
            if is_uncounted(name) && !self.pools.may_be_overlaid(name, 1) {
                misses.push(Refused { miss: Miss::Resource(name), certainty: Certainty::Open });
            }
        }
        left
    }
}

/// Whether Karpenter counts nothing of a resource on any type.
fn is_uncounted(name: &str) -> bool {
    const COUNTED: [&str; 1] = ["vpc.amazonaws.com/PrivateIPv4Address"];
    name.starts_with("hugepages-")
        || (name.contains('/') && Resource::of(name).is_none() && !COUNTED.contains(&name))
}

/// The assumptions of several refusals of one pool: one that is sure is enough.
pub(super) fn certainty(refused: &[Refused<'_>]) -> Option<Assumptions> {
    let under = refused.iter().filter_map(|one| match one.certainty {
        Certainty::Under(assumptions) => Some(assumptions),
        Certainty::Open => None,
    });
    under.min_by_key(|assumptions| assumptions.iter().count())
}
