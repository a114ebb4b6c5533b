//! `admit`: checks manifests with the policy before a cluster does.

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
/// Finds jobs that would stay Pending forever, EFA interfaces that would stay idle, and nodes that would
/// run out of IP addresses. The rules follow AWS's guidance and use a table of all EC2 instance types. They
/// are the same rules that the Kubewarden policy eks-aiml-networking applies in a cluster.
///
/// Exit codes: 0 nothing is denied, 1 something is denied, 2 something could not be checked or the command
/// line is wrong. 2 takes precedence over 1.
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
  admit deployment/                        check a folder of manifests, charts and kustomizations
  helm template chart | admit -            check rendered manifests from standard input
  kubectl get pods,jobs -A -o yaml | admit -
                                           check what runs in a cluster
  admit --diff job.yaml                    show the possible repairs as a patch
  admit -o text -o sarif=admit.sarif .     write text for people and SARIF for code scanning
  admit explain efa-count                  show the page of a rule

To check a file that has the name of a command, write `./capacity`.";

/// Most of the time goes into reading many small pieces of text; the allocators of C libraries, especially
/// musl's, would be a large part of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Subcommand)]
enum Command {
    Capacity(capacity::Command),
    Cluster(cluster::Command),
    Explain(explain_rule::Command),
    Instances(instances::Command),
    Plan(plan::Command),
    /// Print the completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page.
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

/// Rejects an argument that is not a file, but nearly a command.
fn named_like_a_command(args: &judge::Args) -> Result<()> {
    let command = Cli::command();
    let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    match args.command_meant(&names) {
        Some((word, meant)) if word == meant => {
            bail!(
                "there is no file `{word}`; if you mean the command, write it first: `admit {meant} …`"
            )
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
