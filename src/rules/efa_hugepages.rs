//! `efa-hugepages`: huge pages that no node will have, or that the API server refuses.
//!
//! EFA can use huge pages, and its examples request some. But none of Karpenter's types offers them, so
//! a pod for such nodes stays Pending, unless a NodeOverlay declares the pages, or a static NodePool has
//! made the nodes already. The API server refuses huge pages with neither memory nor CPU, or with a
//! request that differs from the limit.
//!
//! Source: aws/karpenter-provider-aws issues 3315 and 6296, nodeoverlays.md; kubernetes/kubernetes
//! pkg/apis/core/validation/validation.go, ValidateContainerResourceRequirements.

use super::shared::{Context, Findings};
use crate::{
    finding::{Assumption, Report},
    settings::NodeLabels,
    text::Quoted,
    view::Resources,
};

/// No machine has more page sizes.
const SIZES: usize = 16;

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(pod) = context.pod else { return };
    let mut provisioned = None;
    for at in pod.containers() {
        let Some(resources) = &at.container.resources else { continue };
        let lists = resources.lists();
        // Most containers have none.
        let is_of_pages = |name: &str| name.starts_with("hugepages-");
        if !lists.iter().any(|(_, map)| map.0.iter().any(|(name, _)| is_of_pages(name))) {
            continue;
        }
        let mut seen: Vec<&str> = Vec::new();
        let pages = lists.iter().flat_map(|(list, map)| {
            let pages = map.0.iter().filter(|(name, _)| is_of_pages(name));
            pages.take(SIZES).map(move |entry| (list, entry))
        });
        for (list, (name, quantity)) in pages {
            if quantity.is_zero() || seen.contains(&&**name) {
                continue;
            }
            seen.push(name);
            let place = at.listed_place(list, name);
            let of_karpenter = provisioned.get_or_insert_with(|| is_for_karpenter(context));
            if let Some((fact, remedy)) = refused(resources, name) {
                findings.report(Report::warn(place, fact).about(name.to_string()).remedy(remedy));
            } else if *of_karpenter {
                findings.report(
                    Report::warn(
                        place,
                        format!(
                            "a new node has no {} without a NodeOverlay or a static NodePool, so the pod stays Pending",
                            Quoted(name)
                        ),
                    )
                    .about(name.to_string())
                    .assuming(context.assumed(Assumption::Provisioning))
                    .remedy("remove the huge pages, and set `FI_EFA_USE_HUGE_PAGE` to `0`"),
                );
            }
        }
    }
}

/// `true` if the pod's own labels, or the settings, allow only nodes of Karpenter or EKS Auto Mode.
fn is_for_karpenter(context: &Context<'_>) -> bool {
    let Some(placement) = context.placement().filter(|placement| !placement.is_decided) else {
        return false;
    };
    // If the NodePools and overlays are known, `node-pool` reports it.
    if context.landing().is_some() {
        return false;
    }
    match context.settings.node_labels {
        NodeLabels::Karpenter | NodeLabels::AutoMode => true,
        NodeLabels::Auto | NodeLabels::Both | NodeLabels::None => {
            placement.alternatives().len() > 0 && placement.domains().all(|domain| domain.is_some())
        }
    }
}

fn refused(resources: &Resources<'_>, name: &str) -> Option<(String, String)> {
    let has =
        |resource| resources.limits.get(resource).or_else(|| resources.requests.get(resource));
    if has("memory").is_none() && has("cpu").is_none() {
        let fact = format!("the API server refuses {} without memory or CPU", Quoted(name));
        return Some((fact, "request memory or CPU too".to_owned()));
    }
    let (request, limit) = (resources.requests.get(name), resources.limits.get(name));
    let differ = request.is_some_and(|request| limit.is_none_or(|limit| !limit.same_as(request)));
    differ.then(|| {
        let fact = format!(
            "the API server refuses {} if the request differs from the limit",
            Quoted(name)
        );
        (fact, "make them equal".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{accepts, finds, finds_under};

    fn spec(selector: &str, resources: &str) -> String {
        format!(
            r#"{{"nodeSelector": {{{selector}}}, "containers": [{{"resources": {resources}}}]}}"#
        )
    }

    #[test]
    fn the_same_amount_may_be_spelt_in_two_ways() {
        let resources = r#"{"limits": {"hugepages-2Mi": "5Gi", "cpu": 1}, "requests": {"hugepages-2Mi": "5120Mi"}}"#;
        accepts("efa-hugepages", &spec("", resources));
    }

    #[test]
    fn managed_node_groups_can_have_them() {
        let resources = r#"{"limits": {"hugepages-2Mi": "5Gi", "memory": "32Gi"}}"#;
        accepts(
            "efa-hugepages",
            &spec(r#""node.kubernetes.io/instance-type": "p5.48xlarge""#, resources),
        );
        accepts(
            "efa-hugepages",
            &spec(
                r#""karpenter.k8s.aws/instance-family": "p5""#,
                r#"{"limits": {"memory": "1Gi"}}"#,
            ),
        );
        let zero = r#"{"limits": {"hugepages-2Mi": "0"}}"#;
        accepts("efa-hugepages", &spec(r#""karpenter.k8s.aws/instance-family": "p5""#, zero));
    }

    #[test]
    fn with_karpenter() {
        finds(
            "efa-hugepages",
            &spec(
                r#""karpenter.k8s.aws/instance-family": "p5""#,
                r#"{"limits": {"hugepages-2Mi": "5Gi", "memory": "32Gi"}, "requests": {"hugepages-2Mi": "5Gi"}}"#,
            ),
            &["warn /spec/containers/0/resources/limits/hugepages-2Mi: hugepages-2Mi"],
        );
    }

    #[test]
    fn where_the_settings_know_whose_nodes_there_are() {
        let spec = spec("", r#"{"limits": {"hugepages-2Mi": "5Gi", "memory": "32Gi"}}"#);
        let pod = format!(r#"{{"spec": {spec}}}"#);
        let line = "warn /spec/containers/0/resources/limits/hugepages-2Mi: hugepages-2Mi";
        finds_under("efa-hugepages", r#"{"nodeLabels": "karpenter"}"#, &pod, &[line]);
        finds_under("efa-hugepages", r#"{"nodeLabels": "none"}"#, &pod, &[]);
    }

    #[test]
    fn refused_by_the_api_server() {
        finds(
            "efa-hugepages",
            &spec("", r#"{"limits": {"hugepages-2Mi": "5Gi"}}"#),
            &["warn /spec/containers/0/resources/limits/hugepages-2Mi: hugepages-2Mi"],
        );
        finds(
            "efa-hugepages",
            &spec(
                "",
                r#"{"limits": {"hugepages-2Mi": "5Gi", "cpu": 1}, "requests": {"hugepages-2Mi": "4Gi"}}"#,
            ),
            &["warn /spec/containers/0/resources/limits/hugepages-2Mi: hugepages-2Mi"],
        );
    }
}
