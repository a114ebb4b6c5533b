//! `admit FILE…`: checks every object in the files, and reports the results.

mod files;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use eks_aiml_networking::{host::NoHost, rule, text};
use insight::request::Operation;
use serde_json::{Map, Value};

use self::files::{Files, Told};
use crate::{
    baseline::Baseline,
    engine::{Engine, Library, Recording},
    input::{
        config::{self, Config},
        find::{Found, find},
        settings, snapshot,
        text::{Source, one},
    },
    judge::Judge,
    outcome::{Severity, Tally},
    output::writer::{Format, Output, Writer},
    run,
};

/// What to check, how, and what to report.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Manifests in YAML or JSON, folders of manifests, or `-` for standard input.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The settings of the policy: a YAML or JSON file, or a ClusterAdmissionPolicy that contains them.
    #[arg(short, long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// A snapshot of the target cluster: a folder or file with its NodePools and node classes, as printed by
    /// `kubectl get nodepools,ec2nodeclasses,… -A -o yaml`.
    #[arg(long, value_name = "DIR|FILE")]
    cluster: Vec<PathBuf>,
    /// The output format: text, json, sarif, github or junit. Can be repeated; only one format can go to
    /// standard output, the others need a file.
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    output: Vec<Output>,
    /// Write the safe repairs into the files. Comments and everything else stay as they are.
    #[arg(long)]
    fix: bool,
    /// Show the changes of `--fix` as a patch, without writing them.
    #[arg(long, conflicts_with = "fix")]
    diff: bool,
    /// The lowest severity that makes `admit` exit with 1: `warn`, `fix` (a repair that was not made) or `deny`.
    #[arg(long, value_enum, default_value_t = FailOn::Deny, value_name = "SEVERITY")]
    fail_on: FailOn,
    /// Apply only these rules.
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    only: Vec<String>,
    /// Don't apply these rules.
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    skip: Vec<String>,
    /// Report only findings that are not in this file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["fix", "diff"])]
    baseline: Option<PathBuf>,
    /// Write all findings into a file, for `--baseline`.
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    write_baseline: Option<PathBuf>,
    /// The configuration file. By default the nearest `.admit.yaml` in the folder of the first file or in a
    /// folder above it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print only findings and errors.
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// List every skipped document, and the reason.
    #[arg(short, long)]
    verbose: bool,
    /// After each object, list the instance types that each of its pods can run on, and how many types each
    /// constraint rules out.
    #[arg(long)]
    explain: bool,
    /// Skip files without a Kubernetes object, and Helm templates, even if they are named explicitly.
    #[arg(long)]
    kubernetes_only: bool,
    /// Exit with 2 if there is nothing to check.
    #[arg(long)]
    require_match: bool,
    /// Check the files of charts and kustomizations as they are, without rendering them with `helm` and `kubectl`.
    #[arg(long)]
    no_render: bool,
    /// The operation to check the objects for. Admission requests name their own operation.
    #[arg(long, value_enum, default_value_t, ignore_case = true, hide_short_help = true)]
    operation: Operation,
    /// The object before an UPDATE.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    old: Option<PathBuf>,
    /// Use a WebAssembly module of the policy instead of the built-in rules: a file, or
    /// `registry://HOST/REPOSITORY:TAG`.
    #[arg(short, long, value_name = "WASM", hide_short_help = true, conflicts_with_all = ["fix", "diff"])]
    #[cfg_attr(feature = "module", arg(env = "ADMIT_POLICY"))]
    policy: Option<String>,
    /// Answer the policy's host calls (registry, cluster) from a recording in the format of kwctl.
    #[arg(
        long = "replay-host-capabilities-interactions",
        value_name = "FILE",
        conflicts_with = "cluster",
        hide_short_help = true
    )]
    replay: Option<PathBuf>,
}

