//! The instance types that each pod of an object can land on, and which of its constraints removes
//! how many.

use eks_aiml_networking::{
    instances::{Catalog, InstanceType, TypeSet},
    nodes::{Keep, Placement, Step},
    settings::Settings,
    view::Kind,
};
use serde::Serialize;

use crate::{request, types};

/// Where a pod can land.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Candidates {
    /// Where the pod stands in its object.
    pub place: String,
    /// Whether already on a node, or not for EC2 instances.
    pub decided: bool,
    /// Whether it names types that the table lacks: it may land on them, whatever else it asks.
    pub names_unknown_types: bool,
    /// How many can take it, in words.
    pub summary: String,
    /// Whether its constraints tell types apart.
    #[serde(skip)]
    pub is_solved: bool,
    /// The types that are known, in number.
    pub known: u32,
    /// Those that are left.
    pub types: Left,
    /// What narrows them, for each alternative of its required node affinity.
    pub alternatives: Vec<Vec<Narrowing>>,
}

/// Types that can take a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Left {
    /// How many.
    pub count: u32,
    /// The first names: those of which all is known that the pod asks.
    pub first: Vec<String>,
}

/// A constraint, and what it takes of the types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Narrowing {
    /// The constraint in words.
    pub constraint: String,
    /// Where it stands, as a JSON Pointer; empty where it is of the settings.
    pub place: String,
    /// Whether it counts; nodes without this label meet it otherwise.
    pub applies: bool,
    /// How many types it removes of all.
    pub removes_alone: u32,
    /// How many it removes of those that are left by the constraints before it.
    pub removes_in_turn: u32,
    /// How many it leaves.
    pub leaves: u32,
}

/// The candidates of each pod of an object of a kind, of each at most `named` by
/// their names; nothing where it has no pod, or can't be read: the verdict says so.
pub fn of(
    kind: Option<Kind>,
    object: &str,
    settings: &Settings<'_>,
    named: usize,
) -> Vec<Candidates> {
    request::viewed(kind, object, |view| {
        let pods = view.pods().iter();
        pods.map(|pod| Candidates::of(&pod.place, &Placement::of(pod, settings), named)).collect()
    })
}

impl Left {
    /// The types of some sets, of which at most `named` by their names: those of the first set first.
    pub(crate) fn of(sets: &[TypeSet], catalog: &Catalog, named: usize) -> Self {
        let names = sets.iter().flat_map(|types| types::sorted(types, catalog));
        let first = names.take(named).map(|instance: InstanceType<'_>| instance.name().to_owned());
        Self { count: sets.iter().map(TypeSet::len).sum(), first: first.collect() }
    }
}

impl Candidates {
    fn of(place: &str, placement: &Placement<'_>, named: usize) -> Self {
        let catalog = placement.catalog;
        let all = placement.survivors(Keep::All);
        let (left, known) = (all.len(), catalog.all().len());
        let (is_solved, summary) = if placement.is_decided {
            (false, "already on a node, or not for EC2 instances".to_owned())
        } else if placement.dead_affinity.is_some() {
            (false, "none; no term of the required node affinity can match".to_owned())
        } else if placement.constraints().next().is_none() {
            (false, format!("any of {known}; no constraint on the instance type"))
        } else if placement.names_unknown() {
            (true, format!("{left} of {known}, or unknown types"))
        } else {
            (true, format!("{left} of {known}"))
        };
        let certain = types::certain(&all, placement);
        let described = catalog.described();
        let ranked: [TypeSet; 3] =
            [certain.and(&described), certain.minus(&described), all.minus(&certain)];
        let alternatives = placement.steps();
        let alternatives = alternatives.iter().map(|steps| steps.iter().map(Narrowing::of));
        Self {
            place: place.to_owned(),
            decided: placement.is_decided,
            names_unknown_types: is_solved && placement.names_unknown(),
            summary,
            is_solved,
            known,
            types: Left::of(&ranked, catalog, named),
            alternatives: alternatives.map(Iterator::collect).collect(),
        }
    }
}

impl Narrowing {
    fn of(step: &Step<'_, '_>) -> Self {
        Self {
            constraint: step.constraint.to_string(),
            place: step.constraint.place.pointer(),
            applies: step.applies,
            removes_alone: step.alone,
            removes_in_turn: step.in_turn,
            leaves: step.left,
        }
    }
}
