//! Parses Kubernetes' label selectors, with more comparisons: `gpu-count>=4,family in (p4d,p5)`.
//!
//! Grammar: kubernetes/apimachinery pkg/labels/selector.go, which only has `>` and `<`.

use anyhow::{Context, Result, bail, ensure};
use eks_aiml_networking::text::Quoted;

/// A condition on a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// The label, as it is written.
    pub key: String,
    /// The test of its value.
    pub test: Test,
}

/// The test of a label's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// One of these: `=`, `==`, `in`.
    In(Vec<String>),
    /// None of these: `!=`, `notin`.
    NotIn(Vec<String>),
    /// Present: only the key.
    Exists,
    /// Absent: `!` before the key.
    DoesNotExist,
    /// A number above this one: `>`, `>=`.
    Above(i64),
    /// A number below this one: `<`, `<=`.
    Below(i64),
}

const FORMS: &str =
    "write `key=value`, `key!=value`, `key in (a,b)`, `key notin (a,b)`, `key`, `!key` or `key>=8`";

/// Parses the expressions of a selector; all of them must hold.
///
/// # Errors
/// If one of them has no valid form.
pub fn parse(text: &str) -> Result<Vec<Expression>> {
    split(text)?.into_iter().map(expression).collect()
}

/// Splits at commas, except inside parentheses.
fn split(text: &str) -> Result<Vec<&str>> {
    let (mut parts, mut start, mut inside) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        match (c, inside) {
            (',', false) => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            ('(', false) => inside = true,
            (')', true) => inside = false,
            ('(' | ')', _) => bail!("the parentheses in {} don't match; {FORMS}", Quoted(text)),
            _ => {}
        }
    }
    ensure!(!inside, "a parenthesis in {} is not closed; {FORMS}", Quoted(text));
    parts.extend(text.get(start..));
    Ok(parts)
}

fn expression(text: &str) -> Result<Expression> {
    let text = text.trim();
    let refused = || format!("can't parse {}; {FORMS}", Quoted(text));
    let (key, test) = read(text).with_context(refused)??;
    let spelled = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    ensure!(!key.is_empty() && key.chars().all(spelled), refused());
    Ok(Expression { key: key.to_owned(), test })
}

/// Returns the key and the test; `None` if the expression has no valid form.
fn read(text: &str) -> Option<Result<(&str, Test)>> {
    if let Some(key) = text.strip_prefix('!') {
        return Some(Ok((key.trim(), Test::DoesNotExist)));
    }
    if let Some((head, values)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        let (key, operator) = head.trim_end().rsplit_once(char::is_whitespace)?;
        let values: Vec<String> = values.split(',').map(|value| value.trim().to_owned()).collect();
        let test = match operator {
            "in" => Test::In(values),
            "notin" => Test::NotIn(values),
            _ => return None,
        };
        return Some(valued(key.trim(), test, text));
    }
    let Some((key, rest)) =
        text.find(['=', '!', '<', '>']).and_then(|at| text.split_at_checked(at))
    else {
        return Some(Ok((text, Test::Exists)));
    };
    let key = key.trim();
    // The longer operators first.
    let operators = ["==", "!=", ">=", "<=", "=", ">", "<"];
    let (operator, value) = operators
        .iter()
        .find_map(|operator| Some((*operator, rest.strip_prefix(operator)?.trim())))?;
    let number = number(key, value);
    let bound = || {
        number.with_context(|| {
            let such = example(key);
            format!("{} needs a whole number; write `{key}{operator}{such}`", Quoted(text))
        })
    };
    // `400Gbps` in the format of the label.
    let value = number.map_or_else(
        || value.to_owned(),
        |number| match value.parse::<i64>() {
            Ok(_) => value.to_owned(),
            Err(_) => number.to_string(),
        },
    );
    Some(match operator {
        "==" | "=" => valued(key, Test::In(vec![value]), text),
        "!=" => valued(key, Test::NotIn(vec![value]), text),
        ">" => bound().map(|bound| (key, Test::Above(bound))),
        ">=" => bound().map(|bound| (key, Test::Above(bound.saturating_sub(1)))),
        "<" => bound().map(|bound| (key, Test::Below(bound))),
        _ => bound().map(|bound| (key, Test::Below(bound.saturating_add(1)))),
    })
}

/// The units of labels, by a part of the label's name: Mbps and MiB.
const UNITS: [(&str, &str, i64); 7] = [
    ("bandwidth", "Mbps", 1),
    ("bandwidth", "Gbps", 1_000),
    ("bandwidth", "Tbps", 1_000_000),
    ("memory", "MiB", 1),
    ("memory", "GiB", 1_024),
    ("memory", "Gi", 1_024),
    ("memory", "TiB", 1_048_576),
];

