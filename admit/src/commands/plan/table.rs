//! Formats the plan as tables of subnets, NodePools and nodes, followed by the notes.

use insight::{
    network::PoolReport,
    plan::{AddressPlan, Nodes, Placed, Subnet},
};

use crate::output::table::{Column, lines, numbers, words};

const SUBNETS: [Column; 10] = [
    words("subnet"),
    words("range"),
    words("zone"),
    numbers("AWS's own", "addresses"),
    numbers("for prefixes", "addresses"),
    numbers("used", "blocks"),
    numbers("used", "addresses"),
    numbers("free", "blocks"),
    numbers("free", "addresses"),
    // Only with output of AWS.
    numbers("unused now", "addresses"),
];

const POOLS: [Column; 7] = [
    words("NodePool"),
    numbers("nodes", "at most"),
    words("limited by"),
    words("counted as"),
    numbers("of types", ""),
    numbers("room for", "nodes"),
    numbers("unused now for", "nodes"),
];

const NODES: [Column; 7] = [
    words("instance type"),
    numbers("nodes", "planned"),
    numbers("a node uses", "blocks"),
    numbers("a node uses", "addresses"),
    words("subnets: nodes (and how many more fit)"),
    numbers("without room", "nodes"),
    // Only if the settings are not the only source.
    words("planned by"),
];

/// Returns the tables.
pub fn of(plan: &AddressPlan, pools: &[PoolReport]) -> String {
    let mut parts = Vec::new();
    if !plan.subnets.is_empty() {
        let rows: Vec<_> = plan.subnets.iter().map(subnet).collect();
        let was_asked = plan.subnets.iter().any(|subnet| subnet.free_now.is_some());
        parts.push(if was_asked {
            lines(&SUBNETS, &rows, "")
        } else {
            without_last(&SUBNETS, &rows)
        });
    }
    if !pools.is_empty() {
        let rows: Vec<_> = pools.iter().map(pool).collect();
        parts.push(lines(&POOLS, &rows, ""));
    }
    if !plan.nodes.is_empty() {
        let rows: Vec<_> = plan.nodes.iter().map(|nodes| row(nodes, plan)).collect();
        let is_said = plan.nodes.iter().any(|nodes| nodes.planned_by.is_some());
        parts.push(if is_said { lines(&NODES, &rows, "") } else { without_last(&NODES, &rows) });
    }
    if !plan.notes.is_empty() {
        parts.push(plan.notes.clone());
    }
    let parts: Vec<String> = parts.iter().map(|lines| lines.join("\n") + "\n").collect();
    parts.join("\n")
}

/// A table without its last column.
fn without_last<const N: usize>(columns: &[Column; N], rows: &[[String; N]]) -> Vec<String> {
    let columns = columns.split_last().map_or(&[][..], |(_, columns)| columns);
    let rows: Vec<&[String]> =
        rows.iter().map(|row| row.split_last().map_or(&[][..], |(_, cells)| cells)).collect();
    lines(columns, &rows, "")
}

/// A number that is not counted is shown as a dash.
fn cell(counted: Option<u64>) -> String {
    counted.map_or_else(|| "-".to_owned(), |count| count.to_string())
}

fn subnet(subnet: &Subnet) -> [String; 10] {
    let blocks = |count: u64| format!("{count} /{}", subnet.block_prefix_length);
    [
        subnet.name.clone(),
        subnet.cidr.clone(),
        subnet.zone.clone(),
        subnet.reserved.aws.to_string(),
        cell(subnet.reserved.for_prefixes),
        blocks(subnet.taken.blocks),
        cell(subnet.taken.addresses),
        blocks(subnet.free.blocks),
        cell(subnet.free.addresses),
        cell(subnet.free_now),
    ]
}

fn pool(pool: &PoolReport) -> [String; 7] {
    [
        pool.name.clone(),
        cell(pool.nodes_at_most),
        pool.bounded_by.clone(),
        pool.instance_type.clone().unwrap_or_else(|| "-".to_owned()),
        pool.types.to_string(),
        cell(pool.room_for),
        cell(pool.room_now_for),
    ]
}

fn row(nodes: &Nodes, plan: &AddressPlan) -> [String; 7] {
    let there = |placed: &Placed| {
        let fits = fits(plan, &placed.subnet, &nodes.instance_type);
        format!("{}: {} (+{fits})", placed.subnet, placed.nodes)
    };
    [
        nodes.instance_type.clone(),
        nodes.count.to_string(),
        nodes.each.blocks.to_string(),
        nodes.each.single_addresses.to_string(),
        nodes.placed.iter().map(there).collect::<Vec<_>>().join(", "),
        nodes.without_room.to_string(),
        nodes.planned_by.clone().unwrap_or_default(),
    ]
}

/// The number of additional nodes of a type that fit into a subnet.
fn fits(plan: &AddressPlan, subnet: &str, instance_type: &str) -> u64 {
    let subnet = plan.subnets.iter().find(|one| one.name == subnet);
    let mut fits = subnet.into_iter().flat_map(|subnet| &subnet.would_fit);
    fits.find(|fit| fit.instance_type == instance_type).map_or(0, |fit| fit.nodes)
}
