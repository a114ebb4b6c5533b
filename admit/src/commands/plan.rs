//! `admit plan`: shows the address plan of the settings in numbers, the plan of a cluster as AWS and
//! Karpenter describe it, or how large subnets must be for some nodes.

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

/// Show the address plan: how many addresses of each subnet are reserved, used and free, and how many more
/// nodes fit.
///
/// With only `--settings`, shows the plan in their `network`, and exits with 1 if the plan has errors. With
/// `--nodes`, shows how large the subnets for these nodes must be, without and with prefixes. Nodes of a
/// group are spread evenly over its subnets. "Free" and "fits" are best-case figures, because single
/// addresses can fragment a subnet.
///
/// With files, shows the plan of the network that the files describe, together with the plan of the
/// settings: for which NodePools the addresses run out, and which VPCs overlap. A NodePool counts with as
/// many nodes as its limits allow. Only nodes that certainly exist (from the settings or from `replicas`)
/// are errors if they don't fit.
#[derive(Args, Debug, Default)]
pub struct Command {
    /// Files or folders, or `-` for standard input, with any of: the output of `aws ec2 describe-subnets` and
    /// `describe-vpcs`; NodePools, EC2NodeClasses and ENIConfigs as manifests or from `kubectl get … -o
    /// yaml`; settings with a plan. The content shows which one a file is.
    #[arg(value_name = "FILE", conflicts_with = "nodes")]
    pub files: Vec<PathBuf>,
    /// The settings of the policy; `network` is the plan.
    #[arg(short, long, value_name = "FILE", required_unless_present_any = ["nodes", "files"])]
    pub settings: Option<PathBuf>,
    /// The nodes, for example `p5.48xlarge=40,m5.large=200`.
    #[arg(long, value_name = "TYPE=COUNT", value_delimiter = ',')]
    pub nodes: Vec<String>,
    /// The output format.
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Output,
}

/// The format of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Aligned columns.
    #[default]
    Table,
    /// An object.
    Json,
    /// A picture with a bar for each subnet.
    Svg,
}

/// The answer of the command.
#[derive(Debug)]
pub enum Answer {
    /// The output.
    Text(String),
    /// The errors in the settings.
    Faults(Vec<Fault>),
}

/// Runs the command.
///
/// # Errors
/// If the settings or the nodes can't be read.
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
        bail!("the settings have no `network` with subnets; add some, or use --nodes");
    };
    match output {
        Output::Table => Ok(table::of(&plan, &[])),
        Output::Json => Ok(serde_json::to_string_pretty(&plan)? + "\n"),
        Output::Svg => Ok(svg::picture(&plan.subnets)),
    }
}
