//! A constraint on the instance type of a node, and the types that meet it.

use std::borrow::Cow;

use super::{Domain, Key, Operator, Place, place::Within};
use crate::{
    instances::{Allowed, Catalog, HYPERPOD, TypeSet, instance_type},
    json::Text,
    kubernetes::{Compute, EFA, Resource},
    settings::Settings,
    view::{NodeSelectorRequirement, PodView},
};

/// The subject of a constraint: a label, a resource or a setting.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'v> {
    /// A label.
    Label {
        /// Its full name.
        name: &'v str,
        /// Its domain and the values that the types have.
        key: Key<'v>,
        /// The relation between the label and the operands.
        operator: Operator,
        /// The operands.
        values: &'v [Text<'v>],
    },
    /// An amount of an extended resource.
    Resource(Demand),
    /// An amount of CPUs or memory.
    Compute(Compute, u64),
    /// The types that these names and patterns of `instanceTypes.allowed` name.
    Allowed(&'v [Text<'v>]),
    /// The types of which a NodePool of this name makes nodes.
    Pool(&'v str),
}

/// An amount of an extended resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The resource.
    pub resource: Resource,
    /// The amount.
    pub count: u64,
}

/// The types or families that a constraint names, and whether the table knows all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    Types { known: bool },
    Families { known: bool },
}

impl Names {
    /// `true` if all named types are known; `None` if families are named.
    pub fn known_types(self) -> Option<bool> {
        if let Self::Types { known } = self { Some(known) } else { None }
    }

    /// `true` if all named families are known; `None` if types are named.
    pub fn known_families(self) -> Option<bool> {
        if let Self::Families { known } = self { Some(known) } else { None }
    }
}

/// A constraint and the types that meet it.
#[derive(Clone, Debug)]
pub struct Constraint<'v> {
    /// Its place in the object.
    pub place: Place<'v>,
    /// Its label, resource or setting.
    pub subject: Subject<'v>,
    /// The types that meet it on nodes that carry the label.
    pub types: TypeSet,
    /// The nodes that carry the label.
    pub(super) domain: Domain,
    /// `true` if only nodes that carry the label meet it.
    pub(super) demands_label: bool,
    /// The types or families that it names.
    pub(super) names: Option<Names>,
}

impl<'v> Constraint<'v> {
    /// An expression of a term; `None` if it is not about the type, or the API server rejects it anyway.
    pub(super) fn requirement(
        place: Place<'v>,
        requirement: &'v NodeSelectorRequirement<'v>,
        catalog: &'v Catalog,
    ) -> Option<Self> {
        let operator = match place.within {
            Within::Requirement(_) => Operator::of_pool(&requirement.operator)?,
            _ => Operator::of(&requirement.operator)?,
        };
        Self::label(place, &requirement.key, operator, &requirement.values, catalog)
    }

