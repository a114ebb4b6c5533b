//! `admit FILE…`: judges every object of the documents, one after the other, on one instance of the
//! module.

use std::{cell::OnceCell, path::PathBuf};

use anyhow::{Result, bail, ensure};
use eks_aiml_networking::{review::CHANGE_THE_MANIFEST, settings::Settings};
use serde_json::Value;

use crate::{
    engine::{Policy, Recording, Source, admission_response},
    input::{
        documents::{self, Content, Document, File},
        position::{Position, Positions},
        settings, snapshot,
    },
    output::{
        candidates, finding, fix,
        outcome::{Answer, Outcome, Tally, Verdict},
        writer::{Output, Writer},
    },
    request::{self, Asked, Operation},
};

/// What is judged, how, and what is told of it.
#[derive(clap::Args, Debug)]
pub struct Args {
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
    /// For a person, or for a program.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
    /// Pass over named files that hold no Kubernetes object, as over those in folders; Helm's
    /// templates too. That nothing is left to judge is no error then.
    #[arg(long)]
    kubernetes_only: bool,
    /// Name every document that is passed over, however many.
    #[arg(short, long)]
    verbose: bool,
    /// Write the repaired manifests, with every remedy that is certain: into their files, or to
    /// standard output for `-`. What is denied for something else is left as it is.
    #[arg(long)]
    fix: bool,
    /// After each verdict, the instance types that each pod can land on, and how many each of its
    /// constraints removes; for other outputs than text on standard error, one object a line.
    #[arg(long)]
    explain: bool,
    /// Answer the policy's calls of its host (registry, cluster) from a recording, as kwctl writes
    /// and reads it; without one they fail.
    #[arg(
        long = "replay-host-capabilities-interactions",
        value_name = "FILE",
        conflicts_with = "cluster"
    )]
    replay: Option<PathBuf>,
    /// Answer what the policy asks of the cluster from a snapshot: a folder or a file of manifests, or
    /// what `kubectl get nodepools,ec2nodeclasses,… -A -o yaml` prints. It may be given several times,
    /// and implies `clusterContext: true`.
    #[arg(long, value_name = "DIR|FILE")]
    cluster: Vec<PathBuf>,
}

/// So many documents that are passed over are named.
const NAMED: usize = 3;

/// Judges all, and tells what comes of it: the worst verdict.
///
/// # Errors
/// Where the module or the settings can't be used, or nothing could be judged.
pub fn run(args: &Args) -> Result<Verdict> {
    ensure!(
        args.old.is_none() || args.operation == Operation::Update,
        "--old is the object before an update: give `--operation UPDATE` too"
    );
    let files = documents::read(&args.files);
    let old = args.old.as_deref().map(documents::one).transpose()?;
    let module = args.policy.load()?;
    let mut settings = settings::read(args.settings.as_deref())?;
    let policy = if args.cluster.is_empty() {
        let recording = args.replay.as_deref().map(Recording::read).transpose()?;
        module.instantiate_with(recording.unwrap_or_default())?
    } else {
        settings = settings::asking(settings);
        module.instantiate_with(snapshot::read(&args.cluster)?)?
    };
    policy.check_settings(&settings)?;
    let settings = if args.fix { settings::fixing(&settings) } else { settings };
    let text = settings.to_string();
    let explaining = args.explain.then(|| settings::checked(&text)).transpose()?;

    let documents = files.iter().map(|file| file.documents.len()).sum::<usize>();
    let aside = args.fix && files.iter().any(File::is_stdin);
    let writer = Writer::new(args.output, aside, u64::try_from(documents)?);
    let (tally, skipped) = (Tally::default(), Vec::new());
    let mut run = Run { args, policy, settings, explaining, old, writer, tally, skipped };
    for file in &files {
        run.file(file)?;
    }
    run.end()
}

struct Run<'r> {
    args: &'r Args,
    policy: Policy,
    settings: Value,
    /// The settings as the library takes them, where verdicts are explained.
    explaining: Option<Settings<'r>>,
    old: Option<Value>,
    writer: Writer,
    tally: Tally,
    /// What was passed over, and why.
    skipped: Vec<String>,
}

