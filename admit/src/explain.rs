//! `admit --explain`: the instance types that each pod of an object can land on, and which of its
//! constraints removes how many. Worked out by the policy's own library.

use std::io::Write;

use anyhow::{Context, Result};
use eks_aiml_networking::{
    instances::{InstanceType, TypeSet},
    nodes::{Placement, Step},
    settings::Settings,
    view::{Kind, View},
};
use serde_json::{Value, json};

use crate::{
    table::{self, Column, numbers, words},
    types,
};

/// How many types are named.
const NAMED: usize = 20;

/// What there is to tell of a pod.
#[derive(Debug)]
pub struct Explanation {
    /// Where the pod stands in its object.
    place: String,
    outcome: Outcome,
    /// The types that are known, in number.
    known: u32,
    /// How many are left, and the first names: those of which all is known that the pod asks.
    left: u32,
    names: Vec<String>,
    alternatives: Vec<Vec<Line>>,
}

/// How the pod speaks of the types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It has its node, or goes where no EC2 type is.
    Decided,
    /// Not at all.
    Free,
    /// By terms that match nothing.
    Dead,
    /// It names types that the table lacks: it may land on them, whatever else it asks.
    Unknown,
    Solved,
}

/// A constraint, and what it takes.
#[derive(Debug)]
struct Line {
    constraint: String,
    place: String,
    applies: bool,
    alone: u32,
    in_turn: u32,
    left: u32,
}

/// Explains each pod of the object of an admission request; nothing where it has none, or can't
/// be read: the verdict says so.
///
/// # Errors
/// Where the object can't be written as JSON.
pub fn of(request: &Value, object: &Value, settings: &Settings<'_>) -> Result<Vec<Explanation>> {
    let text = |at| request.pointer(at).and_then(Value::as_str).unwrap_or_default();
    let Some(kind) = Kind::of(text("/kind/group"), text("/kind/kind")) else {
        return Ok(Vec::new());
    };
    let object = serde_json::to_string(object).context("the object can't be written as JSON")?;
    let Ok(view) = View::read(kind, &object) else { return Ok(Vec::new()) };
    let explained = |pod| {
        let placement = Placement::of(pod, settings);
        Explanation::of(&pod.place, &placement)
    };
    Ok(view.pods.iter().map(explained).collect())
}

