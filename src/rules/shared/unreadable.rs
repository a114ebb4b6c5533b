//! Finds expressions of node affinity that the scheduler can't read; their term matches no node.

use crate::{
    nodes::Operator,
    text::{block::Block, is_made_of},
    view::{NodeSelectorRequirement, NodeSelectorTerm},
};

/// `true` if no term of a required affinity can match a node: each is empty, or can't be read.
pub fn all(terms: &[NodeSelectorTerm<'_>]) -> bool {
    let unreadable = |term: &NodeSelectorTerm<'_>| {
        term.match_expressions
            .iter()
            .any(|one| bad_value(one).is_some() || bad_integer(one).is_some())
    };
    terms.iter().all(|term| term.is_empty() || unreadable(term))
}

/// The first value that no label can have; the scheduler can't read such a term (apimachinery
/// pkg/util/validation, IsValidLabelValue).
pub fn bad_value<'r>(requirement: &'r NodeSelectorRequirement<'_>) -> Option<&'r str> {
    Operator::of(&requirement.operator)?;
    requirement.values.iter().map(|value| &**value).find(|value| !is_label_value(value))
}

/// `true` if a label can have this value.
pub fn is_label_value(text: &str) -> bool {
    const LONGEST: usize = 63;
    let ends = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let inner =
        |block: Block| block.is_alphanumeric() | block.is_either(b'-', b'_') | block.is(b'.');
    bytes.len() <= LONGEST && ends(bytes.first()) && ends(bytes.last()) && is_made_of(text, inner)
}

/// The operand of `Gt` or `Lt`, if it is not an integer.
pub fn bad_integer<'r>(requirement: &'r NodeSelectorRequirement<'_>) -> Option<&'r str> {
    match (Operator::of(&requirement.operator)?, &*requirement.values) {
        (Operator::Gt | Operator::Lt, [value]) => value.parse::<i64>().is_err().then_some(&**value),
        _ => None,
    }
}
