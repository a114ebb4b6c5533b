//! `admit instances --from … -o settings`: writes settings for the types that are newer than the table.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{admit, run};
use eks_aiml_networking::settings::validate;
use serde_json::{Value, json};
use testkit::files::{root, write as file};

const DESCRIBED: &str = "admit/tests/aws/describe-instance-types.json";
const FROM: [&str; 5] = ["instances", "-o", "settings", "--from", DESCRIBED];

/// The settings as JSON, as for the policy.
fn settings(yaml: &str) -> Value {
    yaml_serde::from_str(yaml).unwrap()
}

#[test]
fn what_ec2_says_of_newer_types_and_nothing_else() {
    let ran = run(&mut admit(&FROM));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        ran.stderr,
        "2 newer than the table of 2026-08-21; 1 is already known\n\
         c9gd.metal: `trainium9-(beta)` can't be the value of a label, so `acceleratorName` is left out\n"
    );
    let settings = settings(&ran.stdout);
    assert_eq!(validate(&settings.to_string()), []);
    assert_eq!(
        settings["instanceTypes"]["extra"],
        json!([
            {
                "name": "p9.48xlarge",
                "arch": "amd64",
                "bareMetal": false,
                "category": "p",
                "cpuManufacturer": "intel",
                "defaultCardEnis": 4,
                "ebsBandwidthMbps": 100_000,
                "efaInterfaces": 2,
                "encryptionInTransit": true,
                "generation": 9,
                "gpuCount": 8,
                "gpuManufacturer": "nvidia",
                "gpuMemoryMib": 294_912,
                "gpuName": "x900",
                "hypervisor": "nitro",
                "ipv4PerEni": 50,
                "localNvmeGib": 30720,
                "memoryMib": 4_194_304,
                "networkBandwidthMbps": 3_200_000,
                "networkCards": 2,
                "vcpus": 192,
            },
            {
                "name": "c9gd.metal",
                "acceleratorCount": 1,
                "acceleratorManufacturer": "aws",
                "arch": "arm64",
                "bareMetal": true,
                "category": "c",
                "cpuManufacturer": "aws",
                "efaInterfaces": 0,
                "generation": 9,
                "localNvmeGib": 0,
                "neuronDevices": 1,
                "vcpus": 192,
            },
        ])
    );
}

#[test]
fn the_settings_are_those_that_the_other_commands_take() {
    let folder = tempfile::tempdir().unwrap();
    let written = run(&mut admit(&FROM)).stdout;
    let settings = file(folder.path(), "newer.yml", &written);
    let ran = run(&mut admit(&["capacity", "-o", "csv", "-s", &settings, "p9.48xlarge"]));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.ends_with("p9.48xlarge,198,3138,,3200000,2\n"), "{}", ran.stdout);
    // The types in the settings are known.
    let ran = run(admit(&FROM).args(["-s", &settings]));
    assert_eq!(ran.stdout, "instanceTypes:\n  extra: []\n");
    assert_eq!(ran.stderr, "no type is newer than the table of 2026-08-21; all 3 are known\n");
}

#[test]
fn the_table_knows_what_it_was_made_of() {
    let json =
        std::fs::read(root().join("tablegen/data/describe-instance-types.sample.json")).unwrap();
    let ran = run(admit(&["instances", "-o", "settings", "--from", "-"]).write_stdin(json));
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "instanceTypes:\n  extra: []\n"));
}

#[test]
fn what_can_not_be_settings_exits_with_2_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let one = |at: usize| json!({ "InstanceType": format!("m{at}.large") });
    let many: Vec<Value> = (100..165).map(one).collect();
    let many = file(folder.path(), "many.json", &json!({ "InstanceTypes": many }).to_string());
    let other = file(folder.path(), "subnets.json", r#"{"Subnets": []}"#);
    let none = file(folder.path(), "none.json", r#"{"InstanceTypes": []}"#);
    let cases: [(&[&str], &str); 6] = [
        (
            &["-o", "settings", "--from", &many],
            "there is room for 64 types, not for 65; select fewer types",
        ),
        (&["-o", "settings", "--from", &other], "missing field `InstanceTypes`"),
        (&["-o", "settings", "--from", &none], "contains no instance type"),
        (&["--from", &none], "add `-o settings`"),
        (&["-o", "settings"], "needs --from FILE"),
        (&["--from", &none, "--where", "efa"], "cannot be used with"),
    ];
    for (arguments, message) in cases {
        let ran = run(admit(&["instances"]).args(arguments));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.stderr.contains(message), "{arguments:?}: {}", ran.stderr);
    }
}
