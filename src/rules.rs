//! Runs all rules on an object. Each is declared in `rule.rs`.

use crate::{
    capacity::{Capacity, Family},
    cluster::Cluster,
    finding::{Finding, Notes, RuleId},
    for_each_rule,
    nodes::Placement,
    pools::Pools,
    settings::{Choice, Settings},
    view::{PodView, View},
    workload::{Class, Workload},
};

mod shared;

mod bandwidth_required;
mod bandwidth_value;
mod capacity_max_pods;
mod capacity_minimum;
mod capacity_multi_nic;
mod capacity_no_prefix;
mod capacity_pod_eni;
mod efa_count;
mod efa_device_path;
mod efa_device_plugin;
mod efa_environment;
mod efa_hugepages;
mod efa_image;
mod efa_inference;
mod efa_limits;
mod efa_mechanisms;
mod efa_required;
mod efa_serving;
mod efa_share;
mod efa_shared_memory;
mod efa_types;
mod efa_zone;
mod instance_type_unknown;
mod node_class;
mod node_label;
mod node_operator;
mod node_pool;
mod node_unsatisfiable;
mod prefix_cni_version;
mod prefix_conflict;
mod prefix_delegation;
mod prefix_warm_targets;
#[cfg(test)]
mod testing;

pub use shared::{
    context::Context,
    findings::{EditsFor, Look, Scope},
};
use shared::{context::Subject, exceptions::Exceptions, findings::Findings};

macro_rules! dispatch {
    ($($module:ident: $rule:ident $declaration:tt)*) => {
        /// What a rule finds. Called by name: a pointer to a function is looked up by Wasmtime the first time
        /// that an instance uses it, and each request has an instance of its own.
        fn check_by(rule: RuleId, context: &Context<'_>, findings: &mut Findings<'_>) {
            match rule {
                $(RuleId::$rule => {
                    #[inline(never)]
                    fn $module(context: &Context<'_>, findings: &mut Findings<'_>) {
                        $module::check(context, findings);
                    }
                    $module(context, findings);
                })*
            }
        }
    };
}

for_each_rule!(dispatch);

/// The rules that may repair run first, so that the others check the repaired object.
const FIXING: &[RuleId] = IN_TURN.split_at(RuleId::count(true)).0;
const OTHERS: &[RuleId] = IN_TURN.split_at(RuleId::count(true)).1;
#[expect(clippy::mem_replace_with_default, reason = "`take` can't be called at compile time")]
const IN_TURN: &[RuleId] = &{
    let mut all = [RuleId::EfaRequired; RuleId::ALL.len()];
    let (mut fixing, mut others) = all.split_at_mut(RuleId::count(true));
    let mut left = RuleId::ALL;
    while let [rule, rest @ ..] = left {
        let places = if rule.info().fixes { &mut fixing } else { &mut others };
        if let Some((place, next)) = std::mem::replace(places, &mut []).split_first_mut() {
            *place = *rule;
            *places = next;
        }
        left = rest;
    }
    all
};

/// All findings about an object, in the order of the rules, then of the places; and notes.
pub fn check(
    view: &View<'_>,
    namespace: &str,
    settings: &Settings<'_>,
    cluster: &Cluster<'_>,
    look: Look<'_>,
) -> (Vec<Finding>, Notes) {
    let pools = Pools::new(cluster);
    let pods = view.pods();
    let judged =
        pods.iter().filter(|pod| settings.exempt.select(namespace, &pod.metadata.labels).is_none());
    let mut subjects: Vec<Subject<'_>> = judged.map(|pod| Subject::new(Some(pod))).collect();
    if pods.is_empty() && !settings.exempt.has_namespace(namespace) {
        subjects.push(Subject::new(None));
    }
    let context = |subject| Context::new(view, subject, namespace, settings, &pools);
    let contexts: Vec<Context<'_>> = subjects.iter().map(context).collect();
    let excepted = match settings.exceptions {
        true => Exceptions::all(view),
        false => Vec::new(),
    };
    let mut findings = Findings::new(settings, look, RuleId::EfaRequired);
    for rules in [FIXING, OTHERS] {
        for rule in rules {
            if settings.choice(*rule) == Some(Choice::Off) {
                continue;
            }
            findings.begin(*rule);
            for context in &contexts {
                if excepted.is_empty() || !is_excepted(*rule, view, context.pod) {
                    findings.look_at(context.pod);
                    check_by(*rule, context, &mut findings);
                }
            }
        }
        if look.scope == Scope::UntilRepaired && findings.has_fixes() {
            return (findings.in_order(), Notes::default());
        }
    }
    let notes = contexts.iter().filter(|context| context.pod.is_some()).map(notes);
    let notes = notes.reduce(|first, other| Notes {
        workload: first.workload.or(other.workload),
        capacity: first.capacity.or(other.capacity),
        exceptions: None,
    });
    let mut notes = notes.unwrap_or_default();
    if !excepted.is_empty() {
        let told: Vec<String> = excepted.iter().map(ToString::to_string).collect();
        notes.exceptions = Some(told.join(", "));
    }
    (findings.in_order(), notes)
}

/// `true` if the object, or the pod, is excepted from a rule.
fn is_excepted(rule: RuleId, view: &View<'_>, pod: Option<&PodView<'_>>) -> bool {
    let of = |metadata| Exceptions::of(metadata).has(rule);
    of(view.metadata()) || pod.is_some_and(|pod| of(&pod.metadata))
}

fn notes(context: &Context<'_>) -> Notes {
    let workload = context.workload().filter(|workload| workload.class != Class::Neither);
    let pinned = context.placement().and_then(Placement::pinned);
    let only = pinned.filter(|(_, types)| types.len() == 1).and_then(|(_, types)| {
        let instance = context.settings.catalog.get(types.rows().next()?)?;
        let options = context.capacity();
        let capacity = Capacity::of(&instance, options);
        capacity.secondary().filter(|_| options.family == Family::V4)?;
        let mut note = String::with_capacity(128);
        note += instance.name();
        note += ": ";
        capacity.note(&mut note);
        Some(note)
    });
    Notes { workload: workload.map(Workload::note), capacity: only, exceptions: None }
}
