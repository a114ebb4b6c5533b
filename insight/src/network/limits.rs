//! Computes how many nodes the limits of a NodePool allow.
//!
//! Karpenter creates no node that needs more of a resource than its limit leaves (kubernetes-sigs/karpenter
//! pkg/controllers/provisioning/scheduling/scheduler.go, `filterByRemainingResources`); nodes that it
//! creates at the same time can exceed the limit.

use eks_aiml_networking::{
    instances::{Catalog, InstanceType},
    json::Reader,
    kubernetes::{EFA, POD_ENI, Quantity, Resource},
};

/// A limit of a NodePool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The resource.
    pub resource: String,
    /// The quantity, as written.
    pub text: String,
    /// The quantity in thousandths.
    pub thousandths: u64,
}

/// A node of a type, reduced to its resources.
#[derive(Clone, Copy, Debug)]
pub struct Node<'c> {
    /// Its type.
    pub instance: InstanceType<'c>,
    /// The row of the type.
    pub row: u16,
    /// The maximum number of pods, if known.
    pub pods: Option<u32>,
    /// `true` if its class lists its interfaces, and so decides how many are for EFA.
    pub has_interfaces: bool,
    /// The known types.
    pub catalog: &'c Catalog,
}

/// The number of nodes that limits allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Most<'l> {
    /// This number, because of this limit.
    Nodes(u64, &'l Limit),
    /// None: a single node already exceeds this limit.
    None(&'l Limit),
    /// No limit applies to the resources of a node.
    Unbounded,
}

impl Limit {
    /// Reads a limit; `None` if it is not a quantity.
    pub fn read(resource: &str, text: &str) -> Option<Self> {
        let quoted = serde_json::to_string(text).ok()?;
        let quantity: Quantity<'_> = Reader::whole(&quoted).ok()?;
        let thousandths = quantity.thousandths()?;
        Some(Self { resource: resource.to_owned(), text: text.to_owned(), thousandths })
    }

    /// `true` if it is known how much of the resource a node has.
    pub fn is_understood(&self) -> bool {
        match &*self.resource {
            "cpu" | "memory" | "nodes" | "pods" => true,
            name => Resource::of(name).is_some_and(|resource| {
                resource.counts_devices() || resource == EFA || resource == POD_ENI
            }),
        }
    }
}

impl Node<'_> {
    /// The least it has of a resource, in thousandths; `None` if unknown.
    fn has(&self, resource: &str) -> Option<u64> {
        /// Karpenter subtracts 7.5 % of the memory for the system (`vm-memory-overhead-percent`, unless it
        /// is set).
        const LEFT_OF_1000: u64 = 925;
        let whole = match resource {
            "nodes" => 1,
            "cpu" => self.instance.vcpus()?.into(),
            "pods" => self.pods?.into(),
            // Graviton reserves another 64 MiB.
            "memory" => {
                let mib = u64::from(self.instance.memory_mib()?).saturating_sub(64);
                return Some(mib.saturating_mul(LEFT_OF_1000 << 20));
            }
            name => self.devices(Resource::of(name)?)?.into(),
        };
        Some(whole * 1000)
    }

    fn devices(&self, resource: Resource) -> Option<u16> {
        match resource {
            POD_ENI => self.instance.branch_enis(),
            EFA if self.has_interfaces => None,
            EFA => self.instance.efa_interfaces(),
            _ if !resource.counts_devices() => None,
            _ => match resource.types_with(self.catalog)?.contains(self.row) {
                true => resource.devices_of(&self.instance),
                false => Some(0),
            },
        }
    }

    /// The number of such nodes that the limits allow.
    pub fn most<'l>(&self, limits: &'l [Limit]) -> Most<'l> {
        let mut most = Most::Unbounded;
        for limit in limits {
            let each = self.has(&limit.resource).filter(|each| *each > 0);
            let Some(nodes) = each.and_then(|each| limit.thousandths.checked_div(each)) else {
                continue;
            };
            most = match most {
                _ if nodes == 0 => return Most::None(limit),
                Most::Nodes(fewer, _) if fewer <= nodes => most,
                _ => Most::Nodes(nodes, limit),
            };
        }
        most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tightest_limit_counts_and_what_a_node_has_none_of_bounds_nothing() {
        let catalog = Catalog::default();
        let most = |name: &str, limits: &[(&str, &str)]| {
            let row = catalog.row(name).unwrap();
            let instance = catalog.get(row).unwrap();
            let node =
                Node { instance, row, pods: Some(110), has_interfaces: false, catalog: &catalog };
            let limits: Vec<Limit> =
                limits.iter().map(|(name, text)| Limit::read(name, text).unwrap()).collect();
            match node.most(&limits) {
                Most::Nodes(nodes, limit) => (Some(nodes), limit.resource.clone()),
                Most::None(limit) => (Some(0), limit.resource.clone()),
                Most::Unbounded => (None, String::new()),
            }
        };
        let of = |nodes: u64, name: &str| (Some(nodes), name.to_owned());
        // 8 GiB, minus 64 MiB and 7.5 % of the rest.
        assert_eq!(most("m5.large", &[("cpu", "1000"), ("memory", "1000Gi")]), of(136, "memory"));
        assert_eq!(most("m5.large", &[("cpu", "999m")]), of(0, "cpu"));
        assert_eq!(most("m5.large", &[("nodes", "7"), ("cpu", "1k")]), of(7, "nodes"));
        assert_eq!(most("m5.large", &[("pods", "1100")]), of(10, "pods"));
        assert_eq!(most("p5.48xlarge", &[("nvidia.com/gpu", "20")]), of(2, "nvidia.com/gpu"));
        assert_eq!(most("g4ad.xlarge", &[("nvidia.com/gpu", "20")]), (None, String::new()));
        assert_eq!(most("p5.48xlarge", &[("vpc.amazonaws.com/efa", "64")]).0, Some(2));
        assert_eq!(Limit::read("cpu", "many"), None);
    }
}
