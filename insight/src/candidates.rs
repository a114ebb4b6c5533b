//! Finds the instance types that each pod of an object can run on, and how many types each of its
//! constraints removes.

use eks_aiml_networking::{
    instances::{Catalog, InstanceType, TypeSet},
    nodes::{Keep, Placement, Step},
    settings::Settings,
    view::Kind,
};
use serde::Serialize;

use crate::{request, types};

/// The types that a pod can run on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Candidates {
    /// The place of the pod in its object.
    pub place: String,
    /// `true` if the pod already has a node, or is not for EC2 instances.
    pub decided: bool,
    /// `true` if it names types that the table lacks: it can run on them, whatever else it requires.
    pub names_unknown_types: bool,
    /// The number of types it can run on, in words.
    pub summary: String,
    /// `true` if its constraints distinguish types.
    #[serde(skip)]
    pub is_solved: bool,
    /// The number of known types.
    pub known: u32,
    /// The types it can run on.
    pub types: Left,
    /// The constraints that narrow the types, for each alternative of its required node affinity.
    pub alternatives: Vec<Vec<Narrowing>>,
}

/// Types that a pod can run on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Left {
    /// The number of types.
    pub count: u32,
    /// The first names, starting with the types whose data is complete for this pod.
    pub first: Vec<String>,
}

/// A constraint, and the number of types it removes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Narrowing {
    /// The constraint in words.
    pub constraint: String,
    /// The place of the constraint, as a JSON Pointer; empty if it comes from the settings.
    pub place: String,
    /// `false` if nodes without this label meet the constraint in another way, so that it does not count.
    pub applies: bool,
    /// The number of types it removes on its own.
    pub removes_alone: u32,
    /// The number it removes of those that the constraints before it leave.
    pub removes_in_turn: u32,
    /// The number it leaves.
    pub leaves: u32,
}

/// Returns the candidates of each pod of an object, with at most `named` type names for each pod. Empty if
/// the object has no pod or can't be read, which the verdict reports.
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
    /// Summarises some sets of types, with at most `named` names: those of the first set come first.
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
