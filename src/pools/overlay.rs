//! Decides on which nodes Karpenter counts what a NodeOverlay adds.
//!
//! Semantics: kubernetes-sigs/karpenter pkg/controllers/nodeoverlay: the overlay's requirements are
//! compared with the labels of a type, of the NodePool's template, and with the pool's name.

use super::label::meets;
use crate::{
    cluster::{Overlay, Pool},
    instances::{Catalog, TypeSet},
    nodes::{Domain, Key, Offer},
};

/// `true` if it may count on some node of the pool, which are of these types.
pub(super) fn may_be_on<'o, 'p>(
    overlay: &'o Overlay<'o>,
    pool: &'p Pool<'p>,
    types: &TypeSet,
    catalog: &'o Catalog,
) -> bool {
    let offer = Offer::overlaid(Domain::of_nodes_of(&pool.class), overlay);
    let is_of_type = |key: &str| Key::of(key, catalog).is_some_and(|key| offer.carries(key.domain));
    let mut others = overlay.requirements.iter().filter(|one| !is_of_type(&one.of.requirement.key));
    others.all(|one| {
        let key = &*one.of.requirement.key;
        meets(pool, key, &offer.on_label(key))
    }) && (offer.names_unknown(catalog) || !offer.made_of(types.clone(), catalog).is_empty())
}
