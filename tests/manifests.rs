//! The manifests in `policy-settings/`: the form that Kubewarden's CRDs give them, what of the
//! cluster reaches them, and what they never stop.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::cell::OnceCell;

use cel::{Context, Program};
use eks_aiml_networking::{finding::Finding, host::NoHost, review::assess, rules::EditsFor};
use proptest::prelude::*;
use rstest::rstest;
use serde::Deserialize;
use serde_json::{Value, json};
use testkit::{
    corpus::{cases, good, request},
    files::{text, yaml},
    generate::{object, payload, settings, text as text_of},
};

/// What of a ClusterAdmissionPolicy these manifests use; an unknown field is a slip.
/// Source: kubewarden/kubewarden-controller `api/policies/v1/policy_types.go`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Policy {
    api_version: String,
    kind: String,
    metadata: Metadata,
    spec: Spec,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    name: String,
    #[serde(default)]
    annotations: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Spec {
    module: String,
    policy_server: String,
    mode: String,
    mutating: bool,
    failure_policy: String,
    timeout_seconds: u8,
    timeout_eval_seconds: u8,
    background_audit: bool,
    rules: Vec<Rule>,
    #[serde(default)]
    namespace_selector: Option<NamespaceSelector>,
    #[serde(default)]
    match_conditions: Vec<MatchCondition>,
    settings: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Rule {
    api_groups: Vec<String>,
    api_versions: Vec<String>,
    resources: Vec<String>,
    operations: Vec<String>,
}

/// Kubewarden joins its own expression to these, and drops `matchLabels`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NamespaceSelector {
    match_expressions: Vec<Expression>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expression {
    key: String,
    operator: String,
    values: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatchCondition {
    name: String,
    expression: String,
    #[serde(skip)]
    program: OnceCell<Program>,
}

/// What of a request decides whether the webhook is called.
struct Request {
    group: String,
    version: String,
    resource: String,
    namespace: String,
    operation: String,
    value: Value,
}

impl Request {
    fn of(value: Value) -> Self {
        let text = |pointer: &str| {
            value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        Self {
            group: text("/resource/group"),
            version: text("/resource/version"),
            resource: text("/resource/resource"),
            namespace: text("/namespace"),
            operation: text("/operation"),
            value,
        }
    }

    fn creating(object: &Value) -> Self {
        let request = request(&object.to_string(), None).unwrap();
        Self::of(serde_json::from_str(&request).unwrap())
    }
}

impl Policy {
    /// Whether the API server calls the policy's webhook.
    fn is_called(&self, request: &Request) -> bool {
        let ruled = self.spec.rules.iter().any(|rule| {
            rule.api_groups.contains(&request.group)
                && rule.api_versions.contains(&request.version)
                && rule.resources.contains(&request.resource)
                && rule.operations.contains(&request.operation)
        });
        let namespaced = self.spec.namespace_selector.iter().all(|selector| {
            selector.match_expressions.iter().all(|expression| {
                assert_eq!(expression.key, "kubernetes.io/metadata.name");
                assert_eq!(expression.operator, "NotIn");
                !expression.values.contains(&request.namespace)
            })
        });
        ruled && namespaced && self.conditions_hold(request)
    }

    fn conditions_hold(&self, request: &Request) -> bool {
        let mut context = Context::default();
        context.add_variable("request", decoded(&request.value)).unwrap();
        context.add_variable("object", decoded(&request.value["object"])).unwrap();
        self.spec.match_conditions.iter().all(|condition| {
            let compiled = || Program::compile(&condition.expression).unwrap();
            let value =
                condition.program.get_or_init(compiled).execute(&context).unwrap_or_else(|error| {
                    // The API server would refuse or pass over the request.
                    panic!(
                        "{} of {}: {error}: {}",
                        condition.name, self.metadata.name, request.value
                    )
                });
            value == cel::Value::Bool(true)
        })
    }
}

/// The object as conditions see it: the API server has decoded it, and an absent field is no `null`.
fn decoded(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().filter(|(_, member)| !member.is_null());
            members.map(|(name, member)| (name.clone(), decoded(member))).collect()
        }
        Value::Array(items) => items.iter().map(decoded).collect(),
        value => value.clone(),
    }
}

fn policies(file: &str) -> Vec<Policy> {
    let text = text(format!("policy-settings/{file}"));
    text.split("\n---\n").map(|document| yaml_serde::from_str(document).unwrap()).collect()
}

/// The policies that are in the way of requests.
fn admitting() -> Vec<Policy> {
    let mut policies = policies("mutating-policy.yml");
    policies.extend(self::policies("validating-policy.yml"));
    policies
}

#[test]
fn the_manifests_name_the_module_as_the_metadata_does() {
    let metadata = yaml("metadata.yml");
    let annotation = |name| metadata["annotations"][name].as_str().unwrap();
    let module = format!(
        "registry://{}:v{}",
        annotation("io.kubewarden.policy.ociUrl"),
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(annotation("io.kubewarden.policy.version"), env!("CARGO_PKG_VERSION"));
    for policy in admitting().iter().chain(&policies("audit-policy.yml")) {
        let name = &policy.metadata.name;
        assert_eq!(policy.api_version, "policies.kubewarden.io/v1", "{name}");
        assert_eq!(policy.kind, "ClusterAdmissionPolicy", "{name}");
        assert_eq!(policy.spec.module, module, "{name}");
        assert_eq!(policy.spec.policy_server, "default", "{name}");
        let (whole, evaluation) = (policy.spec.timeout_seconds, policy.spec.timeout_eval_seconds);
        match &*policy.spec.failure_policy {
            // An evaluation over its limit is answered as a refusal, which is not ignored
            // (kubewarden-controller crates/policy-evaluator/src/runtimes/wapc/runtime.rs).
            "Ignore" => assert_eq!(evaluation, whole, "{name}"),
            _ => assert!(evaluation <= whole, "{name}"),
        }
        for (key, value) in policy.metadata.annotations.as_object().unwrap() {
            assert_eq!(value.as_str().unwrap(), annotation(key), "{name}");
        }
        // As the CRD has it: from 2 to 30 seconds.
        assert!((2..=30).contains(&policy.spec.timeout_seconds), "{name}");
        assert!((2..=30).contains(&policy.spec.timeout_eval_seconds), "{name}");
    }
}

#[test]
fn the_manifests_have_the_settings_of_the_files_that_they_name() {
    for (manifest, file) in [
        ("mutating-policy.yml", "recommended.yml"),
        ("validating-policy.yml", "validate-only.yml"),
        ("audit-policy.yml", "strict.yml"),
    ] {
        for policy in policies(manifest) {
            assert_eq!(policy.spec.settings, yaml(format!("policy-settings/{file}")), "{manifest}");
        }
    }
}

/// The condition lets it pass unjudged: the API server refuses it on its own.
const REFUSED_BY_THE_API_SERVER: &str = "node-operator/in-without-values";

#[test]
fn every_case_that_finds_something_reaches_a_policy() {
    let policies = admitting();
    let (mut reached, mut kept_away) = (0, 0);
    for case in cases() {
        let answer = case.response();
        let request = Request::of(case.request());
        let code = answer["status"]["code"].as_u64();
        if !request.value["object"].is_object() || code.is_some_and(|code| code != 403) {
            // Nothing to look at, or what the API server could not have decoded.
            continue;
        }
        let finds = answer["auditAnnotations"].get("findings").is_some()
            && case.name != REFUSED_BY_THE_API_SERVER;
        let called = policies.iter().any(|policy| policy.is_called(&request));
        assert!(called || !finds, "{}", case.name);
        reached += u32::from(called);
        kept_away += u32::from(!called);
    }
    assert!(reached > 200 && kept_away > 10, "{reached} reached, {kept_away} kept away");
}

/// What both conditions say of a pod.
fn of_pods(policy: &Policy) -> &str {
    let named = |condition: &&MatchCondition| condition.name == "names-hardware";
    let condition = policy.spec.match_conditions.iter().find(named).unwrap();
    condition.expression.split_once(".exists(pod,").unwrap().1
}

#[test]
fn pods_and_what_makes_them_reach_the_policies_by_the_same_signs() {
    let policies = admitting();
    assert_eq!(of_pods(&policies[0]), of_pods(&policies[1]));
}

/// Whether a finding is of what the API server takes.
fn counts(finding: &Finding) -> bool {
    !finding.fact.contains("API server refuses")
}

fn findings(object: &Value, settings: &Value) -> Vec<String> {
    let assessed =
        assess(payload(&text_of(object), None, settings).as_bytes(), &NoHost, EditsFor::None);
    assessed.unwrap().findings.iter().filter(|one| counts(one)).map(Finding::line).collect()
}

/// Pods without a resource: what they ask of their nodes is what a rule finds fault with.
#[rstest]
#[case::a_label_with_a_slip(r#""nodeSelector": {"karpenter.sh/capacity-typ": "spot"}"#)]
#[case::a_value_that_no_node_has(r#""nodeSelector": {"karpenter.sh/capacity-type": "ondemand"}"#)]
#[case::an_architecture(r#""nodeSelector": {"kubernetes.io/arch": "x86_64"}"#)]
#[case::a_system(r#""affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
    {"matchExpressions": [{"key": "kubernetes.io/os", "operator": "In", "values": ["Linux"]}]}]}}}"#)]
