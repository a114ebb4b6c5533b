//! Checks quantities against arithmetic without limits. An input is two quantities, one per line.

use eks_aiml_networking::{json::Reader, kubernetes::Quantity};
use num_bigint::BigUint;

/// Checks two quantities.
pub fn quantities(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (one, other) = text.split_once('\n').unwrap_or((text, "1"));
    let (one, other) = (check(one), check(other));
    let (Some((one, exact)), Some((other, other_exact))) = (one, other) else { return };
    let (one, other) = (read(&one), read(&other));
    let (Some(one), Some(other)) = (one, other) else { return };
    assert!(one.same_as(&one), "{one:?}");
    assert_eq!(one.same_as(&other), other.same_as(&one), "{one:?} {other:?}");
    let expected = one.text() == other.text() || exact.is_some() && exact == other_exact;
    assert_eq!(one.same_as(&other), expected, "{one:?} {other:?}");
}

fn read(json: &str) -> Option<Quantity<'_>> {
    Reader::whole(json).ok()
}

/// Checks one quantity as a string, and as a number if it is one; returns its JSON and its count.
fn check(text: &str) -> Option<(String, Option<u64>)> {
    let json = serde_json::to_string(text).unwrap();
    let expected = Exact::of(text.trim());
    check_one(&json, expected.as_ref());
    if serde_json::from_str::<serde_json::Number>(text).is_ok() && text.trim() == text {
        check_one(text, expected.as_ref());
    }
    Some((json, expected.filter(|exact| !exact.is_beyond_reading)?.count()))
}

fn check_one(json: &str, expected: Option<&Exact>) {
    let quantity = read(json);
    assert_eq!(quantity.is_some(), expected.is_some(), "{json}");
    let (Some(quantity), Some(exact)) = (quantity, expected) else { return };
    assert_eq!(quantity.is_zero(), exact.is_zero(), "{json}");
    if !exact.is_beyond_reading {
        assert_eq!(quantity.count(), exact.count(), "{json}");
    }
}

/// A quantity as decimal digits, and the power of ten to multiply them by.
struct Exact {
    negative: bool,
    /// Without zeros at either end; empty for zero.
    digits: String,
    power: i64,
    /// It has more digits than 128 bits hold, and a fraction that a binary suffix may make whole.
    is_beyond_reading: bool,
}

impl Exact {
    /// Parses the grammar of kubernetes/apimachinery pkg/api/resource/quantity.go: a signed decimal number
    /// with a suffix.
    fn of(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.split_at_checked(1) {
            Some(("-", rest)) => (true, rest),
            Some(("+", rest)) => (false, rest),
            _ => (false, text),
        };
        let end =
            unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at_checked(end)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') || whole.len() + fraction.len() == 0 {
            return None;
        }
        let mut digits = format!("{whole}{fraction}");
        let mut power = -i64::try_from(fraction.len()).ok()?;
        let significant = digits.trim_matches('0').len();
        let is_fraction = fraction.contains(|digit| digit != '0');
        let is_beyond_reading = significant > 38 && is_fraction && suffix.ends_with('i');
        if let Some(binary) =
            ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].iter().position(|one| *one == suffix)
        {
            let factor = BigUint::from(1024_u32).pow(u32::try_from(binary).ok()? + 1);
            digits = (digits.parse::<BigUint>().ok()? * factor).to_string();
        } else if let Some(decimal) =
            ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"].iter().position(|one| *one == suffix)
        {
            power += 3 * (i64::try_from(decimal).ok()? - 3);
        } else {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            // Exponents beyond 32 bits are not read.
            power += i64::from(exponent.parse::<i32>().ok()?);
        }
        let digits = digits.trim_start_matches('0');
        let trimmed = digits.trim_end_matches('0');
        power += i64::try_from(digits.len() - trimmed.len()).ok()?;
        Some(Self { negative, digits: trimmed.to_owned(), power, is_beyond_reading })
    }

    fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// The number if it is whole and not negative, capped at 64 bits.
    fn count(&self) -> Option<u64> {
        if self.is_zero() {
            return Some(0);
        }
        let zeros = usize::try_from(self.power).ok().filter(|_| !self.negative)?;
        if self.digits.len() + zeros > 20 {
            return Some(u64::MAX);
        }
        let number: u128 = format!("{}{}", self.digits, "0".repeat(zeros)).parse().ok()?;
        Some(u64::try_from(number).unwrap_or(u64::MAX))
    }
}
