//! Compares NodePools with a naive evaluation: a pod that some pool can create a node for is never denied,
//! and one that no pool can is reported. Also checks what the policy queries from the cluster, and for
//! which pods.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::cell::RefCell;

use eks_aiml_networking::{
    Host,
    finding::{Action, Finding},
    instances::Catalog,
    review::assess,
    rules::EditsFor,
};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};
use testkit::generate::payload;

/// A cluster with these objects that records the queries.
struct Cluster {
    objects: Vec<Value>,
    asked: RefCell<Vec<String>>,
}

impl Cluster {
    fn of(objects: Vec<Value>) -> Self {
        Self { objects, asked: RefCell::default() }
    }
}

impl Host for Cluster {
    fn call(&self, _: &str, operation: &str, payload: &[u8]) -> Result<Vec<u8>, String> {
        let asked: Value = serde_json::from_slice(payload).unwrap();
        let kind = asked["kind"].as_str().unwrap();
        self.asked.borrow_mut().push(format!("{operation} {kind}"));
        if operation == "get_resource" {
            let found = self
                .objects
                .iter()
                .find(|one| one["kind"] == kind && one["metadata"]["name"] == asked["name"]);
            return Ok(found.ok_or("not found")?.to_string().into_bytes());
        }
        let items: Vec<&Value> = self.objects.iter().filter(|one| one["kind"] == kind).collect();
        Ok(json!({ "items": items }).to_string().into_bytes())
    }
}

fn findings(pod: &Value, cluster: &Cluster) -> Vec<Finding> {
    let settings = json!({"clusterContext": true, "provisioning": "karpenter", "accelerators": {"whole": true}});
    let payload = payload(&pod.to_string(), None, &settings);
    let assessed = assess(payload.as_bytes(), cluster, EditsFor::None).unwrap();
    assessed.findings
}

const TYPE: &str = "node.kubernetes.io/instance-type";
const FAMILY: &str = "karpenter.k8s.aws/instance-family";
const CATEGORY: &str = "karpenter.k8s.aws/instance-category";
const GPUS: &str = "karpenter.k8s.aws/instance-gpu-count";
const ZONE: &str = "topology.kubernetes.io/zone";

fn expression() -> impl Strategy<Value = Value> {
    let values = |key: &'static str, values: &'static [&'static str]| {
        let operator = select(vec!["In", "In", "In", "NotIn"]);
        (operator, vec(select(values), 1..3)).prop_map(
            move |(operator, values)| json!({"key": key, "operator": operator, "values": values}),
        )
    };
    prop_oneof![
        3 => values(TYPE, &["p5.48xlarge", "p4d.24xlarge", "g5.48xlarge", "g5.xlarge", "m5.large"]),
        3 => values(FAMILY, &["p5", "p4d", "g5", "m5"]),
        2 => values(CATEGORY, &["p", "g", "m"]),
        1 => values(ZONE, &["a", "b"]),
        2 => values("team", &["red", "blue"]),
        1 => select(vec!["1", "4"]).prop_map(|bound| json!({"key": GPUS, "operator": "Gt", "values": [bound]})),
        1 => select(vec!["Exists", "DoesNotExist"]).prop_map(|operator| json!({"key": "team", "operator": operator})),
    ]
}

fn taint() -> impl Strategy<Value = Value> {
    let effect = select(vec!["NoSchedule", "NoExecute", "PreferNoSchedule"]);
    (select(vec!["dedicated", "nvidia.com/gpu"]), select(vec!["a", "b"]), effect)
        .prop_map(|(key, value, effect)| json!({"key": key, "value": value, "effect": effect}))
}

fn toleration() -> impl Strategy<Value = Value> {
    prop_oneof![
        (select(vec!["a", "b"]))
            .prop_map(|value| json!({"key": "dedicated", "operator": "Equal", "value": value})),
        Just(json!({"key": "dedicated", "operator": "Exists", "effect": "NoSchedule"})),
        Just(json!({"operator": "Exists"})),
    ]
}

fn pool(name: usize) -> impl Strategy<Value = Value> {
    let labels = prop::option::of(select(vec!["red", "blue"]));
    let class = select(vec!["open", "few"]);
    (vec(expression(), 0..4), vec(taint(), 0..2), labels, class, prop::bool::weighted(0.2)).prop_map(
        move |(mut requirements, taints, team, class, is_static)| {
            // A pool's requirements on a label don't contradict each other: no pod is to blame for that.
            let mut said = team.map_or_else(Vec::new, |_| vec![json!("team")]);
            requirements.retain(|one| {
                let is_first = !said.contains(&one["key"]);
                said.extend(["team", ZONE].map(Value::from).into_iter().filter(|key| *key == one["key"]));
                is_first
            });
            let labels = team.map_or(json!({}), |team| json!({ "team": team }));
            let mut pool = json!({"kind": "NodePool", "metadata": {"name": format!("pool-{name}")}, "spec": {"template": {
                "metadata": {"labels": labels},
                "spec": {"requirements": requirements, "taints": taints,
                    "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": class}}}}});
            if is_static {
                pool["spec"]["replicas"] = json!(2);
            }
            pool
        },
    )
}

