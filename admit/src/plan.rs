//! `admit plan`: the address plan of the settings in numbers, or how large subnets must be for
//! some nodes.

mod size;
mod svg;

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use clap::{Args, ValueEnum};
use eks_aiml_networking::{
    error::Fault,
    plan::{Network, Plan, Planned, Subnet},
    request::Json,
    rules,
    settings::{self as policy, Settings},
};
use serde_json::{Value, json};

use crate::{
    settings,
    table::{self, Column, numbers, words},
};

/// The address plan: what is reserved, taken and free in each subnet, and what would still fit.
///
/// With `--settings` alone the plan of its `network`; exits with 1 where that has faults. With
/// `--nodes` how large subnets must be for these nodes, without prefixes and with them. Nodes of a
/// group are spread evenly over its subnets; what is free and what fits is so at best, since single
/// addresses can lie anywhere.
#[derive(Args, Debug, Default)]
pub struct Command {
    /// The settings, whose `network` is the plan.
    #[arg(short, long, value_name = "FILE", required_unless_present = "nodes")]
    pub settings: Option<PathBuf>,
    /// Nodes, as in `p5.48xlarge=40,m5.large=200`.
    #[arg(long, value_name = "TYPE=COUNT", value_delimiter = ',')]
    pub nodes: Vec<String>,
    /// For a person, for a program, or as a picture.
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Output,
}

/// How the answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Aligned columns.
    #[default]
    Table,
    /// An object.
    Json,
    /// A bar for each subnet.
    Svg,
}

/// What the command says.
#[derive(Debug)]
pub enum Answer {
    /// What it prints.
    Text(String),
    /// The faults of the settings.
    Faults(Vec<Fault>),
}

/// Runs the command.
///
/// # Errors
/// Where the settings or the nodes can't be read.
pub fn run(command: &Command) -> Result<Answer> {
    let text = settings::read(command.settings.as_deref())?.to_string();
    let faults = policy::validate(&text, &rules::infos());
    if !faults.is_empty() {
        return Ok(Answer::Faults(faults));
    }
    let settings = settings::checked(&text)?;
    match command.nodes.is_empty() {
        true => planned(&text, &settings, command.output).map(Answer::Text),
        false => size::run(&command.nodes, &settings, command.output).map(Answer::Text),
    }
}

fn planned(text: &str, settings: &Settings<'_>, output: Output) -> Result<String> {
    let all: Value = serde_json::from_str(text)?;
    let network = all.get("network").map(Value::to_string).unwrap_or_default();
    let Some(network) = Network::read(Json(&network)).filter(|one| !one.subnets.is_empty()) else {
        bail!("the settings have no `network` with subnets; name some, or ask with --nodes");
    };
    let plan = Plan::of(&network, &settings.terms());
    let subnets: Vec<Row<'_>> =
        plan.subnets.iter().filter_map(|planned| Row::of(&network, planned)).collect();
    ensure!(subnets.len() == network.subnets.len(), "a subnet can't be read");
    match output {
        Output::Table => Ok(table(&plan, &network, &subnets)),
        Output::Json => Ok(serde_json::to_string_pretty(&json(&plan, &network, &subnets))? + "\n"),
        Output::Svg => Ok(svg::picture(&subnets)),
    }
}

/// A subnet, as it is written and as it is planned. Of IPv6, addresses are not counted.
struct Row<'p> {
    subnet: &'p Subnet<'p>,
    planned: &'p Planned,
}

impl<'p> Row<'p> {
    fn of(network: &'p Network<'p>, planned: &'p Planned) -> Option<Self> {
        let subnet = network.subnets.get(planned.position)?.0.as_ref()?;
        Some(Self { subnet, planned })
    }

    fn unit(&self) -> &'static str {
        if self.planned.v6 { "/80" } else { "/28" }
    }

    fn counted(&self, addresses: u64) -> Option<u64> {
        (!self.planned.v6).then_some(addresses)
    }

    /// Taken addresses, those of prefixes included.
    fn taken(&self) -> Option<u64> {
        self.counted(self.planned.taken.in_addresses())
    }

    /// Free addresses, those that are reserved for prefixes included.
    fn free(&self) -> Option<u64> {
        let used = self.planned.own.saturating_add(self.taken()?);
        Some(self.planned.addresses.saturating_sub(used))
    }
}

