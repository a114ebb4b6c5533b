//! `admit`: what the policy says of manifests, before a cluster does.

use std::process::ExitCode;

use admit::{
    commands::{capacity, cluster, explain_rule, instances, judge, plan},
    output::{outcome::Verdict, print},
};
use anyhow::Result;
use clap::{Parser, Subcommand};

/// Runs the policy on manifests or admission requests, in the engine that Kubewarden uses.
///
/// Exits with 0 where all are allowed, 1 where one is denied, 2 where one could not be judged.
/// The commands tell what the policy knows of instance types, networks and its rules; a file of a
/// command's name is judged as `./capacity`.
#[derive(Parser)]
#[command(version, disable_help_subcommand = true)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    args: judge::Args,
}

#[derive(Subcommand)]
enum Command {
    Capacity(capacity::Command),
    Cluster(cluster::Command),
    Explain(explain_rule::Command),
    Instances(instances::Command),
    Plan(plan::Command),
}

fn main() -> ExitCode {
    let Cli { command, args } = Cli::parse();
    let verdict = match &command {
        None => judge::run(&args),
        Some(command) => tell(command),
    };
    let verdict = verdict.unwrap_or_else(|error| {
        anstream::eprintln!("error: {error:#}");
        Verdict::Unjudged
    });
    ExitCode::from(match verdict {
        Verdict::Allowed | Verdict::Repaired => 0,
        Verdict::Denied => 1,
        Verdict::Unjudged => 2,
    })
}

fn tell(command: &Command) -> Result<Verdict> {
    match command {
        Command::Capacity(command) => print(&capacity::run(command)?)?,
        Command::Cluster(command) => print(&cluster::run(command)?)?,
        Command::Explain(command) => print(&explain_rule::run(command)?)?,
        Command::Instances(command) => {
            let answer = instances::run(command)?;
            print(&answer.text)?;
            if let Some(note) = answer.note {
                anstream::eprintln!("{note}");
            }
        }
        Command::Plan(command) => match plan::run(command)? {
            plan::Answer::Text(text) => print(&text)?,
            plan::Answer::Faults(faults) => {
                faults.iter().for_each(|fault| anstream::eprintln!("{fault}"));
                return Ok(Verdict::Denied);
            }
        },
    }
    Ok(Verdict::Allowed)
}
