//! Fills the marked blocks of the project's Markdown documents with what they are about: rules,
//! cases of the corpus, the output of commands. `make gen` runs it, `make gen-check` compares.
//!
//! A block stands between `<!-- gen: … -->` and `<!-- /gen -->`, each on a line of its own
//! ([`document`]); what may stand after `gen:` is the list in [`blocks`].

mod blocks;
mod case;
mod command;
mod document;
mod rules;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, anyhow, bail};
use clap::Parser;
use similar::TextDiff;
use walkdir::WalkDir;

/// Fills the marked blocks of the documents, in the project's folder.
#[derive(Parser)]
struct Args {
    /// Write nothing; fail with a diff where a document is not what its sources give.
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
    let documents = match args.documents.as_slice() {
        [] => [markdown(Path::new("."), 1)?, markdown(Path::new("docs"), usize::MAX)?].concat(),
        named => {
            let found = named.iter().map(|path| markdown(path, usize::MAX));
            found.collect::<Result<Vec<_>>>()?.concat()
        }
    };
    let (mut stale, mut filled) = (0_u32, 0_u32);
    for path in &documents {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let new = document::fill(&text, &mut |block| {
            filled += 1;
            blocks::content(Path::new("."), path, block)
        })
        .map_err(|error| anyhow!("{}:{error:#}", path.display()))?;
        if new == text {
            continue;
        }
        stale += 1;
        let name = path.display().to_string();
        if args.check {
            print!("{}", TextDiff::from_lines(&text, &new).unified_diff().header(&name, &name));
        } else {
            fs::write(path, new).with_context(|| name.clone())?;
            println!("{name}: written");
        }
    }
    if args.check && stale > 0 {
        bail!(
            "{stale} of {} documents are not what their sources give: run `make gen`",
            documents.len()
        );
    }
    println!("{} documents, {filled} blocks: up to date", documents.len());
    Ok(())
}

/// The Markdown documents at a path, sorted; of a folder down to this depth.
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
