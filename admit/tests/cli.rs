//! The runner as people and pipelines use it: its output and exit codes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;

use common::{admit, run};
use serde_json::Value;
use testkit::corpus::case;
use testkit::files::{root, write as file};

const POD: &str = "examples/aws-example-pod.yaml";
const CNI: &str = "examples/aws-node.yaml";

#[test]
fn a_denied_manifest_exits_with_1_and_says_why() {
    let ran = run(&mut admit(&[POD]));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.starts_with("examples/aws-example-pod.yaml Pod ml-workload: denied\n"));
    assert!(ran.stdout.contains("  deny  node-unsatisfiable examples/aws-example-pod.yaml:9 spec.nodeSelector[karpenter.k8s.aws/instance-network-bandwidth]\n"));
}

#[test]
fn a_repaired_manifest_exits_with_0_and_shows_the_lines() {
    let ran = run(&mut admit(&[CNI]));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.starts_with(
        "examples/aws-node.yaml DaemonSet aws-node: allowed, the cluster repairs it\n"
    ));
    let lines = "\n        69 -             - { name: ENABLE_PREFIX_DELEGATION, value: \"false\" }\
                 \n           +             - { name: ENABLE_PREFIX_DELEGATION, value: \"true\" }\n";
    assert!(ran.stdout.contains(lines), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("\n1 object checked: 1 finding (1 fix; --fix repairs 1)\n"));
    assert_eq!(run(&mut admit(&["--fail-on", "fix", CNI])).code, 1);
}

#[test]
fn json_is_a_record_a_line() {
    let ran = run(&mut admit(&["--output", "json", "examples"]));
    assert_eq!(ran.code, 1);
    let allowed: Vec<(String, bool)> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|line| (line["uid"].as_str().unwrap().to_owned(), line["allowed"] == true))
        .collect();
    let expected = [
        ("examples/aws-example-pod-repaired.yaml", true),
        ("examples/aws-example-pod.yaml", false),
        ("examples/aws-node.yaml", true),
        ("examples/cluster/cni.yaml", true),
        ("examples/cluster/nodeclasses.yaml#0", true),
        ("examples/cluster/nodeclasses.yaml#1", true),
        ("examples/cluster/nodepools.yaml#0", true),
        ("examples/cluster/nodepools.yaml#1", true),
        ("examples/cluster/nodepools.yaml#2", true),
        ("examples/cluster/nodepools.yaml#3", true),
        ("examples/cluster/overlays.yaml", true),
    ];
    assert_eq!(allowed, expected.map(|(uid, allowed)| (uid.to_owned(), allowed)));
}

#[test]
fn requests_and_reviews_are_judged_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let request = case("efa-count/more-than-a-p5-has").request;
    let path = file(folder.path(), "request.json", &request);
    let ran = run(&mut admit(&["-o", "json", &path]));
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &answer["uid"]), (1, &"705ab4f5-6393-11e8-b7cc-42010a800002".into()));

    let review = format!(r#"{{"kind": "AdmissionReview", "request": {request}}}"#);
    let ran = run(admit(&["-o", "json", "-"]).write_stdin(review));
    let of_review: Value = serde_json::from_str(&ran.stdout).unwrap();
    for key in ["uid", "allowed", "status", "warnings", "object"] {
        assert_eq!(of_review[key], answer[key], "{key}");
    }
    assert_eq!(of_review["findings"][0]["places"][0]["line"], 16);
}

#[test]
fn fix_rewrites_only_the_documents_that_need_it() {
    let folder = tempfile::tempdir().unwrap();
    let kept = "# a comment\nkind: ConfigMap # not judged\napiVersion: v1\n---\n";
    let pod = fs::read_to_string(root().join(POD)).unwrap();
    let path = file(folder.path(), "all.yaml", &format!("{kept}{pod}"));
    let ran = run(&mut admit(&["--fix", &path]));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with(kept), "{text}");
    assert!(text.contains("operator: Gt"), "{text}");
    // A repaired file needs no further repair, and is allowed as it is.
    let ran = run(&mut admit(&["--fix", &path]));
    assert_eq!((ran.code, fs::read_to_string(&path).unwrap()), (0, text));
}

