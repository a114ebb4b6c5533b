//! Patterns with `*`, as the settings write them: `p5*`, `*/pytorch-inference:*`.

/// Whether the whole of `text` is what `pattern` says; `*` stands for anything, also for nothing.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.as_bytes(), text.as_bytes());
    // What follows the last `*`, and from where it has been tried: the first match leaves most for
    // what follows.
    let mut tried: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern, text) {
            ([], []) | ([b'*'], _) => return true,
            ([b'*', after @ ..], _) => {
                tried = Some((after, text));
                pattern = after;
            }
            ([one, after @ ..], [other, rest @ ..]) if one == other => {
                (pattern, text) = (after, rest);
            }
            _ => {
                let Some((after, [_, rest @ ..])) = tried else { return false };
                tried = Some((after, rest));
                (pattern, text) = (after, rest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("p5.48xlarge", "p5.48xlarge", true)]
    #[case("p5.48xlarge", "p5.48xlarge2", false)]
    #[case("p5*", "p5en.48xlarge", true)]
    #[case("*.metal", "m5.metal", true)]
    #[case("*.metal", "m5.metal-24xl", false)]
    #[case("*a*b", "xaxbxb", true)]
    #[case("a*a", "a", false)]
    #[case("*", "", true)]
    #[case("", "", true)]
    #[case("", "a", false)]
    #[case("a**c", "abc", true)]
    #[case("*ab*ab", "aababcab", true)]
    #[case("*ab*abc", "ababab", false)]
    #[case("ü*é", "üxÃé", true)]
    #[case("*a", "ba*", false)]
    #[case("a*", "b", false)]
    fn whole_texts(#[case] pattern: &str, #[case] text: &str, #[case] expected: bool) {
        assert_eq!(matches(pattern, text), expected);
    }
}