#[case::a_preferred_label(r#""affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
    {"weight": 1, "preference": {"matchExpressions": [{"key": "karpenter.sh/nodepol", "operator": "Exists"}]}}]}}"#)]
#[case::a_preferred_number(r#""affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
    {"weight": 1, "preference": {"matchExpressions": [{"key": "rank", "operator": "Gt", "values": ["high"]}]}}]}}"#)]
#[case::terms_without_expressions(
    r#""affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{}]}}}"#
)]
#[case::two_zones(r#""affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
    {"matchExpressions": [{"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["a"]},
                          {"key": "topology.kubernetes.io/zone", "operator": "NotIn", "values": ["a", "b"]}]}]}}}"#)]
#[case::a_zone_and_its_selector(r#""nodeSelector": {"topology.kubernetes.io/zone": "b"},
    "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
    {"matchExpressions": [{"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["a"]}]}]}}}"#)]
#[case::no_value_of_a_label(r#""affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
    {"matchExpressions": [{"key": "pool", "operator": "In", "values": ["a b"]}]}]}}}"#)]
fn what_no_node_meets_reaches_the_policies(#[case] nodes: &str) {
    let pod: Value = serde_json::from_str(&format!(
        r#"{{{nodes}, "containers": [{{"name": "a", "image": "a"}}]}}"#
    ))
    .unwrap();
    for (api_version, kind, spec) in
        [("v1", "Pod", pod.clone()), ("apps/v1", "Deployment", json!({"template": {"spec": pod}}))]
    {
        let object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}, "spec": spec});
        assert!(!findings(&object, &json!({})).is_empty(), "{kind}: no rule finds anything");
        let request = Request::creating(&object);
        assert!(admitting().iter().any(|policy| policy.is_called(&request)), "{kind}");
    }
}

