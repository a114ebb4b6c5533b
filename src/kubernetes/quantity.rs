//! Kubernetes quantities: `8`, `500m`, `32Gi`, `1e3`.
//!
//! Grammar and suffixes: kubernetes/apimachinery pkg/api/resource/quantity.go.

use std::borrow::Cow;

use crate::json::{self, Reader, Value};

/// A quantity as the object writes it; its form has been checked.
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
    /// Its text in the object.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// `true` if it is zero, which for a resource is the same as no request.
    pub fn is_zero(&self) -> bool {
        if let Some(number) = self.plain() {
            return number == 0;
        }
        parts(&self.0)
            .is_some_and(|p| p.whole.bytes().chain(p.fraction.bytes()).all(|digit| digit == b'0'))
    }

    /// `true` if both are the same amount, however written: `5120Mi` is `5Gi`. Quantities that are not
    /// whole numbers are the same only if their texts are.
    pub fn same_as(&self, other: &Self) -> bool {
        self.0 == other.0 || self.count().is_some_and(|count| other.count() == Some(count))
    }

    /// The number and the suffix of a quantity that begins with at most six digits, as most do.
    fn few_digits(&self) -> Option<(u64, &[u8])> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, suffix) = self.0.as_bytes().split_at_checked(digits)?;
        if !(1..=6).contains(&whole.len()) {
            return None;
        }
        let number = whole.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        Some((number, suffix))
    }

    /// The number of a quantity as most are: a few digits, and a suffix that is often used.
    fn plain(&self) -> Option<u64> {
        match self.few_digits()? {
            (number, b"" | b"m" | b"Mi" | b"Gi") => Some(number),
            _ => None,
        }
    }

    /// The quantity as a count; `None` if it is negative or not whole, or has a fraction and more digits
    /// than 128 bits hold. Numbers beyond any machine are cut to `u64::MAX`.
    pub fn count(&self) -> Option<u64> {
        // Most quantities are a few digits.
        match self.few_digits() {
            Some((whole, b"")) => return Some(whole),
            Some((whole, b"Gi")) => return Some(whole << 30),
            Some((whole, b"Mi")) => return Some(whole << 20),
            _ => {}
        }
        let parts = parts(&self.0)?;
        let digits: String = [parts.whole, parts.fraction].concat();
        let digits = digits.trim_start_matches('0');
        let significant = digits.trim_end_matches('0');
        if significant.is_empty() {
            return Some(0);
        }
        if parts.negative {
            return None;
        }
        // value = significant × 10^power × 2^bits
        let (bits, exponent) = scale(parts.suffix)?;
        let length = |digits: &str| i64::try_from(digits.len()).ok();
        let zeros = length(digits)? - length(significant)?;
        let power = zeros - length(parts.fraction)? + i64::from(exponent);
        if power >= 0 && length(significant)?.saturating_add(power) > DIGITS {
            return Some(u64::MAX);
        }
        let mantissa: u128 = significant.parse().ok()?;
        let tens = u32::try_from(power.unsigned_abs()).ok()?;
        let (whole, bits) = match power {
            0.. => (mantissa.checked_mul(10_u128.checked_pow(tens)?)?, bits),
            // Its last digit is not zero, so each ten splits into a five from it and a two from the suffix.
            _ => {
                let fives = 5_u128.checked_pow(tens)?;
                let whole = mantissa.checked_div(fives).filter(|whole| whole * fives == mantissa);
                (whole?, bits.checked_sub(tens)?)
            }
        };
        let count = whole.saturating_mul(2_u128.checked_pow(bits)?);
        Some(u64::try_from(count).unwrap_or(u64::MAX))
    }
}

