//! `admit cluster`: shows how `admit` understands a snapshot of a cluster.

mod svg;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use insight::cluster::{PoolRow, Understood, understood};

use crate::{
    input::{settings, snapshot},
    output::table::{self, Column, numbers, words},
};

/// Show how `admit` understands a snapshot of a cluster: the instance types of each NodePool, and what their
/// nodes offer.
///
/// The snapshot is the output of `kubectl get nodepools,ec2nodeclasses,nodeclasses,nodeoverlays,daemonsets -A
/// -o yaml`, or the manifests in a repository. `admit --cluster` uses the same snapshot.
#[derive(Args, Debug)]
pub struct Command {
    /// Folders and files of the snapshot, or `-` for standard input.
    #[arg(required = true, value_name = "DIR|FILE")]
    snapshot: Vec<PathBuf>,
    /// The output format.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
    /// The settings of the policy; `instanceTypes.extra` is used, and `capacity` if the snapshot does not
    /// contain the VPC CNI.
    #[arg(short, long, value_name = "FILE")]
    settings: Option<PathBuf>,
}

/// The format of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Output {
    /// Aligned columns.
    #[default]
    Table,
    /// All data; unknown values are `null`.
    Json,
    /// A picture with bars for each NodePool.
    Svg,
}

/// Runs the command and returns its output.
///
/// # Errors
/// If the settings or the snapshot can't be read.
pub fn run(command: &Command) -> Result<String> {
    let text = settings::read(command.settings.as_deref())?.to_string();
    let settings = settings::checked(&text)?;
    let understood = understood(&snapshot::read(&command.snapshot)?, &settings);
    match command.output {
        Output::Table => Ok(table(&understood)),
        Output::Json => Ok(serde_json::to_string_pretty(&understood)? + "\n"),
        Output::Svg => Ok(svg::picture(&understood.pools)),
    }
}

const COLUMNS: [Column; 9] = [
    words("NodePool"),
    words("nodes"),
    words("node class"),
    numbers("types", ""),
    words("examples"),
    numbers("accelerators", "per node"),
    numbers("EFA", "per node"),
    numbers("pods", "per node"),
    numbers("addresses", "per node"),
];

fn table(understood: &Understood) -> String {
    let cells = |row: &PoolRow| {
        let class = if row.class_seen {
            row.class.clone()
        } else {
            format!("{} (not in the snapshot)", row.class)
        };
        [
            row.name.clone(),
            nodes(row).to_owned(),
            class,
            row.types.len().to_string(),
            row.types.iter().take(2).cloned().collect::<Vec<_>>().join(", "),
            row.accelerators.to_string(),
            row.efa.to_string(),
            row.pods.to_string(),
            row.addresses.to_string(),
        ]
    };
    let rows: Vec<_> = understood.pools.iter().map(cells).collect();
    let mut lines = if rows.is_empty() { Vec::new() } else { table::lines(&COLUMNS, &rows, "") };
    lines.extend(understood.pools.iter().filter_map(|row| {
        let labels = row.labels.iter().map(|(key, value)| format!("{key}={value}"));
        let taints = row.taints.iter().map(|taint| format!("taint {taint}"));
        let all: Vec<String> = labels.chain(taints).collect();
        (!all.is_empty()).then(|| format!("{}: {}", row.name, all.join(", ")))
    }));
    let doubts = understood.pools.iter().filter_map(|row| Some((row, row.doubt.as_ref()?)));
    lines.extend(doubts.map(|(row, doubt)| format!("{} {doubt}", row.name)));
    lines.push(match understood.prefix_delegation {
        Some(true) => "the VPC CNI assigns prefixes".to_owned(),
        Some(false) => "the VPC CNI assigns no prefixes".to_owned(),
        None => "it is unknown whether the VPC CNI assigns prefixes".to_owned(),
    });
    lines.extend(understood.unseen.iter().map(|what| format!("not in the snapshot: {what}")));
    lines.join("\n") + "\n"
}

/// Says what creates the nodes, and when.
fn nodes(row: &PoolRow) -> &'static str {
    match (row.auto_mode, row.fixed) {
        (false, false) => "as pods ask",
        (false, true) => "a fixed number",
        (true, false) => "Auto Mode, as pods ask",
        (true, true) => "Auto Mode, a fixed number",
    }
}