/// What asks for its nodes in ways that are always met on some.
#[rstest]
#[case::a_selector(r#""nodeSelector": {"kubernetes.io/os": "linux", "kubernetes.io/arch": "arm64", "karpenter.sh/nodepool": "a"}"#)]
#[case::karpenters_own(r#""affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
    {"matchExpressions": [{"key": "karpenter.sh/nodepool", "operator": "DoesNotExist"}]}]}}}"#)]
#[case::of_a_daemon_set(r#""affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
    {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["ip-10-0-0-1"]}]}]}}}"#)]
#[case::zones(r#""affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference":
    {"matchExpressions": [{"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["us-west-2a", ""]}]}}]}}"#)]
fn what_every_cluster_has_is_kept_away(#[case] nodes: &str) {
    let object = format!(
        r#"{{"apiVersion": "v1", "kind": "Pod", "metadata": {{"name": "a"}},
             "spec": {{{nodes}, "containers": [{{"name": "a", "image": "a"}}]}}}}"#
    );
    let request = Request::creating(&serde_json::from_str(&object).unwrap());
    assert!(!admitting().iter().any(|policy| policy.is_called(&request)));
}

thread_local! {
    static ADMITTING: Vec<Policy> = admitting();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever a rule finds, the API server has asked a policy about.
    #[test]
    fn what_finds_something_reaches_a_policy(object in object(), settings in settings()) {
        let request = Request::creating(&object);
        // Others have versions that the generator does not know. No term at all the API server refuses.
        let known = ["", "apps", "batch"].contains(&&*request.group)
            && !text_of(&object).contains("\"nodeSelectorTerms\":[]");
        let found = if known { findings(&object, &settings) } else { Vec::new() };
        let called =
            || ADMITTING.with(|policies| policies.iter().any(|policy| policy.is_called(&request)));
        prop_assert!(found.is_empty() || called(), "{}", found.join("\n"));
    }
}

#[test]
fn what_nodes_need_to_come_up_never_waits_for_a_policy_server() {
    let policies = admitting();
    let mut count = 0;
    for manifest in good().iter().filter(|manifest| manifest.path.starts_with("system")) {
        let (path, object) = (manifest.path.display(), &manifest.object);
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or("kube-system");
        let mut objects = vec![object.clone()];
        // The pods that it makes.
        if let Some(template) = object.pointer("/spec/template") {
            let mut pod = template.clone();
            pod["apiVersion"] = "v1".into();
            pod["kind"] = "Pod".into();
            pod["metadata"]["namespace"] = namespace.into();
            objects.push(pod);
        }
        if namespace != "kube-system" {
            continue;
        }
        for object in objects {
            let request = Request::creating(&object);
            for policy in policies.iter().filter(|policy| policy.is_called(&request)) {
                assert_eq!(policy.spec.failure_policy, "Ignore", "{path}");
                assert_ne!(request.resource, "pods", "{path}");
            }
            count += 1;
        }
    }
    assert!(count > 20, "only {count}");
}

#[test]
fn the_cni_and_its_configuration_reach_the_mutating_policy() {
    let policy = &policies("mutating-policy.yml")[0];
    let map = |namespace: &str, name: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}});
    assert!(policy.is_called(&Request::creating(&map("kube-system", "amazon-vpc-cni"))));
    assert!(!policy.is_called(&Request::creating(&map("kube-system", "coredns"))));
    assert!(!policy.is_called(&Request::creating(&map("default", "amazon-vpc-cni"))));
    for manifest in good().iter().filter(|manifest| manifest.field("/metadata/name") == "aws-node")
    {
        let request = Request::creating(&manifest.object);
        assert!(policy.is_called(&request), "{}", manifest.path.display());
    }
}

