//! Searches for a smallest subset.

/// The first subset of this size that matches, in the order of the items.
pub(super) fn first_subset<T: Copy>(
    items: &[T],
    size: usize,
    matches: &dyn Fn(&[T]) -> bool,
) -> Option<Vec<T>> {
    let mut chosen = Vec::with_capacity(size);
    choose(&mut chosen, items, size, matches).then_some(chosen)
}

/// Removes superfluous items, one after the other, while the rest still matches.
pub(super) fn reduced<T: Copy>(mut items: Vec<T>, matches: &dyn Fn(&[T]) -> bool) -> Vec<T> {
    for at in (0..items.len()).rev() {
        let mut fewer = items.clone();
        fewer.remove(at);
        if matches(&fewer) {
            items = fewer;
        }
    }
    items
}

/// Adds `count` of the items so that the chosen ones match; adds none if that is impossible.
fn choose<T: Copy>(
    chosen: &mut Vec<T>,
    mut items: &[T],
    count: usize,
    matches: &dyn Fn(&[T]) -> bool,
) -> bool {
    if count == 0 {
        return matches(chosen);
    }
    while let [first, rest @ ..] = items {
        chosen.push(*first);
        if choose(chosen, rest, count - 1, matches) {
            return true;
        }
        chosen.pop();
        items = rest;
    }
    false
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::none(0, "-")]
    #[case::singles(1, "a b c d")]
    #[case::pairs(2, "ab ac ad bc bd cd")]
    #[case::triples(3, "abc abd acd bcd")]
    #[case::more_than_there_are(5, "")]
    fn all_are_tried_in_order(#[case] size: usize, #[case] expected: &str) {
        let tried = RefCell::new(Vec::new());
        let matches = |subset: &[&str]| {
            tried.borrow_mut().push(if subset.is_empty() {
                "-".to_owned()
            } else {
                subset.concat()
            });
            false
        };
        assert_eq!(first_subset(&["a", "b", "c", "d"], size, &matches), None);
        assert_eq!(tried.into_inner().join(" "), expected);
    }

    #[test]
    fn the_first_that_matches() {
        let is_odd = |subset: &[u8]| subset.iter().sum::<u8>() % 2 == 1;
        assert_eq!(first_subset(&[2, 4, 1, 3], 2, &is_odd), Some(vec![2, 1]));
    }
}
