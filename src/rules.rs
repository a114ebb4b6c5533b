//! The one list of rules. A file a rule: what it finds and why, its check, its tests.

use std::cell::OnceCell;

use crate::{
    capacity::{self, Capacity},
    cluster::{self, Claims},
    finding::{Action, Edit, Finding, RuleInfo},
    host::Host,
    json,
    nodes::Placement,
    settings::{Choice, Settings},
    view::{PodView, View},
    workload::{Class, Workload},
};

mod aws_node;
mod bandwidth_edit;
mod bandwidth_required;
mod bandwidth_value;
mod capacity_max_pods;
mod capacity_minimum;
mod capacity_multi_nic;
mod capacity_no_prefix;
mod capacity_pod_eni;
mod conflict_words;
mod efa;
mod efa_count;
mod efa_device_path;
mod efa_device_plugin;
mod efa_environment;
mod efa_hugepages;
mod efa_image;
mod efa_inference;
mod efa_limits;
mod efa_required;
mod efa_share;
mod efa_shared_memory;
mod efa_zone;
mod instance_type_unknown;
mod min_values;
mod node_label;
mod node_operator;
mod node_unsatisfiable;
mod prefix_cni_version;
mod prefix_conflict;
mod prefix_delegation;
mod prefix_warm_targets;
#[cfg(test)]
mod testing;
mod windows;

/// A rule: what it is called, and how it looks at an object.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Its id, and what the settings may ask of it.
    pub info: RuleInfo,
    check: fn(&Case<'_>, &mut Findings<'_>),
}

/// All rules, in the order in which their findings are reported.
pub const RULES: [Rule; 27] = [
    efa_required::RULE,
    efa_count::RULE,
    // What `efa-share` sets counts over what `efa-limits` sets beside it.
    efa_limits::RULE,
    efa_share::RULE,
    efa_environment::RULE,
    efa_hugepages::RULE,
    efa_shared_memory::RULE,
    efa_device_path::RULE,
    efa_zone::RULE,
    efa_image::RULE,
    efa_inference::RULE,
    efa_device_plugin::RULE,
    bandwidth_required::RULE,
    bandwidth_value::RULE,
    node_unsatisfiable::RULE,
    node_label::RULE,
    node_operator::RULE,
    instance_type_unknown::RULE,
    prefix_delegation::RULE,
    prefix_warm_targets::RULE,
    prefix_cni_version::RULE,
    prefix_conflict::RULE,
    capacity_minimum::RULE,
    capacity_no_prefix::RULE,
    capacity_max_pods::RULE,
    capacity_multi_nic::RULE,
    capacity_pod_eni::RULE,
];

/// What the settings need to know of the rules, in the same order.
pub fn infos() -> [RuleInfo; RULES.len()] {
    RULES.map(|rule| rule.info)
}

/// For which findings the edits are worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edits {
    /// For none: nothing is repaired.
    None,
    /// For those that are fixed.
    OfFixes,
    /// For all that have a certain remedy, as for showing it.
    All,
}

/// How far an object is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// By all rules.
    Everything,
    /// Until there is something to repair: it will be judged again once it is repaired.
    UntilRepaired,
}

/// What a rule looks at: an object, and one of its pods where it has any.
pub struct Case<'c> {
    /// The object.
    pub view: &'c View<'c>,
    /// The pod, or the template of one.
    pub pod: Option<&'c PodView<'c>>,
    /// The namespace it is in, or goes to.
    pub namespace: &'c str,
    /// The settings.
    pub settings: &'c Settings<'c>,
    /// What the engine offers.
    pub host: &'c dyn Host,
    placement: OnceCell<Placement<'c>>,
    workload: OnceCell<Workload<'c>>,
    claims: OnceCell<Claims>,
    capacity: OnceCell<Option<capacity::Options>>,
}

impl<'c> Case<'c> {
    /// The host, where the settings let the cluster be asked.
    fn cluster(&self) -> Option<&dyn Host> {
        self.settings.cluster_context.then_some(self.host)
    }

