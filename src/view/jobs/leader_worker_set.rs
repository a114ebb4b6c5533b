//! Groups of a leader and its workers.
//!
//! Source: kubernetes-sigs/lws api/leaderworkerset/v1 and api/disaggregatedset/v1.

use super::{Count, Made, PodTemplate};
use crate::json::{self, List, Reader};

/// The `spec` of a LeaderWorkerSet
#[derive(Default)]
struct LeaderWorkerSet<'a> {
    template: LeaderWorkerTemplate<'a>,
}

#[derive(Default)]
struct LeaderWorkerTemplate<'a> {
    size: Count,
    leader: PodTemplate<'a>,
    worker: PodTemplate<'a>,
}

/// The `spec` of a DisaggregatedSet: several LeaderWorkerSets that serve together
#[derive(Default)]
struct DisaggregatedSet<'a> {
    roles: List<Role<'a>>,
}

#[derive(Default)]
struct Role<'a> {
    spec: LeaderWorkerSet<'a>,
}

json::readable! {
    LeaderWorkerSet<'a> { "leaderWorkerTemplate" => template }
    LeaderWorkerTemplate<'a> { "size" => size, "leaderTemplate" => leader, "workerTemplate" => worker }
    DisaggregatedSet<'a> { "roles" => roles }
    Role<'a> { "spec" => spec }
}

impl<'a> LeaderWorkerTemplate<'a> {
    fn nodes(&self) -> u64 {
        self.size.0.unwrap_or(1)
    }

    fn push(self, made: &mut Made<'a>, place: &str, nodes: u64) {
        made.push(self.leader, format!("{place}/leaderTemplate/spec"), Some(nodes), false);
        made.push(self.worker, format!("{place}/workerTemplate/spec"), Some(nodes), false);
    }
}

pub(super) fn read<'a>(made: &mut Made<'a>, reader: &mut Reader<'a>) -> json::Result<()> {
    let set: LeaderWorkerSet<'a> = made.spec(reader)?;
    let template = set.template;
    let nodes = template.nodes();
    template.push(made, "/spec/leaderWorkerTemplate", nodes);
    Ok(())
}

/// The roles of a DisaggregatedSet pass results to each other, so one group of each is the least that serves.
pub(super) fn disaggregated<'a>(made: &mut Made<'a>, reader: &mut Reader<'a>) -> json::Result<()> {
    let set: DisaggregatedSet<'a> = made.spec(reader)?;
    let sizes = set.roles.iter().map(|role| role.spec.template.nodes());
    let nodes = sizes.fold(0, u64::saturating_add);
    for (index, role) in set.roles.0.into_iter().enumerate() {
        let place = format!("/spec/roles/{index}/spec/leaderWorkerTemplate");
        role.spec.template.push(made, &place, nodes);
    }
    Ok(())
}
