//! Patterns with `*`, as the settings write them: `p5*`, `*/pytorch-inference:*`.

/// Whether the whole of `text` is what `pattern` says; `*` stands for anything, also for nothing.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        // The first match leaves most for the parts that follow.
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
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
    fn whole_texts(#[case] pattern: &str, #[case] text: &str, #[case] expected: bool) {
        assert_eq!(matches(pattern, text), expected);
    }
}
