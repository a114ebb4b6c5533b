//! Sorting by positions: one sort serves all that is sorted, because each of their own would take
//! kilobytes of the module; and a map, because that of the standard library has a sort of its own, and 15 KB more.

use std::{borrow::Borrow, cmp::Ordering};

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

/// A map in the order of its keys.
#[derive(Debug)]
pub struct Sorted<K, V>(Vec<(K, V)>);

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> Sorted<K, V> {
    fn position<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.0.binary_search_by(|(known, _)| known.borrow().cmp(key))
    }

    /// `true` if it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entry of this key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&(K, V)>
    where
        K: Borrow<Q>,
    {
        self.position(key).ok().and_then(|at| self.0.get(at))
    }

    /// The value of this key, to be changed.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let at = self.position(key).ok()?;
        self.0.get_mut(at).map(|(_, value)| value)
    }

    /// The value of this key, made first if there is none.
    pub fn get_or_insert_with(&mut self, key: K, new: impl FnOnce() -> V) -> Option<&mut V> {
        let at = self.position(&key).unwrap_or_else(|at| {
            self.0.insert(at, (key, new()));
            at
        });
        self.0.get_mut(at).map(|(_, value)| value)
    }

    /// The entries, in order.
    pub fn iter(&self) -> impl Iterator<Item = &(K, V)> {
        self.0.iter()
    }

    /// The values, in order.
    pub fn into_values(self) -> impl Iterator<Item = V> {
        self.0.into_iter().map(|(_, value)| value)
    }
}
