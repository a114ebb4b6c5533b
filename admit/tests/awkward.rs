//! Every file is checked, or the reason is reported. Nothing is skipped silently.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::{fs, path::Path};

use common::{admit, run};
use rstest::rstest;

/// A pod with one finding, `efa-limits` on its last line.
const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: train}
spec:
  containers:
  - name: c
    image: x
    resources:
      requests:
        vpc.amazonaws.com/efa: 4
";
const JSON: &str = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "train"}, "spec": {"containers": [{"name": "c", "resources": {"requests": {"vpc.amazonaws.com/efa": 4}}}]}}"#;

/// The output for a folder with only this file: the lines of the findings, the notes and errors, the exit
/// code.
fn said(name: &str, bytes: &[u8]) -> (Vec<String>, String, i32) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    let ran = run(admit(&["."]).current_dir(folder.path()));
    let found = ran.stdout.lines().filter_map(|line| line.split_once("efa-limits "));
    (found.map(|(_, place)| place.to_owned()).collect(), ran.stderr, ran.code)
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(unit).collect()
}

const EFA: &str = "spec.containers[c].resources.requests[vpc.amazonaws.com/efa]";

#[rstest]
#[case::byte_order_mark("a.yaml", ["\u{feff}", POD].concat().into_bytes(), 10)]
#[case::utf_16("a.yaml", utf16(POD, u16::to_le_bytes), 10)]
#[case::utf_16_big_endian("a.yaml", utf16(POD, u16::to_be_bytes), 10)]
#[case::lines_of_windows("a.yaml", POD.replace('\n', "\r\n").into_bytes(), 10)]
#[case::in_capitals("A.YAML", POD.into(), 10)]
#[case::json("a.json", JSON.into(), 1)]
#[case::json_in_yaml("a.yaml", JSON.into(), 1)]
#[case::a_directive("a.yaml", ["%YAML 1.2\n---\n", POD].concat().into_bytes(), 12)]
#[case::ends_of_documents("a.yaml", ["# none\n...\n---\n", POD, "...\n"].concat().into_bytes(), 13)]
#[case::a_list("a.yaml", ["kind: List\nitems: [null, 3,\n", JSON, "]\n"].concat().into_bytes(), 3)]
#[case::a_pod_list("a.json", format!("{{\"kind\": \"PodList\", \"items\": [\n{JSON}]}}").into_bytes(), 2)]
#[case::words_of_yaml_1_1("a.yaml", POD.replace(": 4", ": 0x4").into_bytes(), 10)]
#[case::a_link_name("my pod (1).yml", POD.into(), 10)]
fn it_is_judged(#[case] name: &str, #[case] bytes: Vec<u8>, #[case] line: u32) {
    let (found, _, code) = said(name, &bytes);
    assert_eq!(found, [format!("./{name}:{line} {EFA}")]);
    assert_eq!(code, 0);
}

#[rstest]
#[case::a_stream_of_json("a.json", format!("{JSON}\n{JSON}"), &[1, 2], "", 0)]
#[case::a_fault_in_the_middle(
    "a.yaml", format!("{POD}---\na: [\n---\n{POD}"), &[10, 23],
    "error: ./a.yaml:13:1: while parsing", 2
)]
#[case::a_stream_that_breaks_off("a.json", format!("{JSON}\n{{\"kind\":"), &[1], "error: ./a.json:2:8: EOF", 2)]
#[case::anchors(
    "a.yaml", POD.replace("resources:\n", "resources: &r\n") + "  initContainers: [{name: i, resources: *r}]\n",
    &[10], "", 0
)]
fn what_can_be_is_judged(
    #[case] name: &str,
    #[case] text: String,
    #[case] lines: &[u32],
    #[case] error: &str,
    #[case] expected: i32,
) {
    let (found, errors, code) = said(name, text.as_bytes());
    let lines: Vec<String> = lines.iter().map(|line| format!("./{name}:{line} {EFA}")).collect();
    assert_eq!((found, code), (lines, expected), "{errors}");
    assert!(errors.starts_with(error), "{errors}");
}

#[rstest]
#[case::latin_1("a.yaml", b"# \xe9\n".to_vec(), "error: ./a.yaml:1:3: the byte 0xE9 is not UTF-8")]
#[case::keys_twice("a.yaml", POD.replace("    image: x\n", "    name: d\n").into(), "error: ./a.yaml:7:5: the key \"name\" is already on line 6")]
#[case::keys_twice_in_json("a.json", br#"{"kind": 1, "kind": 2}"#.to_vec(), "error: ./a.json:1:18: the key \"kind\" is given twice")]
#[case::brackets("a.yaml", vec![b'['; 40_000], "error: ./a.yaml:1:256: it is nested more than 127 levels deep")]
#[case::aliases_that_multiply(
    "a.yaml",
    (0..10).fold("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, level| {
        text + &format!("a{0}: &a{0} [{1}]\n", level + 1, format!("*a{level},").repeat(10))
    }).into_bytes(),
    "error: ./a.yaml:7:18: its aliases expand without end"
)]
#[case::a_tab("a.yaml", b"a:\n\tb: 1\n".to_vec(), "error: ./a.yaml:2:2: tabs disallowed")]
#[case::wrong_types("a.yaml", POD.replace("spec:\n", "spec:\n  hostNetwork: perhaps\n").into(), "error: ./a.yaml:5:3: spec.hostNetwork: must be `true` or `false`, not \"perhaps\"")]
#[case::a_variable("a.yaml", POD.replace(": 4", ": ${EFA}").into(), "error: ./a.yaml:10:9: spec.containers[c].resources.requests[vpc.amazonaws.com/efa]: `${EFA}` is not set; run `envsubst < ./a.yaml | admit -`")]
#[case::a_template("a.yaml", POD.replace(": 4", ": {{ .Values.efa }}").into(), "error: ./a.yaml:1:1: this looks like a Helm template; run `helm template … | admit -`")]
fn it_is_told_why_not(#[case] name: &str, #[case] bytes: Vec<u8>, #[case] error: &str) {
    let (found, errors, code) = said(name, &bytes);
    assert_eq!((found, code), (Vec::new(), 2), "{errors}");
    assert!(errors.starts_with(error), "{errors}");
}