    pub(super) fn label(
        place: Place<'v>,
        name: &'v str,
        operator: Operator,
        values: &'v [Text<'v>],
        catalog: &'v Catalog,
    ) -> Option<Self> {
        if matches!(name, "kubernetes.io/os" | "beta.kubernetes.io/os") {
            return Self::windows(place, name, operator, values, catalog);
        }
        let key = Key::of(name, catalog)?;
        let texts = || values.iter().map(|value| &**value);
        let types = match (operator, key.label) {
            (Operator::In | Operator::NotIn, _) if values.is_empty() => return None,
            (Operator::In, Some(label)) => label.any_of(texts()),
            (Operator::NotIn, Some(label)) => label.none_of(texts()),
            (Operator::Exists, Some(label)) => label.exists(),
            (Operator::DoesNotExist, Some(label)) => label.absent(),
            (Operator::Gt | Operator::Lt | Operator::Gte | Operator::Lte, label) => {
                let [value] = values else { return None };
                let bound = value.parse::<i64>().ok()?;
                match (label, operator) {
                    (None, _) => TypeSet::none(),
                    (Some(label), Operator::Gt) => label.above(bound),
                    (Some(label), Operator::Gte) => label.above(bound.saturating_sub(1)),
                    (Some(label), Operator::Lte) => label.below(bound.saturating_add(1)),
                    (Some(label), _) => label.below(bound),
                }
            }
            (Operator::In, None) => named(texts().map(instance_type), catalog),
            // Karpenter makes no HyperPod nodes, so the `ml.` spelling doesn't matter here.
            (Operator::NotIn, None) if matches!(place.within, Within::Requirement(_)) => {
                catalog.all().minus(&named(texts(), catalog))
            }
            // HyperPod nodes spell their type with `ml.`: a type is excluded only in both spellings.
            (Operator::NotIn, None) => {
                let hyperpod = texts().filter_map(|text| text.strip_prefix(HYPERPOD));
                let excluded = named(texts(), catalog).and(&named(hyperpod, catalog));
                catalog.all().minus(&excluded)
            }
            (Operator::Exists, None) => catalog.all().clone(),
            (Operator::DoesNotExist, None) => TypeSet::none(),
        };
        let demands_label = match operator {
            Operator::In | Operator::Exists => true,
            Operator::Gt | Operator::Lt | Operator::Gte | Operator::Lte => true,
            // Every EC2 node has these labels, so excluding values excludes types.
            Operator::NotIn => matches!(key.domain, Domain::Node | Domain::InstanceType),
            Operator::DoesNotExist => key.domain == Domain::Node,
        };
        Some(Self {
            place,
            names: names(key, operator, values, &types, catalog),
            types,
            demands_label,
            domain: key.domain,
            subject: Subject::Label { name, key, operator, values },
        })
    }

    /// Windows runs on one architecture only, Linux on all (aws/karpenter-provider-aws
    /// pkg/providers/instancetype/types.go, getOS); `None` if the label does not require Windows.
    fn windows(
        place: Place<'v>,
        name: &'v str,
        operator: Operator,
        values: &'v [Text<'v>],
        catalog: &'v Catalog,
    ) -> Option<Self> {
        let mut systems = values.iter().map(|value| &**value);
        let is_windows = operator == Operator::In && systems.all(|system| system == "windows");
        if !is_windows || values.is_empty() {
            return None;
        }
        let (domain, arch) = (Domain::Node, catalog.arch());
        let key = Key { domain, label: Some(arch) };
        let subject = Subject::Label { name, key, operator, values };
        let types = arch.any_of(["amd64"]);
        Some(Self { place, subject, types, domain, demands_label: true, names: None })
    }

    /// The type has the kind of accelerator that the pod requests. The amount proves nothing,
    /// because time-slicing offers more devices than there are.
    pub(super) fn accelerator(
        pod: &'v PodView<'v>,
        resource: Resource,
        catalog: &'v Catalog,
    ) -> Option<Self> {
        let count = pod.total(resource);
        if count == 0 {
            return None;
        }
        Some(Self::resource(pod, resource, count, resource.types_with(catalog)?))
    }

    /// The type has at least this many EFA interfaces.
    pub(super) fn efa(pod: &'v PodView<'v>, count: u64, catalog: &'v Catalog) -> Option<Self> {
        let below = i64::try_from(count).unwrap_or(i64::MAX) - 1;
        (count > 0).then(|| Self::resource(pod, EFA, count, catalog.efa().above(below)))
    }

    fn resource(pod: &'v PodView<'v>, resource: Resource, count: u64, types: TypeSet) -> Self {
        Self {
            place: Place { base: &pod.place, within: Within::Resource(pod, resource) },
            subject: Subject::Resource(Demand { resource, count }),
            types,
            domain: Domain::Node,
            demands_label: true,
            names: None,
        }
    }

    /// The type has more than this much: some of it is never left for pods.
    pub(super) fn compute(
        pod: &'v PodView<'v>,
        compute: Compute,
        amount: u64,
        catalog: &'v Catalog,
    ) -> Self {
        Self {
            place: Place { base: &pod.place, within: Within::Compute(pod, compute) },
            subject: Subject::Compute(compute, amount),
            types: compute.types_above(amount, catalog),
            domain: Domain::Node,
            demands_label: true,
            names: None,
        }
    }

    /// The type is one that the settings allow.
    pub(super) fn allowed(settings: &'v Settings<'v>) -> Option<Self> {
        let Allowed { types, known } = settings.allowed_types()?;
        Some(Self {
            place: Place { base: "", within: Within::Settings },
            subject: Subject::Allowed(&settings.allowed),
            types: types.clone(),
            domain: Domain::InstanceType,
            demands_label: false,
            names: Some(Names::Types { known: *known }),
        })
    }

    /// The type is one of a NodePool.
    pub(super) fn pool(
        name: &'v str,
        types: TypeSet,
        names: Option<Names>,
        domain: Domain,
    ) -> Self {
        let place = Place { base: "", within: Within::Settings };
        Self { place, subject: Subject::Pool(name), types, domain, demands_label: true, names }
    }

    /// The name of its label, resource or setting.
    pub fn name(&self) -> &'v str {
        match self.subject {
            Subject::Label { name, .. } => name,
            Subject::Resource(Demand { resource, .. }) => resource.name(),
            Subject::Compute(compute, _) => compute.name(),
            Subject::Allowed(_) => "instanceTypes.allowed",
            Subject::Pool(name) => name,
        }
    }

    /// `true` if it names types, and the table knows each.
    pub fn names_known_types(&self) -> bool {
        self.names.and_then(Names::known_types) == Some(true)
    }

    /// `true` if it is about the cluster: the types that the settings allow, or those of a NodePool.
    pub fn is_allowed(&self) -> bool {
        matches!(self.subject, Subject::Allowed(_) | Subject::Pool(_))
    }

    /// The number of sizes that it names; `None` if it names none.
    pub(super) fn sizes(&self) -> Option<usize> {
        match self.subject {
            Subject::Label { key, operator: Operator::In, values, .. } => {
                key.label.filter(|label| label.name() == "instance-size").map(|_| values.len())
            }
            _ => None,
        }
    }

    /// The types that meet it, or that have a family in which a newer size may: a fact that depends on
    /// the size proves nothing about other sizes. `None` if it is only about such a fact.
    pub(super) fn in_all_sizes(&self) -> Option<Cow<'_, TypeSet>> {
        match self.subject {
            Subject::Label { key, .. } => match key.label.map(|label| (label, label.name())) {
                Some((
                    _,
                    "instance-size"
                    | "instance-cpu"
                    | "instance-memory"
                    | "instance-local-nvme"
                    | "instance-ebs-bandwidth"
                    | "instance-network-bandwidth"
                    | "instance-hypervisor",
                )) => None,
                // Either all sizes of a family have devices, or none.
                Some((
                    label,
                    "instance-gpu-count" | "instance-gpu-memory" | "instance-accelerator-count",
                )) if self.demands_label => Some(Cow::Owned(label.exists())),
                _ => Some(Cow::Borrowed(&self.types)),
            },
            Subject::Resource(Demand { resource: EFA, .. }) | Subject::Compute(..) => None,
            // For other resources, it only matters if the type has such devices at all.
            Subject::Resource(_) | Subject::Allowed(_) | Subject::Pool(_) => {
                Some(Cow::Borrowed(&self.types))
            }
        }
    }

    /// `true` if it is about the network bandwidth, with any operator.
    pub fn is_network_bandwidth(&self) -> bool {
        matches!(self.subject, Subject::Label { key, .. } if key.is_network_bandwidth())
    }

    /// `true` if it lists network bandwidths, so that faster types don't meet it.
    pub(super) fn is_exact_bandwidth(&self) -> bool {
        matches!(self.subject, Subject::Label { key, operator: Operator::In, .. }
            if key.is_network_bandwidth())
    }

    /// `true` if it is the number of EFA interfaces.
    pub fn is_efa(&self) -> bool {
        matches!(self.subject, Subject::Resource(Demand { resource: EFA, .. }))
    }
}

fn named<'t>(values: impl Iterator<Item = &'t str>, catalog: &Catalog) -> TypeSet {
    let mut types = TypeSet::none();
    for row in values.filter_map(|value| catalog.row(value)) {
        types.insert(row);
    }
    types
}

/// The types or families that this label and these values name.
fn names(
    key: Key<'_>,
    operator: Operator,
    values: &[Text<'_>],
    types: &TypeSet,
    catalog: &Catalog,
) -> Option<Names> {
    if operator != Operator::In {
        return None;
    }
    match key.label {
        None => {
            let known = match values {
                // A type that the table lacks has no row.
                [_] => !types.is_empty(),
                _ => values.iter().all(|value| catalog.row(instance_type(value)).is_some()),
            };
            Some(Names::Types { known })
        }
        Some(label) if label.name() == "instance-family" => {
            let known = values.iter().all(|value| !label.with(value).is_empty());
            Some(Names::Families { known })
        }
        Some(_) => None,
    }
}
