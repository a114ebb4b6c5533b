//! Finds NodePools with different nodes for the pods of one job, for `node-pool`.

use super::{context::Context, findings::Findings};
use crate::{
    finding::Report,
    kubernetes::EFA,
    pools::Land,
    text::Quoted,
    view::{NodeClass, PodView},
};

/// Reports that the pods of one job can land on pools whose nodes can't work together, or not as fast.
pub fn differ<'l>(
    context: &Context<'l>,
    pod: &PodView<'_>,
    lands: &[Land<'l>],
    findings: &mut Findings<'_>,
) {
    let Some((first, rest)) = lands.split_first() else { return };
    let spans = || context.workload().is_some_and(|workload| workload.spans_nodes().is_some());
    // Several alternatives can lead to the same pool.
    let mut others = rest.iter().filter(|land| land.pool.name != first.pool.name).peekable();
    if others.peek().is_none() || !spans() {
        return;
    }
    let asks = pod.total(EFA) > 0;
    for other in others {
        let classes = context.pools.class_of(first.pool).zip(context.pools.class_of(other.pool));
        let Some(difference) = efa(context, first, other)
            .filter(|_| asks)
            .or_else(|| classes.and_then(|(one, other)| networks(one, other)))
        else {
            continue;
        };
        let (one, other) = (Quoted(&first.pool.name), Quoted(&other.pool.name));
        let fact =
            format!("pods of this job can run on the NodePools {one} and {other}, {difference}");
        let remedy = format!("pick one: set `karpenter.sh/nodepool` to {one} in `nodeSelector`");
        let report = Report::warn(pod.place_asking(EFA), fact).about("pools");
        return findings.report(report.remedy(remedy));
    }
}

/// The difference if the nodes of one attach more EFA interfaces.
fn efa<'l>(context: &Context<'l>, one: &Land<'l>, other: &Land<'l>) -> Option<String> {
    let most = |land: &Land<'l>| {
        let catalog = &context.settings.catalog;
        let attached =
            catalog.types(&land.types).map(|instance| context.pools.attached(land.pool, &instance));
        attached.collect::<Option<Vec<u16>>>()?.into_iter().max()
    };
    let (one, other) = (most(one)?, most(other)?);
    (one != other).then(|| format!("whose nodes attach {one} and {other} EFA interfaces"))
}

/// The difference if their nodes are in other subnets, or security groups: EFA crosses neither zones nor
/// VPCs, and needs a group that allows traffic within itself.
fn networks(one: &NodeClass<'_>, other: &NodeClass<'_>) -> Option<String> {
    if one.security_groups.text() != other.security_groups.text() {
        Some("whose node classes have different security groups".to_owned())
    } else if one.subnets.text() != other.subnets.text() {
        Some("whose node classes have other subnets".to_owned())
    } else {
        None
    }
}
