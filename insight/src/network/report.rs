//! The plan with its NodePools, and the point at which addresses run out for each.

use anyhow::{Context, Result};
use eks_aiml_networking::{
    error::Fault,
    json::{List, RawJson, Text},
    plan::{self, Item, Need, Network, Plan, Room},
    settings::Settings,
    text::Quoted,
};
use serde::Serialize;
use serde_json::Value;

use super::{Described, merged::Merged, pool_report::PoolReport, pools::Planned, types::Chosen};
use crate::plan::{AddressPlan, of_network};

/// The result of the documents.
#[derive(Debug)]
pub enum Outcome {
    /// The plan.
    Report(Box<Report>),
    /// The errors in the plan, or about nodes that certainly exist.
    Faults(Vec<Fault>),
}

/// The plan with its NodePools.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The subnets, the nodes in them, and notes.
    #[serde(flatten)]
    pub plan: AddressPlan,
    /// The NodePools.
    pub node_pools: Vec<PoolReport>,
}

impl Described {
    /// Makes the plan of all documents, together with the plan of settings that are valid on their own.
    ///
    /// # Errors
    /// If the plan can't be read.
    pub fn report(&self, planned: Option<&Value>, settings: &Settings<'_>) -> Result<Outcome> {
        let with_v6 = self.classes.iter().any(|class| class.is_of_ipv6);
        let mut merged = Merged::of(self, planned, with_v6);
        let text = merged.network.to_string();
        let terms = settings.terms();
        let mut faults = merged.faults.clone();
        faults.extend(plan::all_faults(RawJson(&text), Some(&terms)));
        if !faults.is_empty() {
            return Ok(Outcome::Faults(told(&merged, faults)));
        }
        let network = Network::read(RawJson(&text)).context("can't read the plan")?;
        let pools: Vec<Planned<'_>> =
            self.pools.iter().map(|pool| Planned::of(pool, self, &merged, settings)).collect();

        // Nodes that certainly exist must fit even at best, as the type that uses the fewest addresses.
        let mut certain = network.clone();
        let first = certain.nodes.len();
        for pool in pools.iter().filter(|pool| pool.is_certain) {
            let Some(least) = &pool.least else { continue };
            let name = format!("network.nodes[{}]", certain.nodes.len());
            let (place, who) = (&pool.pool.place, Quoted(&pool.pool.name));
            merged.places.push((format!("{name}.count"), format!("{place} NodePool {who}")));
            merged.places.push((name, format!("{place} NodePool {who}")));
            certain.nodes.0.push(group(pool, least));
        }
        let faults = match certain.nodes.len() > first {
            true => plan::faults(&certain, Some(&terms)),
            false => Vec::new(),
        };
        if !faults.is_empty() {
            return Ok(Outcome::Faults(told(&merged, faults)));
        }

        let mut network = network;
        let vpcs = Network { vpcs: network.vpcs.clone(), ..Network::default() };
        // Place nodes that certainly exist first.
        let (certain, others): (Vec<_>, Vec<_>) = pools
            .iter()
            .filter_map(|pool| Some((pool, pool.counted()?)))
            .partition(|(pool, _)| pool.pool.replicas.is_some());
        let counted: Vec<(&Planned<'_>, &Chosen)> = certain.into_iter().chain(others).collect();
        network.nodes.0.extend(counted.iter().map(|(pool, most)| group(pool, most)));
        let counted: Vec<&str> = counted.iter().map(|(pool, _)| &*pool.pool.name).collect();
        let plan = Plan::of(&network, &terms);
        let mut shown = of_network(&network, &plan)?;
        self.mark(&mut shown, &plan, &merged, &counted, first);
        let mut reports = Vec::new();
        for pool in &pools {
            let at = counted.iter().position(|name| *name == pool.pool.name);
            let position = at.map(|at| first.saturating_add(at));
            let groups = plan.groups.iter().filter(|group| Some(group.position) == position);
            let mut report = PoolReport::of(pool);
            let mut unplaced = 0;
            // An IPv6 node uses addresses of both families; the scarcer one decides.
            for group in groups {
                unplaced = unplaced.max(group.unplaced);
                let (room, now) = self.room(group, &plan, &merged);
                report.room_for = least(report.room_for, Some(room));
                report.room_now_for = least(report.room_now_for, now);
            }
            shown.notes.extend(report.end(pool, unplaced));
            reports.push(report);
        }
        let are_known =
            self.subnets.iter().all(|one| self.vpcs.iter().any(|vpc| vpc.id == one.vpc));
        if are_known && vpcs.vpcs.len() > 1 && Plan::of(&vpcs, &terms).notes.is_empty() {
            shown.notes.push(format!("none of the {} VPCs overlaps another", vpcs.vpcs.len()));
        }
        if merged.subnets.is_empty() && !pools.is_empty() {
            let what = "no file describes subnets, so the free addresses are unknown; add the output of `aws ec2 describe-subnets`";
            shown.notes.push(what.to_owned());
        }
        shown.notes.extend(merged.notes);
        shown.notes.extend(pools.into_iter().flat_map(|pool| pool.notes));
        Ok(Outcome::Report(Box::new(Report { plan: shown, node_pools: reports })))
    }

    /// Adds the addresses that are free now, and the origin of each group of nodes.
    fn mark(
        &self,
        shown: &mut AddressPlan,
        plan: &Plan,
        merged: &Merged,
        pools: &[&str],
        first: usize,
    ) {
        for (subnet, slot) in
            shown.subnets.iter_mut().zip(&merged.subnets).filter(|(_, slot)| !slot.v6)
        {
            subnet.free_now = slot.aws.and_then(|at| self.subnets.get(at)?.available);
        }
        for (nodes, group) in shown.nodes.iter_mut().zip(&plan.groups) {
            let pool = group.position.checked_sub(first).and_then(|at| pools.get(at));
            nodes.planned_by = Some(match pool {
                Some(pool) => format!("NodePool {pool}"),
                None => "settings".to_owned(),
            });
        }
    }

    /// The number of a group's nodes that fit at best into its subnets: empty, and as they are now.
    fn room(&self, group: &plan::Group, plan: &Plan, merged: &Merged) -> (u64, Option<u64>) {
        let (mut room, mut now) = (0_u64, Some(0_u64));
        for (position, _) in &group.placed {
            let Some(subnet) = plan.subnets.iter().find(|one| one.position == *position) else {
                continue;
            };
            room = room.saturating_add(subnet.room.fits(Need::default(), group.each));
            let slot = merged.subnets.get(*position);
            let aws = slot.and_then(|slot| self.subnets.get(slot.aws?));
            // AWS counts reserved addresses as used.
            let free = aws.and_then(|one| one.available).filter(|_| subnet.reserved == 0);
            let fits = free.map(|addresses| {
                let blocks = subnet.room.blocks.min(addresses / 16);
                let free = Room { reserved: 0, blocks, addresses };
                free.fits(Need::default(), group.each)
            });
            now = now.zip(fits).map(|(now, fits)| now.saturating_add(fits)).filter(|_| !subnet.v6);
        }
        (room, now)
    }
}

fn least(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn told(merged: &Merged, faults: Vec<Fault>) -> Vec<Fault> {
    let told = faults
        .into_iter()
        .map(|fault| Fault { path: merged.told(&fault.path), what: merged.told(&fault.what) });
    told.collect()
}

/// The nodes of a NodePool as a group of the plan.
fn group<'n>(pool: &Planned<'_>, nodes: &Chosen) -> Item<plan::Nodes<'n>> {
    let text = |text: &str| Text(text.to_owned().into());
    Item(Some(plan::Nodes {
        instance_type: text(&nodes.instance_type),
        count: u32::try_from(nodes.nodes).unwrap_or(u32::MAX),
        efa_addresses: false,
        subnets: List(pool.subnets.iter().map(|name| text(name)).collect()),
        max_pods: nodes.max_pods,
    }))
}
