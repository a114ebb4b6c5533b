//! `admit plan`: the address plan of the settings in numbers, that of a cluster as AWS and Karpenter
//! describe it, or how large subnets must be for some nodes.

mod described;
mod size;
mod svg;
mod table;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use eks_aiml_networking::{
    error::Fault,
    settings::{self as policy, Settings},
};

use crate::input::settings;

/// The address plan: what is reserved, taken and free in each subnet, and what would still fit.
///
/// With `--settings` alone the plan of its `network`; exits with 1 where that has faults. With
/// `--nodes` how large subnets must be for these nodes, without prefixes and with them. Nodes of a
/// group are spread evenly over its subnets; what is free and what fits is so at best, since single
/// addresses can lie anywhere.
///
/// With files the plan of what they describe, beside that of the settings: where the room ends
/// for each NodePool, and which VPCs overlap. A NodePool is counted with as many nodes as its limits
/// leave; only nodes that are there for certain (those of the settings, and of `replicas`) are
/// faults where they have no room.
#[derive(Args, Debug, Default)]
pub struct Command {
    /// What `aws ec2 describe-subnets` and `describe-vpcs` print, NodePools and EC2NodeClasses (and
    /// ENIConfigs) as manifests or from `kubectl get … -o yaml`, settings with a plan; each is known
    /// by what it holds. Folders, and `-` for standard input, too.
    #[arg(value_name = "FILE", conflicts_with = "nodes")]
    pub files: Vec<PathBuf>,
    /// The settings, whose `network` is the plan.
    #[arg(short, long, value_name = "FILE", required_unless_present_any = ["nodes", "files"])]
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
    if !command.files.is_empty() {
        return described::run(&command.files, command.settings.as_deref(), command.output);
    }
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
        Output::Table => Ok(table::of(&plan, &[])),
        Output::Json => Ok(serde_json::to_string_pretty(&plan)? + "\n"),
        Output::Svg => Ok(svg::picture(&plan.subnets)),
    }
}
