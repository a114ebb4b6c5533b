//! Tracks which keys an object already has.

use std::{collections::HashMap, ops::Range};

use crate::position::Position;

/// Up to this number, keys are compared one by one.
const FEW: usize = 16;

/// The keys of all open objects so far, one object after the other.
#[derive(Default)]
pub(super) struct Keys(Vec<Key>);

/// A key, by its range in the output.
struct Key {
    written: Range<usize>,
    at: Position,
}

/// An object that is being written.
pub(super) struct Open {
    /// The index of its first key.
    base: usize,
    /// All of its keys, once there are many.
    many: HashMap<String, Position>,
}

impl Keys {
    /// Begins an object.
    pub(super) fn open(&self) -> Open {
        Open { base: self.0.len(), many: HashMap::new() }
    }

    /// Ends an object.
    pub(super) fn close(&mut self, open: &Open) {
        self.0.truncate(open.base);
    }

    /// Adds the key with which `out` ends, from `from` on; returns the place of the first if it is already
    /// there.
    pub(super) fn add(
        &mut self,
        open: &mut Open,
        out: &str,
        from: usize,
        at: Position,
    ) -> Option<Position> {
        let key = out.get(from..)?;
        let known = self.0.get(open.base..).unwrap_or_default();
        let text = |one: &Key| out.get(one.written.clone());
        if known.len() < FEW {
            let twice = known.iter().find(|one| text(one) == Some(key)).map(|one| one.at);
            if twice.is_none() {
                self.0.push(Key { written: from..out.len(), at });
            }
            return twice;
        }
        if open.many.is_empty() {
            let known = known.iter().filter_map(|one| Some((text(one)?.to_owned(), one.at)));
            open.many.extend(known);
        }
        open.many.insert(key.to_owned(), at)
    }
}
