//! Builds the placement of a pod, and that of a NodePool.

use std::cell::OnceCell;

use super::{
    Constraint, Domain, Domains, Operator, Place, Placement, Solution, contradiction, place,
};
use crate::{
    instances::Catalog,
    kubernetes::{Compute, EFA, Resource},
    settings::Settings,
    view::{NodePool, NodeSelectorTerm, PodView},
};

/// `true` if the pod requires nodes that are not EC2 instances of the cluster: hybrid nodes or Fargate
/// (EKS User Guide, "EKS Hybrid Nodes", label `eks.amazonaws.com/compute-type`).
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
    /// The placement of a pod.
    pub fn of(pod: &'v PodView<'v>, settings: &'v Settings<'v>) -> Self {
        let catalog = &settings.catalog;
        let free = Self::free(catalog);
        let is_bound = pod.spec.node_name.as_deref().is_some_and(|name| !name.is_empty());
        if is_bound || lands_elsewhere(pod) {
            return Self { is_decided: true, ..free };
        }
        let shared = shared(pod, settings);
        let Some(terms) = pod.required_terms() else {
            return Self { shared, ..free }.with_compute(pod);
        };
        let dead = contradiction::dead(pod);
        let terms = terms.iter().enumerate().filter(|(_, term)| !term.is_empty());
        let alive = terms.enumerate().filter(|(position, _)| !dead.contains(position));
        let terms: Vec<Vec<Constraint<'v>>> =
            alive.map(|(_, (index, term))| expressions(pod, index, term, catalog)).collect();
        let dead_affinity = terms.is_empty().then(|| place::required_terms(&pod.place));
        Self { shared, terms, dead_affinity, ..free }.with_compute(pod)
    }

    /// The same with the CPUs and the memory that the pod requests, if no type of an alternative has
    /// that much; otherwise they make no difference to any finding.
    fn with_compute(mut self, pod: &'v PodView<'v>) -> Self {
        if self.is_free() {
            return self;
        }
        let too_much: Vec<(Compute, u64)> = Compute::ALL
            .into_iter()
            .map(|compute| (compute, pod.at_least(compute)))
            .filter(|(compute, amount)| *amount > 0 && !self.may_have(*compute, *amount))
            .collect();
        for (compute, amount) in too_much {
            self.shared.push(Constraint::compute(pod, compute, amount, self.catalog));
            self.solved = OnceCell::new();
        }
        self
    }

    /// The placement of the nodes of a NodePool.
    pub fn of_pool(pool: &'v NodePool<'v>, settings: &'v Settings<'v>) -> Self {
        let catalog = &settings.catalog;
        let requirements = pool.requirements.iter().enumerate();
        let mut shared: Vec<Constraint<'v>> = requirements
            .filter_map(|(index, one)| {
                let place = Place::requirement(index);
                Constraint::requirement(place, &one.requirement, catalog)
            })
            .collect();
        shared.extend(Constraint::allowed(settings));
        let carried = Domains::with(Domain::of_nodes_of(&pool.class));
        Self { shared, carried, ..Self::free(catalog) }
    }

    /// `true` if each alternative leaves a type that may have more than this much.
    fn may_have(&self, compute: Compute, amount: u64) -> bool {
        let fits = |solution: &Solution| {
            let types = &solution.likely;
            types.is_empty()
                || self.catalog.types(types).any(|one| compute.may_exceed(&one, amount))
        };
        self.solved().solutions.iter().all(fits)
    }

    /// A placement without constraints.
    fn free(catalog: &'v Catalog) -> Self {
        Self {
            shared: Vec::new(),
            terms: vec![Vec::new()],
            dead_affinity: None,
            is_decided: false,
            catalog,
            carried: Domains::default(),
            solved: OnceCell::new(),
        }
    }
}

/// The constraints of a pod outside the terms.
fn shared<'v>(pod: &'v PodView<'v>, settings: &'v Settings<'v>) -> Vec<Constraint<'v>> {
    let catalog = &settings.catalog;
    let selector = pod.spec.node_selector.0.iter();
    let mut shared: Vec<Constraint<'v>> = selector
        .filter_map(|(key, value)| {
            let place = Place::selector(&pod.place, key);
            Constraint::label(place, key, Operator::In, std::slice::from_ref(value), catalog)
        })
        .collect();
    // Pushed where there is one: to extend a list by `None` takes more than to ask.
    let mut push = |one: Option<Constraint<'v>>| {
        if let Some(one) = one {
            shared.push(one);
        }
    };
    if pod.takes_accelerators() {
        Resource::accelerators()
            .for_each(|resource| push(Constraint::accelerator(pod, resource, catalog)));
    }
    push(Constraint::efa(pod, pod.total(EFA), catalog));
    push(Constraint::allowed(settings));
    shared
}

/// The constraints of the term at this index.
fn expressions<'v>(
    pod: &'v PodView<'v>,
    index: usize,
    term: &'v NodeSelectorTerm<'v>,
    catalog: &'v Catalog,
) -> Vec<Constraint<'v>> {
    let constraint = |(at, requirement)| {
        Constraint::requirement(Place::expression(&pod.place, index, at), requirement, catalog)
    };
    term.match_expressions.iter().enumerate().filter_map(constraint).collect()
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

    /// Expects `true` if all terms lead to nodes that are not EC2 instances of the cluster.
    #[rstest]
    #[case::outside(&[HYBRID], true)]
    #[case::outside_or_on_fargate(&[FARGATE_OR_HYBRID], true)]
    #[case::with_another_expression(&[&*format!("{ANOTHER_KEY}, {HYBRID}")], true)]
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
