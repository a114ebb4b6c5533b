//! The address plan: checks whether `settings.network` can hold the nodes that it names.
//!
//! A VPC has blocks, a subnet is in one of them, and a node uses prefixes (/28 blocks) or single
//! addresses of its subnets. Errors are plans that AWS refuses or that provably don't fit. VPCs may
//! overlap each other; the effect of that is a note on the plan.
//!
//! - A node is planned with the recommended number of pods, without any reserve. With prefixes it uses
//!   a /28 for every 16 pods, otherwise an address for each pod, and one for each interface. If it is
//!   unknown whether the CNI assigns prefixes, only a plan that fits neither way is an error.
//! - With `efaAddresses`, each EFA interface uses an address in the subnet of the node.
//! - With `capacity.customNetworking`, the subnets of a group are those of its pods, which have all of
//!   the node's interfaces except the first.
//! - A group that names IPv6 subnets uses a /80 of them per node, and one address per node of the IPv4
//!   subnets that it names. A subnet with both families is listed once for each.
//! - Interfaces that are not for pods, and load balancers, are not counted.

mod check;
mod cidr;
mod fit;
mod need;
mod room;
mod space;
mod spread;
mod sweep;

use crate::{
    capacity::Options,
    error::Fault,
    form::{self, Faults, Field, Form, form},
    instances::Catalog,
    json::{self, List, RawJson, Reader, Text},
};

pub use need::{of_node, of_node_with};
pub use room::{Need, OWN, Room};
pub use spread::{Group, Plan, Planned};

/// `network`, as written.
#[derive(Clone, Debug, Default)]
pub struct Network<'a> {
    /// `vpcs`
    pub vpcs: List<Item<Vpc<'a>>>,
    /// `subnets`
    pub subnets: List<Item<Subnet<'a>>>,
    /// `nodes`
    pub nodes: List<Item<Nodes<'a>>>,
}

/// One of `network.vpcs`.
#[derive(Clone, Debug, Default)]
pub struct Vpc<'a> {
    /// `name`
    pub name: Text<'a>,
    /// `cidrs`: its blocks.
    pub cidrs: List<Text<'a>>,
}

/// One of `network.subnets`.
#[derive(Clone, Debug, Default)]
pub struct Subnet<'a> {
    /// `name`
    pub name: Text<'a>,
    /// `vpc`: the name of its VPC.
    pub vpc: Text<'a>,
    /// `cidr`
    pub cidr: Text<'a>,
    /// `zone`: for people.
    pub zone: Text<'a>,
    /// `prefixReservations`: only prefixes come from them.
    pub reservations: List<Text<'a>>,
}

/// One of `network.nodes`: nodes of a type.
#[derive(Clone, Debug, Default)]
pub struct Nodes<'a> {
    /// `instanceType`
    pub instance_type: Text<'a>,
    /// `count`
    pub count: u32,
    /// `efaAddresses`: their EFA interfaces have the type `efa`, each with an address.
    pub efa_addresses: bool,
    /// `subnets`: the names of the subnets that the nodes may be in.
    pub subnets: List<Text<'a>>,
    /// The most pods that a node runs; if absent, the recommended number. It is not a setting, but comes
    /// from a provisioner's objects.
    pub max_pods: Option<u32>,
}

form! {
    Network<'a> { "nodes" => nodes, "subnets" => subnets, "vpcs" => vpcs }
    Nodes<'a> {
        "count" => count in 0..=u32::MAX,
        "efaAddresses" => efa_addresses,
        "instanceType" => instance_type,
        "subnets" => subnets,
    }
    Subnet<'a> {
        "cidr" => cidr,
        "name" => name,
        "prefixReservations" => reservations,
        "vpc" => vpc,
        "zone" => zone,
    }
    Vpc<'a> { "cidrs" => cidrs, "name" => name }
}

/// An item of a list; `None` if its form is wrong, so that the others are still checked.
#[derive(Clone, Debug, Default)]
pub struct Item<T>(pub Option<T>);

