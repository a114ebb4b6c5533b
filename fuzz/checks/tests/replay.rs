//! Runs the checks of all fuzz targets over the seeds and the kept inputs in `fuzz/corpus`: those that once
//! found something, and those that reach far.

use std::{fs, panic::catch_unwind};

use fuzz_checks::{TARGETS, Target};
use rstest::rstest;
use testkit::files::{entries, root};

#[rstest]
#[case("address_plan")]
#[case("quantities")]
#[case("review")]
#[case("settings")]
#[case("tablegen")]
fn every_seed_and_every_kept_input_passes(#[case] name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let seeds = (target.seeds)();
    let kept = entries(root().join("fuzz/corpus").join(name));
    assert!(seeds.len() > 3 && !kept.is_empty(), "{} seeds, {} kept", seeds.len(), kept.len());
    let seeds = seeds.into_iter().enumerate().map(|(at, seed)| (format!("seed {at}"), seed));
    let kept = kept.into_iter().map(|path| (path.display().to_string(), fs::read(&path).unwrap()));
    let failed: Vec<String> =
        seeds.chain(kept).filter_map(|input| failure(target, input)).collect();
    assert!(failed.is_empty(), "these do not pass:\n{}", failed.join("\n"));
}

#[test]
fn each_target_is_replayed() {
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names, ["address_plan", "quantities", "review", "settings", "tablegen"]);
}

/// The input if it fails; the panic has printed why.
fn failure(target: &Target, (name, input): (String, Vec<u8>)) -> Option<String> {
    let passed = catch_unwind(|| (target.check)(&input)).is_ok();
    (!passed).then(|| format!("{name}: {}", String::from_utf8_lossy(&input)))
}
