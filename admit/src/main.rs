//! `admit`: what the policy says of manifests, before a cluster does.

use std::{io::Write, path::PathBuf, process::ExitCode};

use admit::{
    capacity,
    engine::Policy,
    explain, fix,
    host::Recording,
    input, instances, pages, plan, report,
    request::{self, Asked, Operation},
    response::{self, AdmissionResponse},
    settings,
    source::Source,
    types,
};
use anyhow::{Context, Result, ensure};
use clap::{Parser, Subcommand, ValueEnum};
use eks_aiml_networking::settings::Settings;
use serde_json::{Value, json};

/// Runs the policy on manifests or admission requests, in the engine that Kubewarden uses.
///
/// Exits with 0 where all are allowed, 1 where one is denied, 2 where one could not be judged.
/// The commands tell what the policy knows of instance types, networks and its rules; a file of a command's name is
/// judged as `./capacity`.
#[derive(Parser)]
#[command(version, disable_help_subcommand = true)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    args: Args,
}

#[derive(Subcommand)]
enum Command {
    Capacity(capacity::Command),
    Explain(pages::Command),
    Instances(instances::Command),
    Plan(plan::Command),
}

#[derive(clap::Args)]
struct Args {
    /// Manifests or admission requests, YAML or JSON; folders of them; `-` for standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The policy module: a file, or `registry://HOST/REPOSITORY:TAG`.
    #[arg(short, long, env = "ADMIT_POLICY", default_value = "policy.wasm", value_name = "WASM")]
    policy: Source,
    /// The settings, YAML or JSON, or a ClusterAdmissionPolicy that has them.
    #[arg(short, long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// What is done to the objects; admission requests name their own operation.
    #[arg(long, value_enum, default_value_t, ignore_case = true)]
    operation: Operation,
    /// The object as it was before an UPDATE.
    #[arg(long, value_name = "FILE")]
    old: Option<PathBuf>,
    /// For a person, or one AdmissionResponse a line as kwctl prints it.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
    /// Write the repaired manifests, with every remedy that is certain: into their files, or to
    /// standard output for `-`.
    #[arg(long)]
    fix: bool,
    /// After each verdict, the instance types that each pod can land on, and how many each of its
    /// constraints removes; with `-o json` on standard error, one object a line.
    #[arg(long)]
    explain: bool,
    /// Answer the policy's calls of its host (registry, cluster) from a recording, as kwctl writes
    /// and reads it; without one they fail.
    #[arg(long = "replay-host-capabilities-interactions", value_name = "FILE")]
    replay: Option<PathBuf>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Output {
    #[default]
    Text,
    Json,
}

/// What came of all documents, the worst last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Allowed,
    Denied,
    Unjudged,
}

fn main() -> ExitCode {
    let Cli { command, args } = Cli::parse();
    let verdict = match &command {
        None => judge(&args),
        Some(command) => tell(command),
    };
    let verdict = verdict.unwrap_or_else(|error| {
        anstream::eprintln!("error: {error:#}");
        Verdict::Unjudged
    });
    ExitCode::from(verdict as u8)
}

fn tell(command: &Command) -> Result<Verdict> {
    match command {
        Command::Capacity(command) => types::print(&capacity::run(command)?)?,
        Command::Explain(command) => types::print(&pages::run(command)?)?,
        Command::Instances(command) => {
            let answer = instances::run(command)?;
            types::print(&answer.text)?;
            if let Some(note) = answer.note {
                anstream::eprintln!("{note}");
            }
        }
        Command::Plan(command) => match plan::run(command)? {
            plan::Answer::Text(text) => types::print(&text)?,
            plan::Answer::Faults(faults) => {
                faults.iter().for_each(|fault| anstream::eprintln!("{fault}"));
                return Ok(Verdict::Denied);
            }
        },
    }
    Ok(Verdict::Allowed)
}

