//! Computes how many pods a node of each type supports in every mode of the VPC CNI, and how many subnet
//! addresses it uses.

use eks_aiml_networking::{
    capacity::{Capacity, Options, PrefixPods},
    instances::InstanceType,
};
use serde::Serialize;

/// The numbers of a type; `None` if unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Row {
    /// Its name.
    pub instance_type: String,
    /// Pods with secondary IP addresses.
    pub max_pods_secondary: Option<u32>,
    /// Pods with prefixes; also `None` if the type does not support prefixes.
    pub max_pods_prefix: Option<u32>,
    /// The recommended number of pods in the configured mode; also `None` if the mode is unknown and would
    /// make a difference.
    pub max_pods_recommended: Option<u32>,
    /// `true` if the type supports prefixes.
    pub takes_prefixes: Option<bool>,
    /// Pods on a node of EKS Auto Mode.
    pub auto_mode_pods: Option<u32>,
    /// The addresses that a node uses at best, with the recommended number of pods.
    pub taken: Option<Taken>,
    /// Baseline bandwidth.
    pub network_bandwidth_mbps: Option<u32>,
    /// EFA interfaces.
    pub efa_interfaces: Option<u16>,
    /// GPUs.
    pub gpu_count: Option<u16>,
}

/// The subnet addresses that a node uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Taken {
    /// Network interfaces, including the primary one.
    pub enis: u32,
    /// Prefixes of 16 addresses.
    pub prefixes: u32,
    /// All addresses, including those of the prefixes.
    pub addresses: u32,
}

/// The recommended number of pods on a node of this type; `None` if unknown.
pub fn recommended(instance: &InstanceType<'_>, options: &Options) -> Option<u32> {
    in_all_ways(instance, options, |capacity| capacity.recommended())
}

/// The result, if it is the same in every way in which the CNI may assign addresses.
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
    /// The numbers of a type.
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
