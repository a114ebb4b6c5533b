//! Did you mean …? For words that are not known. A suggestion is one only where the word is nearer
//! than chance: names are made of few words and numbers, so many of them look alike.

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

/// The known word that is near enough to be a slip of the pen: one letter of three that tell it
/// from others, at most.
#[inline(never)]
pub fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    const LONGEST: usize = 64;
    known
        .iter()
        // What is far longer than any known word is no slip.
        .filter(|known| word.len() <= LONGEST && !differ_in_number(word, known))
        .map(|known| (distance(word, known), *known))
        .filter(|(distance, known)| *distance * 3 <= telling(word, known).max(3))
        .min()
        .map(|(_, known)| known)
}

/// How many letters of a known word tell it from the other: those between the words that both
/// begin with, such as `instance-`, and those that both end with, such as `-bandwidth`.
fn telling(word: &str, known: &str) -> usize {
    const BETWEEN: [char; 3] = ['-', '.', '/'];
    let begin = word.split_inclusive(BETWEEN).zip(known.split_inclusive(BETWEEN));
    let begin = begin.take_while(|(one, other)| one == other && one.ends_with(BETWEEN));
    let begin: usize = begin.map(|(one, _)| one.len()).sum();
    let rest = |text| str::get(text, begin..).unwrap_or_default();
    let end = rest(word).rsplit(BETWEEN).zip(rest(known).rsplit(BETWEEN));
    let end = end.take_while(|(one, other)| one == other);
    let end: usize = end.map(|(one, _)| one.len() + 1).sum();
    rest(known).len().saturating_sub(end)
}

/// Whether they have not the same numbers: members of one scheme of names, such as `p6e-gb200` and
/// `p6e-gb300`, or `inf2.xlarge` and `inf2.4xlarge`, rather than slips. Digits that have changed
/// places are a slip.
#[inline(never)]
pub fn differ_in_number(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (numbers(one), numbers(other));
    loop {
        match (one.next(), other.next()) {
            (None, None) => return false,
            (Some(one), Some(other)) if same_letters(one, other) => {}
            _ => return true,
        }
    }
}

fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty())
}

/// Whether two texts have the same letters, in whatever order.
pub fn same_letters(one: &str, other: &str) -> bool {
    let count = |text: &str, letter: u8| text.bytes().filter(|byte| *byte == letter).count();
    one.len() == other.len() && one.bytes().all(|letter| count(one, letter) == count(other, letter))
}

/// How many letters have to change, or to change places, to make one word of the other.
#[inline(never)]
pub fn distance(one: &str, other: &str) -> usize {
    strsim::osa_distance(one, other)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const LABELS: [&str; 5] = [
        "instance-cpu",
        "instance-gpu-count",
        "instance-gpu-name",
        "instance-network-bandwidth",
        "instance-size",
    ];

    #[rstest]
    #[case::a_letter("instance-gpu-nane", Some("instance-gpu-name"))]
    #[case::in_the_middle("instance-netwrk-bandwidth", Some("instance-network-bandwidth"))]
    #[case::a_dash_too_many("instance-net-work-bandwidth", Some("instance-network-bandwidth"))]
    #[case::what_both_begin_with_tells_nothing("instance-pods", None)]
    #[case::nor_what_both_end_with("instance-efa-count", None)]
    #[case::nor_both("instance-ebs-bandwidth", None)]
    fn labels(#[case] word: &str, #[case] expected: Option<&str>) {
        assert_eq!(nearest(word, &LABELS), expected);
    }

    #[rstest]
    #[case::another_number("p6e-gb300", "p6e-gb200", true)]
    #[case::a_generation("p9.48xlarge", "p5.48xlarge", true)]
    #[case::one_more_digit("c5.18xlarge", "c5.8xlarge", true)]
    #[case::one_more_number("inf2.4xlarge", "inf2.xlarge", true)]
    #[case::digits_that_changed_places("amd46", "amd64", false)]
    #[case::no_number("ondemand", "on-demand", false)]
    fn numbers(#[case] one: &str, #[case] other: &str, #[case] expected: bool) {
        assert_eq!(differ_in_number(one, other), expected);
        assert_eq!(differ_in_number(other, one), expected);
    }
}