#[test]
fn fix_writes_standard_input_to_standard_output() {
    let pod = fs::read_to_string(root().join(POD)).unwrap();
    let ran = run(admit(&["--fix", "-"]).write_stdin(pod));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.starts_with("# The example of AWS's"), "{}", ran.stdout);
    assert!(ran.stdout.contains("operator: Gt"), "{}", ran.stdout);
    assert!(
        ran.stderr.contains("\n1 object checked: 1 finding (1 warn), 1 fixed\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn an_update_is_judged_against_the_old_object() {
    let ran = run(&mut admit(&["--operation", "update", "--old", CNI, CNI]));
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("  warn  prefix-delegation"), "{}", ran.stdout);
    let ran = run(&mut admit(&["--operation", "update", POD]));
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("an UPDATE needs the old object: --old FILE"), "{}", ran.stderr);
    let ran = run(&mut admit(&["--old", POD, POD]));
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("add `--operation UPDATE`"), "{}", ran.stderr);
}

#[test]
fn a_name_begins_no_line() {
    let pod =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: \"x\\n::error::y\"}\nspec: {containers: []}\n";
    let ran = run(admit(&["-"]).write_stdin(pod));
    assert_eq!(ran.stdout, "1 object checked: no findings\n");
    let ran = run(admit(&["--explain", "-"]).write_stdin(pod));
    assert!(ran.stdout.starts_with("<stdin> Pod x ::error::y: allowed\n"), "{}", ran.stdout);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_manifest_is_judged_as_the_manifest() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(root().join(POD), folder.path().join("pod.yaml")).unwrap();
    let ran = run(&mut admit(&[folder.path().to_str().unwrap()]));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
}

#[test]
fn settings_come_from_a_file_or_from_a_policy_that_has_them() {
    let folder = tempfile::tempdir().unwrap();
    for (name, settings) in [
        ("settings.yml", "rules:\n  prefix-delegation: deny\n"),
        (
            "policy.yml",
            "kind: ClusterAdmissionPolicy\nspec:\n  settings:\n    rules: {prefix-delegation: deny}\n",
        ),
        (
            "policies.yml",
            "spec: {settings: {rules: {prefix-delegation: deny}}}\n---\nspec: {settings: {rules: {prefix-delegation: deny}}}\n",
        ),
    ] {
        let settings = file(folder.path(), name, settings);
        let ran = run(&mut admit(&["--settings", &settings, CNI]));
        assert_eq!(ran.code, 1, "{name}: {}", ran.stdout);
    }
}

#[test]
fn what_can_not_be_judged_exits_with_2_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name, text| file(folder.path(), name, text);
    let typo = file("typo.yml", "rules: {efa-cout: deny}\nmutat: false\n");
    let words = file("words.yml", "just words");
    let broken = file("broken.yml", "a: [1");
    let string = file("string.yml", "apiVersion: v1\nkind: Pod\nspec: {containers: none}\n");
    let two = file("two.yml", "spec: {settings: {mutate: true}}\n---\nspec: {settings: {}}\n");
    let cases: [(&[&str], &str); 8] = [
        (&["--settings", &two, POD], "two.yml contains different settings"),
        (&["no-such-file.yml"], "error: no-such-file.yml: can't read it: No such file"),
        (&["capcity", "p5.48xlarge"], "no file `capcity`; did you mean the command `capacity`?"),
        (&["-o", "text", "-o", "json", POD], "only one format can go to standard output"),
        (&[&words], "not a Kubernetes object, but \"just words\""),
        (&[&broken], "broken.yml:2:1: while parsing a flow sequence"),
        (
            &["--settings", &typo, POD],
            "mutat: unknown key; did you mean `mutate`?; rules.efa-cout: no rule has this id; did you mean `efa-count`?",
        ),
        (&[&string], "string.yml:3:8: spec.containers: must be a list, not \"none\""),
    ];
    for (arguments, message) in cases {
        let ran = run(&mut admit(arguments));
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stdout);
        assert!(ran.stderr.contains(message), "{arguments:?}: {}", ran.stderr);
    }
}
