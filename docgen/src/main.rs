//! Fills the marked blocks of the project's Markdown documents from their sources: rules, cases of the
//! corpus, the output of commands. `make gen` runs it, `make gen-check` compares.
//!
//! A block is between `<!-- gen: … -->` and `<!-- /gen -->`, each on a line of its own ([`document`]);
//! [`blocks`] lists what can follow `gen:`. [`generated`] lists the files that are generated as a whole.

mod artifacthub;
mod blocks;
mod calls;
mod case;
mod command;
mod document;
mod flow;
mod generated;
mod kinds;
mod pictures;
mod policies;
mod questions;
mod rules;
mod schema;
mod settings;
mod sizes;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, anyhow, bail};
use clap::Parser;
use similar::TextDiff;
use walkdir::WalkDir;

/// Writes the generated files, and fills the marked blocks of the documents, in the project's folder.
#[derive(Parser)]
struct Args {
    /// Write nothing; fail with a diff if a document is out of date.
    #[arg(long)]
    check: bool,
    /// Markdown documents and folders of them, by default the folder's own and those in `docs`.
    documents: Vec<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let root = Path::new(".");
    let mut kept = Kept { check: args.check, files: 0, stale: 0 };
    // First the files that documents can show or link to.
    if args.documents.is_empty() {
        for (path, text) in generated::files(root)?.into_iter().chain(pictures::pictures(root)?) {
            kept.file(&path, &text)?;
        }
    }
    let documents = match args.documents.as_slice() {
        [] => [markdown(root, 1)?, markdown(Path::new("docs"), usize::MAX)?].concat(),
        named => {
            let found = named.iter().map(|path| markdown(path, usize::MAX));
            found.collect::<Result<Vec<_>>>()?.concat()
        }
    };
    let mut blocks = 0_u32;
    for path in &documents {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let new = document::fill(&text, &mut |block| {
            blocks += 1;
            blocks::content(root, path, block)
        })
        .map_err(|error| anyhow!("{}:{error:#}", path.display()))?;
        kept.file(path, &new)?;
    }
    let Kept { files, stale, .. } = kept;
    if args.check && stale > 0 {
        bail!("{stale} of {files} files are out of date; run `make gen`");
    }
    println!("{files} files, {blocks} blocks: up to date");
    Ok(())
}

/// Writes or compares files.
struct Kept {
    check: bool,
    files: u32,
    stale: u32,
}

impl Kept {
    /// Writes a file if it differs, or shows the difference.
    fn file(&mut self, path: &Path, new: &str) -> Result<()> {
        let name = path.display().to_string();
        let old = fs::read_to_string(path).unwrap_or_default();
        self.files += 1;
        if new == old {
            return Ok(());
        }
        self.stale += 1;
        if self.check {
            print!("{}", TextDiff::from_lines(&*old, new).unified_diff().header(&name, &name));
            return Ok(());
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, new).with_context(|| name.clone())?;
        println!("{name}: written");
        Ok(())
    }
}

/// The Markdown documents at a path, sorted; in a folder down to this depth.
fn markdown(path: &Path, depth: usize) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in WalkDir::new(path).max_depth(depth).sort_by_file_name() {
        let path = entry?.into_path();
        if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path.strip_prefix(".").unwrap_or(&path).to_owned());
        }
    }
    Ok(found)
}
