//! The repository's own options: the configuration, the baseline, comments, and what makes a pipeline fail.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::{fs, path::Path};

use common::{Ran, admit, run};
use rstest::rstest;
use serde_json::Value;
use testkit::files::write;

/// A job with two findings: `efa-limits`, which has a fix, and `efa-shared-memory`.
const JOB: &str = "\
apiVersion: batch/v1
kind: Job
metadata: {name: train}
spec:
  template:
    spec:
      nodeSelector: {node.kubernetes.io/instance-type: p4d.24xlarge}
      containers:
      - name: c
        image: x
        resources:
          limits: {nvidia.com/gpu: 8}
          requests:
            vpc.amazonaws.com/efa: 4
";

fn judge(folder: &Path, arguments: &[&str]) -> Ran {
    run(admit(arguments).current_dir(folder))
}

/// The rules of the findings.
fn rules(ran: &Ran) -> Vec<&str> {
    let findings = ran.stdout.lines().filter(|line| {
        ["  warn ", "  fix ", "  deny "].iter().any(|start| line.starts_with(start))
    });
    findings.map(|line| line.split_whitespace().nth(1).unwrap()).collect()
}

#[rstest]
#[case::nothing_asked(&[], &["efa-limits", "efa-shared-memory"], 0)]
#[case::on_warnings(&["--fail-on", "warn"], &["efa-limits", "efa-shared-memory"], 1)]
#[case::on_repairs_not_made(&["--fail-on", "fix"], &["efa-limits", "efa-shared-memory"], 1)]
#[case::one_rule(&["--only", "efa-shared-memory", "--fail-on", "fix"], &["efa-shared-memory"], 0)]
#[case::another_not(&["--skip", "efa-limits,efa-zone", "--fail-on", "warn"], &["efa-shared-memory"], 1)]
#[case::neither(&["--skip=efa-limits,efa-shared-memory", "--fail-on", "warn"], &[], 0)]
fn rules_and_weights_are_chosen(
    #[case] arguments: &[&str],
    #[case] expected: &[&str],
    #[case] code: i32,
) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "job.yaml", JOB);
    let ran = judge(folder.path(), &[arguments, &["job.yaml"]].concat());
    assert_eq!((rules(&ran), ran.code), (expected.to_vec(), code), "{}", ran.stderr);
}

#[test]
fn a_rule_that_there_is_not_is_refused() {
    let ran = judge(Path::new("."), &["--only", "efa-limts", "."]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("did you mean `efa-limits`"), "{}", ran.stderr);
}

#[test]
fn quiet_is_findings_alone() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "job.yaml", &format!("{JOB}---\nkind: Service\napiVersion: v1\n"));
    let ran = judge(folder.path(), &["-q", "job.yaml"]);
    assert_eq!((rules(&ran).len(), &*ran.stderr), (2, ""));
    assert!(!ran.stdout.contains("checked"), "{}", ran.stdout);
}

#[test]
fn a_baseline_leaves_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "job.yaml", JOB);
    let ran =
        judge(folder.path(), &["--write-baseline", "base.yaml", "--fail-on", "warn", "job.yaml"]);
    assert_eq!((rules(&ran).len(), ran.code), (2, 0));
    let written = fs::read_to_string(folder.path().join("base.yaml")).unwrap();
    assert!(
        written
            .contains("- file: job.yaml\n  object: \"Job train\"\n  rule: efa-limits\n  place: "),
        "{written}"
    );

    // Lines move, and a second job with the same name is added.
    write(folder.path(), "job.yaml", &format!("# a comment\n{JOB}"));
    let same = judge(folder.path(), &["--baseline", "base.yaml", "--fail-on", "warn", "job.yaml"]);
    assert_eq!((rules(&same), same.code), (Vec::new(), 0));
    assert_eq!(same.stdout, "1 object checked: no findings, 2 silenced\n");
    write(folder.path(), "job.yaml", &format!("{JOB}---\n{JOB}"));
    let twice = judge(folder.path(), &["--baseline", "base.yaml", "--fail-on", "warn", "job.yaml"]);
    assert_eq!((rules(&twice).len(), twice.code), (2, 1));

    // Without findings there is a baseline too, and it works from any folder.
    write(
        folder.path(),
        "good.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: []}\n",
    );
    judge(folder.path(), &["--write-baseline", "none-found.yaml", "good.yaml"]);
    assert_eq!(judge(folder.path(), &["--baseline", "none-found.yaml", "good.yaml"]).code, 0);
    fs::create_dir(folder.path().join("below")).unwrap();
    let below = judge(&folder.path().join("below"), &["--baseline", "../base.yaml", "../job.yaml"]);
    assert!(below.stdout.ends_with(", 2 silenced\n"), "{}", below.stdout);

    let missing = judge(folder.path(), &["--baseline", "none.yaml", "job.yaml"]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("create it with --write-baseline"), "{}", missing.stderr);
}

#[test]
fn comments_silence_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let text = JOB
        .replace("kind: Job\n", "kind: Job # admit: allow efa-limits not read\n")
        .replace("      - name: c\n", "      # admit: allow efa-shared-memory,efa-limits it has one process\n      - name: c\n");
    write(folder.path(), "job.yaml", &text);
    let ran = judge(folder.path(), &["job.yaml"]);
    assert_eq!(ran.stdout, "1 object checked: no findings, 2 silenced\n");
    write(
        folder.path(),
        "job.yaml",
        &JOB.replace("- name: c", "- name: c # admit: allow efa-limits"),
    );
    let ran = judge(folder.path(), &["job.yaml"]);
    assert_eq!(rules(&ran).len(), 2);
    assert_eq!(ran.stderr, "job.yaml:9: add a reason: `# admit: allow efa-limits <reason>`\n");
}

