//! Which ranges lie in which, and which overlap, in one pass over them in order.
//!
//! Two CIDRs are apart, or one holds the other. In the order of their first addresses, the larger
//! first, those that hold a range are therefore a stack when the range is met.

use crate::sort::{order, ordered};

use super::cidr::Net;

/// A range of an owner, such as a subnet of a VPC.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// Whose it is: only ranges of one owner are compared.
    pub owner: usize,
    /// The range.
    pub net: Net,
    /// Whose it is among the inner ones; nothing for what shall hold them, as a block of the VPC.
    pub inner: Option<usize>,
}

/// What was found of an inner range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// No range of its owner holds this one.
    Outside(usize),
    /// It shares addresses with another one, which stands before it in the settings.
    Overlap(usize, usize),
}

/// Looks through the ranges: those that are not held, and, for every range that lies in another,
/// the nearest one that it lies in.
pub fn sweep(ranges: Vec<Range>) -> Vec<Found> {
    let key = |at: &usize| {
        let range = ranges.get(*at)?;
        let Net { v6, first, len, .. } = range.net;
        Some((range.owner, v6, first, len, range.inner))
    };
    let sorted = order(ranges.len(), &mut |a, b| key(a).cmp(&key(b)));
    let mut found = Vec::new();
    let (mut outer, mut inner): (Vec<Range>, Vec<Range>) = (Vec::new(), Vec::new());
    for range in ordered(sorted, ranges) {
        for stack in [&mut outer, &mut inner] {
            while stack.last().is_some_and(|top| !holds(top, &range)) {
                stack.pop();
            }
        }
        let Some(position) = range.inner else {
            outer.push(range);
            continue;
        };
        if outer.is_empty() {
            found.push(Found::Outside(position));
        }
        if let Some(other) = inner.last().and_then(|top| top.inner) {
            found.push(Found::Overlap(position.max(other), position.min(other)));
        }
        inner.push(range);
    }
    found
}

/// Whether a range that begins no later holds another one.
fn holds(one: &Range, other: &Range) -> bool {
    one.owner == other.owner && one.net.v6 == other.net.v6 && one.net.last >= other.net.last
}
