//! The edit that turns an exact bandwidth into a minimum: `Gt` (value − 1) in required affinity.

use std::fmt;

use k8s_openapi::api::core::v1::NodeSelectorRequirement;

use crate::{
    finding::{Edit, Edits},
    instances::Catalog,
    json,
    nodes::{self, Constraint, Operator, Place, Subject},
    text,
    view::PodView,
};

/// An exact bandwidth of a pod, and how to make it a minimum.
#[derive(Clone, Copy)]
pub struct Minimum<'v> {
    pod: &'v PodView<'v>,
    place: Place<'v>,
    name: &'v str,
    /// The value below the minimum, Mbps: the operand of `Gt`.
    pub above: i64,
}

/// The exact bandwidth that `constraint` requires, in Mbps.
pub fn exact(constraint: &Constraint<'_>) -> Option<i64> {
    match constraint.subject {
        Subject::Label { key, operator: Operator::In, values: [value], .. }
            if key.is_network_bandwidth() =>
        {
            mbps(value)
        }
        _ => None,
    }
}

/// A whole number of Mbps; a larger number than fits counts as the greatest.
pub fn mbps(value: &str) -> Option<i64> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| value.parse().unwrap_or(i64::MAX))
}

/// The bandwidth in Mbps if the value is probably in Gbps: some type has that bandwidth, and none has
/// the value itself. `3200` is `3200000`.
pub fn meant_in_gbps(value: &str, catalog: &Catalog) -> Option<i64> {
    let label = catalog.network_bandwidth();
    let meant = mbps(value)?.checked_mul(1000)?;
    (!label.has(value) && label.has(&meant.to_string())).then_some(meant)
}

/// The change that makes the exact bandwidth of `constraint` a minimum.
pub fn minimum<'v>(pod: &'v PodView<'v>, constraint: &Constraint<'v>) -> Option<Minimum<'v>> {
    let above = exact(constraint)?.checked_sub(1).filter(|above| *above >= 0)?;
    let Subject::Label { name, .. } = constraint.subject else { return None };
    // If the required affinity has no term that can match, there is no place for the minimum.
    let place = constraint.place;
    let possible = place.selector_key().is_none() || matching_terms(pod).next().is_some();
    possible.then_some(Minimum { pod, place, name, above })
}

impl Minimum<'_> {
    /// The edits.
    pub fn edits(&self) -> Edits {
        let expression = above(self.name.to_owned(), self.above);
        match self.place.selector_key() {
            Some(key) => moved(self.pod, key, &expression),
            None => Ok(vec![Edit::set(self.place.pointer(), &expression)?]),
        }
    }
}

impl fmt::Display for Minimum<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::write_all(f, &["require a minimum by node affinity: `", self.name, "` `Gt` `"])?;
        self.above.fmt(f)?;
        f.write_str("`")
    }
}

/// The expression that the label with this name is above a number of Mbps.
pub fn above(name: String, mbps: i64) -> NodeSelectorRequirement {
    NodeSelectorRequirement {
        key: name,
        operator: "Gt".to_owned(),
        values: Some(vec![mbps.to_string()]),
    }
}

/// Removes `key` from `nodeSelector` and puts `expression` into every term that can match.
fn moved(pod: &PodView<'_>, key: &str, expression: &NodeSelectorRequirement) -> Edits {
    let selector = format!("{}/nodeSelector", pod.place);
    let place = match pod.spec.node_selector.0.as_slice() {
        [_] => selector,
        _ => json::join(&selector, key),
    };
    let minimum = matching_terms(pod).map(|term| into_term(pod, term, expression));
    std::iter::once(Ok(Edit::Remove { place })).chain(minimum).collect()
}

/// The positions of the terms of the required affinity that can match; an empty term matches nothing,
/// and must not begin to. Without required affinity, the position of the term that will be created.
pub fn matching_terms(pod: &PodView<'_>) -> impl Iterator<Item = usize> {
    let terms = pod.required_terms();
    let matching = terms.into_iter().flatten().enumerate().filter(|(_, term)| !term.is_empty());
    terms.is_none().then_some(0).into_iter().chain(matching.map(|(index, _)| index))
}

/// Puts an expression into a term of the required affinity.
pub fn into_term(
    pod: &PodView<'_>,
    term: usize,
    expression: &NodeSelectorRequirement,
) -> serde_json::Result<Edit> {
    let terms = nodes::required_terms(&pod.place);
    Edit::set(format!("{terms}/{term}/matchExpressions/-"), expression)
}
