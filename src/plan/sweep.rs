//! Finds ranges that are in no other and ranges that overlap, in one pass over the sorted ranges.
//!
//! Two CIDRs are apart, or one contains the other. If they are sorted by their first addresses, the
//! larger first, the ranges that contain the current one are therefore always a stack.

use crate::sort::order;

use super::cidr::Net;

/// A range of an owner, such as a subnet of a VPC.
#[derive(Clone, Copy, Debug)]
pub struct Range<T> {
    /// The owner's position: only ranges of one owner are compared, owners in this order.
    pub owner: usize,
    /// The range.
    pub net: Net,
    /// Its role: it holds others, or must be held.
    pub role: Role<T>,
}

/// The role of a range.
#[derive(Clone, Copy, Debug)]
pub enum Role<T> {
    /// It holds inner ones, as a block of a VPC does.
    Outer,
    /// It must lie in an outer one, apart from all other inner ones.
    Inner(T),
}

/// An error of inner ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<T> {
    /// No outer range of its owner holds this one.
    Outside(T),
    /// Two share addresses; the later one comes after the other in the list.
    Overlap { later: T, earlier: T },
}

/// The errors of the inner ranges; for one that overlaps several, only the nearest is named.
pub fn sweep<T: Copy>(ranges: &[Range<T>]) -> Vec<Found<T>> {
    let numbered = ranges.iter().enumerate().map(|(position, range)| {
        let role = match range.role {
            Role::Outer => Role::Outer,
            Role::Inner(_) => Role::Inner(position),
        };
        Range { owner: range.owner, net: range.net, role }
    });
    let inner = |position: usize| match ranges.get(position)?.role {
        Role::Outer => None,
        Role::Inner(inner) => Some(inner),
    };
    let found = numbered_sweep(numbered.collect()).into_iter().filter_map(|found| match found {
        Found::Outside(one) => inner(one).map(Found::Outside),
        Found::Overlap { later, earlier } => {
            let (later, earlier) = inner(later).zip(inner(earlier))?;
            Some(Found::Overlap { later, earlier })
        }
    });
    found.collect()
}

/// The same for inner ranges by their positions: a copy of this function for each `T` would add
/// kilobytes to the module.
fn numbered_sweep(ranges: Vec<Range<usize>>) -> Vec<Found<usize>> {
    let key = |at: &usize| ranges.get(*at).map(Range::key);
    let sorted = order(ranges.len(), &mut |a, b| key(a).cmp(&key(b)));
    let mut outer: Vec<&Range<usize>> = Vec::new();
    let mut inner: Vec<(usize, &Range<usize>)> = Vec::new();
    let mut found = Vec::new();
    for range in sorted.into_iter().filter_map(|at| ranges.get(at)) {
        while outer.pop_if(|top| !top.holds(range)).is_some() {}
        while inner.pop_if(|(_, top)| !top.holds(range)).is_some() {}
        let Role::Inner(one) = range.role else {
            outer.push(range);
            continue;
        };
        if outer.is_empty() {
            found.push(Found::Outside(one));
        }
        if let Some((other, _)) = inner.last() {
            found.push(Found::Overlap { later: one.max(*other), earlier: one.min(*other) });
        }
        inner.push((one, range));
    }
    found
}

impl Range<usize> {
    /// The order of the sweep: by owner, and a range before those that it may contain.
    fn key(&self) -> (usize, bool, u128, u8, bool) {
        let Net { v6, first, len, .. } = self.net;
        (self.owner, v6, first, len, matches!(self.role, Role::Inner(_)))
    }

    /// `true` if it contains another one, which begins no earlier.
    fn holds(&self, other: &Self) -> bool {
        let (net, within) = (&self.net, &other.net);
        self.owner == other.owner && net.v6 == within.v6 && net.last >= within.last
    }
}

#[cfg(test)]
mod tests {
    use super::{super::cidr::Purpose, *};

    #[test]
    fn the_nearest_one_is_named_and_the_later_one_is_at_fault() {
        let net = |cidr| Net::parse(cidr, Purpose::Reservation).unwrap();
        let inner = |owner, cidr| Range { owner, net: net(cidr), role: Role::Inner(cidr) };
        let ranges = [
            Range { owner: 0, net: net("10.0.0.0/24"), role: Role::Outer },
            inner(0, "10.0.0.0/28"),
            inner(0, "10.0.0.0/24"),
            inner(0, "10.0.0.0/30"),
            inner(0, "10.0.1.0/24"),
            inner(1, "10.0.0.0/24"),
        ];
        assert_eq!(
            sweep(&ranges),
            [
                Found::Overlap { later: "10.0.0.0/24", earlier: "10.0.0.0/28" },
                Found::Overlap { later: "10.0.0.0/30", earlier: "10.0.0.0/28" },
                Found::Outside("10.0.1.0/24"),
                Found::Outside("10.0.0.0/24"),
            ]
        );
    }
}
