//! The types of a NodePool's nodes: how many of each its limits leave, and which then takes most of
//! the subnets.

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

/// As many nodes of one type as a NodePool can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The type.
    pub instance_type: String,
    /// So many; 0 where nothing bounds them.
    pub nodes: u64,
    /// The limit that bounds them, as `limits.cpu` `1000`.
    pub by: Option<Limit>,
    /// The pods of each, where that is known.
    pub max_pods: Option<u32>,
    /// Interfaces beside the first that Karpenter may attach for EFA, each with an address; nothing
    /// where nobody knows.
    pub efa_addresses: Option<u16>,
    /// What a node takes of the subnets of its pods.
    each: Need,
}

/// The types of a NodePool.
#[derive(Clone, Debug, Default)]
pub struct Types {
    /// How many are possible.
    pub count: u32,
    /// The one whose nodes take most of the subnets together.
    pub most: Option<Chosen>,
    /// The one of which a node takes least.
    pub least: Option<Chosen>,
    /// A type that no limit bounds.
    pub unbounded: Option<String>,
    /// Those of which it is not known what a node takes.
    pub unknown: Vec<String>,
    /// The limit that is too small for any node.
    pub too_small: Option<Limit>,
    /// The types that it names and nobody knows.
    pub not_in_table: Vec<String>,
    /// Whether it names types or families that are not known.
    pub names_unknown: bool,
}

impl Types {
    /// The types of a pool with these limits.
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
        // With prefixes, where both are possible: as the plan counts.
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
        // What nothing bounds takes most, and of that the larger node.
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

/// The pods that a node of a class runs at most; nothing where that is not known.
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