#[rstest]
#[case::another_kind(
    "kind: Service\napiVersion: v1\n",
    "./a.yaml: skipped, the policy has no rules for the kind Service\n"
)]
#[case::a_slip(
    "kind: Pdo\napiVersion: v1\n",
    "./a.yaml: skipped, unknown kind Pdo; did you mean `Pod`?\n"
)]
#[case::no_kind("apiVersion: v1\n", "./a.yaml: skipped, not a Kubernetes object: no `kind`\n")]
#[case::a_list_of_json("[{}]", "./a.yaml: skipped, not a Kubernetes object, but a list\n")]
#[case::nothing("# nothing\n", "")]
fn it_is_said_that_it_is_skipped(#[case] text: &str, #[case] skipped: &str) {
    let (found, notes, code) = said("a.yaml", text.as_bytes());
    assert_eq!((found, code), (Vec::new(), 0));
    assert!(notes.contains(skipped) && notes.contains("nothing to check"), "{notes}");
}

#[cfg(unix)]
#[test]
fn links_are_followed_to_files_and_told_where_they_lead_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("real")).unwrap();
    fs::write(path("real/pod.yaml"), POD).unwrap();
    let link =
        |to: &str, name: &str| std::os::unix::fs::symlink(Path::new(to), path(name)).unwrap();
    link("real/pod.yaml", "link.yaml");
    link("nowhere", "dangling.yaml");
    link("self.yaml", "self.yaml");
    link("real", "folder.yaml");
    link("..", "up");
    let ran = run(admit(&["."]).current_dir(folder.path()));
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(
        lines,
        [
            "error: ./dangling.yaml: a broken link",
            "./folder.yaml: skipped, a link to a folder",
            "error: ./self.yaml: a broken link",
        ]
    );
    assert!(ran.stdout.starts_with("./link.yaml Pod train: "), "{}", ran.stdout);
    assert!(
        ran.stdout
            .ends_with("\n2 objects checked, 2 not checked: 2 findings (2 fix; --fix repairs 2)\n")
    );
}

#[test]
fn a_folder_without_manifests_is_an_error_and_one_without_workloads_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let judge = |arguments: &[&str]| run(admit(arguments).current_dir(folder.path()));
    let empty = judge(&["."]);
    assert_eq!(
        (empty.code, &*empty.stderr),
        (2, "error: .: contains no .yaml, .yml or .json file\n")
    );
    fs::write(folder.path().join("a.yaml"), "kind: Service\napiVersion: v1\n").unwrap();
    assert_eq!((judge(&["."]).code, judge(&["--require-match", "."]).code), (0, 2));
}

/// A kustomization's patch is not an object, whether or not the tool to render it is installed.
#[test]
fn a_patch_is_no_object() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("kustomization.yaml", "resources: [pod.yaml]\npatches: [{path: patch.yaml}]\n");
    write("pod.yaml", POD);
    write("patch.yaml", POD);
    let ran = run(admit(&["--no-render", "."]).current_dir(folder.path()));
    assert!(ran.stdout.contains("1 object checked"), "{}", ran.stdout);
    let skipped = "./patch.yaml: skipped, a patch of a kustomization, not an object; run `kubectl kustomize DIR | admit -`\n";
    assert_eq!(ran.stderr, skipped);
}

/// With enough files to use all cores, the reports are still in order.
#[test]
fn all_are_told_in_order() {
    let folder = tempfile::tempdir().unwrap();
    for index in 0..200 {
        let pods = [POD, "---\n"].concat().repeat(if index == 50 { 2_000 } else { 1 });
        fs::write(folder.path().join(format!("{index:03}.yaml")), pods).unwrap();
    }
    let ran = run(admit(&["-o", "json", "."]).current_dir(folder.path()));
    let files = ran.stdout.lines().map(|line| line.split('"').nth(3).unwrap().to_owned());
    let files: Vec<String> = files.collect();
    assert_eq!(files.len(), 199 + 2_000);
    let number =
        |uid: &str| -> u32 { uid.split_once('#').map_or(0, |(_, number)| number.parse().unwrap()) };
    let key = |uid: &String| (uid.split('#').next().unwrap().to_owned(), number(uid));
    assert!(files.is_sorted_by_key(key));
}