impl Explanation {
    fn of(place: &str, placement: &Placement<'_>) -> Self {
        let catalog = placement.catalog;
        let outcome = if placement.is_decided {
            Outcome::Decided
        } else if placement.dead_affinity.is_some() {
            Outcome::Dead
        } else if placement.constraints().is_empty() {
            Outcome::Free
        } else if placement.names_unknown() {
            Outcome::Unknown
        } else {
            Outcome::Solved
        };
        let left = placement.survivors(|_| true);
        let certain = types::certain(&left, placement);
        let described = catalog.described();
        let ranked: [TypeSet; 3] =
            [certain.and(&described), certain.minus(&described), left.minus(&certain)];
        let names = ranked.iter().flat_map(|types| types::sorted(types, catalog));
        let names = names.take(NAMED).map(|instance: InstanceType<'_>| instance.name().to_owned());
        Self {
            place: place.to_owned(),
            outcome,
            known: catalog.all().len(),
            left: left.len(),
            names: names.collect(),
            alternatives: placement
                .steps()
                .iter()
                .map(|steps| steps.iter().map(Line::of).collect())
                .collect(),
        }
    }

    /// Writes it for a person.
    ///
    /// # Errors
    /// Where `out` can't be written.
    pub fn write(&self, out: &mut impl Write) -> Result<()> {
        let (left, known) = (self.left, self.known);
        let told = match self.outcome {
            Outcome::Decided => "it has its node, or goes where no EC2 type is".to_owned(),
            Outcome::Free => format!("any of {known}, nothing speaks of the type"),
            Outcome::Dead => "none, no term of the required node affinity matches".to_owned(),
            Outcome::Unknown => format!("{left} of {known}, or types that are not known"),
            Outcome::Solved => format!("{left} of {known}"),
        };
        writeln!(out, "  types {}: {told}", self.place)?;
        if !matches!(self.outcome, Outcome::Unknown | Outcome::Solved) {
            return Ok(());
        }
        if !self.names.is_empty() {
            let names: Vec<String> = self.names.iter().map(|name| format!("`{name}`")).collect();
            let named = u32::try_from(names.len()).unwrap_or(u32::MAX);
            let more = match left.saturating_sub(named) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            writeln!(out, "       {}{more}", names.join(", "))?;
        }
        for (index, steps) in self.alternatives.iter().enumerate() {
            if self.alternatives.len() > 1 {
                writeln!(out, "       alternative {} of {}", index + 1, self.alternatives.len())?;
            }
            let rows: Vec<_> = steps.iter().map(Line::cells).collect();
            for line in table::lines(&COLUMNS, &rows, "       ") {
                writeln!(out, "{line}")?;
            }
        }
        Ok(())
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        let alternatives: Vec<Value> = self
            .alternatives
            .iter()
            .map(|steps| steps.iter().map(Line::json).collect::<Vec<_>>().into())
            .collect();
        json!({
            "place": self.place,
            "decided": self.outcome == Outcome::Decided,
            "namesUnknownTypes": self.outcome == Outcome::Unknown,
            "known": self.known,
            "types": { "count": self.left, "first": self.names },
            "alternatives": alternatives,
        })
    }
}

const COLUMNS: [Column; 4] = [
    numbers("removes", "alone"),
    numbers("removes", "in turn"),
    numbers("leaves", ""),
    words("constraint"),
];

impl Line {
    fn of(step: &Step<'_, '_>) -> Self {
        let Step { constraint, applies, alone, in_turn, left } = *step;
        let place = constraint.place.pointer();
        Self { constraint: constraint.to_string(), place, applies, alone, in_turn, left }
    }

    fn cells(&self) -> [String; 4] {
        let number = |number: u32| match self.applies {
            true => number.to_string(),
            false => "-".to_owned(),
        };
        let mut constraint = self.constraint.clone();
        if !self.place.is_empty() {
            constraint += &format!(" ({})", self.place);
        }
        if !self.applies {
            constraint += ": nodes without such labels meet it";
        }
        [number(self.alone), number(self.in_turn), self.left.to_string(), constraint]
    }

    fn json(&self) -> Value {
        json!({
            "constraint": self.constraint,
            "place": self.place,
            "applies": self.applies,
            "removesAlone": self.alone,
            "removesInTurn": self.in_turn,
            "leaves": self.left,
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::settings;

    fn shown(spec: &Value) -> String {
        let request = json!({ "kind": { "group": "", "kind": "Pod" } });
        let settings = settings::checked("{}").unwrap();
        let mut out = Vec::new();
        for one in of(&request, &json!({ "spec": spec }), &settings).unwrap() {
            one.write(&mut out).unwrap();
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
    #[case::free(json!({}), "  types /spec: any of 1430, nothing speaks of the type\n")]
    #[case::decided(
        json!({ "nodeName": "node-1" }),
        "  types /spec: it has its node, or goes where no EC2 type is\n"
    )]
    #[case::dead(
        json!({ "affinity": { "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution":
            { "nodeSelectorTerms": [{}] } } } }),
        "  types /spec: none, no term of the required node affinity matches\n"
    )]
    fn without_constraints(#[case] spec: Value, #[case] expected: &str) {
        assert_eq!(shown(&spec), expected);
    }

    #[test]
    fn a_type_that_is_not_known() {
        let shown = shown(&json!({ "nodeSelector": { TYPE: "p9.48xlarge" } }));
        assert!(shown.starts_with("  types /spec: 0 of 1430, or types that are not known\n"));
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
        assert!(shown.contains("/matchExpressions/0): nodes without such labels meet it\n"));
    }
}
