//! The other commands and `--explain`, as people and pipelines use them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{admit, run};
use serde_json::Value;
use testkit::files::write as file;

const POD: &str = "examples/aws-example-pod.yaml";

#[test]
fn capacity_counts_pods_as_the_settings_and_the_flags_say() {
    let csv = |arguments: &[&str]| {
        let ran = run(admit(&["capacity", "-o", "csv"]).args(arguments));
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments:?}");
        ran.stdout.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    // If fewer pods fit without prefixes, the recommended number is unknown.
    assert_eq!(
        csv(&["c5.4xlarge", "ml.p5.48xlarge"]),
        ["c5.4xlarge,234,3714,110,5000,0", "p5.48xlarge,100,1570,,3200000,32",]
    );
    assert_eq!(csv(&["m5.large", "--prefix-delegation", "false"]), ["m5.large,29,434,29,750,0"]);
    let folder = tempfile::tempdir().unwrap();
    let settings = file(
        folder.path(),
        "settings.yml",
        "capacity: {customNetworking: true, prefixDelegation: true}\n\
         instanceTypes: {extra: [{name: p9.48xlarge, defaultCardEnis: 2, ipv4PerEni: 50, vcpus: 192, hypervisor: nitro}]}\n",
    );
    let types = ["-s", &settings, "m5.large", "p9*"];
    assert_eq!(csv(&types), ["m5.large,20,290,110,750,0", "p9.48xlarge,51,786,250,,"]);
    let flag = ["--custom-networking=false"];
    assert_eq!(csv(&[&types[..], &flag].concat())[0], "m5.large,29,434,110,750,0");
}

#[test]
fn capacity_as_json_tells_what_is_not_known() {
    let types = ["p5.48xlarge", "m4.large", "p6e*"];
    let ran = run(admit(&["capacity", "-o", "json", "--prefix-delegation", "true"]).args(types));
    let all: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    let taken = serde_json::json!({ "enis": 1, "prefixes": 16, "addresses": 257 });
    assert_eq!((&all[0]["taken"], &all[0]["autoModePods"]), (&taken, &98.into()));
    assert_eq!((&all[1]["takesPrefixes"], &all[1]["maxPodsPrefix"]), (&false.into(), &Value::Null));
    assert_eq!(
        (&all[2]["takesPrefixes"], &all[2]["taken"], &all[2]["maxPodsSecondary"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert!(all.iter().all(|one| one.as_object().unwrap().len() == 10));
}

#[test]
fn instances_are_those_that_match() {
    let ran = run(&mut admit(&["instances", "--where", "gpu-count=8,family in (p5,p5e)"]));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.ends_with(
        "p5.48xlarge      192     8          32    3200000   100 or 250\n\
         p5e.48xlarge     192     8          32    3200000   100 or 250\n\
         2 types match\n"
    ));
    let little_known = "family in (p6e-gb200,trn2u)";
    let ran =
        run(&mut admit(&["instances", "-o", "json", "--where", "efa", "--where", little_known]));
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&answer["count"], answer["mayMatch"].as_array().unwrap().len()), (&0.into(), 2));
}

#[test]
fn a_command_that_can_not_answer_exits_with_2_and_says_why() {
    let cases: [(&[&str], &str); 7] = [
        (&["capacity"], "<TYPE>"),
        (&["capacity", "p5.84xlarge"], "did you mean `p5.48xlarge`?"),
        (&["capacity", "--all", "--max-enis", "17"], "17 is not in 1..=16"),
        (&["instances", "--where", "gpu-cout=8"], "did you mean `gpu-count`?"),
        (&["instances", "--where", "gpu-count>many"], "needs a whole number"),
        (&["explain", "efa-cout"], "there is no rule `efa-cout`; did you mean `efa-count`?"),
        (&["-o", "json", "capacity"], "write it first: `admit capacity …`"),
    ];
    for (arguments, message) in cases {
        let ran = run(&mut admit(arguments));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.stderr.contains(message), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn explain_prints_the_page_of_a_rule() {
    for id in ["efa-count", "[efa-count]"] {
        let ran = run(&mut admit(&["explain", id]));
        assert_eq!((ran.code, &*ran.stderr), (0, ""), "{id}");
        assert!(ran.stdout.starts_with("efa-count\n\n"), "{}", ran.stdout);
        assert!(ran.stdout.ends_with("/docs/rules/efa-count.md\n"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("```") && !ran.stdout.contains("]("), "{}", ran.stdout);
    }
    let ran = run(&mut admit(&["explain"]));
    let list: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(list.len(), 33);
    assert_eq!(list[0], "rule                   default  finds");
    assert_eq!(
        list[2],
        "efa-count              deny     more EFA interfaces than any possible instance type has, or a typo in a resource's name"
    );
}

#[test]
fn explain_tells_what_each_constraint_removes() {
    let ran = run(&mut admit(&["--explain", POD]));
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("\n  types /spec: 0 of 1430\n"), "{}", ran.stdout);

    let ran =
        run(&mut admit(&["-o", "json", "--explain", "examples/aws-example-pod-repaired.yaml"]));
    let record: Value = serde_json::from_str(&ran.stdout).unwrap();
    let types = serde_json::json!({ "count": 1, "first": ["p5.48xlarge"] });
    assert_eq!(record["pods"][0]["types"], types);
}
