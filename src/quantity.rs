//! Kubernetes quantities: `8`, `500m`, `32Gi`, `1e3`.
//!
//! Grammar and suffixes: kubernetes/apimachinery pkg/api/resource/quantity.go.

use std::borrow::Cow;

use crate::json::{self, Read, Reader};

/// A quantity as the object spells it; its form has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity<'a>(Cow<'a, str>);

/// The parts of a quantity: `-12.5Ki` is negative, `12`, `5`, `Ki`.
struct Parts<'t> {
    negative: bool,
    whole: &'t str,
    fraction: &'t str,
    suffix: &'t str,
}

impl Quantity<'_> {
    /// As the object spells it.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether it is zero, which for a resource is the same as not asking for it.
    pub fn is_zero(&self) -> bool {
        parts(&self.0)
            .is_some_and(|p| p.whole.bytes().chain(p.fraction.bytes()).all(|digit| digit == b'0'))
    }

    /// Whether both are the same amount, however it is spelt: `5120Mi` is `5Gi`. What is no count
    /// is only the same as what is spelt alike.
    pub fn same_as(&self, other: &Self) -> bool {
        self.0 == other.0 || self.count().is_some_and(|count| other.count() == Some(count))
    }

    /// The quantity as a count, or nothing where it is negative or not whole. More than any
    /// machine has is cut to `u64::MAX`.
    pub fn count(&self) -> Option<u64> {
        if let [b'0'..=b'9'] = self.0.as_bytes() {
            return self.0.parse().ok();
        }
        let parts = parts(&self.0)?;
        if self.is_zero() {
            return Some(0);
        }
        if parts.negative {
            return None;
        }
        let (base, exponent) = scale(parts.suffix)?;
        let digits: String = [parts.whole, parts.fraction].concat();
        let digits = digits.trim_start_matches('0');
        // value = digits × base^exponent ÷ 10^decimals
        let decimals = u32::try_from(parts.fraction.len()).ok()?;
        let Ok(mantissa) = digits.parse::<u128>() else {
            // Longer than 38 digits: huge, unless it is almost all fraction.
            return (digits.len() > parts.fraction.len() + 30).then_some(u64::MAX);
        };
        let scaled = if exponent >= 0 {
            mantissa.saturating_mul(base.saturating_pow(exponent.unsigned_abs()))
        } else {
            divide(mantissa, base, exponent.unsigned_abs())?
        };
        let count = divide(scaled, 10, decimals)?;
        Some(u64::try_from(count).unwrap_or(u64::MAX))
    }
}

/// `value ÷ base^exponent`, if that is whole.
fn divide(value: u128, base: u128, exponent: u32) -> Option<u128> {
    let Some(divisor) = base.checked_pow(exponent) else {
        return (value == 0).then_some(0);
    };
    // A saturated value stands for "more than any machine has" and stays so.
    let whole = value == u128::MAX || value.checked_rem(divisor)? == 0;
    if whole { value.checked_div(divisor) } else { None }
}

fn parts(text: &str) -> Option<Parts<'_>> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = unsigned.split_at_checked(digits(unsigned))?;
    let (fraction, suffix) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at_checked(digits(rest))?,
        None => ("", rest),
    };
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    (has_digits && scale(suffix).is_some()).then_some(Parts { negative, whole, fraction, suffix })
}

/// The factor that a suffix stands for, as base and exponent.
fn scale(suffix: &str) -> Option<(u128, i32)> {
    Some(match suffix {
        "" => (10, 0),
        "n" => (10, -9),
        "u" => (10, -6),
        "m" => (10, -3),
        "k" => (10, 3),
        "M" => (10, 6),
        "G" => (10, 9),
        "T" => (10, 12),
        "P" => (10, 15),
        "E" => (10, 18),
        "Ki" => (2, 10),
        "Mi" => (2, 20),
        "Gi" => (2, 30),
        "Ti" => (2, 40),
        "Pi" => (2, 50),
        "Ei" => (2, 60),
        exponent => {
            let exponent = exponent.strip_prefix(['e', 'E'])?;
            let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            let whole = !unsigned.is_empty() && unsigned.bytes().all(|b| b.is_ascii_digit());
            (10, exponent.parse().ok().filter(|_| whole)?)
        }
    })
}

impl<'a> Read<'a> for Quantity<'a> {
    fn read(reader: &mut Reader<'a>) -> json::Result<Self> {
        if reader.null() {
            return Ok(Self(Cow::Borrowed("0")));
        }
        let before = *reader;
        let text = match reader.peek() {
            // The API server takes white space around a quantity.
            Some(b'"') => match reader.string()? {
                Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
                Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
            },
            Some(b'0'..=b'9' | b'-') => Cow::Borrowed(reader.skip()?),
            _ => return Err(reader.unexpected(FORM)),
        };
        if parts(&text).is_some() { Ok(Self(text)) } else { Err(before.unexpected(FORM)) }
    }
}

const FORM: &str = "a quantity such as `8`, `500m` or `32Gi`";

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("8", Some(8))]
    #[case::with_spaces(" 8 ", Some(8))]
    #[case::zero("0", Some(0))]
    #[case::zero_with_suffix("0.0Gi", Some(0))]
    #[case::binary("32Gi", Some(34_359_738_368))]
    #[case::decimal("1k", Some(1000))]
    #[case::milli_that_is_whole("2000m", Some(2))]
    #[case::milli("500m", None)]
    #[case::fraction_that_is_whole("1.5k", Some(1500))]
    #[case::fraction("0.5", None)]
    #[case::bare_point("1.", Some(1))]
    #[case::exponent("1e3", Some(1000))]
    #[case::negative("-1", None)]
    #[case::exa("9Ei", Some(10_376_293_541_461_622_784))]
    #[case::huge("1e30", Some(u64::MAX))]
    #[case::huger("1e300000", Some(u64::MAX))]
    #[case::tiny("1e-300000", None)]
    #[case::digits_without_end(
        "1000000000000000000000000000000000000000000000000000",
        Some(u64::MAX)
    )]
    fn counts(#[case] text: &str, #[case] count: Option<u64>) {
        let json = serde_json::to_string(text).unwrap();
        assert_eq!(Reader::whole::<Quantity<'_>>(&json).unwrap().count(), count);
    }

    #[rstest]
    #[case::word("\"abc\"")]
    #[case::empty("\"\"")]
    #[case::sign_only("\"-\"")]
    #[case::point_only("\".\"")]
    #[case::unknown_suffix("\"8GB\"")]
    #[case::kibi_in_small("\"8ki\"")]
    #[case::space("\"8 Gi\"")]
    #[case::exponent_without_digits("\"1e\"")]
    #[case::two_signs("\"1e+-5\"")]
    #[case::boolean("true")]
    #[case::list("[]")]
    fn refuses(#[case] json: &str) {
        assert!(Reader::whole::<Quantity<'_>>(json).is_err());
    }
}
