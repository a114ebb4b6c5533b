//! The runner in a pipeline: SARIF, GitHub's annotations, the output of Helm and kustomize, folders, the
//! pre-commit hook.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;

use common::{admit, run};
use eks_aiml_networking::rule;
use rstest::rstest;
use serde_json::{Value, json};
use testkit::files::{root, write as file};

const POD: &str = "examples/aws-example-pod.yaml";
const CNI: &str = "examples/aws-node.yaml";

/// The output of `helm template`: a document that is not checked, and the pod.
fn chart() -> String {
    let pod = fs::read_to_string(root().join(POD)).unwrap();
    format!(
        "---\n# Source: trainer/templates/config.yaml\napiVersion: v1\nkind: ConfigMap\n\
         ---\n# Source: trainer/templates/pod.yaml\n{pod}"
    )
}

fn sarif(arguments: &[&str], code: i32) -> Value {
    let ran = run(&mut admit(&[&["-o", "sarif"], arguments].concat()));
    assert_eq!(ran.code, code, "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn sarif_names_the_rule_the_level_and_the_line() {
    let log = sarif(&[POD, CNI], 1);
    let run = &log["runs"][0];
    assert_eq!(
        (&log["version"], run["invocations"][0]["executionSuccessful"].as_bool()),
        (&json!("2.1.0"), Some(true))
    );
    let known = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: Vec<&str> = known.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids, rule::infos().map(|info| info.id).collect::<Vec<_>>());

    let results = run["results"].as_array().unwrap();
    let told: Vec<_> = results
        .iter()
        .map(|result| {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(result["ruleId"], known[index]["id"]);
            let place = &result["locations"][0]["physicalLocation"];
            let file = place["artifactLocation"]["uri"].as_str().unwrap();
            let line = usize::try_from(place["region"]["startLine"].as_u64().unwrap()).unwrap();
            let text = fs::read_to_string(root().join(file)).unwrap();
            let line = text.lines().nth(line - 1).unwrap().trim().to_owned();
            (result["ruleId"].as_str().unwrap(), result["level"].as_str().unwrap(), line)
        })
        .collect();
    let bandwidth = "karpenter.k8s.aws/instance-network-bandwidth: \"100000\" # 100 Gbps in Mbps";
    let image = "image: 763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-inference:2.6.0-gpu-py312-cu124-ubuntu22.04-ec2-v1.6";
    assert_eq!(
        told,
        [
            ("node-unsatisfiable", "error", bandwidth.to_owned()),
            ("efa-image", "warning", image.to_owned()),
            ("bandwidth-value", "warning", bandwidth.to_owned()),
            (
                "prefix-delegation",
                "note",
                "- { name: ENABLE_PREFIX_DELEGATION, value: \"false\" }".to_owned()
            ),
        ]
    );
}

#[test]
fn a_fingerprint_stays_where_lines_move_and_is_one_of_a_kind() {
    let folder = tempfile::tempdir().unwrap();
    let pod = fs::read_to_string(root().join(POD)).unwrap();
    let prints = |text: &str| -> Vec<String> {
        let path = file(folder.path(), "pods.yaml", text);
        let log = sarif(&[&path], 1);
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        let print = |result: &Value| result["partialFingerprints"]["finding/v1"].to_string();
        results.iter().map(print).collect()
    };
    let first = prints(&pod);
    assert_eq!(prints(&format!("# a\n# comment\n{pod}")), first);
    let mut twice = prints(&format!("{pod}---\n{pod}"));
    assert!(twice.starts_with(&first), "{twice:?}");
    let count = twice.len();
    twice.sort_unstable();
    twice.dedup();
    assert_eq!((twice.len(), count), (6, 6));
}

#[test]
fn sarif_tells_what_could_not_be_judged_beside_what_could() {
    let folder = tempfile::tempdir().unwrap();
    let pod = fs::read_to_string(root().join(POD)).unwrap();
    let path = file(folder.path(), "a b.yaml", &format!("a: [1\n---\n{pod}"));
    let log = sarif(&[&path], 2);
    let run = &log["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 3);
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let notification = &invocation["toolExecutionNotifications"][0];
    let text = notification["message"]["text"].as_str().unwrap();
    assert!(text.starts_with("while parsing a flow sequence, expected "), "{text}");
    let place = &notification["locations"][0]["physicalLocation"];
    let uri = place["artifactLocation"]["uri"].as_str().unwrap();
    assert!(uri.starts_with("file:///") && uri.ends_with("/a%20b.yaml"), "{uri}");
    assert_eq!(place["region"]["startLine"], 2);
}

#[test]
fn github_gets_a_command_for_each_finding() {
    let ran = run(&mut admit(&["-o", "github", CNI]));
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (
            0,
            "::notice file=examples/aws-node.yaml,line=69,col=49,title=prefix-delegation::\
         spec.template.spec.containers[aws-node].env[ENABLE_PREFIX_DELEGATION].value: `ENABLE_PREFIX_DELEGATION` is `false`, so nodes get single IP addresses instead of prefixes; \
         set it to `true`, and in the EKS add-on's configuration if the add-on manages it; \
         change your manifest too, or you see this at every apply\n"
        )
    );
    let ran = run(&mut admit(&["-o", "github", "no-such.yaml"]));
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (
            2,
            "::error file=no-such.yaml,line=1,col=1,title=not checked::\
         can't read it: No such file or directory (os error 2)\n"
        )
    );
}

