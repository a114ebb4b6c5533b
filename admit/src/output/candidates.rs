//! `admit --explain`: shows the instance types that each pod of an object can run on, and how many types
//! each of its constraints removes.

use std::io::Write;

use anyhow::Result;
use insight::candidates::{Candidates, Narrowing};

use super::table::{self, Column, numbers, words};

/// Writes the types that a pod can run on.
///
/// # Errors
/// If `out` can't be written.
pub fn write(pod: &Candidates, out: &mut impl Write) -> Result<()> {
    writeln!(out, "  types {}: {}", pod.place, pod.summary)?;
    if !pod.is_solved {
        return Ok(());
    }
    if !pod.types.first.is_empty() {
        let names: Vec<String> = pod.types.first.iter().map(|name| format!("`{name}`")).collect();
        let named = u32::try_from(names.len()).unwrap_or(u32::MAX);
        let more = match pod.types.count.saturating_sub(named) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        writeln!(out, "       {}{more}", names.join(", "))?;
    }
    for (index, steps) in pod.alternatives.iter().enumerate() {
        if pod.alternatives.len() > 1 {
            writeln!(out, "       alternative {} of {}", index + 1, pod.alternatives.len())?;
        }
        let rows: Vec<_> = steps.iter().map(cells).collect();
        for line in table::lines(&COLUMNS, &rows, "       ") {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

const COLUMNS: [Column; 4] = [
    numbers("rules out", "alone"),
    numbers("rules out", "in turn"),
    numbers("leaves", ""),
    words("constraint"),
];

fn cells(step: &Narrowing) -> [String; 4] {
    let number = |number: u32| match step.applies {
        true => number.to_string(),
        false => "-".to_owned(),
    };
    let mut constraint = step.constraint.clone();
    if !step.place.is_empty() {
        constraint += &format!(" ({})", step.place);
    }
    if !step.applies {
        constraint += ": nodes without this label meet it";
    }
    [number(step.removes_alone), number(step.removes_in_turn), step.leaves.to_string(), constraint]
}

#[cfg(test)]
mod tests {
    use eks_aiml_networking::view::Kind;
    use insight::candidates;
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;
    use crate::input::settings;

    fn shown(spec: &Value) -> String {
        let settings = settings::checked("{}").unwrap();
        let mut out = Vec::new();
        let object = json!({ "spec": spec }).to_string();
        for one in candidates::of(Some(Kind::Pod), &object, &settings, 20) {
            write(&one, &mut out).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    const TYPE: &str = "node.kubernetes.io/instance-type";

    #[test]
    fn constraints_one_after_the_other() {
        let spec = json!({ "nodeSelector": { "kubernetes.io/arch": "amd64", TYPE: "p3.2xlarge" } });
        let shown = shown(&spec);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[..2], ["  types /spec: 1 of 1430", "       `p3.2xlarge`"]);
        assert!(
            lines[5].ends_with(
                "     1  `node.kubernetes.io/instance-type` = `p3.2xlarge` \
                 (/spec/nodeSelector/node.kubernetes.io~1instance-type)"
            ),
            "{shown}"
        );
        assert_eq!(lines.len(), 6);
    }

    #[rstest]
    #[case::free(json!({}), "  types /spec: any of 1430; no constraint on the instance type\n")]
    #[case::decided(
        json!({ "nodeName": "node-1" }),
        "  types /spec: already on a node, or not for EC2 instances\n"
    )]
    #[case::dead(
        json!({ "affinity": { "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution":
            { "nodeSelectorTerms": [{}] } } } }),
        "  types /spec: none; no term of the required node affinity can match\n"
    )]
    fn without_constraints(#[case] spec: Value, #[case] expected: &str) {
        assert_eq!(shown(&spec), expected);
    }

    #[test]
    fn a_type_that_is_not_known() {
        let shown = shown(&json!({ "nodeSelector": { TYPE: "p9.48xlarge" } }));
        assert!(shown.starts_with("  types /spec: 0 of 1430, or unknown types\n"));
    }

    #[test]
    fn what_does_not_count() {
        let expressions = json!([
            { "key": "karpenter.k8s.aws/instance-gpu-count", "operator": "DoesNotExist" },
            { "key": "kubernetes.io/arch", "operator": "In", "values": ["arm64"] },
        ]);
        let shown = shown(&json!({ "affinity": { "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms":
                [{ "matchExpressions": expressions }, { "matchExpressions": expressions }] } } } }));
        assert!(shown.contains("       alternative 2 of 2\n"), "{shown}");
        assert!(shown.contains("/matchExpressions/0): nodes without this label meet it\n"));
    }
}
