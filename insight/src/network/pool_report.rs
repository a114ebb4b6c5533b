//! A NodePool in the report, with the point at which its addresses run out.

use eks_aiml_networking::text::Quoted;
use serde::Serialize;

use super::pools::{Bound, Planned, listed};

/// A NodePool in the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PoolReport {
    /// Its name.
    pub name: String,
    /// The maximum number of nodes; `None` if nothing limits them, or it is unknown.
    pub nodes_at_most: Option<u64>,
    /// The field that limits the nodes: `replicas` `10`, `limits.cpu` `1000`.
    pub bounded_by: String,
    /// The type that its nodes are counted as: the one that uses the most addresses.
    pub instance_type: Option<String>,
    /// The number of possible types.
    pub types: u32,
    /// The number of nodes that fit at best into its subnets, if they were empty and used by no others.
    pub room_for: Option<u64>,
    /// The number of additional nodes that fit at best into the addresses that are free now.
    pub room_now_for: Option<u64>,
}

impl PoolReport {
    /// Reports what is known of a NodePool before its nodes are placed.
    pub fn of(pool: &Planned<'_>) -> Self {
        let most = pool.most.as_ref();
        let by = most.and_then(|most| most.by.as_ref());
        Self {
            name: pool.pool.name.clone(),
            nodes_at_most: most.map(|most| most.nodes).filter(|_| pool.bound != Bound::None),
            bounded_by: match (pool.bound, by) {
                (Bound::Replicas, _) => format!("replicas {}", pool.pool.replicas.unwrap_or(0)),
                (Bound::Limits, Some(limit)) => format!("limits.{} {}", limit.resource, limit.text),
                (Bound::None, _) => "nothing".to_owned(),
                _ => "not counted".to_owned(),
            },
            instance_type: most.map(|most| most.instance_type.clone()),
            types: pool.types,
            room_for: None,
            room_now_for: None,
        }
    }

    /// Says at which point addresses run out; `unplaced` nodes did not fit together with the others.
    pub fn end(&self, pool: &Planned<'_>, unplaced: u64) -> Vec<String> {
        let (Some(room), Some(instance)) = (self.room_for, &self.instance_type) else {
            return Vec::new();
        };
        let who = format!("the NodePool {}", Quoted(&self.name));
        let mut notes = Vec::new();
        match self.nodes_at_most {
            Some(nodes) if nodes > room => notes.push(format!(
                "{who} can outgrow its subnets: `{}` allows {nodes} nodes of `{instance}`, but at best {room} fit in {}",
                self.bounded_by,
                listed(&pool.subnets)
            )),
            Some(nodes) if unplaced > 0 => notes.push(format!(
                "{who} can outgrow its subnets: of {nodes} nodes of `{instance}` (`{}`), {unplaced} don't fit together with the other nodes in {}",
                self.bounded_by,
                listed(&pool.subnets)
            )),
            Some(_) => {}
            None => notes.push(format!(
                "at best {room} nodes of `{instance}` fit for {who}, if no other nodes use the subnets"
            )),
        }
        match pool.most.as_ref().map(|most| most.efa_addresses) {
            Some(Some(0)) | None => {}
            Some(count) => notes.push(format!(
                "{who}: a node whose pods request EFA uses {} for the interfaces, which {} not counted",
                match count {
                    Some(1) => "1 more address".to_owned(),
                    Some(count) => format!("up to {count} more addresses"),
                    None => "addresses".to_owned(),
                },
                if count == Some(1) { "is" } else { "are" }
            )),
        }
        notes
    }
}
