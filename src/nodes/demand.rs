//! What a pod, or a NodePool, demands of the type of its nodes.

use std::cell::OnceCell;

use super::{Constraint, Domain, Operator, Place, Placement, place};
use crate::{
    kubernetes::{EFA, Resource},
    settings::Settings,
    view::{NodePool, NodeSelectorTerm, PodView},
};

/// Whether the pod asks for nodes that are no EC2 instances of the cluster: those outside AWS, or
/// Fargate's (EKS User Guide, "EKS Hybrid Nodes", label `eks.amazonaws.com/compute-type`).
fn lands_elsewhere(pod: &PodView<'_>) -> bool {
    const COMPUTE_TYPE: &str = "eks.amazonaws.com/compute-type";
    let elsewhere = |value: &str| matches!(value, "hybrid" | "fargate");
    let selected = pod.spec.node_selector.get(COMPUTE_TYPE).is_some_and(|value| elsewhere(value));
    let of_term = |term: &NodeSelectorTerm<'_>| {
        term.match_expressions.iter().any(|expression| {
            &*expression.key == COMPUTE_TYPE
                && &*expression.operator == "In"
                && expression.values.iter().all(|value| elsewhere(value))
        })
    };
    let required = pod.required_terms().filter(|terms| !terms.is_empty());
    selected || required.is_some_and(|terms| terms.iter().all(of_term))
}

impl<'v> Placement<'v> {
    /// What this pod demands.
    pub fn of(pod: &'v PodView<'v>, settings: &'v Settings<'v>) -> Self {
        let catalog = &settings.catalog;
        let spec = &pod.spec;
        let mut constraints: Vec<Constraint<'v>> = Vec::new();
        let mut branches = Vec::new();
        let mut dead_affinity = None;
        let mut efa = 0;
        // A pod that has its node already, or goes where no EC2 type is, has nothing to solve.
        let unplaced = spec.node_name.as_deref().is_none_or(str::is_empty) && !lands_elsewhere(pod);
        if unplaced {
            constraints.extend(spec.node_selector.0.iter().filter_map(|(key, value)| {
                let place = Place::selector(&pod.place, key);
                Constraint::label(place, key, Operator::In, std::slice::from_ref(value), catalog)
            }));
            for resource in Resource::ACCELERATORS {
                constraints.extend(Constraint::accelerator(pod, resource, catalog));
            }
            efa = pod.total(EFA);
            constraints.extend(Constraint::efa(pod, efa, catalog));
            constraints.extend(Constraint::allowed(settings));
        }
        let shared = constraints.len();
        match pod.required_terms().filter(|_| unplaced) {
            None => branches.push(shared..shared),
            Some(terms) => {
                for (index, term) in terms.iter().enumerate().filter(|(_, term)| !term.is_empty()) {
                    let start = constraints.len();
                    let expressions = term.match_expressions.iter().enumerate();
                    constraints.extend(expressions.filter_map(|(expression, requirement)| {
                        let place = Place::expression(&pod.place, index, expression);
                        Constraint::requirement(place, requirement, catalog)
                    }));
                    branches.push(start..constraints.len());
                }
                if branches.is_empty() {
                    dead_affinity = Some(place::required_terms(&pod.place));
                }
            }
        }
        Self {
            constraints,
            branches,
            shared,
            dead_affinity,
            is_decided: !unplaced,
            efa,
            catalog,
            demanded: [false; Domain::COUNT],
            solved: OnceCell::new(),
        }
    }

    /// What this NodePool demands.
    pub fn of_pool(pool: &'v NodePool<'v>, settings: &'v Settings<'v>) -> Self {
        let catalog = &settings.catalog;
        let requirements = pool.requirements().iter().enumerate();
        let mut constraints: Vec<Constraint<'v>> = requirements
            .filter_map(|(index, one)| {
                let place = Place::requirement(index);
                Constraint::requirement(place, &one.requirement, catalog)
            })
            .collect();
        constraints.extend(Constraint::allowed(settings));
        let shared = constraints.len();
        let branches = std::iter::once(shared..shared).collect();
        let mut demanded = [true; Domain::COUNT];
        let absent = if pool.is_auto_mode() { Domain::Karpenter } else { Domain::AutoMode };
        if let Some(absent) = demanded.get_mut(absent as usize) {
            *absent = false;
        }
        Self {
            constraints,
            branches,
            shared,
            dead_affinity: None,
            is_decided: false,
            efa: 0,
            catalog,
            demanded,
            solved: OnceCell::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::view::{Kind, View};

    const HYBRID: &str =
        r#"{"key": "eks.amazonaws.com/compute-type", "operator": "In", "values": ["hybrid"]}"#;
    const FARGATE_OR_HYBRID: &str = r#"{"key": "eks.amazonaws.com/compute-type", "operator": "In", "values": ["fargate", "hybrid"]}"#;
    const HYBRID_OR_AUTO: &str = r#"{"key": "eks.amazonaws.com/compute-type", "operator": "In", "values": ["hybrid", "auto"]}"#;
    const NOT_HYBRID: &str =
        r#"{"key": "eks.amazonaws.com/compute-type", "operator": "NotIn", "values": ["hybrid"]}"#;
    const ANOTHER_KEY: &str =
        r#"{"key": "team.example.com/compute-type", "operator": "In", "values": ["hybrid"]}"#;

    /// Whether all terms lead to nodes that are no EC2 instances of the cluster.
    #[rstest]
    #[case::outside(&[HYBRID], true)]
    #[case::outside_or_on_fargate(&[FARGATE_OR_HYBRID], true)]
    #[case::beside_another_expression(&[&*format!("{ANOTHER_KEY}, {HYBRID}")], true)]
    #[case::each_term_outside(&[HYBRID, FARGATE_OR_HYBRID], true)]
    #[case::or_an_instance(&[HYBRID_OR_AUTO], false)]
    #[case::one_term_inside(&[HYBRID, ANOTHER_KEY], false)]
    #[case::anywhere_else(&[NOT_HYBRID], false)]
    #[case::a_label_of_the_cluster(&[ANOTHER_KEY], false)]
    #[case::no_term(&[], false)]
    fn elsewhere(#[case] terms: &[&str], #[case] expected: bool) {
        let terms: Vec<String> =
            terms.iter().map(|term| format!(r#"{{"matchExpressions": [{term}]}}"#)).collect();
        let pod = format!(
            r#"{{"spec": {{"affinity": {{"nodeAffinity": {{"requiredDuringSchedulingIgnoredDuringExecution":
                {{"nodeSelectorTerms": [{}]}}}}}}}}}}"#,
            terms.join(", ")
        );
        let view = View::read(Kind::Pod, &pod).unwrap();
        let settings = Settings::read(None).unwrap();
        assert_eq!(Placement::of(&view.pods()[0], &settings).is_decided, expected);
    }
}
