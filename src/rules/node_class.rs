//! `node-class`: a node class with network interfaces that no type can attach, a NodePool whose nodes
//! come without the EFA of their types, or a NodeOverlay that sets amounts that Karpenter ignores.
//!
//! Karpenter drops each type that can't attach the interfaces of the class, and then reports that no
//! type is left. A NodePool with `replicas` makes its nodes before any pod requests EFA, so they only
//! get the interfaces that the class lists.
//!
//! Source: aws/karpenter-provider-aws pkg/providers/instancetype/compatibility/compatibility.go,
//! pkg/apis/v1/ec2nodeclass.go, designs/efa-for-static-capacity.md, pull request 5666.

use super::shared::{Context, Findings};
use crate::{
    cluster::Pool,
    finding::{Action, Assumption, Assumptions, Report},
    instances::{InstanceType, TypeSet},
    json,
    kubernetes::Resource,
    nodes::Offer,
    text::Quoted,
    view::{Body, Kind, NodeClass, NodeOverlay, NodePool},
};

pub fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    match &context.view.body {
        Body::NodeClass(class) => interfaces(context, class, findings),
        Body::NodePool(pool) if pool.is_static() => static_pool(context, pool, findings),
        Body::NodeOverlay(overlay) => capacity(overlay, findings),
        _ => {}
    }
}

/// The types that nodes of the class may have, and the assumptions under which there are no others.
fn types(context: &Context<'_>) -> (TypeSet, Assumptions) {
    let catalog = &context.settings.catalog;
    let name = context.view.metadata().name.as_deref();
    let pools = context.pools.all().into_iter().flatten();
    let is_auto = context.view.kind == Kind::AutoModeNodeClass;
    let uses = |pool: &&Pool<'_>| {
        let is_its = if is_auto { pool.class.is_auto_mode() } else { pool.class.is_of_karpenter() };
        is_its && Some(&*pool.class.name) == name
    };
    let (mut types, mut is_closed) = (TypeSet::none(), true);
    for pool in pools.filter(uses) {
        let offer = Offer::of(pool);
        types |= &offer.made_of(catalog.all().clone(), catalog);
        is_closed &= offer.names_types();
    }
    if types.is_empty() {
        let allowed = context.settings.allowed_types();
        types = allowed.map_or_else(|| catalog.described(), |allowed| allowed.types.clone());
        is_closed = allowed.is_some_and(|allowed| allowed.known);
    }
    (types, Assumptions::NONE.with_if(!is_closed, Assumption::Types))
}

fn interfaces(context: &Context<'_>, class: &NodeClass<'_>, findings: &mut Findings<'_>) {
    let within = match context.view.kind {
        Kind::AutoModeNodeClass => "/spec/advancedNetworking",
        _ => "/spec",
    };
    let list = format!("{within}/networkInterfaces");
    if class.interfaces.len() > 1 && class.public_address == Some(true) {
        let fact =
            "EC2 can't launch an instance with a public IP address and several network interfaces";
        let report = Report::warn(format!("{within}/associatePublicIPAddress"), fact);
        findings.report(report.about("associatePublicIPAddress").remedy("remove it"));
    }
    let Some(attached) = class.attached() else { return };
    let (types, assumptions) = types(context);
    let catalog = &context.settings.catalog;
    // The most that any of the types has; `None` if it is unknown for one of them.
    let most = |count: fn(&InstanceType<'_>) -> Option<u16>| {
        let counts: Option<Vec<u16>> = catalog.types(&types).map(|one| count(&one)).collect();
        counts?.into_iter().max()
    };
    let only = match types.len() {
        1 => catalog.types(&types).next(),
        _ => None,
    };
    let who = only.map_or_else(
        || "the types it is for have at most".to_owned(),
        |only| format!("`{}` has", only.name()),
    );
    let cards = class.interfaces.iter().map(|one| one.card().unwrap_or(0)).enumerate();
    let furthest = cards.max_by_key(|(_, card)| *card);
    if let (Some((index, card)), Some(most)) = (furthest, most(|one| one.network_cards()))
        && card >= u32::from(most)
    {
        let noun = if most == 1 { "network card" } else { "network cards" };
        let fact = format!("an interface is on network card {card}, but {who} {most} {noun}");
        let place = format!("{list}/{index}/networkCardIndex");
        let report = Report::new(Action::Deny, place, fact).about("networkCardIndex");
        let remedy = match most {
            0 | 1 => "use only card 0".to_owned(),
            most => format!("use the cards 0 to {}", most - 1),
        };
        return findings.report(report.assuming(assumptions).remedy(remedy));
    }
    if let Some(most) = most(|one| one.efa_interfaces())
        && attached > most
    {
        let noun = if attached == 1 { "interface" } else { "interfaces" };
        let fact = format!("the class lists {attached} EFA {noun}, but {who} {most}");
        let report = Report::new(Action::Deny, list, fact).about("efa-only");
        let remedy = format!("list at most {most} `efa-only` interfaces");
        findings.report(report.assuming(assumptions).remedy(remedy));
    }
}

