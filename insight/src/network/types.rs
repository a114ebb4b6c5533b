//! Finds the types of a NodePool's nodes: how many of each its limits allow, and which of them uses the
//! most addresses.

use eks_aiml_networking::{
    capacity::{Capacity, Options},
    instances::{InstanceType, instance_type},
    nodes::Placement,
    plan::{Need, Terms, of_node_with},
    settings::Settings,
    view::{Body, Kind, View},
};

use super::{
    karpenter::{MaxPods, NodeClass, Pods, Pool},
    limits::{Limit, Most, Node},
};

/// A type, with the maximum number of its nodes in a NodePool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The type.
    pub instance_type: String,
    /// The number of nodes; 0 if nothing limits them.
    pub nodes: u64,
    /// The limit that applies, for example `limits.cpu` `1000`.
    pub by: Option<Limit>,
    /// The maximum number of pods on each, if known.
    pub max_pods: Option<u32>,
    /// Interfaces after the first that Karpenter can attach for EFA, each with an address; `None` if
    /// unknown.
    pub efa_addresses: Option<u16>,
    /// The addresses that a node uses in the subnets of its pods.
    each: Need,
}

/// The types of a NodePool.
#[derive(Clone, Debug, Default)]
pub struct Types {
    /// The number of possible types.
    pub count: u32,
    /// The one whose nodes together use the most addresses.
    pub most: Option<Chosen>,
    /// The one whose nodes each use the fewest addresses.
    pub least: Option<Chosen>,
    /// A type that no limit applies to.
    pub unbounded: Option<String>,
    /// Types for which the number of addresses per node is unknown.
    pub unknown: Vec<String>,
    /// The limit that is too small for a single node.
    pub too_small: Option<Limit>,
    /// The types that it names and the table lacks.
    pub not_in_table: Vec<String>,
    /// `true` if it names unknown types or families.
    pub names_unknown: bool,
}

impl Types {
    /// Finds the types of a pool with these limits.
    pub fn of(
        pool: &Pool,
        class: Option<&NodeClass>,
        limits: &[Limit],
        settings: &Settings<'_>,
    ) -> Self {
        let mut types = Self::default();
        let Ok(view) = View::read(Kind::NodePool, &pool.object) else { return types };
        let Body::NodePool(body) = &view.body else { return types };
        let placement = Placement::of_pool(body, settings);
        let catalog = &settings.catalog;
        let is_unknown = |name: &&String| catalog.row(instance_type(name)).is_none();
        types.not_in_table = pool.named_types.iter().filter(is_unknown).cloned().collect();
        types.names_unknown = placement.names_unknown() || !types.not_in_table.is_empty();
        // If both are possible, count with prefixes, as the plan does.
        let options = settings.capacity.ways().last().unwrap_or(settings.capacity);
        let terms = Terms { options, ..settings.terms() };
        let pods = class.map(|class| class.pods).unwrap_or_default();
        for row in placement.likely().rows() {
            let Some(instance) = catalog.get(row) else { continue };
            types.count += 1;
            let max_pods = max_pods(pods, &instance, &options);
            let v6 = class.is_some_and(|class| class.is_of_ipv6);
            let each = match v6 {
                true => Some(Need { blocks: 1, addresses: 1 }),
                false => of_node_with(max_pods, &instance, &terms),
            };
            let Some(each) = each else {
                types.unknown.push(instance.name().to_owned());
                continue;
            };
            let has_interfaces = class.is_some_and(|class| class.has_interfaces);
            let node = Node { instance, row, pods: max_pods, has_interfaces, catalog };
            let efa = instance.efa_interfaces().map(|count| count.saturating_sub(1));
            let efa_addresses = if has_interfaces { Some(0) } else { efa };
            let (nodes, by) = match (pool.replicas, node.most(limits)) {
                (Some(replicas), _) => (replicas, None),
                (None, Most::Nodes(nodes, limit)) => (nodes, Some(limit.clone())),
                (None, Most::None(limit)) => {
                    types.too_small = Some(limit.clone());
                    continue;
                }
                (None, Most::Unbounded) => {
                    types.unbounded.get_or_insert_with(|| instance.name().to_owned());
                    (0, None)
                }
            };
            let instance_type = instance.name().to_owned();
            types.add(Chosen { instance_type, nodes, by, max_pods, efa_addresses, each });
        }
        types
    }

    fn add(&mut self, one: Chosen) {
        // Unlimited nodes use the most; among those, the larger node.
        let takes =
            |one: &Chosen| (one.nodes == 0, one.each.times(one.nodes.max(1)).in_addresses());
        if self.most.as_ref().is_none_or(|other| takes(other) < takes(&one)) {
            self.most = Some(one.clone());
        }
        let each = |one: &Chosen| one.each.in_addresses();
        if self.least.as_ref().is_none_or(|other| each(&one) < each(other)) {
            self.least = Some(one);
        }
    }
}

/// The maximum number of pods on a node of a class; `None` if unknown.
fn max_pods(pods: Pods, instance: &InstanceType<'_>, options: &Options) -> Option<u32> {
    let most = match pods.most {
        MaxPods::Unknown => return None,
        MaxPods::Number(most) => most,
        MaxPods::Addresses => {
            let without = options.with_prefixes(false);
            Capacity::beside(pods.efa_only, instance, &without).secondary()?
        }
    };
    match pods.per_core {
        None => Some(most),
        Some(each) => Some(each.saturating_mul(instance.vcpus()?.into()).min(most)),
    }
}
