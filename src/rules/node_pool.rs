//! `node-pool`: no NodePool of the cluster can make a node for the pod.
//!
//! Karpenter then says so in an event of the pod, which stays Pending. The pod is denied if all nodes
//! with accelerators come from NodePools (`provisioning: karpenter`). Reasons that change from day to
//! day (limits, readiness, `minValues`) are a warning. So is a job whose pods can land on pools with
//! different nodes: if some have EFA and some don't, the job hangs or is very slow.
//!
//! Not reported: pods without accelerators and EFA, which can run elsewhere; DaemonSets, for which Karpenter
//! makes no nodes; and pods whose devices come through DRA, which Karpenter ignores by default.
//!
//! Source: kubernetes-sigs/karpenter pkg/controllers/provisioning/scheduling; aws/karpenter-provider-aws
//! pkg/providers/instancetype/types.go, designs/efa-for-static-capacity.md.

use super::shared::{Context, Findings, pools};
use crate::{
    cluster::Pool,
    finding::{Action, Assumption, Report},
    kubernetes::EFA,
    nodes::{Demand, Keep, Nearest, Offer, Placement, Subject},
    pools::{Land, Landing, Miss, Refusal, Refused},
    settings::Provisioning,
    text::Quoted,
    view::PodView,
};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(pod) = context.pod else { return };
    if context.asks_for_pools() && context.pools.all().is_none() {
        return unknown(context, pod, findings);
    }
    let (Some(landing), Some(placement)) = (context.landing(), context.plain_placement()) else {
        return;
    };
    match landing {
        Landing::Nowhere(refusal) => {
            // If no type at all meets the pod, `node-unsatisfiable` reports that.
            if placement.is_satisfiable(Keep::All) || !placement.is_proven() {
                nowhere(context, pod, placement, refusal, findings);
            }
        }
        Landing::On(lands) => {
            doubtful(context, pod, lands, findings);
            pools::differ(context, pod, lands, findings);
        }
    }
}

/// Reports that the cluster should have been asked, and did not answer.
fn unknown(context: &Context<'_>, pod: &PodView<'_>, findings: &mut Findings<'_>) {
    if context.settings.provisioning == Provisioning::Karpenter {
        let fact = "the cluster's NodePools could not be read, so it is unknown whether one can make \
                    a node for the pod";
        let remedy = "ask your platform team to let the policy server list `nodepools`";
        findings.report(Report::warn(&*pod.place, fact).about("nodepools").remedy(remedy));
    }
}

fn nowhere<'l>(
    context: &Context<'_>,
    pod: &PodView<'_>,
    placement: &Placement<'l>,
    refusal: &Refusal<'l>,
    findings: &mut Findings<'_>,
) {
    let Refusal { nearest, missed, assumptions, is_only } = refusal;
    let Some(first) = missed.first() else { return };
    let name = Quoted(&nearest.name);
    let lacks = in_words(missed);
    let fact = match is_only {
        true => format!("the only NodePool can't make a node for the pod: {name} {lacks}"),
        false => format!("no NodePool can make a node for the pod: the closest, {name}, {lacks}"),
    };
    let action = if assumptions.is_some() { Action::Deny } else { Action::Warn };
    let report = Report::new(action, place(pod, &first.miss), fact)
        .about(first.miss.subject().to_owned())
        .assuming(context.open(assumptions.unwrap_or_default().with(Assumption::Provisioning)));
    let mut remedies: Vec<String> = Vec::new();
    for one in missed.iter().take(NAMED) {
        let remedy = remedy(&one.miss, nearest, placement);
        remedies.extend(remedy.filter(|one| !remedies.contains(one)));
    }
    findings.report(remedies.into_iter().fold(report, Report::remedy));
}

/// The most reasons that are named.
const NAMED: usize = 3;

