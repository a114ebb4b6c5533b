//! `instance-type-unknown`: a pod or a NodePool names an instance type that the table does not have.
//!
//! A typo leaves the pod Pending; a type newer than the table is fine. The table can't tell them apart,
//! so `instanceTypes.unknown` sets the action, by default a warning.
//!
//! Source: tablegen/data/README.md.

use super::shared::{Context, Findings};
use crate::{
    finding::{Action, Report},
    instances::{self, instance_type},
    json::Text,
    nodes::{Operator, Subject},
    settings::UnknownType,
    text::Quoted,
    view::Kind,
};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let proposed = match context.settings.unknown_instance_type {
        UnknownType::Off => return,
        UnknownType::Deny => Action::Deny,
        UnknownType::Warn => Action::Warn,
    };
    let Some(placement) = context.placement() else { return };
    for constraint in placement.constraints() {
        let Subject::Label { key, operator: Operator::In, values, .. } = constraint.subject else {
            continue;
        };
        if key.label.is_some() || constraint.names_known_types() {
            continue;
        }
        let mut unknown = values
            .iter()
            .map(|value| instance_type(value))
            .filter(|value| placement.catalog.row(value).is_none());
        let Some(first) = unknown.next() else { continue };
        // DaemonSets of charts list the types of all clusters, old and new.
        let known = |value: &Text<'_>| placement.catalog.row(instance_type(value)).is_some();
        if context.view.kind == Kind::DaemonSet && values.iter().any(known) {
            continue;
        }
        let date = instances::DATE;
        let is_empty = values.iter().all(|value| value.is_empty());
        let fact = match unknown.count() {
            _ if is_empty => "the instance type is empty, so no node matches".to_owned(),
            0 => format!(
                "the instance type {} is not in the policy's table of {date}",
                Quoted(first)
            ),
            more => {
                format!(
                    "the instance type {} and {more} more are not in the policy's table of {date}",
                    Quoted(first)
                )
            }
        };
        // A finding that is only counted needs no search.
        let similar = if findings.is_full() { None } else { instances::similar(first) };
        let remedy = match similar {
            Some(similar) => format!("did you mean `{similar}`?"),
            None if is_empty => "name one, or remove the label".to_owned(),
            None => "correct the name, or ignore this if the type is newer".to_owned(),
        };
        findings.report(
            Report::new(proposed, constraint.place.pointer(), fact)
                .about(first.to_owned())
                .remedy(remedy),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{accepts, finds, pod_on};

    #[test]
    fn known_types() {
        accepts("instance-type-unknown", &pod_on("p5.48xlarge", "{}"));
        accepts("instance-type-unknown", &pod_on("ml.p5.48xlarge", "{}"));
        accepts("instance-type-unknown", r#"{"nodeSelector": {"type": "p9"}}"#);
    }

    #[test]
    fn unknown_types() {
        for name in ["p5.48xlrge", "p5s.48xlarge", "p9.48xlarge", "q9.mega"] {
            let finding =
                format!("warn /spec/nodeSelector/node.kubernetes.io~1instance-type: {name}");
            finds("instance-type-unknown", &pod_on(name, "{}"), &[&finding]);
        }
    }
}
