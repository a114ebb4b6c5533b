//! Loads the policy module from a file or a registry.

use std::{fmt, fs, path::PathBuf, str::FromStr};

use anyhow::{Context, Error, Result, anyhow, ensure};
use oci_client::Reference;

use super::{module::Module, registry};

const SCHEME: &str = "registry://";

/// The origin of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// The content of a tag or a digest in a registry.
    Registry(Reference),
}

impl FromStr for Source {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Some(reference) = text.strip_prefix(SCHEME) {
            let reference = reference.parse().map_err(|error| {
                anyhow!("{error}; write {SCHEME}HOST/REPOSITORY:TAG or {SCHEME}HOST/REPOSITORY@sha256:DIGEST")
            })?;
            return Ok(Self::Registry(reference));
        }
        ensure!(!text.contains("://"), "only files and registry:// work here; download it first");
        Ok(Self::File(text.into()))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Registry(reference) => write!(f, "{SCHEME}{reference}"),
        }
    }
}

impl Source {
    /// Reads and compiles the module.
    ///
    /// # Errors
    /// If it can't be read or pulled, or is not a WebAssembly module that the engine accepts.
    pub fn load(&self) -> Result<Module> {
        let bytes = match self {
            Self::File(path) => fs::read(path).with_context(|| {
                format!(
                    "can't read the policy {self}; build it with `make policy.wasm`, or name another file with --policy"
                )
            })?,
            Self::Registry(reference) => registry::pull(reference)
                .with_context(|| format!("can't pull the policy {self}"))?,
        };
        Module::compile(&bytes).with_context(|| format!("{self} is not a policy module"))
    }
}