impl Args {
    /// The first argument that is not a file, but nearly a command, with that command.
    pub fn command_meant<'c>(&self, commands: &[&'c str]) -> Option<(String, &'c str)> {
        let [first, ..] = &self.files[..] else { return None };
        let word = first.to_str().filter(|word| !word.contains(['.', '/']) && *word != "-")?;
        let meant = text::nearest(word, commands).filter(|_| !first.exists())?;
        Some((word.to_owned(), meant))
    }
}

/// The lowest severity that makes the command fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    Warn,
    Fix,
    Deny,
}

impl From<FailOn> for Severity {
    fn from(on: FailOn) -> Self {
        match on {
            FailOn::Warn => Self::Warn,
            FailOn::Fix => Self::Fix,
            FailOn::Deny => Self::Deny,
        }
    }
}

/// The result of a run, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// Nothing that makes it fail.
    Good,
    /// A finding that makes it fail.
    Found,
    /// Something could not be checked.
    Unjudged,
}

/// Checks everything, and reports the results.
///
/// # Errors
/// If the module, the settings or the configuration can't be used.
pub fn run(args: &Args) -> Result<End> {
    ensure!(
        !args.files.is_empty(),
        "name the files or folders to check, or `-` for standard input; see `admit --help`"
    );
    ensure!(
        args.old.is_none() || args.operation == Operation::Update,
        "--old is the object before an update; add `--operation UPDATE`"
    );
    let config = match &args.config {
        Some(path) => Config::read(path)?,
        None => Config::nearest(&args.files)?,
    };
    let mut settings = match (&args.settings, &config.settings) {
        (None, Some(settings)) => settings.clone(),
        (path, _) => settings::read(path.as_deref())?,
    };
    choose(&mut settings, &config::rules(&args.only)?, &config::rules(&args.skip)?);
    let cluster = if args.cluster.is_empty() && args.replay.is_none() {
        &config.cluster
    } else {
        &args.cluster
    };
    if !cluster.is_empty() {
        settings = settings::asking(settings);
    }
    let run = Run { args, config: &config, settings: &settings };
    match (&args.replay, cluster.is_empty()) {
        (Some(path), _) => run.by(Recording::read(path)?),
        (None, false) => run.by(snapshot::read(cluster)?),
        (None, true) => run.by_nobody(),
    }
}

/// `true` if this run writes the file.
fn is_written(args: &Args, source: &Source) -> bool {
    let outputs = args.output.iter().filter_map(|output| output.file.as_deref());
    let mut written = outputs.chain(args.write_baseline.as_deref()).map(config::absolute);
    source.file().is_some_and(|file| written.any(|path| path == config::absolute(file)))
}

/// Turns off the rules that were not selected.
fn choose(settings: &mut Value, only: &[rule::RuleId], skip: &[rule::RuleId]) {
    if only.is_empty() && skip.is_empty() {
        return;
    }
    let Some(object) = settings.as_object_mut() else { return };
    let rules = object.entry("rules").or_insert_with(|| Map::new().into());
    let Some(rules) = rules.as_object_mut() else { return };
    for rule in rule::RuleId::ALL {
        if skip.contains(rule) || !(only.is_empty() || only.contains(rule)) {
            rules.insert(rule.name().to_owned(), "off".into());
        }
    }
}

struct Run<'r> {
    args: &'r Args,
    config: &'r Config,
    settings: &'r Value,
}

