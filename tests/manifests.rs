//! Checks the manifests in `policy-settings/`: their format in Kubewarden's CRDs, which requests reach
//! them, and what they never deny.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use eks_aiml_networking::{
    finding::{Finding, Lines},
    host::NoHost,
    review::assess,
    rules::EditsFor,
    view::{KINDS, Kind},
};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};
use testkit::{
    admission::{Policy, Request, Rule, policies, together},
    corpus::{cases, good},
    files::yaml,
    generate::{object, payload, settings, text as text_of},
};

/// The policies that are in the way of requests: a policy that repairs beside those that judge.
fn admitting() -> Vec<Policy> {
    together(&["mutating-policy.yml", "validating-policy.yml"])
}

/// The ways in which they are put into a cluster.
const PRESETS: [&[&str]; 3] = [
    &["mutating-policy.yml", "validating-policy.yml"],
    &["mutating-policy.yml", "validating-policy-ignore.yml"],
    &["single-policy.yml"],
];

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
    let mut all: Vec<Policy> = PRESETS.iter().flat_map(|files| together(files)).collect();
    all.extend(policies("audit-policy.yml"));
    for policy in &all {
        let name = &policy.metadata.name;
        assert_eq!(policy.api_version, "policies.kubewarden.io/v1", "{name}");
        assert_eq!(policy.kind, "ClusterAdmissionPolicy", "{name}");
        assert_eq!(policy.spec.module, module, "{name}");
        assert_eq!(policy.spec.policy_server, "default", "{name}");
        let (whole, evaluation) = (policy.spec.timeout_seconds, policy.spec.timeout_eval_seconds);
        match &*policy.spec.failure_policy {
            // An evaluation over its limit is answered with a denial, which the failure policy does not
            // ignore (kubewarden-controller crates/policy-evaluator/src/runtimes/wapc/runtime.rs).
            "Ignore" => assert_eq!(evaluation, whole, "{name}"),
            _ => assert!(evaluation <= whole, "{name}"),
        }
        // It can query exactly what the module queries.
        assert_eq!(
            policy.spec.context_aware_resources, metadata["contextAwareResources"],
            "{name}"
        );
        for (key, value) in policy.metadata.annotations.as_object().unwrap() {
            assert_eq!(value.as_str().unwrap(), annotation(key), "{name}");
        }
        // The CRD requires 2 to 30 seconds.
        assert!((2..=30).contains(&policy.spec.timeout_seconds), "{name}");
        assert!((2..=30).contains(&policy.spec.timeout_eval_seconds), "{name}");
    }
}

#[test]
fn the_manifests_have_the_settings_of_the_files_that_they_name() {
    for (manifest, file) in [
        ("mutating-policy.yml", "recommended.yml"),
        ("validating-policy.yml", "validate-only.yml"),
        ("validating-policy-ignore.yml", "validate-only.yml"),
        ("single-policy.yml", "recommended.yml"),
    ] {
        for policy in policies(manifest) {
            assert_eq!(policy.spec.settings, yaml(format!("policy-settings/{file}")), "{manifest}");
        }
    }
}

/// If one policy repairs something, the others must not deny it.
#[test]
fn the_policies_that_judge_have_the_rules_of_the_one_that_repairs() {
    let members = |file: &str| yaml(format!("policy-settings/{file}")).as_object().unwrap().clone();
    let mut judges = members("validate-only.yml");
    assert_eq!(judges.remove("mutate"), Some(false.into()));
    assert_eq!(judges.remove("unrepaired"), Some("warn".into()));
    assert_eq!(judges, members("recommended.yml"));
    for policy in policies("audit-policy.yml") {
        // A report shows only denials: a pod that lacks a repair is denied, its template is not.
        let audit = policy.spec.settings.as_object().unwrap();
        let is_repaired = policy.spec.rules.iter().flat_map(|rule| &rule.resources);
        let is_repaired = is_repaired.map(|resource| ["pods", "daemonsets"].contains(&&**resource));
        let is_repaired: std::collections::BTreeSet<bool> = is_repaired.collect();
        let unrepaired = if is_repaired == [true].into() { "deny" } else { "warn" };
        assert!(is_repaired.len() == 1, "{}", policy.metadata.name);
        assert_eq!((&audit["mutate"], &audit["unrepaired"]), (&false.into(), &unrepaired.into()));
        for (rule, choice) in members("recommended.yml")["rules"].as_object().unwrap() {
            assert_eq!(&audit["rules"][rule], choice, "{rule}");
        }
    }
}

/// The condition does not match it: the API server rejects it anyway.
const REFUSED_BY_THE_API_SERVER: &str = "node-operator/in-without-values";

