//! Makes pictures for documents from the output of commands: a terminal with its colours, or a picture that
//! the command draws itself.

use std::path::{Path, PathBuf};

use anstyle_svg::Term;
use anyhow::Result;

use crate::command::{Look, printed};

/// Each picture: its file, the command, and what draws it.
const PICTURES: [(&str, &str, Drawn); 4] = [
    ("denied.svg", "admit examples/aws-example-pod.yaml", Drawn::Terminal),
    ("repaired.svg", "admit examples/aws-node.yaml", Drawn::Terminal),
    (
        "capacity.svg",
        "admit capacity -o svg p6-b200.48xlarge p5.48xlarge g6.12xlarge m5.4xlarge m5.xlarge m5.large",
        Drawn::ByCommand,
    ),
    ("plan.svg", "admit plan -s playground/plans/address-plan.yml -o svg", Drawn::ByCommand),
];

enum Drawn {
    /// The output of the command, drawn as in a terminal.
    Terminal,
    /// The output of the command is the picture.
    ByCommand,
}

/// The width of the terminal.
const COLUMNS: u16 = 110;

/// Returns the path and the text of each picture.
///
/// # Errors
/// If a command can't be run, or fails.
pub fn pictures(root: &Path) -> Result<Vec<(PathBuf, String)>> {
    let picture = |(name, line, drawn): &(&str, &str, Drawn)| {
        let text = match drawn {
            Drawn::Terminal => {
                let printed = printed(root, line, Look::Terminal { columns: COLUMNS })?;
                Term::new().render_svg(&format!("$ {line}\n{}", printed.trim_end())) + "\n"
            }
            Drawn::ByCommand => printed(root, line, Look::Plain)?,
        };
        Ok((Path::new("docs/pictures").join(name), text))
    };
    PICTURES.iter().map(picture).collect()
}