    /// What the pod's resource claims ask for.
    pub fn claims(&self) -> Claims {
        let Some(pod) = self.pod else { return Claims::None };
        *self.claims.get_or_init(|| cluster::claims(pod, self.namespace, self.cluster()))
    }

    /// How the CNI really gives out addresses, where the cluster may be asked: nothing where it
    /// could not be.
    fn cni(&self) -> Option<Option<&capacity::Options>> {
        let host = self.cluster()?;
        let settings = &self.settings.capacity;
        Some(self.capacity.get_or_init(|| cluster::capacity(settings, host)).as_ref())
    }

    /// Whether the CNI should have been looked up, but could not be.
    pub fn is_cni_unreachable(&self) -> bool {
        self.cni() == Some(None)
    }

    /// How the cluster gives out addresses: as the CNI runs where that is known, else as the
    /// settings say.
    pub fn capacity(&self) -> &capacity::Options {
        self.cni().flatten().unwrap_or(&self.settings.capacity)
    }

    /// What the pod is for.
    pub fn workload(&self) -> Option<&Workload<'c>> {
        let Self { pod, settings, namespace, .. } = *self;
        let pod = pod?;
        Some(self.workload.get_or_init(|| Workload::of(pod, namespace, settings)))
    }

    /// What the pod, or the NodePool, demands of the type of its nodes.
    pub fn placement(&self) -> Option<&Placement<'c>> {
        let Self { view, pod, settings, .. } = *self;
        if let Some(placement) = self.placement.get() {
            return Some(placement);
        }
        let placement = match (pod, &view.pool) {
            (Some(pod), _) => Placement::of(pod, settings),
            (None, Some(pool)) => Placement::of_pool(pool, settings),
            (None, None) => return None,
        };
        Some(self.placement.get_or_init(|| placement))
    }
}

/// How many findings of a kind are told one by one.
pub const TOLD: usize = 20;

/// Whether a rule finds one thing of a pod, at whatever place and in whatever words: that the CNI
/// assigns no prefixes is no fault of an update that says so otherwise.
pub fn finds_once(rule: &str) -> bool {
    rule == prefix_delegation::RULE.info.id
}

/// What is said of a pod that no type fits, where more than that are told already.
pub const UNTOLD: &str = "no instance type meets the constraints";

/// Where a rule puts its findings.
pub struct Findings<'f> {
    /// The rule that is looking, and how many findings there were before it.
    rule: usize,
    before: usize,
    settings: &'f Settings<'f>,
    edits: Edits,
    found: Vec<(usize, Finding)>,
}

impl Findings<'_> {
    /// Whether there are more already than anyone is told one by one.
    pub fn are_many(&self) -> bool {
        self.found.len() - self.before > TOLD
    }

    /// A finding without a certain remedy.
    pub fn add(
        &mut self,
        proposed: Action,
        place: impl Into<String>,
        what: String,
        remedy: String,
    ) {
        self.at(proposed, vec![place.into()], what, remedy);
    }

    /// A finding with a certain remedy: `edits` are worked out where they are wanted.
    pub fn repairable(
        &mut self,
        proposed: Action,
        places: Vec<String>,
        what: String,
        remedy: String,
        edits: impl FnOnce() -> Vec<Edit>,
    ) {
        let fixes = RULES.get(self.rule).is_some_and(|rule| rule.info.fixes);
        let action = self.settings.action(self.rule, proposed, fixes);
        let edits = match self.edits {
            Edits::OfFixes if action == Action::Fix => edits(),
            Edits::All => edits(),
            Edits::None | Edits::OfFixes => Vec::new(),
        };
        self.push(action, places, what, remedy, edits);
    }

    /// A finding at several places, without a certain remedy.
    pub fn at(&mut self, proposed: Action, places: Vec<String>, what: String, remedy: String) {
        let action = self.settings.action(self.rule, proposed, false);
        self.push(action, places, what, remedy, Vec::new());
    }

    fn push(
        &mut self,
        action: Action,
        places: Vec<String>,
        what: String,
        remedy: String,
        edits: Vec<Edit>,
    ) {
        let Some(rule) = RULES.get(self.rule) else { return };
        let finding = Finding { rule: rule.info.id, action, places, what, remedy, edits };
        self.found.push((self.rule, finding));
    }
}