#[test]
fn the_configuration_is_found_upwards() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("team/vendor")).unwrap();
    write(folder.path(), "team/job.yaml", JOB);
    write(folder.path(), "team/vendor/job.yaml", JOB);
    write(folder.path(), "policy.yml", "rules: {efa-shared-memory: deny}\n");
    let configuration = "settings: policy.yml\nignore:\n\
                         - {files: ['**/vendor/**'], reason: not ours}\n\
                         - {files: [team/*.yaml], rules: [efa-limits], reason: the plugin sets it}\n";
    write(folder.path(), ".admit.yaml", configuration);
    let ran = judge(&folder.path().join("team"), &["."]);
    assert_eq!((rules(&ran), ran.code), (vec!["efa-shared-memory"], 1), "{}", ran.stderr);
    assert!(
        ran.stdout.ends_with("\n1 object checked: 1 finding (1 deny), 1 silenced\n"),
        "{}",
        ran.stdout
    );
    let named = judge(folder.path(), &["--config", ".admit.yaml", "team/../team/job.yaml"]);
    assert_eq!((rules(&named), named.code), (vec!["efa-shared-memory"], 1), "{}", named.stderr);
    assert_eq!(
        judge(folder.path(), &["team/vendor"]).stderr,
        "1 file ignored because of .admit.yaml\n"
    );
    // The command line has precedence.
    write(folder.path(), "other.yml", "{}");
    let other = judge(folder.path(), &["-s", "other.yml", "team/job.yaml"]);
    assert_eq!((rules(&other), other.code), (vec!["efa-shared-memory"], 0));
    write(folder.path(), ".admit.yaml", "ignore: []\nsetings: {}\n");
    let wrong = judge(folder.path(), &["team"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains(".admit.yaml: unknown field `setings`"), "{}", wrong.stderr);
}

#[test]
fn several_outputs_are_written_in_one_run() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "job.yaml", JOB);
    write(folder.path(), "broken.yaml", "a: [1\n");
    let outputs =
        ["-o", "text", "-o", "sarif=admit.sarif", "-o", "junit=admit.xml", "-o", "json=admit.json"];
    let ran = judge(
        folder.path(),
        &[&outputs[..], &["--fail-on", "fix", "job.yaml", "broken.yaml"]].concat(),
    );
    assert_eq!((rules(&ran).len(), ran.code), (2, 2), "{}", ran.stderr);
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let log: Value = serde_json::from_str(&read("admit.sarif")).unwrap();
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 2);
    let records: Vec<Value> =
        read("admit.json").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records[0]["findings"][0]["rule"], "efa-limits");
    assert_eq!(records[0]["findings"][0]["fixable"], true);
    assert_eq!((&records[1]["file"], &records[1]["line"]), (&"broken.yaml".into(), &2.into()));
    assert!(records[1]["error"].as_str().unwrap().starts_with("while parsing"), "{}", records[1]);
    let report = read("admit.xml");
    assert!(
        report.contains(
            "<testsuite name=\"admit\" tests=\"2\" failures=\"1\" errors=\"1\" skipped=\"0\">"
        ),
        "{report}"
    );
    assert!(
        report.contains(
            "<failure type=\"efa-limits\" message=\"`vpc.amazonaws.com/efa` has the request"
        ),
        "{report}"
    );
    assert!(report.contains("<system-out>job.yaml:9: warn [efa-shared-memory]"), "{report}");
}

/// Whatever depends on an unfilled variable is not checked; the rest is.
#[test]
fn variables_are_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        JOB.replace("p4d.24xlarge", "\"$INSTANCE_TYPE\"").replace("image: x", "image: ${IMAGE}");
    write(folder.path(), "job.yaml", &text);
    let ran = judge(folder.path(), &["job.yaml"]);
    assert_eq!((rules(&ran), ran.code), (vec!["efa-limits", "efa-shared-memory"], 0));
    let note = "  note job.yaml:7\n       `$INSTANCE_TYPE` is not set; run `envsubst < job.yaml | admit -`; fields that depend on it are not checked\n";
    assert!(ran.stdout.contains(note), "{}", ran.stdout);
}

/// Also inside an expression, where findings have the place of the whole expression.
#[test]
fn variables_of_expressions_are_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let zones = "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [\
                 {matchExpressions: [{key: topology.kubernetes.io/zone, operator: In, values: [\"${AZ}\"]}]}]}}}";
    write(
        folder.path(),
        "job.yaml",
        &JOB.replace("containers:", &format!("{zones}\n      containers:")),
    );
    let ran = judge(folder.path(), &["job.yaml"]);
    assert_eq!(
        (rules(&ran), ran.code),
        (vec!["efa-limits", "efa-shared-memory"], 0),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("`${AZ}` is not set"), "{}", ran.stdout);
}

#[test]
fn completions_and_the_manual_are_written() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = run(&mut admit(&["completions", shell]));
        assert!(ran.code == 0 && ran.stdout.contains("write-baseline"), "{shell}");
    }
    let page = run(&mut admit(&["man"]));
    assert!(page.stdout.contains(".TH admit 1"), "{}", page.stdout);
    let help = run(&mut admit(&["help"]));
    assert!(help.code == 0 && help.stdout.contains("Amazon EKS"), "{}", help.stdout);
}