#[rstest]
#[case::that_refuse(PRESETS[0])]
#[case::that_let_pass(PRESETS[1])]
#[case::one(PRESETS[2])]
fn every_case_that_finds_something_reaches_a_policy(#[case] files: &[&str]) {
    let policies = together(files);
    let (mut reached, mut kept_away) = (0, 0);
    for case in cases() {
        let answer = case.response();
        let request = Request::of(case.request());
        let code = answer["status"]["code"].as_u64();
        if !request.value["object"].is_object() || code.is_some_and(|code| code != 403) {
            // There is no object, or the API server could not have decoded it.
            continue;
        }
        let finds = answer["auditAnnotations"].get("findings").is_some()
            && case.name != REFUSED_BY_THE_API_SERVER
            && !is_old(&request);
        let called = policies.iter().any(|policy| policy.is_called(&request));
        assert!(called || !finds, "{}", case.name);
        reached += u32::from(called);
        kept_away += u32::from(!called);
    }
    assert!(reached > 200 && kept_away > 10, "{reached} reached, {kept_away} kept away");
}

/// `true` if it is an update that keeps the pod template: problems in it existed before, and are only
/// warnings.
fn is_old(request: &Request) -> bool {
    let changed = |part: &str| {
        let of = |object: &str| request.value.pointer(&format!("/{object}/{part}")).cloned();
        of("object") != of("oldObject")
    };
    request.operation == "UPDATE" && !["spec", "data", "template"].into_iter().any(changed)
}

/// `true` if the finding is about something that the API server accepts.
fn counts(finding: &Finding) -> bool {
    !finding.fact.contains("API server refuses")
}

fn findings(object: &Value, settings: &Value) -> Vec<String> {
    let assessed =
        assess(payload(&text_of(object), None, settings).as_bytes(), &NoHost, EditsFor::None);
    assessed
        .unwrap()
        .findings
        .iter()
        .filter(|one| counts(one))
        .map(|one| Lines::default().line(one))
        .collect()
}

/// Pods without special resources: a rule finds a problem in their node requirements.
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

/// Node requirements that some nodes always meet.
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

    /// Whatever a rule finds, the API server has called a policy for it.
    #[test]
    fn what_finds_something_reaches_a_policy(object in object(), settings in settings()) {
        let request = Request::creating(&object);
        // Other groups have versions that the generator does not know. The API server rejects an empty list
        // of terms.
        let known = ["", "apps", "batch"].contains(&&*request.group)
            && !["\"nodeSelectorTerms\":[]", "\"ephemeralContainers\":"]
                .iter()
                .any(|refused| text_of(&object).contains(refused));
        let found = if known { findings(&object, &settings) } else { Vec::new() };
        let called =
            || ADMITTING.with(|policies| policies.iter().any(|policy| policy.is_called(&request)));
        prop_assert!(found.is_empty() || called(), "{}", found.join("\n"));
    }
}

/// The policies whose failing calls block requests.
fn holding_up(policies: &[Policy]) -> impl Iterator<Item = &Policy> {
    policies.iter().filter(|policy| policy.spec.failure_policy != "Ignore")
}

/// The pod that an object's controller creates from its template.
fn pod_of(object: &Value, namespace: &str) -> Option<Value> {
    let mut pod = object.pointer("/spec/template")?.clone();
    pod["apiVersion"] = "v1".into();
    pod["kind"] = "Pod".into();
    pod["metadata"]["namespace"] = namespace.into();
    pod["metadata"]["ownerReferences"] = json!([{
        "apiVersion": object["apiVersion"], "kind": object["kind"], "controller": true,
        "name": object["metadata"]["name"], "uid": "1",
    }]);
    Some(pod)
}

#[test]
fn what_nodes_need_to_come_up_never_waits_for_a_policy_server() {
    let policies = admitting();
    let mut count = 0;
    for manifest in good().iter().filter(|manifest| manifest.path.starts_with("system")) {
        let (path, object) = (manifest.path.display(), &manifest.object);
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or("kube-system");
        let is_system = namespace == "kube-system";
        let mut objects = vec![object.clone()];
        // A DaemonSet's pods install a node's drivers, in any namespace.
        if is_system || object["kind"] == "DaemonSet" {
            objects.extend(pod_of(object, namespace));
        } else {
            continue;
        }
        for object in objects {
            let request = Request::creating(&object);
            assert!(holding_up(&policies).all(|policy| !policy.is_called(&request)), "{path}");
            let asked = policies.iter().any(|policy| policy.is_called(&request));
            assert!(!asked || request.resource != "pods", "{path}");
            count += 1;
        }
    }
    assert!(count > 20, "only {count}");
}

fn impossible() -> Value {
    json!({
        "nodeSelector": {
            "node.kubernetes.io/instance-type": "p5.48xlarge",
            "karpenter.k8s.aws/instance-network-bandwidth": "100000",
        },
        "containers": [{"name": "a", "image": "a", "resources": {"limits": {"nvidia.com/gpu": "8"}}}],
    })
}