fn pod() -> impl Strategy<Value = Value> {
    let terms = vec(vec(expression(), 1..3), 0..3);
    let (gpus, efa) = (select(vec![1, 8, 16]), select(vec![0, 1, 4, 32]));
    (terms, vec(toleration(), 0..2), gpus, efa, prop::option::of(select(vec!["red", "blue"]))).prop_map(
        |(terms, tolerations, gpus, efa, team)| {
            let mut limits = json!({"nvidia.com/gpu": gpus});
            if efa > 0 {
                limits["vpc.amazonaws.com/efa"] = efa.into();
            }
            let mut spec = json!({"tolerations": tolerations,
                "containers": [{"name": "a", "image": "a", "resources": {"limits": limits}}]});
            if let Some(team) = team {
                spec["nodeSelector"] = json!({ "team": team });
            }
            if !terms.is_empty() {
                let terms: Vec<Value> = terms.into_iter().map(|all| json!({"matchExpressions": all})).collect();
                spec["affinity"] = json!({"nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}});
            }
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "ml"}, "spec": spec})
        },
    )
}

fn classes() -> Vec<Value> {
    let class = |name: &str, spec: Value| json!({"kind": "EC2NodeClass", "metadata": {"name": name}, "spec": spec});
    let efa = |card: u8| json!({"networkCardIndex": card, "interfaceType": "efa-only"});
    vec![
        class("open", json!({})),
        class(
            "few",
            json!({"networkInterfaces": [{"networkCardIndex": 0, "interfaceType": "interface"}, efa(1), efa(2), efa(3), efa(4)]}),
        ),
    ]
}

fn texts(value: &Value) -> Vec<String> {
    let values = value.as_array().into_iter().flatten();
    values.map(|value| value.as_str().unwrap().to_owned()).collect()
}

/// `true` if a node with this value of a label meets an expression, as Kubernetes evaluates it.
fn met(expression: &Value, value: Option<&str>) -> bool {
    let values = texts(&expression["values"]);
    let among = |value: &str| values.iter().any(|one| one == value);
    match expression["operator"].as_str().unwrap() {
        "In" => value.is_some_and(among),
        "NotIn" => !value.is_some_and(among),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => {
            value.is_some_and(|value| value.parse::<i64>().unwrap() > values[0].parse().unwrap())
        }
        other => unreachable!("{other}"),
    }
}

fn known(count: Option<u16>) -> u64 {
    count.map_or(u64::MAX, u64::from)
}