impl Run<'_> {
    fn file(&mut self, file: &File) -> Result<()> {
        let path = file.path.display();
        let holds = |document: &&Document| !matches!(document.content, Content::Nothing);
        let several = file.documents.iter().filter(holds).count() > 1;
        let mut index = 0_u32;
        let mut repaired = Vec::new();
        for document in &file.documents {
            let uid = if several { format!("{path}#{index}") } else { path.to_string() };
            index += u32::from(holds(&document));
            repaired.push(self.document(file, document, &uid)?);
            self.writer.advance();
        }
        if self.args.fix && fix::write(file, &repaired)? && !file.is_stdin() {
            let mut written = file.documents.iter().zip(&repaired);
            let lossy =
                written.any(|(document, after)| after.is_some() && document.text.contains('#'));
            let note = if lossy { "; comments of repaired documents are not kept" } else { "" };
            self.writer.note(&format!("repaired {path}{note}"));
        }
        Ok(())
    }

    /// Judges the objects of a document: the document as repaired, if it was.
    fn document(&mut self, file: &File, document: &Document, uid: &str) -> Result<Option<Value>> {
        let line = document.lines_before.saturating_add(1);
        let failed = |error: &str, line| {
            let (error, position) = (error.to_owned(), Position { line, column: 1 });
            let answer = Answer::Failed { error, position };
            Outcome { file, document, uid: uid.to_owned(), name: String::new(), answer }
        };
        match &document.content {
            Content::Nothing => {}
            Content::Template if self.args.kubernetes_only => {
                self.skip(format!("{uid}: skipped, seems to be a Helm template"));
            }
            Content::Template => self.tell(&failed(&documents::template(&file.path), line))?,
            Content::Unreadable { error, line: at } => {
                self.tell(&failed(error, at.unwrap_or(line)))?;
            }
            Content::Value(value) => {
                let positions = OnceCell::new();
                let at = At { file, document, positions: &positions };
                return self.value(at, uid, value);
            }
        }
        Ok(None)
    }

    fn value(&mut self, at: At<'_>, uid: &str, value: &Value) -> Result<Option<Value>> {
        let mut repaired = None;
        for (place, object) in request::objects(value) {
            let uid = match (&*place, uid.contains('#')) {
                ("", _) => uid.to_owned(),
                (place, true) => format!("{uid}{place}"),
                (place, false) => format!("{uid}#{place}"),
            };
            match self.object(at, &uid, &place, object) {
                Ok(None) => {}
                Ok(Some(after)) => {
                    let whole = repaired.get_or_insert_with(|| value.clone());
                    if let Some(object) = whole.pointer_mut(&place) {
                        *object = after;
                    }
                }
                Err(error) => {
                    let error = format!("{uid}: {error:#}");
                    let answer = Answer::Failed { error, position: at.find(&place) };
                    let At { file, document, .. } = at;
                    self.tell(&Outcome { file, document, uid, name: String::new(), answer })?;
                }
            }
        }
        Ok(repaired)
    }

    /// Judges an object: the object as repaired, if it was.
    fn object(
        &mut self,
        at: At<'_>,
        uid: &str,
        place: &str,
        object: &Value,
    ) -> Result<Option<Value>> {
        let asked = request::of(object, uid, self.args.operation, self.old.as_ref())?;
        let (request, name, within) = match asked {
            Asked::Request { request, name, at } => (request, name, at),
            Asked::Skipped { name } => {
                self.skip(format!("{uid}: {name}: skipped, the policy does not judge this kind"));
                return Ok(None);
            }
            Asked::Foreign { what } if at.file.named && !self.args.kubernetes_only => {
                bail!(what);
            }
            Asked::Foreign { what } => {
                self.skip(format!("{uid}: skipped, {what}"));
                return Ok(None);
            }
        };
        let made = self.args.fix.then(|| request::as_made(&request));
        let asked = made.as_ref().unwrap_or(&request);
        let answer = self.policy.validate(asked, &self.settings)?;
        let (response, patch) = admission_response::of(asked, answer)?;
        let before = request.get("object").unwrap_or(&Value::Null);
        let mut after = before.clone();
        json_patch::patch(&mut after, &patch)?;
        let is_repaired = !patch.0.is_empty();

        let root = format!("{place}{within}");
        let mut findings = finding::all(&response, before, &root, &|pointer| at.find(pointer));
        if self.args.fix {
            // It is the manifest that is changed.
            let is_kept = |remedy: &String| remedy != CHANGE_THE_MANIFEST;
            findings.iter_mut().for_each(|finding| finding.remedies.retain(is_kept));
        }
        let repair = is_repaired.then_some((before, &after));
        let answer = Answer::Judged { response: &response, findings, repair };
        let At { file, document, .. } = at;
        self.tell(&Outcome { file, document, uid: uid.to_owned(), name, answer })?;
        if let Some(settings) = &self.explaining {
            let explained = candidates::of(&request, &after, settings)?;
            self.writer.explain(&response.uid, &explained)?;
        }
        // Of a request there is no file with the object alone.
        Ok((is_repaired && within.is_empty()).then_some(after))
    }

    fn skip(&mut self, note: String) {
        self.tally.skipped += 1;
        self.skipped.push(note);
    }

    fn tell(&mut self, outcome: &Outcome<'_>) -> Result<()> {
        self.tally.count(outcome.verdict());
        self.writer.outcome(outcome)
    }

    /// Tells what was passed over, and what came of all.
    fn end(self) -> Result<Verdict> {
        let Self { args, writer, tally, skipped, .. } = self;
        writer.end();
        if args.verbose || skipped.len() <= NAMED {
            skipped.iter().for_each(|note| writer.note(note));
        } else {
            let count = skipped.len();
            writer.note(&format!("{count} documents skipped; --verbose names them and says why"));
        }
        writer.summary(&tally)?;
        ensure!(
            tally.all() > tally.skipped || args.kubernetes_only,
            "nothing to judge: no document is of a kind that this policy judges"
        );
        Ok(tally.worst())
    }
}

/// A document in its file, and where things are in it, once that is asked for.
#[derive(Clone, Copy)]
struct At<'d> {
    file: &'d File,
    document: &'d Document,
    positions: &'d OnceCell<Positions>,
}

impl At<'_> {
    fn find(&self, pointer: &str) -> Position {
        let Document { text, lines_before, .. } = self.document;
        self.positions.get_or_init(|| Positions::read(text, *lines_before)).find(pointer)
    }
}