impl Run<'_> {
    /// Checks with a host whose answers can depend on their order.
    fn by(&self, host: impl eks_aiml_networking::Host + Send + Sync + 'static) -> Result<End> {
        match &self.args.policy {
            Some(policy) => self.by_module(policy, host),
            None => {
                let engine = Library { host };
                self.with(&engine, |judge, sources, told| {
                    run::in_turn(judge, sources, |piece| told.piece(piece))
                })
            }
        }
    }

    fn by_nobody(&self) -> Result<End> {
        match &self.args.policy {
            Some(policy) => self.by_module(policy, Recording::default()),
            None => {
                let engine = Library { host: NoHost };
                self.with(&engine, |judge, sources, told| {
                    run::side_by_side(judge, sources, |piece| told.piece(piece))
                })
            }
        }
    }

    #[cfg(feature = "module")]
    fn by_module(
        &self,
        policy: &str,
        host: impl eks_aiml_networking::Host + Send + Sync + 'static,
    ) -> Result<End> {
        let module = policy.parse::<crate::engine::Source>()?.load()?;
        let policy = module.instantiate_with(host)?;
        policy.check_settings(self.settings)?;
        self.with(&policy, |judge, sources, told| {
            run::in_turn(judge, sources, |piece| told.piece(piece))
        })
    }

    #[cfg(not(feature = "module"))]
    fn by_module(
        &self,
        _: &str,
        _: impl eks_aiml_networking::Host + Send + Sync + 'static,
    ) -> Result<End> {
        anyhow::bail!(
            "this `admit` can't run modules; build it with `--features module`, or remove `--policy`"
        )
    }

    fn with<E: Engine>(
        &self,
        engine: &E,
        judge: impl FnOnce(&Judge<'_, E>, Vec<Source>, &mut Told<'_>) -> Result<()>,
    ) -> Result<End> {
        let Self { args, config, settings } = *self;
        let is_fixing = args.fix || args.diff;
        settings::checked(&settings.to_string())?;
        let fixing = settings::fixing(settings).to_string();
        let text = settings.to_string();
        let old = args.old.as_deref().map(one).transpose()?.map(|old| old.to_string());
        let least = Severity::from(args.fail_on);
        let reads_stdin = args.files.iter().any(|file| file.as_os_str() == "-");
        let aside = args.diff || (args.fix && reads_stdin);
        let writer = Writer::new(&args.output, aside, least)?.saying(args.quiet, args.verbose);
        let baseline = args.baseline.as_deref().or(config.baseline.as_deref());
        // Repairs cover all findings, not only new ones.
        let baseline = baseline.filter(|_| args.write_baseline.is_none() && !is_fixing);
        let mut told = Told {
            writer,
            tally: Tally::default(),
            config,
            known: baseline.map(Baseline::read).transpose()?,
            found: args.write_baseline.as_deref().map(Baseline::empty),
            files: Files::of(args.fix, args.diff),
            ignored: 0,
        };
        let mut sources = Vec::new();
        for found in find(&args.files, !args.no_render) {
            match found {
                Found::Read(source) if told.is_ignored(&source) || is_written(args, &source) => {}
                Found::Read(source) => sources.push(source),
                Found::Passed { name, why } => told.writer.note(&format!("{name}: skipped, {why}")),
                Found::Failed { name, why } => told.lost(&name, &why)?,
            }
        }
        let judging = Judge {
            engine,
            settings: &text,
            fixing: &fixing,
            explains: args.explain,
            operation: args.operation,
            old: old.as_deref(),
            is_fixing,
            config,
            kubernetes_only: args.kubernetes_only,
            wants_response: args.output.iter().any(|output| output.format == Format::Json),
        };
        judge(&judging, sources, &mut told)?;
        if let (Some(path), Some(found)) = (&args.write_baseline, &told.found) {
            found.write(path)?;
        }
        let Told { writer, tally, ignored, .. } = told;
        if ignored > 0 {
            let files = if ignored == 1 { "file" } else { "files" };
            writer.note(&format!("{ignored} {files} ignored because of {}", config::NAME));
        } else if tally.judged() == 0 && !tally.has_failed() {
            writer.note("nothing to check: no object has a kind that the policy has rules for");
        }
        writer.end(&tally, !is_fixing)?;
        Ok(match () {
            () if tally.has_failed() => End::Unjudged,
            () if args.require_match && tally.judged() == 0 => End::Unjudged,
            () if args.write_baseline.is_none() && tally.has(least) => End::Found,
            () => End::Good,
        })
    }
}
