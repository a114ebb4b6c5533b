//! The node groups of a network, and their needs.

use crate::{
    instances::{DATE, InstanceType, instance_type},
    plan::{
        Need, Network, Nodes, Terms,
        fit::Demand,
        need::{of_efa, of_node_with},
        space::{Listed, Space},
    },
    sort::sorted_by,
    text::Quoted,
};

use super::{Faults, Subnets};

impl Subnets<'_> {
    /// The need of each group in its subnets; its unknown names are errors.
    pub fn demands<'s>(
        &'s self,
        network: &'s Network<'_>,
        terms: &Terms<'_>,
        faults: &mut Faults,
    ) -> Vec<Demand<'s>> {
        let mut demands = Vec::new();
        for nodes in Listed::read(&network.nodes) {
            let instance = instance(nodes, terms, faults);
            let subnets = self.of_nodes(nodes, faults);
            let Some((instance, subnets)) = instance.zip(subnets) else { continue };
            let efa = if nodes.item.efa_addresses { of_efa(&instance, terms) } else { Some(0) };
            let Some(efa) = efa else {
                faults.add_unknown_facts(nodes);
                continue;
            };
            let (v6, v4): (Vec<_>, Vec<_>) = subnets.into_iter().partition(|one| one.net.v6);
            if v6.is_empty() {
                match of_node_with(nodes.item.max_pods, &instance, terms) {
                    Some(each) => {
                        let each = each.and(Need { blocks: 0, addresses: efa });
                        demands.push(Demand { nodes, subnets: v4, each });
                    }
                    None => faults.add_unknown_facts(nodes),
                }
                continue;
            }
            if instance.takes_prefixes() == Some(false) {
                let what = format!(
                    "pods in IPv6 subnets need a /80 prefix, and {} takes no prefixes; choose a Nitro type",
                    Quoted(&nodes.item.instance_type)
                );
                faults.add(format_args!("nodes[{}].instanceType", nodes.position), what);
                continue;
            }
            demands.push(Demand { nodes, subnets: v6, each: Need { blocks: 1, addresses: 0 } });
            if !v4.is_empty() {
                let each = Need { blocks: 0, addresses: efa.saturating_add(1) };
                demands.push(Demand { nodes, subnets: v4, each });
            }
        }
        demands
    }

    /// The subnets of a group, in order; `None` unless all of them are known and right.
    fn of_nodes(
        &self,
        nodes: Listed<'_, Nodes<'_>>,
        faults: &mut Faults,
    ) -> Option<Vec<&Space<'_>>> {
        let Listed { position: group, item } = nodes;
        if item.subnets.is_empty() {
            let what = "is missing; name the subnets that the nodes may be in".to_owned();
            faults.add(format_args!("nodes[{group}].subnets"), what);
        }
        let mut named = Vec::with_capacity(item.subnets.len());
        for name in Listed::texts(&item.subnets) {
            match self.names.find(name.item, "subnet") {
                Ok(subnet) => named.extend(subnet.map(|subnet| subnet.position)),
                Err(what) => {
                    let at = name.position;
                    faults.add(format_args!("nodes[{group}].subnets[{at}]"), what);
                }
            }
        }
        let is_whole = !named.is_empty() && named.len() == item.subnets.len();
        let count = named.len();
        let mut named = sorted_by(named, usize::cmp);
        named.dedup();
        if named.len() < count {
            let what = "names a subnet twice; name each once".to_owned();
            faults.add(format_args!("nodes[{group}].subnets"), what);
        }
        let spaces = named.into_iter().map(|at| self.spaces.get(at)?.as_ref());
        spaces.collect::<Option<Vec<_>>>().filter(|_| is_whole)
    }
}

fn instance<'t>(
    nodes: Listed<'_, Nodes<'_>>,
    terms: &Terms<'t>,
    faults: &mut Faults,
) -> Option<InstanceType<'t>> {
    let name = instance_type(&nodes.item.instance_type);
    let instance = terms.catalog.named(name);
    if instance.is_none() {
        let what = match name {
            "" => "is missing; write the name of an instance type".to_owned(),
            _ => format!(
                "the instance type {} is not known (as of {DATE}); check its name, or add it to `instanceTypes.extra`",
                Quoted(name)
            ),
        };
        faults.add(format_args!("nodes[{}].instanceType", nodes.position), what);
    }
    instance
}

impl Faults {
    fn add_unknown_facts(&mut self, nodes: Listed<'_, Nodes<'_>>) {
        let what = format!(
            "the addresses of {} are not known; add its `defaultCardEnis`, `ipv4PerEni`, `vcpus`, `hypervisor` and `efaInterfaces` to `instanceTypes.extra`",
            Quoted(&nodes.item.instance_type)
        );
        self.add(format_args!("nodes[{}].instanceType", nodes.position), what);
    }
}