#[test]
fn what_helm_prints_is_told_by_its_template() {
    let ran = run(admit(&["-"]).write_stdin(chart()));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stdout.starts_with("<stdin>#1 (trainer/templates/pod.yaml) Pod ml-workload: denied\n"),
        "{}",
        ran.stdout
    );
    let summary = "\n1 object checked, 1 skipped: 3 findings (1 deny, 2 warn; --fix repairs 2)\n";
    assert!(ran.stdout.ends_with(summary), "{}", ran.stdout);
    let skipped = "<stdin>#0: skipped, the policy has no rules for the kind ConfigMap\n";
    assert_eq!(ran.stderr, skipped);

    let ran = run(admit(&["-o", "github", "-"]).write_stdin(chart()));
    // The line of the template is not known.
    let places: Vec<_> = ran.stdout.lines().map(|line| line.split(",title").next()).collect();
    assert_eq!(
        places,
        [
            Some("::error file=trainer/templates/pod.yaml"),
            Some("::warning file=trainer/templates/pod.yaml"),
            Some("::warning file=trainer/templates/pod.yaml"),
        ]
    );
}

#[test]
fn what_helm_prints_is_repaired_as_a_whole() {
    let ran = run(admit(&["--fix", "-"]).write_stdin(chart()));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let kept = chart().split_inclusive("pod.yaml\n").next().unwrap().to_owned();
    let kept = kept.strip_suffix("# Source: trainer/templates/pod.yaml\n").unwrap();
    assert!(ran.stdout.starts_with(kept), "{}", ran.stdout);
    assert!(ran.stdout.contains("operator: Gt"), "{}", ran.stdout);
}

#[test]
fn a_folder_of_hundreds_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let pod = |name: &str, requests: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  containers:\n  - name: a\n    image: a\n    resources: {{requests: {requests}}}\n"
        )
    };
    for index in 0..300 {
        file(folder.path(), &format!("{index:03}.yaml"), &pod("web", "{cpu: 1}"));
    }
    let half =
        pod("train", "{vpc.amazonaws.com/efa: '1.5'}, limits: {vpc.amazonaws.com/efa: '1.5'}");
    file(folder.path(), "half.yaml", &half);
    file(folder.path(), "notes.txt", "not for us");
    file(folder.path(), "values.yaml", "replicas: 3\n");
    file(folder.path(), "template.yaml", "kind: {{ .Values.kind }}\n");
    fs::create_dir(folder.path().join(".hidden")).unwrap();
    file(&folder.path().join(".hidden"), "broken.yaml", "a: [1");

    let path = folder.path().to_str().unwrap();
    let summary = |arguments: &[&str]| {
        let ran = run(&mut admit(arguments));
        (ran.code, ran.stdout.lines().last().unwrap_or_default().to_owned())
    };
    assert_eq!(
        summary(&[path]),
        (2, "301 objects checked, 1 not checked, 1 skipped: 1 finding (1 deny)".to_owned())
    );
    assert_eq!(
        summary(&["--kubernetes-only", path]),
        (1, "301 objects checked, 2 skipped: 1 finding (1 deny)".to_owned())
    );
}

#[rstest]
#[case::nothing_of_kubernetes("values.yaml", "replicas: 3\n")]
#[case::a_template("template.yaml", "kind: {{ .Values.kind }}\n")]
fn only_what_is_of_kubernetes_is_judged_if_asked(#[case] name: &str, #[case] text: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), name, text);
    assert_eq!(run(&mut admit(&[&path])).code, 2);
    assert_eq!(run(&mut admit(&["--kubernetes-only", &path])).code, 0);
}

#[test]
fn the_hook_of_pre_commit_is_what_the_runner_takes() {
    let hooks = fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    let hooks: Value = yaml_serde::from_str(&hooks).unwrap();
    let entry = hooks[0]["entry"].as_str().unwrap();
    let arguments = entry.strip_prefix("admit ").unwrap().split(' ');
    let files = [POD, "metadata.yml", "policy-settings/strict.yml"];
    let ran = run(&mut admit(&arguments.chain(files).collect::<Vec<_>>()));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stdout.ends_with(
            "1 object checked, 2 skipped: 3 findings (1 deny, 2 warn; --fix repairs 2)\n"
        ),
        "{}",
        ran.stdout
    );
}
