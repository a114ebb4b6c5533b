//! The type, or the family, that a mistyped name probably means.

use super::Catalog;
use crate::text::{differ_in_number, distance, nearest, same_letters};

/// A type with a similar name, of the same family or of the same size.
pub fn similar(name: &str) -> Option<&'static str> {
    let name = &*name.to_ascii_lowercase();
    // The longest name has 20 letters; a far longer one is not a typo.
    let (family, size) = name.split_once('.').filter(|_| name.len() <= 24)?;
    let near = |known: &str| distance(name, known) <= 2 && !differ_in_number(name, known);
    let alike = super::all().map(|one| one.name()).filter(|known| {
        known.split_once('.').is_some_and(|(known_family, known_size)| {
            known_family == family
                || (known_size == size
                    && known.as_bytes().first() == name.as_bytes().first()
                    && !is_sibling(family, known_family))
        })
    });
    alike.filter(|known| near(known)).min_by_key(|known| distance(name, known))
}

/// A family with a similar name that begins with the same letter.
pub fn similar_family(name: &str, catalog: &Catalog) -> Option<&'static str> {
    let families = catalog.family().words().iter().copied();
    let alike = |known: &&str| {
        known.as_bytes().first() == name.as_bytes().first() && !differ_in_number(name, known)
    };
    nearest(name, &families.filter(alike).collect::<Vec<_>>())
}

/// `true` if two families are members of one scheme of names, as `m8a` and `m8g` are: the letters
/// before their number are the same, and those behind it are others. Either may be newer than the
/// table.
fn is_sibling(family: &str, known: &str) -> bool {
    let (category, attributes) = parts(family);
    let (known_category, known_attributes) = parts(known);
    category == known_category && !same_letters(attributes, known_attributes)
}

/// The letters before the number of a family, and the rest of its name.
fn parts(family: &str) -> (&str, &str) {
    let number = family.find(|c: char| c.is_ascii_digit()).unwrap_or(family.len());
    family.split_at_checked(number).unwrap_or((family, ""))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::a_letter_left_out("p5.48xlarg", Some("p5.48xlarge"))]
    #[case::letters_that_changed_places("g5.12xlagre", Some("g5.12xlarge"))]
    #[case::over_its_number("gd4n.xlarge", Some("g4dn.xlarge"))]
    #[case::in_capitals("P5.48XLarge", Some("p5.48xlarge"))]
    #[case::in_a_long_category("trm1.32xlarge", Some("trn1.32xlarge"))]
    #[case::a_newer_member("p6e-gb300.36xlarge", None)]
    #[case::a_newer_generation("p9.48xlarge", None)]
    #[case::another_attribute("p5s.48xlarge", None)]
    #[case::another_size("p5.46xlarge", None)]
    #[case::a_size_without_a_number("p5.xlarge", None)]
    fn names(#[case] name: &str, #[case] expected: Option<&str>) {
        assert_eq!(similar(name), expected);
    }
}
