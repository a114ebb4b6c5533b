//! The generated requests show what each rule finds, so that the laws are about all of them.

use std::collections::BTreeSet;

use eks_aiml_networking::{host::NoHost, review::assess, rule::RuleId, rules::EditsFor};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::json;
use testkit::generate::{object, payload, settings, text};

#[test]
fn every_rule_finds_something() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut found = BTreeSet::new();
    for _ in 0..3000 {
        let (object, mut settings) =
            (object(), settings()).new_tree(&mut runner).unwrap().current();
        settings["rules"] = json!({});
        let payload = payload(&text(&object), None, &settings);
        let assessment = assess(payload.as_bytes(), &NoHost, EditsFor::Fixes).unwrap();
        found.extend(assessment.findings.iter().map(|finding| finding.rule));
    }
    for rule in RuleId::ALL {
        assert!(found.contains(rule), "{rule}");
    }
}
