//! Runs `docgen` as `make gen` and `make gen-check` do, in a temporary folder.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path};

use assert_cmd::Command;
use tempfile::TempDir;

/// A project with one case, and this README.
fn project(readme: &str) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let case = root.path().join("e2e/cases/a/b");
    fs::create_dir_all(&case).unwrap();
    fs::create_dir(root.path().join("docs")).unwrap();
    for (name, text) in
        [("object.json", r#"{"kind": "Pod"}"#), ("response.json", r#"{"allowed": true}"#)]
    {
        fs::write(case.join(name), text).unwrap();
    }
    fs::write(root.path().join("README.md"), readme).unwrap();
    root
}

fn docgen(root: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docgen"));
    let output = command.current_dir(root).args(arguments).env("NO_COLOR", "1").output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const STALE: &str = "# A\n\n<!-- gen: case a/b -->\n```yaml\nkind: Job\n```\n<!-- /gen -->\n";
const FILLED: &str = "# A\n\n<!-- gen: case a/b -->\n```yaml\nkind: Pod\n```\n\n\
    Allowed, no findings.\n<!-- /gen -->\n";

#[test]
fn a_stale_document_is_shown_and_then_filled() {
    let root = project(STALE);
    let diff = "--- README.md\n+++ README.md\n@@ -2,6 +2,8 @@\n \n <!-- gen: case a/b -->\n ```yaml\n\
        -kind: Job\n+kind: Pod\n ```\n+\n+Allowed, no findings.\n <!-- /gen -->\n";
    let told = "error: 1 of 1 files are out of date; run `make gen`\n";
    assert_eq!(
        docgen(root.path(), &["--check", "README.md"]),
        (1, diff.to_owned(), told.to_owned())
    );
    let readme = || fs::read_to_string(root.path().join("README.md")).unwrap();
    assert_eq!(readme(), STALE);

    let (code, said, _) = docgen(root.path(), &["README.md"]);
    assert_eq!((code, said.as_str()), (0, "README.md: written\n1 files, 1 blocks: up to date\n"));
    assert_eq!(readme(), FILLED);
    let told = "1 files, 1 blocks: up to date\n";
    assert_eq!(docgen(root.path(), &["--check", "README.md"]), (0, told.to_owned(), String::new()));
}

#[test]
fn what_can_not_be_filled_is_refused_with_its_file_and_line() {
    for (asked, told) in [
        ("cases a/b", "unknown kind of block `cases`; did you mean `case`?"),
        ("case a/c", "there is no case `a/c` in e2e/cases"),
        ("$ rm -r docs", "documents show `admit …` and `make run`, not `rm -r docs`"),
    ] {
        let text = format!("# A\n\n<!-- gen: {asked} -->\n<!-- /gen -->\n");
        let root = project(&text);
        for arguments in [&["--check", "README.md"][..], &["README.md"]] {
            let told = format!("error: README.md:3: {told}\n");
            assert_eq!(docgen(root.path(), arguments), (1, String::new(), told));
        }
        assert_eq!(fs::read_to_string(root.path().join("README.md")).unwrap(), text);
    }
}
