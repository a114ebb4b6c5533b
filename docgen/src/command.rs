//! Blocks that show the output of a command.

use std::{
    env,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};

use crate::case::fence;

/// The format of a command's output.
#[derive(Clone, Copy)]
pub enum Look {
    /// Without colours, lines not folded.
    Plain,
    /// With colours, lines folded at this number of columns.
    Terminal { columns: u16 },
}

/// Returns the standard output of a command as a block.
///
/// # Errors
/// If it is not a command that documents show, or fails; exit code 1 (something is denied) is not a failure.
pub fn output(root: &Path, line: &str) -> Result<String> {
    let printed = printed(root, line, Look::Plain)?;
    Ok(fence("console", &format!("$ {line}\n{printed}")))
}

/// Returns the standard output of a command, run in the project's folder with `target/debug` first in the
/// path.
///
/// # Errors
/// If it is not a command that documents show, or fails; exit code 1 (something is denied) is not a failure.
pub fn printed(root: &Path, line: &str, look: Look) -> Result<String> {
    let words =
        shlex::split(line).with_context(|| format!("can't parse `{line}` as a shell command"))?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (program, arguments) = match words.as_slice() {
        ["make", "run"] => ("make", &["--no-print-directory", "run"][..]),
        ["admit", arguments @ ..] => ("admit", arguments),
        _ => bail!("documents show `admit …` and `make run`, not `{line}`"),
    };
    let root = root.canonicalize()?;
    let path = env::var_os("PATH").unwrap_or_default();
    let path = [root.join("target/debug")].into_iter().chain(env::split_paths(&path));
    let mut command = Command::new(program);
    command.args(arguments).current_dir(&root).env("PATH", env::join_paths(path)?);
    // Settings of the caller's terminal or of make would change the output.
    for variable in
        ["ADMIT_POLICY", "CLICOLOR_FORCE", "COLUMNS", "MAKEFLAGS", "MAKELEVEL", "NO_COLOR"]
    {
        command.env_remove(variable);
    }
    match look {
        Look::Plain => command.env("NO_COLOR", "1"),
        Look::Terminal { columns } => {
            command.env("CLICOLOR_FORCE", "1").env("COLUMNS", columns.to_string())
        }
    };
    command.stdin(Stdio::null());
    let ran = command.output().with_context(|| format!("`{line}` can't be run"))?;
    let shown = matches!(ran.status.code(), Some(0 | 1));
    ensure!(shown, "`{line}`: {}\n{}", ran.status, String::from_utf8_lossy(&ran.stderr).trim_end());
    let printed = String::from_utf8(ran.stdout)?;
    Ok(answer(program, &printed).to_owned())
}

/// The part of the output that is shown: for `make`, everything after the first empty line, because the
/// commands of a build can come before it.
fn answer<'p>(program: &str, printed: &'p str) -> &'p str {
    let is_built = program != "make" || printed.starts_with('\n');
    let begin = if is_built { 0 } else { printed.find("\n\n").unwrap_or_default() };
    printed.get(begin..).unwrap_or_default().trim_start_matches('\n')
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn make_run(recipe: &str) -> Result<String, String> {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("Makefile"), format!("run:\n\t@{recipe}\n")).unwrap();
        output(root.path(), "make run").map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_printed_is_shown() {
        let expected = Ok("```console\n$ make run\n  a\n\nb\n```\n");
        let shown = make_run("printf '\\n  a\\n\\nb\\n\\n'; echo not this >&2");
        assert_eq!(shown.as_deref(), expected);
        let shown = make_run("printf 'cc -o c\\n\\n  a\\n\\nb\\n\\n'");
        assert_eq!(shown.as_deref(), expected);
    }

    #[test]
    fn a_failure_is_told_with_what_it_said() {
        let error = make_run("echo because >&2; exit 3").unwrap_err();
        assert!(error.starts_with("`make run`: exit status: 2\nbecause\n"), "{error}");
    }

    #[test]
    fn other_commands_are_not_run() {
        let error = output(Path::new("."), "make lint").unwrap_err().to_string();
        assert_eq!(error, "documents show `admit …` and `make run`, not `make lint`");
        let error = output(Path::new("."), "admit 'a").unwrap_err().to_string();
        assert_eq!(error, "can't parse `admit 'a` as a shell command");
    }
}