impl<'a, T: Field<'a> + Default> Field<'a> for Item<T> {
    const FORM: Form = T::FORM;

    fn read(&mut self, reader: &mut Reader<'a>, faults: &mut Faults<'a>) -> json::Result<()> {
        let (mut item, before) = (T::default(), faults.count());
        item.read(reader, faults)?;
        self.0 = Some(item).filter(|_| faults.count() == before);
        Ok(())
    }
}

impl<'a> Network<'a> {
    /// Reads everything that can be read; `None` if it is not a network at all.
    pub fn read(network: RawJson<'a>) -> Option<Self> {
        Self::with_faults(network).0
    }

    /// Reads everything that can be read, with the errors of its form.
    fn with_faults(network: RawJson<'a>) -> (Option<Self>, Vec<Fault>) {
        let mut faults = Faults::of_part("network");
        let read = form::read(network.0, &mut faults);
        let faults = faults.sorted();
        // An error in an item leaves the others; an error of the whole leaves nothing to check.
        let of_items = faults.iter().all(|fault| fault.path.contains('['));
        (Some(read).filter(|_| of_items), faults)
    }

    /// `true` if every item has the right form.
    pub fn is_whole(&self) -> bool {
        fn all<T>(items: &[Item<T>]) -> bool {
            items.iter().all(|item| item.0.is_some())
        }
        all(&self.vpcs) && all(&self.subnets) && all(&self.nodes)
    }
}

/// The other settings that count for the plan.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'t> {
    /// `capacity`
    pub options: Options,
    /// The instance types, with `instanceTypes.extra`.
    pub catalog: &'t Catalog,
}

impl<'t> Terms<'t> {
    /// The terms for each of the ways in which the CNI may assign addresses.
    fn ways(&self) -> impl DoubleEndedIterator<Item = Self> + use<'t> {
        let catalog = self.catalog;
        self.options.ways().map(move |options| Self { options, catalog })
    }
}

/// Every error of the plan; items of a wrong form are skipped. Without terms, only the ranges are
/// checked, not whether the nodes fit.
pub fn faults(network: &Network<'_>, terms: Option<&Terms<'_>>) -> Vec<Fault> {
    let mut faults = check::Faults::default();
    let subnets = check::Subnets::of(network, &mut faults);
    let Some(terms) = terms else { return faults.0 };
    let judged = terms.ways().map(|terms| of_nodes(&subnets, network, &terms));
    let judged: Vec<OfNodes> = judged.collect();
    // A plan that fits in one of the ways is fine; for one that fits in none, the first way is reported.
    let nodes = match &*judged {
        [first, second] if !first.fit => match second.fit {
            true => second.faults.clone(),
            false if first.faults == second.faults => first.faults.clone(),
            false => first.faults.iter().cloned().map(nor_with_prefixes).collect(),
        },
        judged => judged.iter().take(1).flat_map(|one| one.faults.clone()).collect(),
    };
    faults.0.extend(nodes);
    faults.0
}

/// The errors of the nodes in one of the ways, and `true` if the nodes fit.
struct OfNodes {
    faults: Vec<Fault>,
    fit: bool,
}

fn of_nodes(subnets: &check::Subnets<'_>, network: &Network<'_>, terms: &Terms<'_>) -> OfNodes {
    let mut faults = check::Faults::default();
    let demands = subnets.demands(network, terms, &mut faults);
    let short = fit::short(&demands);
    short.iter().for_each(|short| faults.add_short(short));
    OfNodes { faults: faults.0, fit: short.is_empty() }
}

fn nor_with_prefixes(mut fault: Fault) -> Fault {
    if fault.path.ends_with(".count") {
        fault.what += "; with prefixes not all fit either";
    }
    fault
}

/// Every error of `network`: those of its form, then those of the plan.
pub fn all_faults(network: RawJson<'_>, terms: Option<&Terms<'_>>) -> Vec<Fault> {
    let (network, mut all) = Network::with_faults(network);
    all.extend(network.iter().flat_map(|network| faults(network, terms)));
    all
}

#[cfg(test)]
mod tests;
