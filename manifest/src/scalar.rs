//! Resolves words without quotes as kubectl does, which is close to YAML 1.1: `yes` is a boolean, `0777` an
//! octal number and `1_000` a number.
//!
//! Source: kubernetes-sigs/yaml goyaml.v2/resolve.go; kubectl 1.32 prints the same.

use std::borrow::Cow;

/// The value of a word without quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word<'w> {
    /// Null.
    Null,
    /// A boolean.
    Flag(bool),
    /// A number, as JSON writes it.
    Number(Cow<'w, str>),
    /// A string.
    Text,
}

impl<'w> Word<'w> {
    /// Resolves a word without quotes.
    pub fn of(word: &'w str) -> Self {
        match word {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
                Self::Flag(true)
            }
            "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off"
            | "OFF" => Self::Flag(false),
            _ => number(word).map_or(Self::Text, Self::Number),
        }
    }
}

fn number(word: &str) -> Option<Cow<'_, str>> {
    let bytes = word.as_bytes();
    let first = *bytes.first()?;
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return None;
    }
    // The usual case: digits as JSON has them, few enough for any reader.
    if matches!(first, b'1'..=b'9') && bytes.len() < 16 && bytes.iter().all(u8::is_ascii_digit) {
        return Some(Cow::Borrowed(word));
    }
    let plain = if first == b'.' { Cow::Borrowed(word) } else { Cow::Owned(word.replace('_', "")) };
    let whole = || whole(&plain).map(|number| number.to_string());
    whole().or_else(|| fraction(&plain)).map(Cow::Owned)
}

/// Reads a whole number in the base of its prefix.
fn whole(plain: &str) -> Option<i128> {
    let (sign, digits) = match plain.as_bytes().first()? {
        b'-' => (-1, plain.get(1..)?),
        b'+' => (1, plain.get(1..)?),
        _ => (1, plain),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, digits.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, digits.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, digits.get(2..)?),
        [b'0', _, ..] => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    let is_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = i128::from_str_radix(digits, base).ok().filter(|_| is_digits)?;
    let signed = number.checked_mul(sign)?;
    // The range of Go's integers.
    (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&signed).then_some(signed)
}

fn fraction(plain: &str) -> Option<String> {
    let is_float = plain
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    let number: f64 = plain.parse().ok().filter(|number: &f64| is_float && number.is_finite())?;
    // The format in which Go writes it in JSON.
    let (size, is_whole) = (number.abs(), number.fract() == 0.0);
    Some(match () {
        () if is_whole && size < 1e21 => format!("{number:.0}"),
        () if (1e-6..1e21).contains(&size) => number.to_string(),
        () => format!("{number:e}"),
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// Expected: what `kubectl annotate --local -o json` prints.
    #[rstest]
    #[case::octal("0777", "511")]
    #[case::negative_octal("-0777", "-511")]
    #[case::no_octal("089", "89")]
    #[case::underscores("1_000", "1000")]
    #[case::plus("+5", "5")]
    #[case::octal_of_yaml_1_2("0o17", "15")]
    #[case::hexadecimal("0x1F", "31")]
    #[case::negative_binary("-0b11", "-3")]
    #[case::a_fraction("1_0.5", "10.5")]
    #[case::zeros("00", "0")]
    #[case::without_a_whole_part(".5", "0.5")]
    #[case::an_exponent("1e3", "1000")]
    #[case::the_largest("18446744073709551615", "18446744073709551615")]
    #[case::beyond("18446744073709551616", "18446744073709551616")]
    #[case::tiny("1e-9", "1e-9")]
    fn is_a_number(#[case] word: &str, #[case] expected: &str) {
        assert_eq!(Word::of(word), Word::Number(expected.into()));
    }

    #[rstest]
    fn is_a_text(
        #[values(
            "yEs",
            "nO",
            "yes-no",
            "0777a",
            "1_0_a",
            "_1",
            "2026-01-01",
            "0x",
            "-",
            ".",
            "1.2.3",
            "5Gi",
            "1e999",
            ".inf",
            "--1",
            "0x-1"
        )]
        word: &str,
    ) {
        assert_eq!(Word::of(word), Word::Text);
    }

    #[test]
    fn is_a_flag_or_nothing() {
        for (words, expected) in [
            (["y", "Yes", "ON", "true"], Word::Flag(true)),
            (["n", "No", "off", "FALSE"], Word::Flag(false)),
            (["", "~", "Null", "NULL"], Word::Null),
        ] {
            assert!(words.into_iter().all(|word| Word::of(word) == expected), "{words:?}");
        }
    }
}