fn judge(args: &Args) -> Result<Verdict> {
    let files = input::read(&args.files)?;
    let old = match &args.old {
        None => None,
        Some(path) => {
            let documents =
                input::read(std::slice::from_ref(path))?.pop().map(|file| file.documents);
            let old =
                documents.and_then(|mut documents| documents.pop()).map(|document| document.value);
            Some(old.with_context(|| format!("{} is empty", path.display()))?)
        }
    };
    let recording = args.replay.as_deref().map(Recording::read).transpose()?.unwrap_or_default();
    let policy = args.policy.load()?.instantiate_with(recording)?;
    let settings = settings::read(args.settings.as_deref())?;
    policy.check_settings(&settings)?;
    let settings = if args.fix { settings::fixing(&settings) } else { settings };
    let text = settings.to_string();
    let explaining = args.explain.then(|| settings::checked(&text)).transpose()?;
    let run = Run { args, policy, settings, explaining, old };

    let mut verdict = Verdict::Allowed;
    let mut judged = 0_u32;
    for file in &files {
        let mut repaired = Vec::new();
        for (index, document) in file.documents.iter().enumerate() {
            let uid = match file.documents.len() {
                1 => file.path.display().to_string(),
                _ => format!("{}#{index}", file.path.display()),
            };
            let outcome = run.document(&uid, file.json, &document.value);
            let (one, object) = outcome.unwrap_or_else(|error| {
                anstream::eprintln!("error: {uid}: {error:#}");
                (Some(Verdict::Unjudged), None)
            });
            judged += u32::from(one.is_some());
            verdict = verdict.max(one.unwrap_or(Verdict::Allowed));
            repaired.push(object);
        }
        if args.fix && fix::write(file, &repaired)? && file.path.as_os_str() != "-" {
            let lossy = file.documents.iter().any(|document| document.text.contains('#'));
            let note = if lossy { "; comments of repaired documents are not kept" } else { "" };
            anstream::eprintln!("repaired {}{note}", file.path.display());
        }
    }
    ensure!(judged > 0, "nothing to judge: no document is of a kind that this policy judges");
    Ok(verdict)
}

struct Run<'r> {
    args: &'r Args,
    policy: Policy,
    settings: Value,
    /// The settings as the library takes them, where verdicts are explained.
    explaining: Option<Settings<'r>>,
    old: Option<Value>,
}

impl Run<'_> {
    /// Judges a document; nothing where the policy does not judge its kind. With it, the
    /// document as repaired, if it was.
    fn document(
        &self,
        uid: &str,
        json: bool,
        document: &Value,
    ) -> Result<(Option<Verdict>, Option<Value>)> {
        let asked = request::of(document, uid, self.args.operation, self.old.as_ref())?;
        let (request, name) = match asked {
            Asked::Request { request, name } => (request, name),
            Asked::Skipped { name } => {
                anstream::eprintln!("{uid}: {name}: skipped, the policy does not judge this kind");
                return Ok((None, None));
            }
        };
        let answer = self.policy.validate(&request, &self.settings)?;
        let (response, patch) = response::of(&request, answer)?;
        let before = request.get("object").unwrap_or(&Value::Null);
        let mut after = before.clone();
        json_patch::patch(&mut after, &patch)?;
        let diff = (!patch.0.is_empty()).then_some((before, &after, json));
        match self.args.output {
            Output::Json if !self.writes_manifest() => {
                println!("{}", serde_json::to_string(&response)?)
            }
            Output::Json => eprintln!("{}", serde_json::to_string(&response)?),
            Output::Text => self.show(&format!("{uid} {name}"), &response, diff)?,
        }
        if let Some(settings) = &self.explaining {
            self.explain(&response.uid, &explain::of(&request, &after, settings)?)?;
        }
        let repaired = (diff.is_some() && before == document).then(|| after.clone());
        Ok((Some(verdict(&response)), repaired))
    }

    fn show(
        &self,
        title: &str,
        response: &AdmissionResponse,
        diff: Option<(&Value, &Value, bool)>,
    ) -> Result<()> {
        if self.writes_manifest() {
            report::write(&mut anstream::stderr().lock(), title, response, diff)
        } else {
            let mut out = anstream::stdout().lock();
            report::write(&mut out, title, response, diff)?;
            Ok(out.flush()?)
        }
    }

    /// Tells which types the pods of an object can land on: beside the verdict, or, where that is
    /// for a program, on standard error.
    fn explain(&self, uid: &str, pods: &[explain::Explanation]) -> Result<()> {
        if pods.is_empty() {
            return Ok(());
        }
        if self.args.output == Output::Json {
            let pods: Vec<Value> = pods.iter().map(explain::Explanation::json).collect();
            anstream::eprintln!("{}", json!({ "uid": uid, "pods": pods }));
        } else if self.writes_manifest() {
            let mut out = anstream::stderr().lock();
            pods.iter().try_for_each(|pod| pod.write(&mut out))?;
        } else {
            let mut out = anstream::stdout().lock();
            pods.iter().try_for_each(|pod| pod.write(&mut out))?;
            out.flush()?;
        }
        Ok(())
    }

    /// Whether standard output is for the repaired manifest.
    fn writes_manifest(&self) -> bool {
        self.args.fix && self.args.files.iter().any(|path| path.as_os_str() == "-")
    }
}

fn verdict(response: &AdmissionResponse) -> Verdict {
    // 403 is what a finding gives; any other code is about a request that could not be judged.
    match response.status.as_ref().and_then(|status| status.code) {
        _ if response.allowed => Verdict::Allowed,
        Some(403) => Verdict::Denied,
        _ => Verdict::Unjudged,
    }
}
