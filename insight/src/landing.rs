//! Finds the NodePools of a cluster that can create a node for each pod of an object, and what the others
//! lack.

use eks_aiml_networking::{
    cluster::{Cluster, Pool},
    nodes::Placement,
    pools::{self, Aside, Land, Landing, Pools},
    settings::Settings,
    view::Kind,
};
use serde::Serialize;

use crate::{
    candidates::Left,
    cluster::{Span, efa},
    request,
    snapshot::Snapshot,
};

/// The answers of the NodePools for a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct OnPools {
    /// The place of the pod in its object.
    pub place: String,
    /// The reason why NodePools don't decide where the pod runs.
    pub aside: Option<String>,
    /// All NodePools: first those that can create a node, then those that lack the least. Empty if
    /// NodePools have nothing to do with the pod.
    pub pools: Vec<Answered>,
}

/// A NodePool, and its answer for a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Answered {
    /// Its name.
    pub name: String,
    /// `true` if its nodes exist whether or not pods need them.
    pub fixed: bool,
    /// The answer.
    pub answer: Answer,
}

/// The answer of a NodePool for a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub enum Answer {
    /// It can create a node.
    Makes(Made),
    /// It can't: everything that it lacks.
    Lacks(Vec<Lack>),
}

/// Something that a NodePool lacks for a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Lack {
    /// A phrase that follows the name of the pool.
    pub what: String,
    /// `true` if something outside the manifest may add it: Kueue, for example, adds tolerations.
    pub open: bool,
}

/// A node that a NodePool can create for a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Made {
    /// Its types; empty if only types that the table lacks are possible.
    pub types: Left,
    /// EFA interfaces that it attaches for a pod that requests EFA.
    pub efa: Span,
    /// The reason why the pool may create no nodes now: a phrase that follows its name.
    pub doubt: Option<String>,
}

/// Returns the answers of the snapshot's NodePools for each pod of an object, with at most `named` type
/// names each. Empty if the object has no pod or can't be read, which the verdict reports.
pub fn of(
    kind: Option<Kind>,
    object: &str,
    snapshot: &Snapshot,
    settings: &Settings<'_>,
    named: usize,
) -> Vec<OnPools> {
    request::viewed(kind, object, |view| {
        let placed = view.pods().iter().map(|pod| Placement::of(pod, settings));
        let placements: Vec<_> = placed.collect();
        let cluster = Cluster::new(snapshot, true);
        let pools = Pools::new(&cluster);
        let pods = view.pods().iter().zip(&placements);
        let on_pools = pods.map(|(pod, placement)| {
            let aside = Aside::of_placement(placement).or_else(|| Aside::of(view, pod));
            let all = match aside {
                None | Some(Aside::Ordinary) => Landing::each(view, pod, placement, &pools),
                Some(_) => None,
            };
            let all = all.unwrap_or_default().into_iter();
            let mut answered: Vec<Answered> =
                all.map(|(pool, answer)| told(pool, answer, &pools, settings, named)).collect();
            answered.sort_by_cached_key(|one| {
                let lacks = match &one.answer {
                    Answer::Makes(_) => 0,
                    Answer::Lacks(missed) => missed.len(),
                };
                (lacks, one.name.clone())
            });
            OnPools {
                place: pod.place.to_string(),
                aside: aside.map(|aside| aside.to_string()),
                pools: answered,
            }
        });
        on_pools.collect()
    })
}