/// The reasons in words: `has no type with …, nor with …, and taints its nodes …`
fn in_words(missed: &[Refused<'_>]) -> String {
    let mut words = String::new();
    let mut before: Option<&Miss<'_>> = None;
    for Refused { miss, .. } in missed.iter().take(NAMED) {
        words += &before.map_or_else(|| miss.to_string(), |before| miss.after(before));
        before = Some(miss);
    }
    words + if missed.len() > NAMED { ", and more" } else { "" }
}

/// The place in the pod of a missing thing.
fn place(pod: &PodView<'_>, miss: &Miss<'_>) -> String {
    match miss {
        Miss::Taint(_) if pod.spec.tolerations.is_some() => format!("{}/tolerations", pod.place),
        Miss::Taint(_) | Miss::Together => pod.place.clone().into_owned(),
        Miss::Label(asked) => asked.place.pointer(),
        Miss::Type(constraint) => match constraint.place.pointer() {
            place if place.is_empty() => pod.place.clone().into_owned(),
            place => place,
        },
        Miss::Efa { .. } | Miss::Attaches(_) => pod.place_asking(EFA),
        Miss::Devices { resource, .. } => pod.place_asking(*resource),
        Miss::Compute(compute, _) => pod.place_asking_most(*compute),
        Miss::Resource(name) => {
            let of = |at: crate::view::ContainerAt<'_, '_>| {
                let lists = at.container.resources.as_ref()?.lists();
                let list = lists.into_iter().find(|(_, map)| map.get(name).is_some())?.0;
                Some(at.listed_place(list, name))
            };
            pod.containers().find_map(of).unwrap_or_else(|| pod.place.clone().into_owned())
        }
    }
}

/// The change with which the nearest pool can make a node.
fn remedy<'l>(miss: &Miss<'_>, nearest: &'l Pool<'l>, placement: &Placement<'l>) -> Option<String> {
    let name = Quoted(&nearest.name);
    Some(match miss {
        Miss::Taint(taint) => {
            format!("add {} to `tolerations`", taint.as_toleration())
        }
        Miss::Label(asked) if asked.key == "karpenter.sh/nodepool" => {
            format!("remove {}, or set it to {name}", Quoted(asked.key))
        }
        Miss::Label(asked) => {
            let key = Quoted(asked.key);
            let of_template = nearest.labels();
            let required = Offer::of(nearest).on_label(asked.key);
            match (of_template.get(asked.key), required.first()) {
                (Some(value), _) => format!("set {key} to {}, as {name} has it", Quoted(value)),
                (None, Some(one)) if !one.values.is_empty() => {
                    format!("choose what {name} has: {one}")
                }
                _ => format!("remove {key}, which no nodes of {name} have"),
            }
        }
        Miss::Type(one)
            if matches!(one.subject, Subject::Resource(Demand { resource: EFA, .. })) =>
        {
            format!("remove `{}`, or ask your platform team for a NodePool with EFA", EFA.name())
        }
        Miss::Type(one) if one.name() == "kubernetes.io/arch" => {
            format!("remove `{}`, or ask your platform team for a NodePool with it", one.name())
        }
        Miss::Type(_) | Miss::Together => {
            let catalog = placement.catalog;
            let made = Offer::of(nearest).made_of(catalog.all().clone(), catalog);
            // Types without the requested devices don't help.
            let devices = placement.constraints().filter(|one| {
                matches!(one.subject, Subject::Resource(demand) if demand.resource.computes())
            });
            let types = devices.fold(made, |types, one| types.and(&one.types));
            let types = Nearest::of(&types, catalog);
            match types.count {
                0 => "ask your platform team for a NodePool that makes such nodes".to_owned(),
                _ => format!("choose a type that {name} makes: {types}"),
            }
        }
        Miss::Attaches(_) => "choose types that support them, or another NodePool".to_owned(),
        Miss::Efa { attached: 0, .. } => format!("remove `{EFA}`, or use a NodePool with EFA"),
        Miss::Efa { attached, .. } => format!("request at most {attached} × `{EFA}`"),
        Miss::Devices { resource, most, .. } => format!("request at most {most} × `{resource}`"),
        Miss::Compute(compute, _) => format!("request less `{}`", compute.name()),
        Miss::Resource(name) => format!(
            "remove {}, or ask your platform team for a NodeOverlay that adds it",
            Quoted(name)
        ),
    })
}

/// Reports that each pool that could make a node might make none today.
fn doubtful<'l>(
    context: &Context<'l>,
    pod: &PodView<'_>,
    lands: &[Land<'l>],
    findings: &mut Findings<'_>,
) {
    let doubts = lands.iter().map(|land| context.pools.doubt(land, &context.settings.catalog));
    // One pool without a doubt is enough.
    let Some(doubts) = doubts.collect::<Option<Vec<_>>>() else { return };
    let Some((first, doubt)) = lands.first().zip(doubts.first()) else { return };
    let only = match lands.len() {
        1 => "the only NodePool that can make a node for the pod",
        _ => "no NodePool that fits the pod can make a node now: the first",
    };
    let fact = format!("{only}, {}, {doubt}", Quoted(&first.pool.name));
    let remedy = "ask your platform team, or the pod stays Pending";
    findings.report(Report::warn(&*pod.place, fact).about("doubt").remedy(remedy));
}
