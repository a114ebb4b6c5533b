//! The address plan: whether `settings.network` can hold the nodes that it names.
//!
//! A VPC has blocks, a subnet lies in one of them, a node takes prefixes (/28 blocks) or single
//! addresses of its subnets. Faults are what AWS refuses and what can be shown not to fit. VPCs may
//! overlap each other; what that means is told beside the plan.
//!
//! - A node is planned with as many pods as are recommended, and no room for more: with prefixes it
//!   takes a /28 for each 16 of them, else an address for each, and one for each interface. Where it
//!   is not known whether the CNI assigns prefixes, only what fits neither way is a fault.
//! - With `efaAddresses` each EFA interface takes an address, in the subnet of the node.
//! - With `capacity.customNetworking` the subnets of a group are those of its pods: all but the
//!   node's first interface is theirs.
//! - A group that names subnets of IPv6 takes a /80 a node of them, and of those of IPv4 that it
//!   names an address a node. A subnet of both families is listed once for each.
//! - What interfaces take that are not for pods, and load balancers, is not counted.

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

/// `network`, as it is written.
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
    /// `prefixReservations`: what prefixes are taken from, and nothing else.
    pub reservations: List<Text<'a>>,
}

/// One of `network.nodes`: nodes of a type.
#[derive(Clone, Debug, Default)]
pub struct Nodes<'a> {
    /// `instanceType`
    pub instance_type: Text<'a>,
    /// `count`
    pub count: u32,
    /// `efaAddresses`: their EFA interfaces are of the type `efa`, each with an address.
    pub efa_addresses: bool,
    /// `subnets`: the names of those that the nodes may be in.
    pub subnets: List<Text<'a>>,
    /// The pods that a node runs at most; without it as many as are recommended. No setting: a
    /// provisioner's objects tell it.
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

/// An item of a list; `None` if its form is wrong, so that the others are judged.
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
    /// Reads what can be read; `None` if it is no network at all.
    pub fn read(network: RawJson<'a>) -> Option<Self> {
        Self::with_faults(network).0
    }

    /// Reads what can be read, with the faults of its form.
    fn with_faults(network: RawJson<'a>) -> (Option<Self>, Vec<Fault>) {
        let mut faults = Faults::of_part("network");
        let read = form::read(network.0, &mut faults);
        let faults = faults.sorted();
        // A fault of an item leaves the others; one of the whole leaves nothing to judge.
        let of_items = faults.iter().all(|fault| fault.path.contains('['));
        (Some(read).filter(|_| of_items), faults)
    }

    /// Whether every item has the right form.
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
    /// The terms in each of the ways in which the CNI may give out addresses.
    fn ways(&self) -> impl DoubleEndedIterator<Item = Self> + use<'t> {
        let catalog = self.catalog;
        self.options.ways().map(move |options| Self { options, catalog })
    }
}

/// Every fault of the plan, except that items of a wrong form are skipped. Without terms, it is not
/// checked whether the nodes fit.
pub fn faults(network: &Network<'_>, terms: Option<&Terms<'_>>) -> Vec<Fault> {
    let mut faults = check::Faults::default();
    let subnets = check::Subnets::of(network, &mut faults);
    let Some(terms) = terms else { return faults.0 };
    let judged = terms.ways().map(|terms| of_nodes(&subnets, network, &terms));
    let judged: Vec<OfNodes> = judged.collect();
    // What fits in one of the ways may be so; what fits in none is told of the first.
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

/// The faults of the nodes in one of the ways, and whether the nodes fit.
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

/// Every fault of `network`: those of its form, then those of the plan.
pub fn all_faults(network: RawJson<'_>, terms: Option<&Terms<'_>>) -> Vec<Fault> {
    let (network, mut all) = Network::with_faults(network);
    all.extend(network.iter().flat_map(|network| faults(network, terms)));
    all
}

#[cfg(test)]
mod tests;
