//! Helpers of the rules' tests: a pod's `spec` in, findings as lines out.

use serde_json::Value;
use testkit::build;

use crate::{
    cluster::Cluster,
    finding::{Edit, Finding},
    host::{Host, NoHost},
    json::RawJson,
    rules::{self, EditsFor, Look, Scope},
    settings::Settings,
    view::{Kind, NodePool, View},
};

fn decisions(kind: Kind, rule: &str, object: &str, settings: &str) -> Vec<String> {
    decisions_in(&NoHost, kind, rule, object, settings)
}

fn decisions_in(
    host: &dyn Host,
    kind: Kind,
    rule: &str,
    object: &str,
    settings: &str,
) -> Vec<String> {
    let view = View::read(kind, object).unwrap();
    let settings = Settings::read(Some(RawJson(settings))).unwrap();
    let look = Look { edits: EditsFor::All, may: None, scope: Scope::Everything };
    let cluster = Cluster::new(host, settings.cluster_context);
    let (findings, _) = rules::check(&view, "kube-system", &settings, &cluster, look);
    findings.iter().filter(|finding| finding.rule.name() == rule).map(decision).collect()
}

/// A finding without its words: `action place: subject {place = value, …}`.
fn decision(finding: &Finding) -> String {
    let mut line = format!("{} {}", finding.action, finding.places.join(" "));
    if let Some(what) = &finding.subject.what {
        line += &format!(": {what}");
    }
    if !finding.edits.is_empty() {
        let edit = |edit: &Edit| match edit {
            Edit::Set { place, json } => format!("{place} = {json}"),
            Edit::Insert { place, json } => format!("{place} + {json}"),
            Edit::Remove { place } => format!("-{place}"),
        };
        let edits: Vec<String> = finding.edits.iter().map(edit).collect();
        line += &format!(" {{{}}}", edits.join(", "));
    }
    line
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A pod's `spec` with one container, pinned to a type.
pub fn pod_on(instance_type: &str, resources: &str) -> String {
    let pod = build::pod().on(instance_type).with("/spec/containers/0/resources", json(resources));
    pod.json()["spec"].to_string()
}

/// Checks that the rule reports nothing about this pod.
pub fn accepts(rule: &str, spec: &str) {
    finds(rule, spec, &[]);
}

/// Checks that the rule finds exactly this in this pod, and the same in a DaemonSet's template.
pub fn finds(rule: &str, spec: &str, expected: &[&str]) {
    assert_eq!(
        decisions(Kind::Pod, rule, &format!(r#"{{"spec": {spec}}}"#), "{}"),
        expected,
        "{spec}"
    );
    let set = format!(r#"{{"spec": {{"template": {{"spec": {spec}}}}}}}"#);
    let expected: Vec<String> =
        expected.iter().map(|line| line.replace("/spec/", "/spec/template/spec/")).collect();
    assert_eq!(decisions(Kind::DaemonSet, rule, &set, "{}"), expected, "{set}");
}

/// Checks that the rule finds exactly this in this pod; a DaemonSet's pod has other findings.
pub fn finds_in_pod(rule: &str, spec: &str, expected: &[&str]) {
    finds_under(rule, "{}", &format!(r#"{{"spec": {spec}}}"#), expected);
}

/// The subject of the rule's only finding about this pod; `None` if there is none.
pub fn finds_about(rule: &str, pod: &str) -> Option<String> {
    let found = decisions(Kind::Pod, rule, pod, "{}");
    assert!(found.len() < 2, "{found:?}");
    found.first().and_then(|line| Some(line.rsplit_once(": ")?.1.to_owned()))
}

/// Checks that the rule finds exactly this in this NodePool's requirements.
pub fn finds_in_pool(rule: &str, requirements: &str, expected: &[&str]) {
    let pool = build::node_pool([]).with(NodePool::REQUIREMENTS, json(requirements));
    assert_eq!(decisions(Kind::NodePool, rule, &pool.text(), "{}"), expected, "{requirements}");
}

/// Checks that the rule finds exactly this in this NodePool, whose node class is of this group.
pub fn finds_in_pool_of(rule: &str, group: &str, requirements: &str, expected: &[&str]) {
    let pool = build::node_pool([]).with(NodePool::REQUIREMENTS, json(requirements));
    let pool = pool.with("/spec/template/spec/nodeClassRef/group", group);
    assert_eq!(decisions(Kind::NodePool, rule, &pool.text(), "{}"), expected, "{requirements}");
}

/// Checks that the rule finds exactly this in this NodePool with more fields.
pub fn finds_in_pool_with(
    rule: &str,
    requirements: Value,
    fields: &[(&str, Value)],
    expected: &[&str],
) {
    let pool = build::node_pool([]).with(NodePool::REQUIREMENTS, requirements);
    let with =
        |pool: build::Object, (place, value): &(&str, Value)| pool.with(place, value.clone());
    let pool = fields.iter().fold(pool, with);
    assert_eq!(decisions(Kind::NodePool, rule, &pool.text(), "{}"), expected, "{}", pool.text());
}

/// Checks that the rule finds exactly this in this EC2NodeClass's `kubelet`.
pub fn finds_in_class(rule: &str, kubelet: &str, settings: &str, expected: &[&str]) {
    let class = build::node_class(json(kubelet)).text();
    assert_eq!(decisions(Kind::Ec2NodeClass, rule, &class, settings), expected, "{kubelet}");
}

/// Checks that the rule finds exactly this in this EC2NodeClass's `spec`.
pub fn finds_in_class_with(rule: &str, spec: Value, settings: &str, expected: &[&str]) {
    let class = build::node_class(Value::Null).with("/spec", spec).text();
    assert_eq!(decisions(Kind::Ec2NodeClass, rule, &class, settings), expected, "{class}");
}

/// Checks that the rule finds exactly this in a DaemonSet whose template has this `spec`.
pub fn finds_in_daemon_set(rule: &str, settings: &str, spec: &str, expected: &[&str]) {
    let set = build::daemon_set(build::pod().with("/spec", json(spec))).text();
    assert_eq!(decisions(Kind::DaemonSet, rule, &set, settings), expected, "{spec}");
}

/// Checks that the rule finds exactly this in this pod with these settings.
pub fn finds_under(rule: &str, settings: &str, pod: &str, expected: &[&str]) {
    assert_eq!(decisions(Kind::Pod, rule, pod, settings), expected, "{pod}");
}

/// A cluster in which all templates of claims have the same requests.
struct Claimable<'r>(&'r str);

impl Host for Claimable<'_> {
    fn call(&self, _: &str, _: &str, payload: &[u8]) -> Result<Vec<u8>, String> {
        let asks = String::from_utf8_lossy(payload).contains(r#""kind":"ResourceClaimTemplate""#);
        let requests = self.0;
        asks.then(|| {
            format!(r#"{{"spec": {{"spec": {{"devices": {{"requests": [{requests}]}}}}}}}}"#).into()
        })
        .ok_or_else(|| "not found".to_owned())
    }
}

/// A claim's request for this many devices of a class.
pub fn devices(class: &str, count: u64) -> String {
    format!(r#"{{"exactly": {{"deviceClassName": "{class}", "count": {count}}}}}"#)
}

/// Checks that the rule finds exactly this in this pod, whose claims request these devices; and nothing
/// if the claims can't be seen.
pub fn finds_claimed(rule: &str, requests: &str, pod: &build::Object, expected: &[&str]) {
    let found =
        |settings| decisions_in(&Claimable(requests), Kind::Pod, rule, &pod.text(), settings);
    assert_eq!(found(r#"{"clusterContext": true}"#), expected, "{requests} {}", pod.text());
    let none: [&str; 0] = [];
    assert_eq!(found("{}"), none, "{}", pod.text());
}

/// Checks that the rule finds exactly this in the VPC CNI with this environment.
pub fn finds_in_cni(rule: &str, env: &str, expected: &[&str]) {
    finds_in_cni_of(rule, "", env, expected);
}

/// Checks that the rule finds exactly this in the VPC CNI of this image, with this environment.
pub fn finds_in_cni_of(rule: &str, image: &str, env: &str, expected: &[&str]) {
    let cni = build::aws_node(image, &[]).with("/spec/template/spec/containers/1/env", json(env));
    assert_eq!(decisions(Kind::DaemonSet, rule, &cni.text(), "{}"), expected, "{env}");
}
