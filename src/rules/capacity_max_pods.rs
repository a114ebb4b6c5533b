//! `capacity-max-pods`: an EC2NodeClass whose `kubelet.maxPods` is not what its nodes hold.
//!
//! Above what a node has addresses for, pods stay in ContainerCreating ("failed to assign an IP
//! address to container"). Not raised, prefixes bring nothing: Karpenter's own default counts
//! secondary addresses only. Which types a class serves is up to NodePools; `instanceTypes.allowed`
//! tells it here, else all types count.
//!
//! Source: aws/karpenter-provider-aws pkg/providers/instancetype/types.go, `pods` and
//! `ENILimitedPods`; issue 8210 of that project.

use super::shared::{Context, Findings, Lookup};
use crate::{
    capacity::Capacity,
    finding::{Action, Report},
    instances::{self, TypeSet},
    view::{Body, NodeClass},
};

const MAX_PODS: &str = "/spec/kubelet/maxPods";

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Body::NodeClass(class) = &context.view.body else { return };
    let kubelet = class.kubelet.as_ref();
    match kubelet.and_then(|kubelet| kubelet.max_pods.as_ref()) {
        // Windows nodes hold 110 to Karpenter, whatever their type.
        None if context.capacity().prefix_delegation && !class.is_of("windows") => findings.report(Report::warn(if kubelet.is_some() { "/spec/kubelet" } else { "/spec" }, "without `maxPods`, Karpenter gives a node no more pods than its type holds without \
             prefixes (`m5.large`: 29)").remedy("set `kubelet.maxPods`, 110 as EKS recommends below 30 vCPUs")),
        Some(limit) => {
            if let Some(pods) = limit.pods() {
                limited(context, class, pods, findings);
            }
        }
        None => {}
    }
}

fn limited(
    context: &Context<'_>,
    class: &NodeClass<'_>,
    max_pods: u32,
    findings: &mut Findings<'_>,
) {
    let catalog = &context.settings.catalog;
    let options = context.capacity();
    // Karpenter does not count it on Bottlerocket, which does not know it.
    let kubelet = class.kubelet.as_ref().filter(|_| !class.is_of("bottlerocket"));
    let per_core = kubelet.and_then(|kubelet| kubelet.pods_per_core.as_ref()?.pods());
    let named = context.settings.allowed_types().filter(|allowed| !allowed.types.is_empty());
    let (types, allowed) = match named {
        Some(allowed) => (&allowed.types, true),
        None => (catalog.all(), false),
    };

    // For each type that is known: what it has addresses for, and what it is told to hold.
    let known: Vec<(u32, u32, &str)> = catalog
        .types(types)
        .filter_map(|instance| {
            let holds = Capacity::of(&instance, options).addresses()?;
            let told = match (per_core, instance.vcpus()) {
                (Some(pods), Some(vcpus)) if pods > 0 => {
                    max_pods.min(pods.saturating_mul(vcpus.into()))
                }
                (Some(_), None) => return None,
                _ => max_pods,
            };
            Some((holds, told, instance.name()))
        })
        .collect();
    let over = || known.iter().filter(|(holds, told, _)| told > holds);
    let Some((most, _, largest)) = known.iter().max() else { return };
    let Some((least, _, smallest)) = over().min() else {
        return too_few(context, max_pods, types, findings);
    };
    let which = if allowed { "allowed types" } else { "types" };
    let mode = if options.prefix_delegation { "with prefixes" } else { "without prefixes" };
    // A type that is not known, as one that came later, may hold more.
    let decided = named.is_some_and(|allowed| {
        allowed.known && u32::try_from(known.len()) == Ok(allowed.types.len())
    });
    // Where the CNI can't be asked, the settings are a guess.
    let proven = decided && !(context.cni_mode() == Lookup::Unreachable);
    if over().count() == known.len() {
        let world = match (proven, decided) {
            (true, _) => String::new(),
            (_, true) => {
                " by the settings, as the CNI's DaemonSet could not be looked up".to_owned()
            }
            _ if allowed => ", though not all allowed types are known".to_owned(),
            _ => format!(" (as of {})", instances::DATE),
        };
        let fact = match known.len() {
            1 => format!("`{largest}` holds {most} pods {mode}, fewer than {max_pods}{world}"),
            count => format!(
                "none of the {count} {which} holds {max_pods} pods {mode}, \
                 `{largest}` has addresses for {most}{world}"
            ),
        };
        let action = if proven { Action::Deny } else { Action::Warn };
        findings.report(Report::new(action, MAX_PODS, fact).remedy(format!("set at most {most}")));
    } else if allowed || !options.prefix_delegation {
        let fact = format!(
            "{} of {} {which} hold fewer than {max_pods} pods {mode}, `{smallest}` only {least}: \
             more pods stay without an address",
            over().count(),
            known.len()
        );
        let remedy = format!("set at most {least}, or a class of its own for smaller types");
        findings.report(Report::warn(MAX_PODS, fact).remedy(remedy));
    } else {
        too_few(context, max_pods, types, findings);
    }
}