const SUBNETS: [Column; 9] = [
    words("subnet"),
    words("range"),
    words("zone"),
    numbers("AWS's own", "addresses"),
    numbers("for prefixes", "addresses"),
    numbers("taken", "blocks"),
    numbers("taken", "addresses"),
    numbers("free", "blocks"),
    numbers("free", "addresses"),
];

const NODES: [Column; 6] = [
    words("instance type"),
    numbers("nodes", "planned"),
    numbers("a node takes", "blocks"),
    numbers("a node takes", "addresses"),
    words("subnets: nodes there, and how many more would fit"),
    numbers("without room", "nodes"),
];

fn table(plan: &Plan, network: &Network<'_>, subnets: &[Row<'_>]) -> String {
    let cell = |counted: Option<u64>| counted.map_or_else(|| "-".to_owned(), |n| n.to_string());
    let rows: Vec<_> = subnets
        .iter()
        .map(|row| {
            let planned = row.planned;
            [
                row.subnet.name.to_string(),
                row.subnet.cidr.to_string(),
                row.subnet.zone.to_string(),
                planned.own.to_string(),
                cell(row.counted(planned.reserved)),
                format!("{} {}", planned.taken.blocks, row.unit()),
                cell(row.taken()),
                format!("{} {}", planned.free.all_blocks(), row.unit()),
                cell(row.free()),
            ]
        })
        .collect();
    let mut lines = table::lines(&SUBNETS, &rows, "");
    let rows: Vec<_> = plan
        .groups
        .iter()
        .map(|group| {
            let there = |(position, nodes): &(usize, u64)| {
                let name = name(network, *position);
                let fits = fits(plan, *position, &group.instance_type);
                format!("{name}: {nodes} (+{fits})")
            };
            [
                group.instance_type.clone(),
                group.count.to_string(),
                group.each.blocks.to_string(),
                group.each.addresses.to_string(),
                group.placed.iter().map(there).collect::<Vec<_>>().join(", "),
                group.unplaced.to_string(),
            ]
        })
        .collect();
    if !rows.is_empty() {
        lines.push(String::new());
        lines.extend(table::lines(&NODES, &rows, ""));
    }
    lines.join("\n") + "\n"
}

fn json(plan: &Plan, network: &Network<'_>, subnets: &[Row<'_>]) -> Value {
    let subnet = |row: &Row<'_>| {
        let planned = row.planned;
        let fits = planned.fits.iter();
        let fits = fits.map(|(name, nodes)| json!({ "instanceType": name, "nodes": nodes }));
        json!({
            "name": &*row.subnet.name,
            "vpc": &*row.subnet.vpc,
            "zone": &*row.subnet.zone,
            "cidr": &*row.subnet.cidr,
            "blockPrefixLength": if planned.v6 { 80 } else { 28 },
            "addresses": row.counted(planned.addresses),
            "reserved": { "aws": planned.own, "forPrefixes": row.counted(planned.reserved) },
            "taken": { "blocks": planned.taken.blocks, "addresses": row.taken() },
            "free": { "blocks": planned.free.all_blocks(), "addresses": row.free() },
            "wouldFit": fits.collect::<Vec<_>>(),
        })
    };
    let nodes = plan.groups.iter().map(|group| {
        let placed = group
            .placed
            .iter()
            .map(|(position, nodes)| json!({ "subnet": name(network, *position), "nodes": nodes }));
        json!({
            "instanceType": group.instance_type,
            "count": group.count,
            "each": { "blocks": group.each.blocks, "singleAddresses": group.each.addresses },
            "placed": placed.collect::<Vec<_>>(),
            "withoutRoom": group.unplaced,
        })
    });
    json!({
        "subnets": subnets.iter().map(subnet).collect::<Vec<_>>(),
        "nodes": nodes.collect::<Vec<_>>(),
    })
}

fn name<'n>(network: &'n Network<'_>, position: usize) -> &'n str {
    let subnet = network.subnets.get(position).and_then(|item| item.0.as_ref());
    subnet.map_or("", |subnet| &subnet.name)
}

/// How many nodes of a type would fit into a subnet besides.
fn fits(plan: &Plan, position: usize, instance_type: &str) -> u64 {
    let subnet = plan.subnets.iter().find(|subnet| subnet.position == position);
    let mut fits = subnet.into_iter().flat_map(|subnet| &subnet.fits);
    fits.find(|(name, _)| name == instance_type).map_or(0, |(_, nodes)| *nodes)
}
