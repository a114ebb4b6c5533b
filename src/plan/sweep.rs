//! Finds ranges that lie in no other and ranges that overlap, in one pass over them in order.
//!
//! Two CIDRs are apart, or one holds the other. In the order of their first addresses, the larger
//! first, those that hold a range are therefore a stack when the range is met.

use crate::sort::sorted_by;

use super::cidr::Net;

/// A range of an owner, such as a subnet of a VPC.
#[derive(Clone, Copy, Debug)]
pub struct Range<T> {
    /// The owner's position: only ranges of one owner are compared, owners in this order.
    pub owner: usize,
    /// The range.
    pub net: Net,
    /// Whether it holds others or must be held.
    pub role: Role<T>,
}

/// What is required of a range.
#[derive(Clone, Copy, Debug)]
pub enum Role<T> {
    /// It holds inner ones, as a block of a VPC does.
    Outer,
    /// It must lie in an outer one, apart from all other inner ones.
    Inner(T),
}

/// A fault of inner ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<T> {
    /// No outer range of its owner holds this one.
    Outside(T),
    /// Two share addresses; the later one comes after the other in the list.
    Overlap { later: T, earlier: T },
}

impl<T> Range<T> {
    fn key(&self) -> (usize, bool, u128, u8, bool) {
        let Net { v6, first, len, .. } = self.net;
        (self.owner, v6, first, len, matches!(self.role, Role::Inner(_)))
    }

    /// Whether it holds another one, which begins no earlier.
    fn holds(&self, other: &Self) -> bool {
        let (net, within) = (&self.net, &other.net);
        self.owner == other.owner && net.v6 == within.v6 && net.last >= within.last
    }
}

/// The faults of the inner ranges; of those that hold an overlapping one only the nearest is named.
pub fn sweep<T: Copy>(ranges: Vec<Range<T>>) -> Vec<Found<T>> {
    let ranges: Vec<(usize, Range<T>)> = ranges.into_iter().enumerate().collect();
    let (mut outer, mut inner) = (Vec::new(), Vec::new());
    let mut found = Vec::new();
    for (position, range) in sorted_by(ranges, |(_, a), (_, b)| a.key().cmp(&b.key())) {
        while outer.pop_if(|top: &mut Range<T>| !top.holds(&range)).is_some() {}
        while inner.pop_if(|(_, top, _): &mut (_, Range<T>, _)| !top.holds(&range)).is_some() {}
        let Role::Inner(one) = range.role else {
            outer.push(range);
            continue;
        };
        if outer.is_empty() {
            found.push(Found::Outside(one));
        }
        match inner.last() {
            Some((before, _, other)) if *before < position => {
                found.push(Found::Overlap { later: one, earlier: *other });
            }
            Some((_, _, other)) => found.push(Found::Overlap { later: *other, earlier: one }),
            None => {}
        }
        inner.push((position, range, one));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{super::cidr::Purpose, *};

    #[test]
    fn the_nearest_one_is_named_and_the_later_one_is_at_fault() {
        let net = |cidr| Net::parse(cidr, Purpose::Reservation).unwrap();
        let inner = |owner, cidr| Range { owner, net: net(cidr), role: Role::Inner(cidr) };
        let ranges = vec![
            Range { owner: 0, net: net("10.0.0.0/24"), role: Role::Outer },
            inner(0, "10.0.0.0/28"),
            inner(0, "10.0.0.0/24"),
            inner(0, "10.0.0.0/30"),
            inner(0, "10.0.1.0/24"),
            inner(1, "10.0.0.0/24"),
        ];
        assert_eq!(
            sweep(ranges),
            [
                Found::Overlap { later: "10.0.0.0/24", earlier: "10.0.0.0/28" },
                Found::Overlap { later: "10.0.0.0/30", earlier: "10.0.0.0/28" },
                Found::Outside("10.0.1.0/24"),
                Found::Outside("10.0.0.0/24"),
            ]
        );
    }
}
