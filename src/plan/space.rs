//! Items of the settings with their positions, and the subnets in which nodes can be planned.

use std::cmp::Ordering;

use crate::json::Text;

use super::{Item, Subnet, cidr::Net, room::Room};

/// An item of a list of the settings.
#[derive(Debug)]
pub struct Listed<'n, T: ?Sized> {
    /// Its position in the list.
    pub position: usize,
    /// The item.
    pub item: &'n T,
}

impl<T: ?Sized> Clone for Listed<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Listed<'_, T> {}

impl<'n, T> Listed<'n, T> {
    /// The items of a list; `None` for each that does not have the right form.
    pub fn all(items: &'n [Item<T>]) -> impl Iterator<Item = Option<Self>> {
        items
            .iter()
            .enumerate()
            .map(|(position, item)| Some(Self { position, item: item.0.as_ref()? }))
    }

    /// The items of a list that have the right form.
    pub fn read(items: &'n [Item<T>]) -> impl Iterator<Item = Self> {
        Self::all(items).flatten()
    }
}

impl<'n> Listed<'n, str> {
    /// The texts of a list.
    pub fn texts(items: &'n [Text<'n>]) -> impl Iterator<Item = Self> {
        items.iter().enumerate().map(|(position, item)| Self { position, item })
    }
}

/// A subnet whose range and reservations are right. Spaces of a network are compared and sorted by their
/// positions.
#[derive(Debug)]
pub struct Space<'n> {
    /// The subnet.
    pub subnet: Listed<'n, Subnet<'n>>,
    /// Its range.
    pub net: Net,
    /// Its reservations.
    pub reservations: Vec<Net>,
    /// The room in it.
    pub room: Room,
}

impl PartialEq for Space<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.subnet.position == other.subnet.position
    }
}

impl Eq for Space<'_> {}

impl PartialOrd for Space<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Space<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.subnet.position.cmp(&other.subnet.position)
    }
}
