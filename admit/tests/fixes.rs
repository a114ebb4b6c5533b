//! Runs `--fix` on realistic manifests, `e2e/fixes/before`: they become those in `e2e/fixes/after`, and
//! only the lines change that must. If `BLESS` is set in the environment, the results are recorded instead.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::{collections::BTreeSet, env, fs, path::Path};

use common::{admit, run};
use testkit::files::root;

const SETTINGS: &str = "e2e/fixes/settings.yml";

fn names() -> Vec<String> {
    let folder = fs::read_dir(root().join("e2e/fixes/before")).unwrap();
    let mut names: Vec<String> =
        folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn text(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn files_are_repaired_where_they_have_to_be_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let copy = |name: &str| folder.path().join(name);
    for name in names() {
        fs::copy(root().join("e2e/fixes/before").join(&name), copy(&name)).unwrap();
    }
    let path = folder.path().to_str().unwrap();
    let ran = run(&mut admit(&["--fix", "-s", SETTINGS, path]));
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    for name in names() {
        let (after, recorded) = (text(copy(&name)), root().join("e2e/fixes/after").join(&name));
        if env::var_os("BLESS").is_some() {
            fs::write(&recorded, &after).unwrap();
        }
        assert_eq!(after, text(recorded), "{name}");
        let before = text(root().join("e2e/fixes/before").join(&name));
        assert_ne!(after, before, "{name}");
        // All comments stay.
        let comments = |text: &str| -> BTreeSet<String> {
            text.lines()
                .filter_map(|line| line.split_once(" #"))
                .map(|(_, said)| said.to_owned())
                .collect()
        };
        assert_eq!(comments(&after), comments(&before), "{name}");
    }
    let again = run(&mut admit(&["--fix", "-s", SETTINGS, path]));
    assert!(!again.stderr.contains("repaired"), "{}", again.stderr);
    let left = run(&mut admit(&["--fail-on", "fix", "-s", SETTINGS, path]));
    assert_eq!(left.code, 0, "{}", left.stdout);
}

/// The patch of `--diff` does the same as `--fix`, and is no longer than necessary.
#[test]
fn the_patch_is_what_is_written() {
    let ran = run(&mut admit(&["--diff", "-s", SETTINGS, "e2e/fixes/before"]));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let changed = |sign: char| {
        let lines =
            ran.stdout.lines().filter(|line| !line.starts_with(&*sign.to_string().repeat(3)));
        lines.filter_map(|line| line.strip_prefix(sign)).map(str::to_owned).collect::<Vec<_>>()
    };
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    for name in names() {
        let before = text(root().join("e2e/fixes/before").join(&name));
        let after = text(root().join("e2e/fixes/after").join(&name));
        let diff = similar::TextDiff::from_lines(&before, &after);
        for change in diff.iter_all_changes() {
            let line = change.value().trim_end_matches('\n').to_owned();
            match change.tag() {
                similar::ChangeTag::Delete => removed.push(line),
                similar::ChangeTag::Insert => added.push(line),
                similar::ChangeTag::Equal => {}
            }
        }
    }
    assert_eq!((changed('-'), changed('+')), (removed, added));
}

/// Values that other places share are left alone, and that is reported before anything is written.
#[test]
fn what_can_not_be_written_is_said_before() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nx: &r {requests: {vpc.amazonaws.com/efa: 1}}\n\
               spec:\n  containers:\n  - {name: c, resources: *r}\n";
    let said = "  note --fix can't repair this file: spec.containers[c].resources.limits comes from an anchor";
    let looked = run(admit(&["-"]).write_stdin(pod));
    assert!(looked.stdout.contains(said), "{}", looked.stdout);
    assert!(!looked.stdout.contains("--fix repairs"), "{}", looked.stdout);
    let fixed = run(admit(&["--fix", "--fail-on", "fix", "-"]).write_stdin(pod));
    assert_eq!((fixed.code, &*fixed.stdout), (1, pod));
    assert!(fixed.stderr.contains(said), "{}", fixed.stderr);
}

/// A silenced finding is not repaired, and a denied object is not allowed if its fix can't be written.
#[test]
fn only_what_is_told_is_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let judge = |arguments: &[&str]| run(admit(arguments).current_dir(folder.path()));
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: c\n    \
               resources: {requests: {vpc.amazonaws.com/efa: 1}} # admit: allow efa-limits the plugin sets it\n";
    write("silenced.yaml", pod);
    let ran = judge(&["--fix", "silenced.yaml"]);
    assert_eq!((ran.code, text(folder.path().join("silenced.yaml"))), (0, pod.to_owned()));
    assert_eq!(ran.stdout, "1 object checked: no findings, 1 silenced\n");

    let shared = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nx: &r {requests: {vpc.amazonaws.com/efa: 1}}\n\
                  spec:\n  containers:\n  - {name: c, resources: *r}\n";
    write("shared.yaml", shared);
    write("deny.yml", "rules: {efa-limits: deny}\n");
    for arguments in
        [&["-s", "deny.yml"][..], &["--fix", "-s", "deny.yml"], &["--diff", "-s", "deny.yml"]]
    {
        let ran = judge(&[arguments, &["shared.yaml"]].concat());
        assert_eq!((ran.code, text(folder.path().join("shared.yaml"))), (1, shared.to_owned()));
    }
}

/// A byte order mark stays; a UTF-16 file is not rewritten.
#[test]
fn bytes_stay_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: c\n    \
               resources: {requests: {vpc.amazonaws.com/efa: 1}}\n";
    let path = folder.path().join("pod.yaml");
    fs::write(&path, format!("\u{feff}{pod}")).unwrap();
    let ran = run(&mut admit(&["--fix", path.to_str().unwrap()]));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(text(&path).starts_with("\u{feff}apiVersion") && text(&path).contains("limits"));
    let wide: Vec<u8> =
        std::iter::once(0xfeff).chain(pod.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    fs::write(&path, &wide).unwrap();
    let ran = run(&mut admit(&["--fix", "--fail-on", "fix", path.to_str().unwrap()]));
    assert_eq!((ran.code, fs::read(&path).unwrap()), (1, wide));
}
