//! Did you mean …? For words that are not known.

/// What to say of a word that is not known: the nearest one, else all of them.
#[inline(never)]
pub fn suggest(word: &str, known: &[&str]) -> String {
    nearest(word, known).map_or_else(
        || format!("known are {}", listed(known)),
        |near| format!("did you mean `{near}`?"),
    )
}

/// Words in backticks.
#[inline(never)]
pub fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The known word that is near enough to be a slip of the pen.
#[inline(never)]
pub fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    const LONGEST: usize = 64;
    known
        .iter()
        // What is far longer than any known word is no slip.
        .filter(|_| word.len() <= LONGEST)
        .map(|known| (distance(word, known), *known))
        .filter(|(distance, known)| *distance * 3 <= telling(word, known).max(3))
        .min()
        .map(|(_, known)| known)
}

/// How many letters of a known word tell it from others: those behind the words, such as
/// `instance-`, that both begin with.
fn telling(word: &str, known: &str) -> usize {
    let shared = word.split_inclusive('-').zip(known.split_inclusive('-'));
    let shared = shared.take_while(|(one, other)| one == other && one.ends_with('-'));
    known.len() - shared.map(|(one, _)| one.len()).sum::<usize>()
}

/// How many letters have to change, or to change places, to make one word of the other.
#[inline(never)]
pub fn distance(one: &str, other: &str) -> usize {
    strsim::osa_distance(one, other)
}
