//! `admit plan`: the address plan of the settings in numbers, or how large subnets must be for
//! some nodes.

mod size;
mod svg;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use eks_aiml_networking::{
    error::Fault,
    settings::{self as policy, Settings},
};
use insight::plan::{AddressPlan, Nodes, Placed, Subnet};

use crate::{
    input::settings,
    output::table::{self, Column, numbers, words},
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
    let faults = policy::validate(&text);
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
    let Some(plan) = insight::plan::of(text, &settings.terms())? else {
        bail!("the settings have no `network` with subnets; name some, or ask with --nodes");
    };
    match output {
        Output::Table => Ok(table(&plan)),
        Output::Json => Ok(serde_json::to_string_pretty(&plan)? + "\n"),
        Output::Svg => Ok(svg::picture(&plan.subnets)),
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

fn table(plan: &AddressPlan) -> String {
    let cell = |counted: Option<u64>| counted.map_or_else(|| "-".to_owned(), |n| n.to_string());
    let row = |subnet: &Subnet| {
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
        ]
    };
    let rows: Vec<_> = plan.subnets.iter().map(row).collect();
    let mut lines = table::lines(&SUBNETS, &rows, "");
    let row = |nodes: &Nodes| {
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
        ]
    };
    let rows: Vec<_> = plan.nodes.iter().map(row).collect();
    if !rows.is_empty() {
        lines.push(String::new());
        lines.extend(table::lines(&NODES, &rows, ""));
    }
    if !plan.notes.is_empty() {
        lines.push(String::new());
        lines.extend(plan.notes.iter().cloned());
    }
    lines.join("\n") + "\n"
}

/// How many nodes of a type would fit into a subnet besides.
fn fits(plan: &AddressPlan, subnet: &str, instance_type: &str) -> u64 {
    let subnet = plan.subnets.iter().find(|one| one.name == subnet);
    let mut fits = subnet.into_iter().flat_map(|subnet| &subnet.would_fit);
    fits.find(|fit| fit.instance_type == instance_type).map_or(0, |fit| fit.nodes)
}