/// Reads a number in the unit of the label, or converts it from another one.
fn number(key: &str, value: &str) -> Option<i64> {
    let in_unit = |(of, unit, factor): &(&str, &str, i64)| {
        let number = value.strip_suffix(unit).filter(|_| key.contains(of))?;
        number.trim_end().parse::<i64>().ok()?.checked_mul(*factor)
    };
    value.parse().ok().or_else(|| UNITS.iter().find_map(in_unit))
}

/// A number that the label can have, as an example.
fn example(key: &str) -> &'static str {
    match key {
        key if key.contains("bandwidth") => "400Gbps",
        key if key.contains("memory") => "80GiB",
        _ => "8",
    }
}

/// Checks that the label can have these values.
fn valued<'t>(key: &'t str, test: Test, text: &str) -> Result<(&'t str, Test)> {
    // A type can have a wildcard.
    let wild = matches!(key, "type" | "instance-type" | "node.kubernetes.io/instance-type");
    let spelled =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') || (wild && c == '*');
    if let Test::In(values) | Test::NotIn(values) = &test {
        for value in values {
            ensure!(!value.is_empty(), "{} has no value; {FORMS}", Quoted(text));
            ensure!(
                value.chars().all(spelled),
                "{} in {} can't be the value of a label; {FORMS}",
                Quoted(value),
                Quoted(text)
            );
        }
    }
    Ok((key, test))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn list(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[rstest]
    #[case("a=8", "a", Test::In(list(&["8"])))]
    #[case("a == 8", "a", Test::In(list(&["8"])))]
    #[case("a!=b.c", "a", Test::NotIn(list(&["b.c"])))]
    #[case("a in (x, y)", "a", Test::In(list(&["x", "y"])))]
    #[case("a  notin(x)", "a", Test::NotIn(list(&["x"])))]
    #[case("example.com/a", "example.com/a", Test::Exists)]
    #[case(" ! a ", "a", Test::DoesNotExist)]
    #[case("a>7", "a", Test::Above(7))]
    #[case("a >= 8", "a", Test::Above(7))]
    #[case("a<8", "a", Test::Below(8))]
    #[case("a<=7", "a", Test::Below(8))]
    #[case("bandwidth>=400Gbps", "bandwidth", Test::Above(399_999))]
    #[case("gpu-memory=80GiB", "gpu-memory", Test::In(list(&["81920"])))]
    #[case("type=p5*", "type", Test::In(list(&["p5*"])))]
    #[case("in in (in)", "in", Test::In(list(&["in"])))]
    fn expressions(#[case] text: &str, #[case] key: &str, #[case] test: Test) {
        assert_eq!(parse(text).unwrap(), [Expression { key: key.to_owned(), test }]);
    }

    #[test]
    fn commas_part_expressions_but_not_values() {
        let keys: Vec<String> = parse("a in (x,y),!b , c>=8,d notin (z)")
            .unwrap()
            .into_iter()
            .map(|one| one.key)
            .collect();
        assert_eq!(keys, ["a", "b", "c", "d"]);
    }

    #[rstest]
    #[case::nothing("", "can't parse ``")]
    #[case::nothing_between_commas("a,,b", "can't parse ``")]
    #[case::two_words("a b", "can't parse `a b`")]
    #[case::another_operator("a like (b)", "can't parse `a like (b)`")]
    #[case::no_key("=8", "can't parse `=8`")]
    #[case::no_value("a=", "`a=` has no value")]
    #[case::no_value_in_a_list("a in (x,)", "`a in (x,)` has no value")]
    #[case::two_operators("a=>8", "`>8` in `a=>8` can't be the value of a label")]
    #[case::no_number("a>=eight", "`a>=eight` needs a whole number; write `a>=8`")]
    #[case::no_bandwidth(
        "bandwidth>=fast",
        "`bandwidth>=fast` needs a whole number; write `bandwidth>=400Gbps`"
    )]
    #[case::another_unit("cpu>=8GiB", "`cpu>=8GiB` needs a whole number; write `cpu>=8`")]
    #[case::a_wildcard("family=p5*", "`p5*` in `family=p5*` can't be the value of a label")]
    #[case::open("a in (x,y", "a parenthesis in `a in (x,y` is not closed")]
    #[case::closed("a),b", "the parentheses in `a),b` don't match")]
    #[case::not_ascii("größe=1", r"can't parse `gr\u{f6}\u{df}e=1`")]
    fn refused(#[case] text: &str, #[case] message: &str) {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}
