//! The documents of files, folders and standard input.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::Value;
use walkdir::WalkDir;

/// A file with its documents.
#[derive(Debug)]
pub struct File {
    /// Where it was read; `-` is standard input.
    pub path: PathBuf,
    /// Whether it is JSON rather than YAML.
    pub json: bool,
    /// Its documents.
    pub documents: Vec<Document>,
}

/// A document of a file.
#[derive(Debug)]
pub struct Document {
    /// Its text, as it stands in the file.
    pub text: String,
    /// What it holds.
    pub value: Value,
}

/// Reads files, the manifests in folders, and standard input for `-`.
///
/// # Errors
/// Where something can't be read, or is neither YAML nor JSON.
pub fn read(paths: &[PathBuf]) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("can't read standard input")?;
            files.push(parse(path, &text)?);
        } else if path.is_dir() {
            let before = files.len();
            for entry in WalkDir::new(path).sort_by_file_name() {
                let entry = entry?;
                if entry.file_type().is_file() && is_manifest(entry.path()) {
                    files.push(read_file(entry.path())?);
                }
            }
            ensure!(files.len() > before, "{} holds no .yaml, .yml or .json file", path.display());
        } else {
            files.push(read_file(path)?);
        }
    }
    Ok(files)
}

fn is_manifest(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|known| ending == *known))
}

fn read_file(path: &Path) -> Result<File> {
    let text =
        fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
    parse(path, &text)
}

fn parse(path: &Path, text: &str) -> Result<File> {
    let named_json = path.extension().is_some_and(|ending| ending == "json");
    if named_json || text.trim_start().starts_with('{') {
        match serde_json::from_str(text) {
            Ok(value) => {
                let documents = vec![Document { text: text.to_owned(), value }];
                return Ok(File { path: path.to_owned(), json: true, documents });
            }
            // YAML may begin with a brace too.
            Err(_) if !named_json => {}
            Err(error) => {
                return Err(error).with_context(|| format!("{} is not JSON", path.display()));
            }
        }
    }
    let mut documents = Vec::new();
    for text in split(text) {
        let value = Value::deserialize(yaml_serde::Deserializer::from_str(&text))
            .with_context(|| format!("{} is neither YAML nor JSON", path.display()))?;
        match value {
            Value::Null => {}
            Value::Object(_) => documents.push(Document { text, value }),
            value => bail!("{} holds no Kubernetes object, but {value}", path.display()),
        }
    }
    Ok(File { path: path.to_owned(), json: false, documents })
}

/// The documents of a YAML stream, each with the `---` line before it.
fn split(text: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for line in text.split_inclusive('\n') {
        let marker = line.trim_end() == "---" || line.starts_with("--- ");
        if marker && documents.last().is_some_and(|document| !document.is_empty()) {
            documents.push(String::new());
        }
        if let Some(document) = documents.last_mut() {
            document.push_str(line);
        }
    }
    documents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_split_and_joins_to_the_same_text() {
        let text =
            "# first\nkind: A\n---\n# second\nkind: B\ntext: |\n  ----\n--- # third\nkind: C\n";
        let file = parse(Path::new("x.yaml"), text).unwrap();
        let kinds: Vec<_> = file.documents.iter().map(|document| &document.value["kind"]).collect();
        assert_eq!(kinds, ["A", "B", "C"]);
        assert_eq!(file.documents.iter().map(|d| d.text.as_str()).collect::<String>(), text);
    }

    #[test]
    fn what_holds_no_object_is_refused() {
        let error = parse(Path::new("x.yaml"), "just words").unwrap_err();
        assert_eq!(error.to_string(), "x.yaml holds no Kubernetes object, but \"just words\"");
        assert!(parse(Path::new("x.yaml"), "a: [1").is_err());
    }
}
