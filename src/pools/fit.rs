//! Whether one NodePool can make a node for one alternative of a pod's constraints.

use std::cell::OnceCell;

use super::{Miss, Pools, Refused, label::meets, miss::Certainty};
use crate::{
    cluster::Pool,
    finding::{Assumption, Assumptions},
    instances::TypeSet,
    json::List,
    kubernetes::{Compute, EFA, Resource},
    nodes::{Constraint, Domain, Expression, Key, Offer, Placement, Subject, expressions},
    view::{PodView, Toleration},
};

/// A pod that looks for a node.
pub(super) struct Seeker<'l> {
    pod: &'l PodView<'l>,
    placement: &'l Placement<'l>,
    pools: &'l Pools<'l>,
    tolerations: List<Toleration<'l>>,
    /// What it asks for beside what Karpenter counts on types.
    uncounted: Vec<&'l str>,
    resources: Vec<&'l str>,
    /// Whether something may still add tolerations: Kueue does, of the flavour that it finds.
    gains_tolerations: bool,
}

/// One alternative of its constraints.
pub(super) struct Wanted<'l> {
    pub alternative: usize,
    asked: Vec<Asked<'l>>,
    constraints: Vec<&'l Constraint<'l>>,
    /// Whether one of them names types or families.
    names_types: bool,
    of_karpenter: OnceCell<TypeSet>,
    of_auto_mode: OnceCell<TypeSet>,
}

/// What it asks of one label.
struct Asked<'l> {
    /// Whose label it is, where it follows from the type.
    domain: Option<Domain>,
    all: Vec<Expression<'l>>,
}

impl<'l> Seeker<'l> {
    pub fn new(
        pod: &'l PodView<'l>,
        placement: &'l Placement<'l>,
        pools: &'l Pools<'l>,
        is_queued: bool,
    ) -> Self {
        let (tolerations, resources) = (pod.tolerations(), pod.resources());
        let uncounted = resources.iter().copied().filter(|name| is_uncounted(name)).collect();
        let gains_tolerations = is_queued;
        Self { pod, placement, pools, tolerations, uncounted, resources, gains_tolerations }
    }