fn called(object: &Value, old: Option<&Value>) -> bool {
    let request = match old {
        Some(old) => Request::updating(old, object),
        None => Request::creating(object),
    };
    admitting().iter().any(|policy| policy.is_called(&request))
}

/// An update is checked if it changes the pod template, and only then.
#[rstest]
#[case::deployment("apps/v1", "Deployment", json!({"template": {"spec": impossible()}}), "/spec/template")]
#[case::daemon_set("apps/v1", "DaemonSet", json!({"template": {"spec": impossible()}}), "/spec/template")]
#[case::job("batch/v1", "Job", json!({"suspend": true, "template": {"spec": impossible()}}), "/spec/template")]
#[case::cron_job("batch/v1", "CronJob", json!({"jobTemplate": {"spec": {"template": {"spec": impossible()}}}}), "/spec/jobTemplate")]
#[case::pytorch_job("kubeflow.org/v1", "PyTorchJob", json!({"runPolicy": {"suspend": true}, "pytorchReplicaSpecs": {"Master": null, "Worker": {"replicas": 1, "template": {"spec": impossible()}}}}), "/spec/pytorchReplicaSpecs/Worker/template")]
#[case::ray_cluster("ray.io/v1", "RayCluster", json!({"headGroupSpec": {"template": {"spec": impossible()}}, "workerGroupSpecs": [{"replicas": 1, "template": {"spec": impossible()}}]}), "/spec/workerGroupSpecs/0/template")]
#[case::ray_job("ray.io/v1", "RayJob", json!({"rayClusterSpec": {"headGroupSpec": {"template": {"spec": impossible()}}}}), "/spec/rayClusterSpec/headGroupSpec/template")]
#[case::job_set("jobset.x-k8s.io/v1alpha2", "JobSet", json!({"replicatedJobs": [{"replicas": 1, "template": {"spec": {"template": {"spec": impossible()}}}}]}), "/spec/replicatedJobs/0/template")]
#[case::leader_worker_set("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", json!({"replicas": 1, "leaderWorkerTemplate": {"workerTemplate": {"spec": impossible()}}}), "/spec/leaderWorkerTemplate")]
#[case::train_job("trainer.kubeflow.org/v1alpha1", "TrainJob", json!({"suspend": true, "trainer": {"numNodes": 4}}), "/spec/trainer")]
#[case::node_pool("karpenter.sh/v1", "NodePool", json!({"limits": {"cpu": "1"}, "template": {"spec": {}}}), "/spec/template")]
fn of_updates_those_that_change_a_template_are_judged(
    #[case] api_version: &str,
    #[case] kind: &str,
    #[case] spec: Value,
    #[case] template: &str,
) {
    let old = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a", "namespace": "ml"}, "spec": spec});
    let mut new = old.clone();
    new["metadata"]["labels"] = json!({"a": "b"});
    new["metadata"]["finalizers"] = json!(["a/b"]);
    new["status"] = json!({"a": 1});
    assert!(!called(&new, Some(&old)), "labels and finalizers of {kind}");
    for scale in [
        "/spec/replicas",
        "/spec/suspend",
        "/spec/runPolicy/suspend",
        "/spec/workerGroupSpecs/0/replicas",
        "/spec/pytorchReplicaSpecs/Worker/replicas",
        "/spec/replicatedJobs/0/replicas",
        "/spec/limits/cpu",
    ] {
        if let Some(value) = new.pointer_mut(scale) {
            *value = json!(7);
        }
    }
    assert!(!called(&new, Some(&old)), "scale of {kind}");
    new.pointer_mut(template).unwrap()["changed"] = json!(true);
    assert!(called(&new, Some(&old)), "{kind}");
    let request = Request::updating(&old, &new);
    let policies = admitting();
    assert!(holding_up(&policies).all(|policy| !policy.is_called(&request)), "{kind} is held up");
}