/// Reports amounts that Karpenter only reads from EC2, and no overlay can change (kubernetes-sigs/karpenter
/// pkg/apis/v1alpha1/nodeoverlay_validation.go; aws/karpenter-provider-aws pkg/apis/v1/labels.go).
fn capacity(overlay: &NodeOverlay<'_>, findings: &mut Findings<'_>) {
    const OF_NODES: [&str; 4] = ["cpu", "ephemeral-storage", "memory", "pods"];
    const OF_TYPES: [Resource; 5] =
        [Resource::Efa, Resource::Gaudi, Resource::Neuron, Resource::NeuronCore, Resource::PodEni];
    for (name, _) in &overlay.capacity.0 {
        let of_type = Resource::of(name).is_some_and(|one| OF_TYPES.contains(&one));
        if of_type || OF_NODES.contains(&&**name) {
            let fact = format!(
                "Karpenter reads the amount of {} from EC2, and ignores overlays that set it",
                Quoted(name)
            );
            let report = Report::warn(json::join("/spec/capacity", name), fact);
            findings.report(report.about(name.to_string()).remedy("remove it"));
        }
    }
}

fn static_pool(context: &Context<'_>, pool: &NodePool<'_>, findings: &mut Findings<'_>) {
    let Some(placement) = context.placement() else { return };
    let types = || placement.catalog.types(placement.likely());
    let has_both = |one: InstanceType<'_>| {
        let has = |resource: Resource| resource.devices_of(&one).is_some_and(|count| count > 0);
        one.efa_interfaces().is_some_and(|efa| efa > 0) && Resource::accelerators().any(has)
    };
    if types().next().is_none() || !types().all(has_both) {
        return;
    }
    let class = context.pools.class_named(pool);
    if class.as_ref().is_some_and(|class| class.attached().is_some()) {
        return;
    }
    let unless = match class {
        Some(_) => "because its node class lists no `networkInterfaces`",
        None => "unless its node class lists `networkInterfaces`",
    };
    let fact = format!("nodes of a static NodePool (`replicas`) come without EFA, {unless}");
    let report = Report::warn("/spec/replicas", fact).about("replicas");
    let remedy = "list `efa-only` interfaces in `networkInterfaces` of the node class";
    findings.report(report.remedy(remedy));
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use crate::rules::testing::{finds_in_class_with, finds_in_pool_with};

    const RULE: &str = "node-class";
    const G6E: &str = r#"{"instanceTypes": {"allowed": ["g6e.8xlarge"]}}"#;

    fn class(cards: &[u8]) -> Value {
        let efa =
            cards.iter().map(|card| json!({"networkCardIndex": card, "interfaceType": "efa-only"}));
        let first = json!({"networkCardIndex": 0, "interfaceType": "interface"});
        let all: Vec<Value> = [first].into_iter().chain(efa).collect();
        json!({ "networkInterfaces": all })
    }

    #[rstest]
    #[case::on_the_card_that_there_is(&[0], G6E, None)]
    #[case::of_a_type_with_32_cards(&[0, 1, 31], "{}", None)]
    #[case::on_a_card_that_the_type_lacks(&[0, 1], G6E, Some("deny /spec/networkInterfaces/2/networkCardIndex: networkCardIndex"))]
    #[case::on_a_card_that_no_type_has(&[40], "{}", Some("warn /spec/networkInterfaces/1/networkCardIndex: networkCardIndex"))]
    #[case::more_than_the_type_has(&[0, 0], G6E, Some("deny /spec/networkInterfaces: efa-only"))]
    fn interfaces(#[case] cards: &[u8], #[case] settings: &str, #[case] expected: Option<&str>) {
        let expected: Vec<&str> = expected.into_iter().collect();
        finds_in_class_with(RULE, class(cards), settings, &expected);
    }

    #[test]
    fn a_public_address_beside_several_interfaces() {
        let mut spec = class(&[0]);
        spec["associatePublicIPAddress"] = json!(true);
        let expected = "warn /spec/associatePublicIPAddress: associatePublicIPAddress";
        finds_in_class_with(RULE, spec, "{}", &[expected]);
        let one = json!({"associatePublicIPAddress": true, "networkInterfaces": [{"interfaceType": "interface"}]});
        finds_in_class_with(RULE, one, "{}", &[]);
    }

    #[rstest]
    #[case::with_efa("p5.48xlarge", json!(4), Some("warn /spec/replicas: replicas"))]
    #[case::without_efa("g5.xlarge", json!(4), None)]
    #[case::without_accelerators("c5n.18xlarge", json!(4), None)]
    #[case::whose_nodes_come_with_pods("p5.48xlarge", Value::Null, None)]
    fn a_pool(#[case] name: &str, #[case] replicas: Value, #[case] expected: Option<&str>) {
        let requirements = json!([{"key": "node.kubernetes.io/instance-type", "operator": "In", "values": [name]}]);
        let expected: Vec<&str> = expected.into_iter().collect();
        finds_in_pool_with(RULE, requirements, &[("/spec/replicas", replicas)], &expected);
    }
}