fn told<'c>(
    pool: &'c Pool<'c>,
    answer: pools::Answer<'c>,
    pools: &Pools<'c>,
    settings: &Settings<'_>,
    named: usize,
) -> Answered {
    let catalog = &settings.catalog;
    let answer = match answer {
        pools::Answer::Makes(types) => {
            let land = Land { alternative: 0, pool, types };
            Answer::Makes(Made {
                efa: efa(pools, pool, &land.types, settings),
                doubt: pools.doubt(&land, catalog).map(|doubt| doubt.to_string()),
                types: Left::of(&[land.types], catalog, named),
            })
        }
        pools::Answer::Lacks(missed) => {
            let lack = |one: &pools::Refused<'_>| Lack {
                what: one.miss.to_string(),
                open: one.certainty == pools::Certainty::Open,
            };
            Answer::Lacks(missed.iter().map(lack).collect())
        }
    };
    Answered { name: pool.name.to_string(), fixed: pool.is_static(), answer }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::request::{Asked, Operation};

    fn pool(name: &str, replicas: Option<u32>, types: &[&str], taints: &Value) -> Value {
        json!({"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": name},
            "spec": {"replicas": replicas, "template": {"spec": {
                "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "default"},
                "taints": taints,
                "requirements": [{"key": "node.kubernetes.io/instance-type", "operator": "In", "values": types}]}}}})
    }

    fn cluster() -> Snapshot {
        let taint = json!([{"key": "team", "value": "a", "effect": "NoSchedule"}]);
        Snapshot::of(&[
            pool("a-small", None, &["m5.large", "m5.xlarge"], &json!([])),
            pool("b-tainted", None, &["m5.large"], &taint),
            pool("c-train", None, &["p5.48xlarge", "p5en.48xlarge"], &json!([])),
            pool("d-fixed", Some(2), &["p5.48xlarge"], &json!([])),
            json!({"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass",
                "metadata": {"name": "default"}, "spec": {}}),
        ])
    }

    fn on_pools(object: &Value, named: usize) -> Vec<OnPools> {
        let object = object.to_string();
        let asked = request::of(&object, "", Operation::Create, None).unwrap();
        let Asked::Request(request) = asked else { unreachable!("it is judged") };
        let settings = crate::settings::checked("{}").unwrap();
        of(request.kind, request.object, &cluster(), &settings, named)
    }

    fn pod(resources: &Value) -> Value {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {
            "containers": [{"name": "c", "resources": {"requests": resources, "limits": resources}}]}})
    }

    fn lacks(all: &[&str]) -> Answer {
        let lack = |what: &&str| Lack { what: (*what).to_owned(), open: false };
        Answer::Lacks(all.iter().map(lack).collect())
    }

    #[test]
    fn each_pool_answers_those_that_fit_first() {
        let pod = pod(&json!({"nvidia.com/gpu": 8, "vpc.amazonaws.com/efa": 32}));
        let [OnPools { place, aside, pools }] = on_pools(&pod, 1).try_into().unwrap();
        assert_eq!((&*place, aside), ("/spec", None));
        let types = Left { count: 1, first: vec!["p5.48xlarge".to_owned()] };
        let efa = Span { least: Some(32), most: Some(32) };
        let told: Vec<_> = pools.iter().map(|one| (&*one.name, one.fixed, &one.answer)).collect();
        let no_gpu = "has no type with `nvidia.com/gpu`";
        let no_efa = "has no type with 32 × `vpc.amazonaws.com/efa`";
        assert_eq!(
            told,
            [
                ("c-train", false, &Answer::Makes(Made { types, efa, doubt: None })),
                ("d-fixed", true, &lacks(&["attaches no EFA interfaces"])),
                ("a-small", false, &lacks(&[no_gpu, no_efa])),
                (
                    "b-tainted",
                    false,
                    &lacks(&["has the taint `team=a:NoSchedule`", no_gpu, no_efa])
                ),
            ]
        );
    }

    #[test]
    fn an_ordinary_pod_is_told_its_pools_and_that_it_may_run_elsewhere() {
        let [OnPools { aside, pools, .. }] = on_pools(&pod(&json!({})), 1).try_into().unwrap();
        assert!(aside.unwrap().contains("neither accelerators nor EFA"));
        let makes = |one: &&Answered| matches!(one.answer, Answer::Makes(_));
        let fit: Vec<&str> = pools.iter().filter(makes).map(|one| &*one.name).collect();
        assert_eq!(fit, ["a-small", "c-train", "d-fixed"]);
        let Answer::Makes(made) = &pools[0].answer else { unreachable!("it fits") };
        assert_eq!(made.types, Left { count: 2, first: vec!["m5.large".to_owned()] });
    }

    #[test]
    fn where_pools_decide_nothing_that_is_told_instead() {
        let resources = json!({"limits": {"nvidia.com/gpu": 1}});
        let spec = json!({"containers": [{"name": "c", "resources": resources}]});
        let set = json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "d"},
            "spec": {"selector": {}, "template": {"metadata": {}, "spec": spec}}});
        let [OnPools { aside, pools, .. }] = on_pools(&set, 1).try_into().unwrap();
        assert_eq!(aside.unwrap(), Aside::DaemonSet.to_string());
        assert_eq!(pools, []);
    }
}
