//! An object as YAML. Kubernetes reads much as YAML 1.1 does: to it `yes` is a flag and `1_000` a
//! number, so texts that look like these are quoted.
//!
//! Source: yaml/go-yaml v2 resolve.go, of which sigs.k8s.io/yaml has a copy.

use anyhow::Result;
use serde_json::Value;

use crate::input::yaml;

/// A value as YAML.
///
/// # Errors
/// Where it can't be written.
pub fn text(value: &Value) -> Result<String> {
    Ok(quoted(&yaml_serde::to_string(value)?))
}

/// YAML whose plain words are texts to older readers too.
fn quoted(written: &str) -> String {
    yaml::replaced(written, |word| is_more(word).then(|| format!("'{word}'").into()))
}

/// Whether a text without quotes is a flag, a number or a day to YAML 1.1.
fn is_more(word: &str) -> bool {
    let day = word.get(4..5) == Some("-") && word.bytes().take(4).all(|byte| byte.is_ascii_digit());
    day || yaml::meant(word).is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_more_than_a_text_to_older_readers_is_quoted() {
        let value = json!({
            "flags": ["yes", "Off", "n", "true", true],
            "numbers": ["1_000", "0x1F", "017", "+1", "12", 12, 1.5, "1e3"],
            "days": ["2026-11-26"],
            "texts": ["yesterday", "5Gi", "10.0.0.0/16", "p5.48xlarge", "ö: 1_000", "-"],
        });
        assert_eq!(
            text(&value).unwrap(),
            "flags:\n- 'yes'\n- 'Off'\n- 'n'\n- 'true'\n- true\n\
             numbers:\n- '1_000'\n- '0x1F'\n- '017'\n- '+1'\n- '12'\n- 12\n- 1.5\n- '1e3'\n\
             days:\n- '2026-11-26'\n\
             texts:\n- yesterday\n- 5Gi\n- 10.0.0.0/16\n- p5.48xlarge\n- 'ö: 1_000'\n- '-'\n"
        );
    }
}