#[test]
fn plain_workloads_are_kept_away_from_every_webhook() {
    let pod = json!({"containers": [{"name": "web", "image": "nginx", "resources": {"limits": {"memory": "1Gi"}}}]});
    let policies = admitting();
    for (api_version, kind, spec) in [
        ("v1", "Pod", pod.clone()),
        ("apps/v1", "DaemonSet", json!({"template": {"spec": pod}})),
        ("apps/v1", "Deployment", json!({"template": {"spec": pod}})),
        ("batch/v1", "CronJob", json!({"jobTemplate": {"spec": {"template": {"spec": pod}}}})),
    ] {
        let object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}, "spec": spec});
        let request = Request::creating(&object);
        assert!(!policies.iter().any(|policy| policy.is_called(&request)), "{kind}");
    }
}

#[test]
fn no_condition_fails_on_a_good_manifest() {
    for manifest in good() {
        let request = Request::creating(&manifest.object);
        for policy in &admitting() {
            policy.is_called(&request);
        }
    }
}

#[test]
fn the_audit_policies_are_for_the_scanner_alone() {
    for policy in policies("audit-policy.yml") {
        let name = &policy.metadata.name;
        assert!(policy.spec.background_audit && !policy.spec.mutating, "{name}");
        assert_eq!(policy.spec.mode, "monitor", "{name}");
        let request = Request::of(json!({"object": {}}));
        assert!(!policy.conditions_hold(&request), "{name}");
        for rule in &policy.spec.rules {
            // The scanner looks at CREATE only, and leaves out wildcards.
            assert_eq!(rule.operations, ["CREATE"], "{name}");
            assert!(!rule.resources.iter().any(|resource| resource.contains('*')), "{name}");
        }
    }
}

#[test]
fn the_policies_ask_for_no_more_than_the_metadata() {
    let metadata: Value = yaml("metadata.yml");
    let rules: Vec<Rule> = serde_json::from_value(metadata["rules"].clone()).unwrap();
    let named = |rules: &[Rule]| -> std::collections::BTreeSet<[String; 4]> {
        let mut named = std::collections::BTreeSet::new();
        for rule in rules {
            for group in &rule.api_groups {
                for version in &rule.api_versions {
                    for resource in &rule.resources {
                        for operation in &rule.operations {
                            named.insert([group, version, resource, operation].map(String::clone));
                        }
                    }
                }
            }
        }
        named
    };
    let all = named(&rules);
    let admitted: Vec<Rule> =
        admitting().into_iter().flat_map(|policy| policy.spec.rules).collect();
    assert_eq!(named(&admitted), all);
    let audited: Vec<Rule> =
        policies("audit-policy.yml").into_iter().flat_map(|policy| policy.spec.rules).collect();
    assert!(named(&audited).is_subset(&all));
    let mutating = admitting().into_iter().filter(|policy| policy.spec.mutating);
    let names: Vec<String> = mutating.map(|policy| policy.metadata.name).collect();
    assert_eq!(names, ["eks-aiml-networking-mutating"]);
}
