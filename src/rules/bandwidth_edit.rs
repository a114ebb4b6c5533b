//! The edit that turns an exact bandwidth into a minimum: `Gt` (value − 1) in required affinity.

use k8s_openapi::api::core::v1::{NodeSelector, NodeSelectorRequirement, NodeSelectorTerm};

use crate::{
    finding::Edit,
    json::{self, Text},
    nodes::{Constraint, Operator, Subject},
    view::PodView,
};

/// An exact bandwidth of a pod, and how to make it a minimum.
pub(super) struct Minimum {
    /// The value below the minimum, Mbps: the operand of `Gt`.
    pub above: i64,
    /// The edits.
    pub edits: Vec<Edit>,
    /// The remedy in words.
    pub remedy: String,
}

/// The bandwidth that `constraint` asks for exactly, Mbps.
pub(super) fn exact(constraint: &Constraint<'_>) -> Option<u32> {
    match constraint.subject {
        Subject::Label { key, operator: Operator::In, values: [value], .. }
            if key.is_network_bandwidth() =>
        {
            mbps(value)
        }
        _ => None,
    }
}

/// A whole number of Mbps.
pub(super) fn mbps(value: &Text<'_>) -> Option<u32> {
    value.bytes().all(|byte| byte.is_ascii_digit()).then(|| value.parse().ok())?
}

/// How to make the exact bandwidth of `constraint` a minimum.
pub(super) fn minimum(pod: &PodView<'_>, constraint: &Constraint<'_>) -> Option<Minimum> {
    let above = i64::from(exact(constraint)?) - 1;
    let Subject::Label { name, .. } = constraint.subject else { return None };
    let expression = NodeSelectorRequirement {
        key: name.to_owned(),
        operator: "Gt".to_owned(),
        values: Some(vec![above.to_string()]),
    };
    let edits = match constraint.place.selector_key() {
        Some(key) => moved(pod, key, &expression)?,
        None => vec![Edit::set(constraint.place.to_string(), &expression)],
    };
    let remedy = format!(
        "to ask for at least that, write it as required node affinity: `{name}` `Gt` `{above}`"
    );
    Some(Minimum { above, edits, remedy })
}

/// Takes `key` out of `nodeSelector` and puts `expression` into every term that can match.
fn moved(pod: &PodView<'_>, key: &str, expression: &NodeSelectorRequirement) -> Option<Vec<Edit>> {
    let selector = format!("{}/nodeSelector", pod.place);
    let mut edits = vec![match pod.spec.node_selector.0.as_slice() {
        [_] => Edit::remove(selector),
        _ => Edit::remove(json::join(&selector, key)),
    }];
    let required = format!(
        "{}/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution",
        pod.place
    );
    let affinity = pod.spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    match affinity.and_then(|affinity| affinity.required.as_ref()) {
        None => {
            let term = NodeSelectorTerm {
                match_expressions: Some(vec![expression.clone()]),
                match_fields: None,
            };
            edits.push(Edit::set(required, &NodeSelector { node_selector_terms: vec![term] }));
        }
        Some(selector) => {
            let before = edits.len();
            for (index, term) in selector.node_selector_terms.iter().enumerate() {
                // An empty term matches nothing, and must not begin to.
                if !term.match_expressions.is_empty() || !term.match_fields.is_empty() {
                    let place = format!("{required}/nodeSelectorTerms/{index}/matchExpressions/-");
                    edits.push(Edit::set(place, expression));
                }
            }
            if edits.len() == before {
                return None;
            }
        }
    }
    Some(edits)
}
