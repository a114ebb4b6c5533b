//! Renders charts and kustomizations with the installed tools.

use std::{
    io::ErrorKind,
    path::Path,
    process::{Command, Stdio},
};

/// A tool that renders a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// `helm template`
    Helm,
    /// `kubectl kustomize`
    Kustomize,
}

/// The result of rendering.
#[derive(Debug)]
pub enum Rendered {
    /// The manifests.
    Text(String),
    /// The tool is not installed.
    NoTool,
    /// The tool failed, with this message.
    Failed(String),
}

impl Tool {
    /// The command, as a person would write it.
    pub fn command(self) -> &'static str {
        match self {
            Self::Helm => "helm template",
            Self::Kustomize => "kubectl kustomize",
        }
    }

    /// Renders a folder.
    pub fn render(self, folder: &Path) -> Rendered {
        let mut words = self.command().split(' ');
        let mut command = Command::new(words.next().unwrap_or_default());
        let ran = command.args(words).arg(folder).stdin(Stdio::null()).output();
        match ran {
            Ok(output) if output.status.success() => {
                Rendered::Text(String::from_utf8_lossy(&output.stdout).into_owned())
            }
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                let last = said.lines().rfind(|line| !line.trim().is_empty());
                Rendered::Failed(last.unwrap_or("it fails").trim().to_owned())
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Rendered::NoTool,
            Err(error) => Rendered::Failed(error.to_string()),
        }
    }
}