/// What is said of an object beside findings: for the audit log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// `training, 4 nodes`
    pub workload: Option<String>,
    /// `p5.48xlarge: 250 pods with prefixes, 100 without`
    pub capacity: Option<String>,
}

impl Notes {
    fn of(case: &Case<'_>) -> Self {
        let workload = case.workload().filter(|workload| workload.class != Class::Neither);
        let pinned = case.placement().and_then(Placement::pinned);
        let only = pinned.filter(|(_, types)| types.len() == 1).and_then(|(_, types)| {
            let instance = case.settings.catalog.get(types.rows().next()?)?;
            let capacity = Capacity::of(&instance, case.capacity());
            capacity.secondary()?;
            Some(format!("{}: {capacity}", instance.name()))
        });
        Self { workload: workload.map(ToString::to_string), capacity: only }
    }
}

/// All findings about an object, in the order of the rules, then of the places; and notes.
pub fn check(
    view: &View<'_>,
    namespace: &str,
    settings: &Settings<'_>,
    host: &dyn Host,
    edits: Edits,
    scope: Scope,
) -> (Vec<Finding>, Notes) {
    let case = |pod| Case {
        view,
        pod,
        namespace,
        settings,
        host,
        placement: OnceCell::new(),
        workload: OnceCell::new(),
        claims: OnceCell::new(),
        capacity: OnceCell::new(),
    };
    let exempt =
        |pod: &PodView<'_>| settings.exempt.select(namespace, &pod.metadata.labels).is_some();
    let judged = view.pods.iter().filter(|pod| !exempt(pod));
    let mut cases: Vec<Case<'_>> = judged.map(|pod| case(Some(pod))).collect();
    if view.pods.is_empty() && !settings.exempt.has_namespace(namespace) {
        cases.push(case(None));
    }
    let mut findings = Findings { rule: 0, before: 0, settings, edits, found: Vec::new() };
    // First those that may repair: what they repair, the others judge repaired.
    for fixing in [true, false] {
        for (index, rule) in RULES.iter().enumerate() {
            if rule.info.fixes == fixing && settings.choice(index) != Some(Choice::Off) {
                (findings.rule, findings.before) = (index, findings.found.len());
                cases.iter().for_each(|case| (rule.check)(case, &mut findings));
            }
        }
        let repairs = findings.found.iter().any(|(_, finding)| finding.action == Action::Fix);
        if scope == Scope::UntilRepaired && repairs {
            return (in_order(findings.found), Notes::default());
        }
    }
    let notes = cases.iter().filter(|case| case.pod.is_some()).map(Notes::of);
    let notes = notes.reduce(|first, other| Notes {
        workload: first.workload.or(other.workload),
        capacity: first.capacity.or(other.capacity),
    });
    (in_order(findings.found), notes.unwrap_or_default())
}

/// The findings in the order of their rules, then of their places.
fn in_order(found: Vec<(usize, Finding)>) -> Vec<Finding> {
    let key = |at: &usize| found.get(*at).map(|(rule, finding)| (*rule, &finding.places));
    let order = json::order(found.len(), &mut |a, b| key(a).cmp(&key(b)));
    json::ordered(order, found.into_iter().map(|(_, finding)| finding).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_a_rule_that_fixes_by_default_can() {
        let mut ids: Vec<&str> = infos().iter().map(|info| info.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), RULES.len());
        assert!(infos().iter().all(|info| info.fixes || info.default != Action::Fix));
    }
}
