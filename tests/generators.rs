//! Checks that the generated requests trigger every rule, so that the laws cover all of them.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use eks_aiml_networking::{Host, review::assess, rule::RuleId, rules::EditsFor};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::json;
use testkit::generate::{object, payload, settings, text};

/// A cluster with one NodePool, which few pods tolerate.
struct OnePool;

impl Host for OnePool {
    fn call(&self, _: &str, operation: &str, payload: &[u8]) -> Result<Vec<u8>, String> {
        let asked: serde_json::Value = serde_json::from_slice(payload).unwrap();
        let taint = json!({"key": "dedicated", "value": "research", "effect": "NoSchedule"});
        let spec = json!({"taints": [taint], "nodeClassRef": {"group": "karpenter.k8s.aws", "name": "default"}});
        let pool = json!({"metadata": {"name": "train"}, "spec": {"template": {"spec": spec}}});
        match (operation, asked["kind"].as_str()) {
            ("list_resources_all", Some("NodePool")) => {
                Ok(json!({ "items": [pool] }).to_string().into_bytes())
            }
            _ => Err("not found".to_owned()),
        }
    }
}

#[test]
fn every_rule_finds_something() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut found = BTreeSet::new();
    for _ in 0..3000 {
        let (object, mut settings) =
            (object(), settings()).new_tree(&mut runner).unwrap().current();
        settings["rules"] = json!({});
        settings["clusterContext"] = json!(true);
        let payload = payload(&text(&object), None, &settings);
        let assessment = assess(payload.as_bytes(), &OnePool, EditsFor::Fixes).unwrap();
        found.extend(assessment.findings.iter().map(|finding| finding.rule));
    }
    for rule in RuleId::ALL {
        assert!(found.contains(rule), "{rule}");
    }
}
