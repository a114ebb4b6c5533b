//! Checks `minValues` of a NodePool, for `node-unsatisfiable`: the number of values of which types must
//! remain.
//!
//! If fewer remain, Karpenter makes no node of the pool, unless its policy for minValues is best effort;
//! so this is a warning.
//!
//! Source: kubernetes-sigs/karpenter pkg/cloudprovider/types.go, SatisfiesMinValues.

use super::findings::Findings;
use crate::{
    finding::Report,
    instances,
    nodes::{Key, Place, Placement},
    text::Quoted,
    view::NodePool,
};

/// The most requirements that the API server accepts (`maxItems` of the NodePool's CRD).
const REQUIREMENTS: usize = 100;

pub fn check(pool: &NodePool<'_>, placement: &Placement<'_>, findings: &mut Findings<'_>) {
    if placement.names_unknown() {
        return;
    }
    let candidates = placement.candidates();
    let world = match placement.is_closed() {
        true => String::new(),
        false => format!(", as far as types are known as of {}", instances::DATE),
    };
    for (index, one) in pool.requirements.iter().enumerate().take(REQUIREMENTS) {
        let name = &*one.requirement.key;
        let (Some(wanted), Some(key)) = (one.min_values, Key::of(name, placement.catalog)) else {
            continue;
        };
        let Some(left) = key.distinct(candidates).filter(|left| *left < wanted) else { continue };
        findings.report(Report::warn(format!("{}/minValues", Place::requirement(index).pointer()), format!(
                "the requirements leave only {left} of the {wanted} values of {} that `minValues` needs{world}",
                Quoted(name)
            )).about(name.to_owned()).remedy(format!("lower `minValues` to {left}, or allow more types")));
    }
}