/// A `null` value means absent, and absent fields may be added.
#[rstest]
#[case::pytorch_job("kubeflow.org/v1", "PyTorchJob", "pytorchReplicaSpecs", json!({"Worker": {"template": {"spec": impossible()}}}))]
#[case::role("kubeflow.org/v1", "PyTorchJob", "pytorchReplicaSpecs/Worker", json!({"template": {"spec": impossible()}}))]
#[case::ray_cluster("ray.io/v1", "RayCluster", "workerGroupSpecs", json!([{"template": {"spec": impossible()}}]))]
#[case::ray_job("ray.io/v1", "RayJob", "rayClusterSpec", json!({"headGroupSpec": {"template": {"spec": impossible()}}}))]
#[case::head_group("ray.io/v1", "RayJob", "rayClusterSpec/headGroupSpec", json!({"template": {"spec": impossible()}}))]
#[case::job_set("jobset.x-k8s.io/v1alpha2", "JobSet", "replicatedJobs", json!([{"template": {"spec": {"template": {"spec": impossible()}}}}]))]
#[case::leader_worker_set("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", "leaderWorkerTemplate", json!({"workerTemplate": {"spec": impossible()}}))]
#[case::train_job("trainer.kubeflow.org/v1alpha1", "TrainJob", "trainer", json!({"numNodes": 4}))]
fn a_null_is_an_absent_template(
    #[case] api_version: &str,
    #[case] kind: &str,
    #[case] part: &str,
    #[case] value: Value,
) {
    let object = |spec: Value| {
        let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a", "namespace": "ml"}});
        if spec != json!("absent") {
            object["spec"] = spec;
        }
        object
    };
    let nested = |value: Value| part.rsplit('/').fold(value, |inner, name| json!({ name: inner }));
    let with = object(nested(value));
    let without = ["absent", "null", "empty", "null inside"].map(|how| {
        object(match how {
            "absent" => "absent".into(),
            "null" => Value::Null,
            "empty" => json!({}),
            _ => nested(Value::Null),
        })
    });
    for old in &without {
        assert!(called(&with, Some(old)) && called(old, Some(&with)), "{old}");
        assert!(!called(&with, Some(&with)), "{with}");
        assert!(!called(old, Some(old)), "{old}");
    }
}

#[test]
fn a_pod_is_judged_when_it_is_created_and_when_it_is_let_go() {
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "ml"}, "spec": impossible()});
    let mut gated = pod.clone();
    gated["spec"]["schedulingGates"] = json!([{"name": "a"}, {"name": "b"}]);
    let mut one_left = pod.clone();
    one_left["spec"]["schedulingGates"] = json!([{"name": "a"}]);
    let mut labelled = pod.clone();
    labelled["metadata"]["labels"] = json!({"a": "b"});
    assert!(called(&pod, None) && called(&gated, None));
    assert!(called(&pod, Some(&gated)) && called(&pod, Some(&one_left)));
    assert!(!called(&one_left, Some(&gated)) && !called(&labelled, Some(&pod)));
}

fn made_by(object: &Value, group: &str, kind: &str) -> Value {
    let api_version = if group.is_empty() { "v1".to_owned() } else { format!("{group}/v1") };
    let mut object = object.clone();
    object["metadata"]["ownerReferences"] = json!([{"apiVersion": api_version, "kind": kind, "name": "a", "uid": "1", "controller": true}]);
    object
}

/// The conditions exclude exactly the pods that the policy would accept because of their owner.
#[test]
fn what_a_controller_made_of_what_was_judged_is_kept_away() {
    let object = |api_version, kind, spec| json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a", "namespace": "ml"}, "spec": spec});
    let set = object("apps/v1", "ReplicaSet", json!({"template": {"spec": impossible()}}));
    let pod = object("v1", "Pod", impossible());
    let requests = json!([{"name": "efa", "exactly": {"deviceClassName": "efa.networking.k8s.aws", "count": 40}}]);
    let claim =
        object("resource.k8s.io/v1", "ResourceClaim", json!({"devices": {"requests": requests}}));
    for (group, kind, _, known) in KINDS {
        let made = made_by(&claim, group, kind);
        assert_eq!(called(&made, None), !findings(&made, &json!({})).is_empty(), "{kind}");
        assert_eq!(called(&made, None), *known != Kind::Pod, "{kind}");
        let made = made_by(&set, group, kind);
        assert_eq!(called(&made, None), !findings(&made, &json!({})).is_empty(), "{kind}");
        assert_eq!(called(&made, None), !known.makes_pods(), "{kind}");
        assert!(called(&made_by(&set, "example.com", kind), None), "{kind} of another group");
        // A DaemonSet installs a node's drivers.
        assert_eq!(
            called(&made_by(&pod, group, kind), None),
            *kind != "DaemonSet",
            "pod of a {kind}"
        );
    }
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
            // The scanner only looks at CREATE, and ignores wildcards.
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
    let single = policies("single-policy.yml").into_iter().flat_map(|policy| policy.spec.rules);
    assert_eq!(named(&single.collect::<Vec<_>>()), all);
    let audited: Vec<Rule> =
        policies("audit-policy.yml").into_iter().flat_map(|policy| policy.spec.rules).collect();
    assert!(named(&audited).is_subset(&all));
    let mutating = admitting().into_iter().filter(|policy| policy.spec.mutating);
    let names: Vec<String> = mutating.map(|policy| policy.metadata.name).collect();
    assert_eq!(names, ["eks-aiml-networking-mutating"]);
}