impl Quantity<'_> {
    /// The quantity in thousandths, rounded down; `None` if it is negative, or has more digits than 128
    /// bits hold. Numbers beyond any machine are cut to `u64::MAX`.
    pub fn thousandths(&self) -> Option<u64> {
        match self.few_digits() {
            Some((whole, b"")) => return Some(whole * 1000),
            Some((whole, b"m")) => return Some(whole),
            Some((whole, b"Gi")) => return Some((whole * 1000) << 30),
            Some((whole, b"Mi")) => return Some((whole * 1000) << 20),
            _ => {}
        }
        let parts = parts(&self.0)?;
        let (bits, exponent) = scale(parts.suffix)?;
        let digits = [parts.whole, parts.fraction].concat();
        let mantissa: u128 = digits.trim_start_matches('0').parse().or(digits.parse()).ok()?;
        if parts.negative && mantissa > 0 {
            return None;
        }
        let power = i64::from(exponent) + 3 - i64::try_from(parts.fraction.len()).ok()?;
        let tens = u32::try_from(power.unsigned_abs()).unwrap_or(u32::MAX);
        let factor = 10_u128.checked_pow(tens);
        let scaled = mantissa.saturating_mul(2_u128.checked_pow(bits)?);
        let thousandths = match (power >= 0, factor) {
            (true, factor) => scaled.saturating_mul(factor.unwrap_or(u128::MAX)),
            (false, factor) => factor.and_then(|factor| scaled.checked_div(factor)).unwrap_or(0),
        };
        Some(u64::try_from(thousandths).unwrap_or(u64::MAX))
    }
}

/// A number with more digits does not fit into 64 bits.
const DIGITS: i64 = 20;

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

/// The factor of a suffix, as powers of two and of ten.
fn scale(suffix: &str) -> Option<(u32, i32)> {
    Some(match suffix {
        "" => (0, 0),
        "n" => (0, -9),
        "u" => (0, -6),
        "m" => (0, -3),
        "k" => (0, 3),
        "M" => (0, 6),
        "G" => (0, 9),
        "T" => (0, 12),
        "P" => (0, 15),
        "E" => (0, 18),
        "Ki" => (10, 0),
        "Mi" => (20, 0),
        "Gi" => (30, 0),
        "Ti" => (40, 0),
        "Pi" => (50, 0),
        "Ei" => (60, 0),
        exponent => {
            let exponent = exponent.strip_prefix(['e', 'E'])?;
            let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            let whole = !unsigned.is_empty() && unsigned.bytes().all(|b| b.is_ascii_digit());
            (0, exponent.parse().ok().filter(|_| whole)?)
        }
    })
}

impl Default for Quantity<'_> {
    fn default() -> Self {
        Self(Cow::Borrowed("0"))
    }
}

json::read_as! { Value: Quantity<'a> }

impl<'a> Value<'a> for Quantity<'a> {
    fn take(&mut self, reader: &mut Reader<'a>) -> json::Result<()> {
        let before = *reader;
        self.0 = match reader.peek() {
            Some(b'"') => reader.string()?,
            Some(b'0'..=b'9' | b'-') => Cow::Borrowed(reader.skip()?),
            _ => return Err(reader.unexpected(FORM)),
        };
        if self.plain().is_some() {
            return Ok(());
        }
        // The API server accepts white space around a quantity.
        self.0 = match std::mem::take(&mut self.0) {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        };
        if parts(&self.0).is_some() { Ok(()) } else { Err(before.unexpected(FORM)) }
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
    #[case::small_by_its_exponent(
        "1000000000000000000000000000000000000000000000000000e-50",
        Some(10)
    )]
    #[case::almost_huge_in_nanos("1000000000000000000000000000000000000000000009999999n", None)]
    #[case::zeros_after_the_point("1.0000000000000000000000000000000000000000", Some(1))]
    #[case::zeros_before_the_exponent(
        "0.00000000000000000000000000000000000000000000000001e51",
        Some(10)
    )]
    #[case::binary_fraction_that_is_whole("1.5Ki", Some(1536))]
    #[case::binary_fraction("0.3Ki", None)]
    fn counts(#[case] text: &str, #[case] count: Option<u64>) {
        let json = serde_json::to_string(text).unwrap();
        assert_eq!(Reader::whole::<Quantity<'_>>(&json).unwrap().count(), count);
    }

    #[rstest]
    #[case::whole("8", Some(8000))]
    #[case::milli("500m", Some(500))]
    #[case::fraction("0.5", Some(500))]
    #[case::cut_off("1500u", Some(1))]
    #[case::binary("1.5Ki", Some(1_536_000))]
    #[case::zero("0", Some(0))]
    #[case::negative("-1", None)]
    #[case::huge("1e30", Some(u64::MAX))]
    #[case::huger("1e300000", Some(u64::MAX))]
    #[case::tiny("1e-300000", Some(0))]
    #[case::more_digits_than_are_counted("1000000000000000000000000000000000000000000e-40", None)]
    fn thousandths(#[case] text: &str, #[case] expected: Option<u64>) {
        let json = serde_json::to_string(text).unwrap();
        assert_eq!(Reader::whole::<Quantity<'_>>(&json).unwrap().thousandths(), expected);
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