/// `true` if some node that the pool can create meets the pod: tries each type, zone and team.
fn makes_one(pool: &Value, pod: &Value, catalog: &Catalog) -> bool {
    let template = &pool["spec"]["template"];
    let spec = &pod["spec"];
    let limits = &spec["containers"][0]["resources"]["limits"];
    let tolerated = |taint: &Value| {
        taint["effect"] == "PreferNoSchedule"
            || (taint["key"] == "nvidia.com/gpu" && limits.get("nvidia.com/gpu").is_some())
            || spec["tolerations"].as_array().unwrap().iter().any(|one| {
                (one.get("key").is_none_or(|key| *key == taint["key"]))
                    && one.get("effect").is_none_or(|effect| *effect == taint["effect"])
                    && (one["operator"] == "Exists" || one["value"] == taint["value"])
            })
    };
    if !template["spec"]["taints"].as_array().unwrap().iter().all(tolerated) {
        return false;
    }
    let own = template["metadata"]["labels"]["team"].as_str();
    let required = template["spec"]["requirements"].as_array().unwrap();
    // A pool only gives its nodes a cluster's label if it names it.
    let names_team = own.is_some()
        || required.iter().any(|one| one["key"] == "team" && one["operator"] != "DoesNotExist");
    let teams: Vec<Option<&str>> = match (own, names_team) {
        (Some(own), _) => vec![Some(own)],
        (None, true) => vec![Some("red"), Some("blue"), Some("green"), None],
        (None, false) => vec![None],
    };
    let mut terms: Vec<Vec<Value>> = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        ["nodeSelectorTerms"].as_array().map_or_else(|| vec![vec![]], |terms| {
            terms.iter().map(|term| term["matchExpressions"].as_array().unwrap().clone()).collect()
        });
    if let Some(team) = spec["nodeSelector"]["team"].as_str() {
        terms
            .iter_mut()
            .for_each(|term| term.push(json!({"key": "team", "operator": "In", "values": [team]})));
    }
    let label = |name: &str, row: u16| catalog.label(name).unwrap().value_of(row);
    let amount = |name: &str| limits.get(name).and_then(Value::as_u64).unwrap_or(0);
    catalog.described().rows().any(|row| {
        let instance = catalog.get(row).unwrap();
        // An unknown number may be large enough.
        let (gpus, efa) = (known(instance.gpu_count()), known(instance.efa_interfaces()));
        let is_nvidia = label("instance-gpu-manufacturer", row).as_deref() == Some("nvidia");
        let is_static = pool["spec"].get("replicas").is_some();
        let attached = match template["spec"]["nodeClassRef"]["name"].as_str() {
            // Karpenter excludes types that don't support the interfaces of the class.
            Some("few") if efa < 4 => return false,
            Some("few") => 4,
            _ if is_static => 0,
            _ => efa,
        };
        // On an existing node, devices can be shared.
        let enough = is_static || gpus >= amount("nvidia.com/gpu");
        if !is_nvidia || !enough || attached < amount("vpc.amazonaws.com/efa") {
            return false;
        }
        let family = label("instance-family", row);
        let category = label("instance-category", row);
        let count = label("instance-gpu-count", row);
        ["a", "b", "c"].into_iter().any(|zone| {
            teams.iter().any(|team| {
                let value = |key: &str| match key {
                    TYPE => Some(instance.name()),
                    FAMILY => family.as_deref(),
                    CATEGORY => category.as_deref(),
                    GPUS => count.as_deref(),
                    ZONE => Some(zone),
                    _ => *team,
                };
                let meets = |one: &Value| met(one, value(one["key"].as_str().unwrap()));
                required.iter().all(meets) && terms.iter().any(|term| term.iter().all(meets))
            })
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_one_pool_makes_is_never_denied(
        pod in pod(),
        pools in (pool(0), pool(1), pool(2)),
    ) {
        let pools = [pools.0, pools.1, pools.2];
        let catalog = Catalog::default();
        let can = pools.iter().any(|pool| makes_one(pool, &pod, &catalog));
        let mut objects = classes();
        objects.extend(pools.clone());
        let found = findings(&pod, &Cluster::of(objects));
        let denied: Vec<&Finding> = found.iter().filter(|one| one.action == Action::Deny).collect();
        let told = found.iter().any(|one| {
            ["node-pool", "node-unsatisfiable", "efa-count"].contains(&one.rule.name())
        });
        prop_assert!(!can || denied.is_empty(), "{denied:?}");
        // A pod only excludes a type if it excludes HyperPod's spelling too.
        let excludes = pod.to_string().contains(&format!(r#""{TYPE}","operator":"NotIn""#));
        prop_assert!(can || told || excludes, "silent: {pod} {pools:?}");
    }
}

#[test]
fn a_plain_pod_asks_nothing() {
    for spec in [
        json!({"containers": [{"name": "web", "image": "nginx:1.27", "resources": {"limits": {"cpu": 1}}}]}),
        json!({"containers": [{"name": "web", "image": "nginx:1.27"}], "nodeSelector": {"team": "web"}}),
    ] {
        let pod =
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec});
        let cluster = Cluster::of(Vec::new());
        assert!(findings(&pod, &cluster).is_empty());
        assert_eq!(cluster.asked.into_inner(), Vec::<String>::new());
    }
}

#[test]
fn a_pod_with_accelerators_asks_each_question_once() {
    let container = json!({"name": "a", "image": "a", "resources": {"limits": {"nvidia.com/gpu": 8, "vpc.amazonaws.com/efa": 32}}});
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [container]}});
    let mut objects = classes();
    objects.push(
        json!({"kind": "NodePool", "metadata": {"name": "a"}, "spec": {"template": {"spec": {
        "nodeClassRef": {"group": "karpenter.k8s.aws", "name": "open"}, "requirements": [
            {"key": FAMILY, "operator": "In", "values": ["p5"]}]}}}}),
    );
    let cluster = Cluster::of(objects);
    findings(&pod, &cluster);
    let mut asked = cluster.asked.into_inner();
    asked.sort();
    let expected =
        ["get_resource EC2NodeClass", "get_resource NodePool", "list_resources_all NodePool"];
    assert_eq!(asked, expected);
}