    /// The alternatives of its constraints, in the order of the placement.
    pub fn wanted(&self) -> Vec<Wanted<'l>> {
        let catalog = self.placement.catalog;
        let by_label = |expressions: Vec<Expression<'l>>| {
            let mut asked: Vec<Asked<'l>> = Vec::new();
            for one in expressions {
                let same = |asked: &&mut Asked<'l>| asked.all.iter().any(|all| all.key == one.key);
                match asked.iter_mut().find(same) {
                    Some(asked) => asked.all.push(one),
                    None => {
                        let domain = Key::of(one.key, catalog).map(|key| key.domain);
                        asked.push(Asked { domain, all: vec![one] });
                    }
                }
            }
            asked
        };
        let alternatives = self.placement.alternatives().enumerate();
        alternatives
            .zip(expressions(self.pod))
            .map(|((alternative, of), expressions)| Wanted {
                alternative,
                asked: by_label(expressions),
                names_types: of.names_types(),
                constraints: of.constraints().collect(),
                of_karpenter: OnceCell::new(),
                of_auto_mode: OnceCell::new(),
            })
            .collect()
    }

    /// The types of which the pool can make a node; `None` where it can't.
    pub fn lands(&self, wanted: &Wanted<'l>, pool: &'l Pool<'l>) -> Option<TypeSet> {
        if self.taints(pool).next().is_some() || self.labels(wanted, pool).next().is_some() {
            return None;
        }
        let types = self.types(wanted, pool);
        if types.is_empty() {
            return None;
        }
        let mut misses = Vec::new();
        let left = self.counted(types, wanted, pool, &mut misses);
        misses.is_empty().then_some(left)
    }

    /// What keeps the pod from the pool, types aside.
    pub fn apart(&self, wanted: &Wanted<'l>, pool: &'l Pool<'l>) -> Vec<Refused<'l>> {
        let certainty = match self.gains_tolerations {
            true => Certainty::Open,
            false => Certainty::SURE,
        };
        let taints = self.taints(pool).map(|miss| Refused { miss, certainty });
        let labels = self.labels(wanted, pool);
        taints.chain(labels.map(|miss| Refused { miss, certainty: Certainty::SURE })).collect()
    }

    /// All that keeps the pod from the pool.
    pub fn missed(&self, wanted: &Wanted<'l>, pool: &'l Pool<'l>) -> Vec<Refused<'l>> {
        let mut misses = self.apart(wanted, pool);
        let types = self.types(wanted, pool);
        let types = match types.is_empty() {
            false => types,
            true => self.lacking(wanted, pool, &mut misses),
        };
        self.counted(types, wanted, pool, &mut misses);
        misses
    }

    /// What it needs that the pool can't make a node; `None` where something unseen may help.
    pub fn certainty(&self, wanted: &Wanted<'l>, pool: &'l Pool<'l>) -> Option<Assumptions> {
        let least = |missed: &[Refused<'l>]| {
            let under = missed.iter().filter_map(|one| match one.certainty {
                Certainty::Under(assumptions) => Some(assumptions),
                Certainty::Open => None,
            });
            under.min_by_key(|assumptions| assumptions.iter().count())
        };
        // One thing that is sure is enough.
        match least(&self.apart(wanted, pool)) {
            Some(sure) if sure.is_empty() => Some(sure),
            _ if self.types(wanted, pool).is_empty() => {
                Some(self.of_types(wanted, pool)).and_then(|certainty| match certainty {
                    Certainty::Under(assumptions) => Some(assumptions),
                    Certainty::Open => None,
                })
            }
            _ => least(&self.missed(wanted, pool)),
        }
    }

    fn taints(&self, pool: &'l Pool<'l>) -> impl Iterator<Item = Miss<'l>> {
        let keeps_away = |taint: &&crate::view::Taint<'l>| {
            taint.keeps_away()
                && !taint.is_tolerated(&self.tolerations)
                && !(taint.key.contains('/') && self.resources.contains(&&*taint.key))
        };
        pool.taints().iter().filter(keeps_away).map(Miss::Taint)
    }

    fn labels<'s>(
        &'s self,
        wanted: &'s Wanted<'l>,
        pool: &'l Pool<'l>,
    ) -> impl Iterator<Item = Miss<'l>> + 's {
        let missed = move |asked: &Asked<'l>| {
            let first = asked.all.first()?;
            // Labels of types are compared as types.
            let of_types = [Domain::Node, Domain::InstanceType, provisioner(pool)];
            if asked.domain.is_some_and(|domain| of_types.contains(&domain)) {
                return None;
            }
            (!meets(pool, first.key, &asked.all)).then_some(Miss::Label(*first))
        };
        wanted.asked.iter().filter_map(missed)
    }

    /// The types of the pool that meet the alternative's constraints, EFA aside.
    fn types(&self, wanted: &Wanted<'l>, pool: &'l Pool<'l>) -> TypeSet {
        let (catalog, offer) = (self.placement.catalog, Offer::of(pool));
        let of = self.types_on(wanted, offer.provisioner).clone();
        let types = offer.made_of(of, catalog);
        // Where nothing names types, those of which next to nothing is known meet all, and nobody means them.
        match wanted.names_types || types.is_empty() || offer.names_types() {
            true => types,
            false => types.and(&catalog.described()),
        }
    }

    /// Which constraints none of the pool's types meets, where none meets all; the pool's types.
    fn lacking(
        &self,
        wanted: &Wanted<'l>,
        pool: &'l Pool<'l>,
        misses: &mut Vec<Refused<'l>>,
    ) -> TypeSet {
        let (catalog, offer) = (self.placement.catalog, Offer::of(pool));
        let certainty = self.of_types(wanted, pool);
        let all = offer.made_of(catalog.all().clone(), catalog);
        let described = all.and(&catalog.described());
        let all = if described.is_empty() { all } else { described };
        let is_missed = |one: &&&Constraint<'l>| {
            let is_its = match one.subject {
                Subject::Label { key, .. } => offer.carries(key.domain),
                _ => true,
            };
            is_its && !one.is_efa() && !one.types.meets(&all)
        };
        let before = misses.len();
        for one in wanted.constraints.iter().filter(is_missed) {
            misses.push(Refused { miss: Miss::Type(one), certainty });
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

    /// How sure it is that the pool has no type: whether a newer one can help.
    fn of_types(&self, wanted: &Wanted<'l>, pool: &'l Pool<'l>) -> Certainty {
        let offer = Offer::of(pool);
        let is_proven = self.lacks_accelerators(offer)
            || self.placement.is_proven_on(wanted.alternative, offer);
        Certainty::of_types(is_proven)
    }

    /// Whether the pod asks for accelerators, and no type has any of the categories that the pool names:
    /// the category of a type says whether it has.
    fn lacks_accelerators(&self, offer: Offer<'l>) -> bool {
        let catalog = self.placement.catalog;
        let Some(category) = offer.listed("instance-category") else { return false };
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
        types: TypeSet,
        wanted: &Wanted<'l>,
        pool: &'l Pool<'l>,
        misses: &mut Vec<Refused<'l>>,
    ) -> TypeSet {
        let had = !types.is_empty();
        let mut left = self.with_efa(types, wanted, pool, misses);
        if pool.is_static() {
            return left;
        }
        let catalog = self.placement.catalog;
        for resource in Resource::accelerators().filter(|one| one.counts_devices()) {
            let asked = self.pod.total(resource);
            let Some(label) = resource.count_label(catalog).filter(|_| asked > 0) else { continue };
            let enough = label.above(i64::try_from(asked).unwrap_or(i64::MAX) - 1);
            if enough.meets(&left) || left.is_empty() {
                left = left.and(&enough);
            } else if let Some(most) = label.greatest(&left)
                // None at all is told of the type.
                && most > 0
                && !self.pools.may_be_overlaid(resource.name(), asked)
            {
                let certainty = self.of_types(wanted, pool).with(Assumption::Devices);
                misses.push(Refused { miss: Miss::Devices { resource, asked, most }, certainty });
            }
        }
        for compute in Compute::ALL {
            let asked = self.pod.at_least(compute);
            let has = || catalog.types(&left).any(|one| compute.may_exceed(&one, asked));
            if asked > 0 && had && !left.is_empty() && !has() {
                let certainty = self.of_types(wanted, pool);
                misses.push(Refused { miss: Miss::Compute(compute, asked), certainty });
            }
        }
        for name in &self.uncounted {
            if !self.pools.may_be_overlaid(name, 1) {
                let miss = Miss::Resource(name);
                misses.push(Refused { miss, certainty: Certainty::Open });
            }
        }
        left
    }

    /// Of these types those that have as many EFA interfaces as the pod asks for, or the class lists.
    fn with_efa(
        &self,
        types: TypeSet,
        wanted: &Wanted<'l>,
        pool: &'l Pool<'l>,
        misses: &mut Vec<Refused<'l>>,
    ) -> TypeSet {
        let asked = self.pod.total(EFA);
        if let Some(attached) = self.pools.attached_to_all(pool) {
            // Karpenter drops the types that can't take all that the class lists.
            let efa = self.placement.catalog.efa();
            let left = types.and(&efa.above(i64::from(attached) - 1));
            if u64::from(attached) < asked {
                let miss = Miss::Efa { asked, attached };
                misses.push(Refused { miss, certainty: Certainty::SURE });
            } else if left.is_empty() && !types.is_empty() {
                let certainty = self.of_types(wanted, pool);
                misses.push(Refused { miss: Miss::Attaches(attached), certainty });
            }
            return left;
        }
        let Some(efa) = wanted.constraints.iter().find(|one| one.is_efa()) else { return types };
        if !efa.types.meets(&types) {
            let certainty = self.of_types(wanted, pool);
            misses.push(Refused { miss: Miss::Type(efa), certainty });
        }
        types.and(&efa.types)
    }
}

fn provisioner(pool: &Pool<'_>) -> Domain {
    if pool.is_auto_mode() { Domain::AutoMode } else { Domain::Karpenter }
}

/// Whether Karpenter counts nothing of a resource on any type.
fn is_uncounted(name: &str) -> bool {
    /// Addresses of Windows' pods.
    const COUNTED: &str = "vpc.amazonaws.com/PrivateIPv4Address";
    name.starts_with("hugepages-")
        || (name.contains('/') && Resource::of(name).is_none() && name != COUNTED)
}
