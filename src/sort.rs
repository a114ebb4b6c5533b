//! Sorting by positions: one sort serves all that is sorted, because each of their own would take
//! kilobytes of the module.

use std::cmp::Ordering;

/// The positions of `count` items in the order that `compare` gives; equal ones keep theirs.
pub fn order(count: usize, compare: &mut dyn FnMut(&usize, &usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(compare);
    order
}

/// The items in this order of their positions.
pub fn ordered<T>(order: Vec<usize>, items: Vec<T>) -> Vec<T> {
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| items.get_mut(at)?.take()).collect()
}

/// The items in the order that `compare` gives; equal ones keep theirs.
pub fn sorted_by<T>(items: Vec<T>, compare: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    let at = |position: &usize| items.get(*position);
    let compare = |a: &usize, b: &usize| at(a).zip(at(b)).map(|(a, b)| compare(a, b));
    let sorted = order(items.len(), &mut |a, b| compare(a, b).unwrap_or(Ordering::Equal));
    ordered(sorted, items)
}
