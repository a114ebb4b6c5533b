//! One constraint of a pod on the type of its node, and the types that it leaves.

use std::fmt;

use super::{Domain, Key, Operator, Place, place::Within};
use crate::{
    instances::{Allowed, Catalog, HYPERPOD, TypeSet, instance_type},
    json::Text,
    kubernetes::{EFA, Resource},
    settings::Settings,
    text::{self, Quoted},
    view::{NodeSelectorRequirement, PodView},
};

/// What a constraint speaks of, as it is reported.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'v> {
    /// A label.
    Label {
        /// Its full name.
        name: &'v str,
        /// What is known of it.
        key: Key<'v>,
        /// What is asked of it.
        operator: Operator,
        /// The operands.
        values: &'v [Text<'v>],
    },
    /// An amount of an extended resource.
    Resource(Demand),
    /// The types that `instanceTypes.allowed` names.
    Allowed,
}

/// An amount of an extended resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The resource.
    pub resource: Resource,
    /// How many.
    pub count: u64,
}

/// That a constraint names types or families.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pins {
    /// Types rather than families.
    pub types: bool,
    /// The table knows all of them.
    pub known: bool,
}

/// A constraint, and the types that it leaves.
#[derive(Clone, Debug)]
pub struct Constraint<'v> {
    /// Where it stands.
    pub place: Place<'v>,
    /// What it speaks of.
    pub subject: Subject<'v>,
    /// The types that it leaves possible on nodes that carry the label.
    pub types: TypeSet,
    /// Who sets the label.
    pub(super) domain: Domain,
    /// Whether only nodes that carry the label meet it.
    pub(super) demands_label: bool,
    /// What it names, if it names types or families.
    pub(super) pins: Option<Pins>,
}

impl<'v> Constraint<'v> {
    /// An expression of a term; nothing where it does not speak of the type, or where the API
    /// server refuses it anyway.
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
            // A node of HyperPod spells its type with `ml.`: one spelling excludes half of them.
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
            // Nodes outside EC2 aside, a node has these labels: excluding values counts.
            Operator::NotIn => matches!(key.domain, Domain::Node | Domain::InstanceType),
            Operator::DoesNotExist => key.domain == Domain::Node,
        };
        Some(Self {
            place,
            types,
            demands_label,
            domain: key.domain,
            pins: pins(key, operator, values, catalog),
            subject: Subject::Label { name, key, operator, values },
        })
    }

    /// That the type has the kind of accelerator that the pod asks for; how many proves nothing,
    /// because time-slicing offers more than there are.
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
            pins: None,
        }
    }

    /// That the type is one of those that the settings allow.
    pub(super) fn allowed(settings: &'v Settings<'v>) -> Option<Self> {
        let Allowed { types, known } = settings.allowed_types()?;
        Some(Self {
            place: Place { base: "", within: Within::Settings },
            subject: Subject::Allowed,
            types: types.clone(),
            domain: Domain::InstanceType,
            demands_label: false,
            pins: Some(Pins { types: true, known: *known }),
        })
    }

    /// What it is called: its label, its resource, its setting.
    pub fn name(&self) -> &'v str {
        match self.subject {
            Subject::Label { name, .. } => name,
            Subject::Resource(Demand { resource, .. }) => resource.name(),
            Subject::Allowed => "instanceTypes.allowed",
        }
    }

    /// Whether it is that the settings allow the type.
    pub fn is_allowed(&self) -> bool {
        matches!(self.subject, Subject::Allowed)
    }

    /// Whether it names sizes.
    pub(super) fn is_size(&self) -> bool {
        matches!(self.subject, Subject::Label { key, operator: Operator::In, .. }
            if key.label.is_some_and(|label| label.name() == "instance-size"))
    }

    /// Whether it bounds the network bandwidth, in whatever way.
    pub fn is_network_bandwidth(&self) -> bool {
        matches!(self.subject, Subject::Label { key, .. } if key.is_network_bandwidth())
    }

    /// Whether it is the number of EFA interfaces.
    pub fn is_efa(&self) -> bool {
        matches!(self.subject, Subject::Resource(Demand { resource: EFA, .. }))
    }
}

impl fmt::Display for Constraint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subject {
            Subject::Label { name, operator, values, .. } => {
                let relation =
                    if self.place.selector_key().is_some() { "=" } else { operator.name() };
                text::write_all(f, &["`", name, "` ", relation])?;
                match values {
                    [] => Ok(()),
                    [value] => {
                        f.write_str(" ")?;
                        Quoted(value).fmt(f)
                    }
                    values => {
                        for (index, value) in values.iter().take(3).enumerate() {
                            f.write_str(if index == 0 { " [" } else { ", " })?;
                            Quoted(value).fmt(f)?;
                        }
                        f.write_str(if values.len() > 3 { ", …]" } else { "]" })
                    }
                }
            }
            Subject::Allowed => f.write_str("the settings' `instanceTypes.allowed`"),
            Subject::Resource(Demand { resource: EFA, count }) => write!(f, "{count} × `{EFA}`"),
            Subject::Resource(Demand { resource, .. }) => {
                text::write_all(f, &["`", resource.name(), "`"])
            }
        }
    }
}

fn named<'t>(values: impl Iterator<Item = &'t str>, catalog: &Catalog) -> TypeSet {
    let mut types = TypeSet::none();
    for row in values.filter_map(|value| catalog.row(value)) {
        types.insert(row);
    }
    types
}

fn pins(key: Key<'_>, operator: Operator, values: &[Text<'_>], catalog: &Catalog) -> Option<Pins> {
    if operator != Operator::In {
        return None;
    }
    match key.label {
        None => {
            let known = values.iter().all(|value| catalog.row(instance_type(value)).is_some());
            Some(Pins { types: true, known })
        }
        Some(label) if label.name() == "instance-family" => {
            let known = values.iter().all(|value| !label.with(value).is_empty());
            Some(Pins { types: false, known })
        }
        Some(_) => None,
    }
}
