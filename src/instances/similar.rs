//! The type, or the family, that a mistyped name probably means.

use super::Catalog;
use crate::text::{distance, nearest};

/// A type with a similar name, of the same family or of the same size.
pub fn similar(name: &str) -> Option<&'static str> {
    let name = &*name.to_ascii_lowercase();
    // The longest name has 20 letters; a far longer one is not a typo.
    let (family, size) = name.split_once('.').filter(|_| name.len() <= 24)?;
    let near = |known: &str| {
        distance(name, known) <= 2 && !is_newer(name, known) && !is_sibling(name, known)
    };
    let alike = super::all().iter().map(super::InstanceType::name).filter(|known| {
        known.split_once('.').is_some_and(|(known_family, known_size)| {
            known_family == family
                || (known_size == size && known.as_bytes().first() == name.as_bytes().first())
        })
    });
    alike.filter(|known| near(known)).min_by_key(|known| distance(name, known))
}

/// A family with a similar name that begins with the same letter.
pub fn similar_family(name: &str, catalog: &Catalog) -> Option<&'static str> {
    let families = catalog.label("instance-family")?.words().iter().copied();
    let alike = |known: &&str| {
        known.as_bytes().first() == name.as_bytes().first() && !is_newer(name, known)
    };
    nearest(name, &families.filter(alike).collect::<Vec<_>>())
}

/// Whether the name is that of a later generation: not a typo, but a type newer than the table.
fn is_newer(name: &str, known: &str) -> bool {
    let parts = |name: &str| {
        let letters = name.find(|c: char| c.is_ascii_digit())?;
        let (category, rest) = name.split_at_checked(letters)?;
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (generation, _) = rest.split_at_checked(digits)?;
        Some((category.to_owned(), generation.parse::<u32>().ok()?))
    };
    match (parts(name), parts(known)) {
        (Some((one, newer)), Some((other, older))) => one == other && newer > older,
        _ => false,
    }
}

/// Whether two families differ in a number alone, as `p6e-gb200` and `p6e-gb300` do: members of one
/// naming scheme, not a slip.
fn is_sibling(name: &str, known: &str) -> bool {
    let family = |name: &str| name.split_once('.').map(|(family, _)| family.to_owned());
    let (Some(one), Some(other)) = (family(name), family(known)) else { return false };
    let letters = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "");
    one != other && one.contains('-') && letters(&one) == letters(&other)
}