/// As many as a type holds without prefixes, though it holds more with them.
fn too_few(context: &Context<'_>, max_pods: u32, types: &TypeSet, findings: &mut Findings<'_>) {
    let options = context.capacity();
    if !options.prefix_delegation || max_pods >= 110 {
        return;
    }
    let left = context.settings.catalog.types(types).find_map(|instance| {
        let capacity = Capacity::of(&instance, options);
        let recommended = capacity.recommended().filter(|pods| *pods > max_pods)?;
        (capacity.secondary() == Some(max_pods)).then_some((instance.name(), recommended))
    });
    if let Some((name, recommended)) = left {
        findings.report(Report::warn(MAX_PODS, format!("{max_pods} is what a type such as `{name}` holds without prefixes, but with them it holds {recommended}")).remedy(format!("set {recommended}")));
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::finds_in_class;

    const RULE: &str = "capacity-max-pods";
    const ALLOWED: &str = r#"{"instanceTypes": {"allowed": ["m5.large", "p5.48xlarge"]}}"#;

    #[test]
    fn as_recommended() {
        finds_in_class(RULE, r#"{"maxPods": 110}"#, "{}", &[]);
        finds_in_class(RULE, r#"{"maxPods": 234}"#, "{}", &[]);
        finds_in_class(RULE, r#"{"maxPods": 250}"#, "{}", &[]);
        // An m4.large takes no prefixes.
        let xen = r#"{"instanceTypes": {"allowed": ["m4.large"]}}"#;
        finds_in_class(RULE, r#"{"maxPods": 20}"#, xen, &[]);
        finds_in_class(RULE, r#"{"maxPods": 110}"#, ALLOWED, &[]);
        finds_in_class(RULE, r#"{"maxPods": "2 * vcpus"}"#, "{}", &[]);
        finds_in_class(RULE, "null", r#"{"capacity": {"prefixDelegation": false}}"#, &[]);
        finds_in_class(
            RULE,
            r#"{"maxPods": 29}"#,
            r#"{"capacity": {"prefixDelegation": false}, "instanceTypes": {"allowed": ["m5.large"]}}"#,
            &[],
        );
    }

    /// Of a type whose vCPUs nobody knows, `podsPerCore` says nothing.
    #[test]
    fn pods_of_cores_that_nobody_knows() {
        let extra =
            r#"{"name": "x9.large", "hypervisor": "nitro", "defaultCardEnis": 2, "ipv4PerEni": 2}"#;
        let settings =
            format!(r#"{{"instanceTypes": {{"extra": [{extra}], "allowed": ["x9.large"]}}}}"#);
        finds_in_class(RULE, r#"{"maxPods": 110, "podsPerCore": 10}"#, &settings, &[]);
    }

    #[test]
    fn absent() {
        finds_in_class(
            RULE,
            "{}",
            "{}",
            &[
                "warn /spec/kubelet: without `maxPods`, Karpenter gives a node no more pods than its type holds \
               without prefixes (`m5.large`: 29); set `kubelet.maxPods`, 110 as EKS recommends below 30 vCPUs",
            ],
        );
    }

    #[test]
    fn more_than_any_type_holds() {
        finds_in_class(
            RULE,
            r#"{"maxPods": 2000}"#,
            ALLOWED,
            &[
                "deny /spec/kubelet/maxPods: none of the 2 allowed types holds 2000 pods with prefixes, \
               `p5.48xlarge` has addresses for 1570; set at most 1570",
            ],
        );
    }

    #[test]
    fn more_than_some_types_hold() {
        finds_in_class(
            RULE,
            r#"{"maxPods": 110}"#,
            r#"{"capacity": {"prefixDelegation": false}, "instanceTypes": {"allowed": ["m5.large", "c5.4xlarge"]}}"#,
            &[
                "warn /spec/kubelet/maxPods: 1 of 2 allowed types hold fewer than 110 pods without prefixes, \
               `m5.large` only 29: more pods stay without an address; set at most 29, or a class of its own \
               for smaller types",
            ],
        );
        // Two pods a core are no more than an m5.large holds; 0 means no limit.
        finds_in_class(
            RULE,
            r#"{"maxPods": 110, "podsPerCore": 2}"#,
            r#"{"capacity": {"prefixDelegation": false}, "instanceTypes": {"allowed": ["m5.large", "c5.4xlarge"]}}"#,
            &[],
        );
        finds_in_class(
            RULE,
            r#"{"maxPods": 110, "podsPerCore": 0}"#,
            r#"{"capacity": {"prefixDelegation": false}, "instanceTypes": {"allowed": ["m5.large"]}}"#,
            &[
                "deny /spec/kubelet/maxPods: `m5.large` holds 29 pods without prefixes, fewer than 110; set at most 29",
            ],
        );
        finds_in_class(
            RULE,
            r#"{"maxPods": 110}"#,
            r#"{"instanceTypes": {"allowed": ["m5.large", "t3.nano"]}}"#,
            &[
                "warn /spec/kubelet/maxPods: 1 of 2 allowed types hold fewer than 110 pods with prefixes, \
               `t3.nano` only 34: more pods stay without an address; set at most 34, or a class of its own \
               for smaller types",
            ],
        );
    }

    #[test]
    fn left_as_it_was_before_prefixes() {
        finds_in_class(
            RULE,
            r#"{"maxPods": 29}"#,
            "{}",
            &[
                "warn /spec/kubelet/maxPods: 29 is what a type such as `a1.large` holds without prefixes; \
               with them it holds 110; set 110",
            ],
        );
    }
}
