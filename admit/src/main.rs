//! `admit`: what the policy says of manifests, before a cluster does.

use std::process::ExitCode;

use admit::{
    commands::{
        capacity, cluster, explain_rule, instances,
        judge::{self, End},
        plan,
    },
    output::print,
};
use anyhow::{Context, Result, bail};
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

/// Checks manifests of AI/ML workloads on Amazon EKS: EFA, bandwidth, instance types, IP addresses.
///
/// Finds jobs that would stay Pending for ever, EFA that is left idle, and nodes that run out of
/// addresses, by AWS's guidance and a table of all EC2 instance types, as the Kubewarden policy
/// eks-aiml-networking does in a cluster.
///
/// Exit code: 0 where nothing is denied, 1 where something is, 2 where something could not be judged,
/// which outweighs 1.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    args: judge::Args,
}

const EXAMPLES: &str = "\
Examples:
  admit deployment/                        a folder of manifests, charts and kustomizations
  helm template chart | admit -            what is rendered elsewhere
  kubectl get pods,jobs -A -o yaml | admit -
  admit --diff job.yaml                    what could be repaired, as a patch
  admit -o text -o sarif=admit.sarif .     for people, and for code scanning
  admit explain efa-count                  the page of a rule

A file of a command's name is judged as `./capacity`.";

/// Most of the time goes into reading texts in small pieces: the allocators of C libraries, that of musl above all,
/// take a good part of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Subcommand)]
enum Command {
    Capacity(capacity::Command),
    Cluster(cluster::Command),
    Explain(explain_rule::Command),
    Instances(instances::Command),
    Plan(plan::Command),
    /// Write the completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write the manual page.
    #[command(hide = true)]
    Man,
}

fn main() -> ExitCode {
    let Cli { command, args } = Cli::parse();
    let end = match &command {
        None => named_like_a_command(&args).and_then(|()| judge::run(&args)),
        Some(command) => tell(command),
    };
    let end = end.unwrap_or_else(|error| {
        anstream::eprintln!("error: {error:#}");
        End::Unjudged
    });
    ExitCode::from(match end {
        End::Good => 0,
        End::Found => 1,
        End::Unjudged => 2,
    })
}

/// A word that is no file, but nearly a command, is not judged.
fn named_like_a_command(args: &judge::Args) -> Result<()> {
    let command = Cli::command();
    let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    match args.command_meant(&names) {
        Some((word, meant)) if word == meant => {
            bail!("there is no file `{word}`; a command comes first: `admit {meant} …`")
        }
        Some((word, meant)) => {
            bail!("there is no file `{word}`; did you mean the command `{meant}`?")
        }
        None => Ok(()),
    }
}

fn tell(command: &Command) -> Result<End> {
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
                return Ok(End::Found);
            }
        },
        Command::Completions { shell } => {
            let mut out = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "admit", &mut out);
            print(&String::from_utf8(out)?)?;
        }
        Command::Man => {
            let mut out = Vec::new();
            let page = clap_mangen::Man::new(Cli::command());
            page.render(&mut out).context("the page can't be written")?;
            print(&String::from_utf8(out)?)?;
        }
    }
    Ok(End::Good)
}
