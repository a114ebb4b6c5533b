//! Decides whether one NodePool can make a node for one alternative of a pod's constraints.

use std::cell::OnceCell;

use super::{Certainty, Miss, Pools, Refused, label::meets};
use crate::{
    cluster::Pool,
    finding::Assumptions,
    instances::TypeSet,
    json::List,
    kubernetes::Resource,
    nodes::{
        Constraint, Domain, Expression, Keep, Key, Offer, Placement, Subject, World, expressions,
    },
    view::{PodView, Taint, Toleration, View},
};

/// A pod that needs a node.
pub(super) struct Seeker<'l> {
    pub(super) pod: &'l PodView<'l>,
    pub(super) placement: &'l Placement<'l>,
    pub(super) pools: &'l Pools<'l>,
    tolerations: List<Toleration<'l>>,
    /// The names of all resources that it requests.
    pub(super) resources: Vec<&'l str>,
    /// `true` if something may still add tolerations: Kueue adds those of the flavor that it picks.
    gains_tolerations: bool,
}

/// One alternative of its constraints.
pub(super) struct Wanted<'l> {
    pub alternative: usize,
    asked: Vec<Asked<'l>>,
    pub(super) constraints: Vec<&'l Constraint<'l>>,
    /// How far the table knows the types that it names.
    world: World,
    of_karpenter: OnceCell<TypeSet>,
    of_auto_mode: OnceCell<TypeSet>,
}

/// The pod's expressions on one label.
struct Asked<'l> {
    /// The domain of the label, if it follows from the type.
    domain: Option<Domain>,
    all: Vec<Expression<'l>>,
}

impl<'l> Seeker<'l> {
    pub fn new(
        view: &View<'_>,
        pod: &'l PodView<'l>,
        placement: &'l Placement<'l>,
        pools: &'l Pools<'l>,
    ) -> Self {
        let labels = [&view.metadata().labels, &pod.metadata.labels];
        let mut labels = labels.into_iter().flat_map(|labels| &labels.0);
        let gains_tolerations = labels.any(|(key, _)| key.starts_with("kueue.x-k8s.io/"));
        let (tolerations, resources) = (pod.tolerations(), pod.resources());
        Self { pod, placement, pools, tolerations, resources, gains_tolerations }
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
                world: of.world(Keep::WithoutEfa),
                constraints: of.constraints().collect(),
                of_karpenter: OnceCell::new(),
                of_auto_mode: OnceCell::new(),
            })
            .collect()
    }

    /// The types of which the pool can make a node if no label keeps the pod away; `None` if it can't.
    pub fn lands(&self, wanted: &Wanted<'l>, pool: &'l Pool<'l>) -> Option<TypeSet> {
        if self.taints(pool).next().is_some() {
            return None;
        }
        let types = self.types(wanted, pool);
        if types.is_empty() {
            return self.may_be_newer(wanted, pool).then_some(types);
        }
        let mut misses = Vec::new();
        let left = self.counted(types, wanted, pool, &mut misses);
        misses.is_empty().then_some(left)
    }

    /// `true` if both may mean a type that the table does not know.
    fn may_be_newer(&self, wanted: &Wanted<'l>, pool: &'l Pool<'l>) -> bool {
        let offer = Offer::of(pool);
        match wanted.world {
            World::Closed => false,
            World::Unknown if !offer.names_types() => true,
            World::Unknown | World::Families | World::Open => {
                offer.names_unknown(self.placement.catalog)
            }
        }
    }

    /// The reasons, apart from types, that keep the pod from the pool.
    pub fn apart(&self, wanted: &Wanted<'l>, pool: &'l Pool<'l>) -> Vec<Refused<'l>> {
        let certainty = match self.gains_tolerations {
            true => Certainty::Open,
            false => Certainty::SURE,
        };
        let taints = self.taints(pool).map(|miss| Refused { miss, certainty });
        let labels = self.labels(wanted, pool);
        taints.chain(labels.map(|miss| Refused { miss, certainty: Certainty::SURE })).collect()
    }

    /// The number of labels that keep the pod from the pool.
    pub fn labels_missed(&self, wanted: &Wanted<'l>, pool: &'l Pool<'l>) -> usize {
        self.labels(wanted, pool).count()
    }

    /// All reasons that keep the pod from the pool, including those about its types.
    pub fn missed(
        &self,
        wanted: &Wanted<'l>,
        pool: &'l Pool<'l>,
        apart: &[Refused<'l>],
    ) -> Vec<Refused<'l>> {
        let mut misses = apart.to_vec();
        let types = self.types(wanted, pool);
        let types = match types.is_empty() {
            false => types,
            true => self.lacking(wanted, pool, &mut misses),
        };
        self.counted(types, wanted, pool, &mut misses);
        misses
    }

    /// The assumptions under which the pool makes no node, if this keeps the pod from it; `None` if
    /// something unseen may help.
    pub fn certainty(&self, wanted: &Wanted<'l>, pool: &'l Pool<'l>) -> Option<Assumptions> {
        let apart = self.apart(wanted, pool);
        let least = |missed: &[Refused<'l>]| {
            let under = missed.iter().filter_map(|one| one.certainty.assumptions());
            under.min_by_key(|assumptions| assumptions.iter().count())
        };
        // One certain reason is enough.
        match least(&apart) {
            Some(sure) if sure.is_empty() => Some(sure),
            _ if self.types(wanted, pool).is_empty() => self.of_types(wanted, pool).assumptions(),
            _ => least(&self.missed(wanted, pool, &apart)),
        }
    }

    fn taints(&self, pool: &'l Pool<'l>) -> impl Iterator<Item = Miss<'l>> {
        let keeps_away = |taint: &&Taint<'l>| {
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
            let provisioner = Domain::of_nodes_of(&pool.class);
            if asked.domain.is_some_and(|domain| domain.is_carried_with(provisioner)) {
                return None;
            }
            (!meets(pool, first.key, &asked.all)).then_some(Miss::Label(*first))
        };
        wanted.asked.iter().filter_map(missed)
    }

    /// The types of the pool that meet the alternative's constraints, not counting EFA.
    fn types(&self, wanted: &Wanted<'l>, pool: &'l Pool<'l>) -> TypeSet {
        let (catalog, offer) = (self.placement.catalog, Offer::of(pool));
        let of = self.types_on(wanted, offer.provisioner).clone();
        let types = offer.made_of(of, catalog);
        // If nothing names types, barely described types meet all constraints, but nobody means them.
        match wanted.world != World::Open || types.is_empty() || offer.names_types() {
            true => types,
            false => types.and(&catalog.described()),
        }
    }

    /// The constraints that none of the pool's types meets, if no type meets all; and the pool's types.
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

    /// How certain it is that the pool has no type: whether a newer one can help.
    pub(super) fn of_types(&self, wanted: &Wanted<'l>, pool: &'l Pool<'l>) -> Certainty {
        let offer = Offer::of(pool);
        let is_proven = self.lacks_accelerators(offer)
            || self.placement.is_proven_on(wanted.alternative, offer);
        Certainty::of_types(is_proven)
    }

    /// `true` if the pod requests accelerators, and no type of the categories that the pool names has
    /// any. The category of a type shows whether it has accelerators.
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
                    // Nothing is known of barely described types.
                    !named.and(&catalog.described()).meets(&with)
                })
            })
    }
}
