//! Blocks that show a case of the corpus: the object, the settings, and the policy's answer.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use json_patch::Patch;
use serde_json::Value;
use similar::TextDiff;
use testkit::corpus::Case;

/// Shows the case of this name, `<rule>/<case>`.
pub fn shown(root: &Path, name: &str) -> Result<String> {
    let case = Case::read(root, name)?;
    let (request, settings, response) = (case.request(), case.settings(), case.response());
    let operation = request.get("operation").and_then(Value::as_str);
    ensure!(operation == Some("CREATE"), "{name}: only what is created can be shown");
    let object =
        request.get("object").with_context(|| format!("{name}: the request has no object"))?;
    let object_text = yaml_serde::to_string(object)?;
    let mut out = fence("yaml", &object_text);
    if settings.as_object().is_some_and(|settings| !settings.is_empty()) {
        out += &format!(
            "\nWith the settings\n\n{}",
            fence("yaml", &yaml_serde::to_string(&settings)?)
        );
    }
    out += &answer(&response);
    if let Some(patch) = response.get("patch") {
        let mut repaired = object.clone();
        let patch: Patch = serde_json::from_value(patch.clone())?;
        json_patch::patch(&mut repaired, &patch).with_context(|| format!("{name}: the patch"))?;
        let repaired = yaml_serde::to_string(&repaired)?;
        let diff = TextDiff::from_lines(&object_text, &repaired);
        out += &format!("\n{}", fence("diff", &diff.unified_diff().context_radius(2).to_string()));
    }
    Ok(out)
}

/// The verdict, and the messages that the user gets.
fn answer(response: &Value) -> String {
    let allowed = response.get("allowed").and_then(Value::as_bool) == Some(true);
    let message = response.pointer("/status/message").and_then(Value::as_str).unwrap_or_default();
    let warnings = response.get("warnings").and_then(Value::as_array);
    let warnings: Vec<&str> = warnings.into_iter().flatten().filter_map(Value::as_str).collect();
    let verdict = match (allowed, response.get("patch").is_some(), warnings.len()) {
        (false, ..) => "Denied:",
        (true, true, _) => "Allowed and repaired:",
        (true, false, 0) => "Allowed, no findings.",
        (true, false, 1) => "Allowed, with a warning:",
        (true, false, _) => "Allowed, with warnings:",
    };
    let mut out = format!("\n{verdict}\n");
    if !message.is_empty() {
        out += &format!("\n{}", fence("text", message));
        out += if warnings.is_empty() { "" } else { "\nWith the warnings:\n" };
    }
    if !warnings.is_empty() {
        out += &format!("\n{}", fence("text", &warnings.join("\n")));
    }
    out
}

/// A fenced block.
pub fn fence(language: &str, text: &str) -> String {
    format!("```{language}\n{}\n```\n", text.trim_end())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;

    fn case(settings: &Value, response: &Value) -> Result<String, String> {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("e2e/cases/a/b");
        fs::create_dir_all(&folder).unwrap();
        let object = json!({ "kind": "Pod", "spec": { "nodeName": "n" } });
        for (name, value) in
            [("object.json", &object), ("settings.json", settings), ("response.json", response)]
        {
            fs::write(folder.join(name), value.to_string()).unwrap();
        }
        shown(root.path(), "a/b").map_err(|error| error.to_string())
    }

    const OBJECT: &str = "```yaml\nkind: Pod\nspec:\n  nodeName: n\n```\n";

    #[test]
    fn a_case_without_findings() {
        let shown = case(&json!({}), &json!({ "allowed": true }));
        assert_eq!(shown, Ok(format!("{OBJECT}\nAllowed, no findings.\n")));
    }

    #[test]
    fn a_denial_has_its_lines_and_then_the_warnings() {
        let response = json!({ "allowed": false, "status": { "message": "[x] one\n[y] two" }, "warnings": ["[z] three"] });
        let told = "\nDenied:\n\n```text\n[x] one\n[y] two\n```\n\nWith the warnings:\n\n```text\n[z] three\n```\n";
        assert_eq!(case(&json!({}), &response), Ok(format!("{OBJECT}{told}")));
    }

    #[test]
    fn a_repair_is_shown_as_a_diff() {
        let response = json!({
            "allowed": true,
            "warnings": ["[x] fixed"],
            "patch": [{ "op": "add", "path": "/spec/hostIPC", "value": true }],
        });
        let told = "\nWith the settings\n\n```yaml\nmutate: true\n```\n\nAllowed and repaired:\n\n```text\n[x] fixed\n```\n\
            \n```diff\n@@ -2,2 +2,3 @@\n spec:\n   nodeName: n\n+  hostIPC: true\n```\n";
        assert_eq!(case(&json!({ "mutate": true }), &response), Ok(format!("{OBJECT}{told}")));
    }
}
