use serde_json::json;

use super::*;

#[test]
fn a_pod_has_what_was_set() {
    let pod = pod().on("p5.48xlarge").gpus(8).efa(32).env("A", "1").env("B", "2").label("a/b", "c");
    assert_eq!(
        pod.json(),
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "llm-0", "namespace": "ml", "labels": {"a/b": "c"}},
            "spec": {
                "containers": [{
                    "name": "main",
                    "resources": {"limits": {"nvidia.com/gpu": 8, "vpc.amazonaws.com/efa": 32}},
                    "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                }],
                "nodeSelector": {"node.kubernetes.io/instance-type": "p5.48xlarge"},
            },
        })
    );
}

#[test]
fn a_daemon_set_has_the_pod_as_its_template() {
    let set = daemon_set(pod().training().container("other")).image("a:1").named("efa");
    let set = set.selecting("a", "b").json();
    assert_eq!(set["metadata"], json!({"name": "efa", "namespace": "ml"}));
    assert_eq!(
        set["spec"]["template"],
        json!({
            "metadata": {"labels": {"training.kubeflow.org/operator-name": "pytorchjob-controller"}},
            "spec": {
                "containers": [{"name": "main"}, {"name": "other", "image": "a:1"}],
                "nodeSelector": {"a": "b"},
            },
        })
    );
}

#[test]
fn init_containers_and_terms_are_added_one_by_one() {
    let term = |value| [expression("zone", "In", &[value])];
    let pod = pod().init_container("first").gpus(1).nodes(term("a")).nodes(term("b")).json();
    assert_eq!(
        pod["spec"]["initContainers"],
        json!([{"name": "first", "resources": {"limits": {"nvidia.com/gpu": 1}}}])
    );
    let terms = pod.pointer(
        "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms",
    );
    assert_eq!(
        terms,
        Some(&json!([
            {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]},
            {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["b"]}]},
        ]))
    );
}

#[test]
fn the_cni_and_karpenter_have_their_objects() {
    let cni = aws_node("cni:v1", &[("MAX_ENI", "2")]).json();
    assert_eq!(cni["metadata"], json!({"name": "aws-node", "namespace": "kube-system"}));
    let container = &cni["spec"]["template"]["spec"]["containers"][1];
    assert_eq!(
        *container,
        json!({"name": "aws-node", "image": "cni:v1", "env": [{"name": "MAX_ENI", "value": "2"}]})
    );
    let pool = node_pool([expression("a", "Exists", &[])]).json();
    assert_eq!(
        pool["spec"],
        json!({"template": {"spec": {"requirements": [{"key": "a", "operator": "Exists"}]}}})
    );
    let class = node_class(json!({"maxPods": 8})).json();
    assert_eq!(class["spec"], json!({"kubelet": {"maxPods": 8}}));
    assert_eq!(class["metadata"], json!({"name": "gpu"}));
}
