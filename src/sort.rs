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
