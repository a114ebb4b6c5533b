//! How many pods a node of a type holds, in every mode of the VPC CNI, and what it takes of its
//! subnet.

use eks_aiml_networking::{
    capacity::{Capacity, Options, PrefixPods},
    instances::InstanceType,
};
use serde::Serialize;

/// A type, and what is told of it; nothing where nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Row {
    /// Its name.
    pub instance_type: String,
    /// Pods by secondary addresses.
    pub max_pods_secondary: Option<u32>,
    /// Pods by prefixes; nothing also where the type takes none.
    pub max_pods_prefix: Option<u32>,
    /// Pods that are recommended in the configured mode; nothing also where that is not known and
    /// makes a difference.
    pub max_pods_recommended: Option<u32>,
    /// Whether it takes prefixes.
    pub takes_prefixes: Option<bool>,
    /// Pods on a node of EKS Auto Mode.
    pub auto_mode_pods: Option<u32>,
    /// What a node takes of its subnet at best with as many pods as are recommended.
    pub taken: Option<Taken>,
    /// Baseline bandwidth.
    pub network_bandwidth_mbps: Option<u32>,
    /// EFA interfaces.
    pub efa_interfaces: Option<u16>,
    /// GPUs.
    pub gpu_count: Option<u16>,
}

/// What a node takes of its subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Taken {
    /// Network interfaces, the primary one included.
    pub enis: u32,
    /// Prefixes of 16 addresses.
    pub prefixes: u32,
    /// All addresses, those of the prefixes included.
    pub addresses: u32,
}

/// Pods that are recommended on a node of this type; nothing where nobody knows.
pub fn recommended(instance: &InstanceType<'_>, options: &Options) -> Option<u32> {
    in_all_ways(instance, options, |capacity| capacity.recommended())
}

/// What is the same in all ways in which the CNI may give out addresses.
fn in_all_ways<T: PartialEq>(
    instance: &InstanceType<'_>,
    options: &Options,
    of: impl Fn(Capacity) -> Option<T>,
) -> Option<T> {
    let mut ways = options.ways().map(|options| of(Capacity::of(instance, &options)));
    let first = ways.next().flatten()?;
    ways.all(|other| other.as_ref() == Some(&first)).then_some(first)
}

impl Row {
    /// What is told of a type.
    pub fn of(instance: &InstanceType<'_>, options: &Options) -> Self {
        let capacity = Capacity::of(instance, options);
        let taken = |capacity: Capacity| capacity.taken(capacity.recommended()?);
        let taken = in_all_ways(instance, options, taken);
        let prefix = match capacity.prefix() {
            PrefixPods::Pods(pods) => Some(pods),
            PrefixPods::Unknown | PrefixPods::Unsupported => None,
        };
        Self {
            instance_type: instance.name().to_owned(),
            max_pods_secondary: capacity.secondary(),
            max_pods_prefix: prefix,
            max_pods_recommended: recommended(instance, options),
            takes_prefixes: instance.takes_prefixes(),
            auto_mode_pods: Capacity::auto_mode(instance),
            taken: taken.map(|taken| Taken {
                enis: taken.enis,
                prefixes: taken.prefixes,
                addresses: taken.addresses,
            }),
            network_bandwidth_mbps: instance.network_bandwidth_mbps(),
            efa_interfaces: instance.efa_interfaces(),
            gpu_count: instance.gpu_count(),
        }
    }
}
