//! How many pods a node can give an address, in every mode of the VPC CNI, and what it takes of
//! its subnet for that.
//!
//! Pods = (interfaces of the default card − all that others take) × (addresses of each − 1) × 16
//! with prefixes + 2 (the two pods of the CNI itself use the node's own address). Others are the
//! first interface with custom networking, the trunk of security groups for pods, EFA-only
//! interfaces on that card, and what is reserved. Where it is not known whether something takes an
//! interface, it takes none: numbers are those at best.
//!
//! Sources: awslabs/amazon-eks-ami templates/al2/runtime/max-pods-calculator.sh; aws/amazon-vpc-cni-k8s
//! pkg/ipamd/ipamd.go, `hasRoomForEni`, `isDatastorePoolTooLow`; pkg/awsutils/awsutils.go,
//! `IsTrunkingCompatible`; aws/karpenter-provider-aws pkg/providers/instancetype/types.go,
//! `ENILimitedPods`. EKS Auto Mode: the lesser of 110 and E × (I − 1); EKS User Guide, "Choose an
//! optimal EC2 node instance type".

mod options;
#[cfg(test)]
mod tests;

use crate::{form::Known, instances::InstanceType};

pub use options::{Family, Options, Trunks};

/// Addresses of a prefix (/28).
pub const PREFIX: u32 = 16;

/// Pods of the CNI and of kube-proxy, which run on every node and use its address.
pub const HOST_NETWORK: u32 = 2;

/// The pods of a node that uses prefixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrefixPods {
    /// Nobody knows.
    Unknown,
    /// The type takes no prefixes: it is neither Nitro nor bare metal.
    Unsupported,
    /// So many.
    Pods(u32),
}

/// What a node of a type can hold, at best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Interfaces for pods, and pod addresses or prefixes of each.
    slots: Option<(u32, u32)>,
    takes_prefixes: Option<bool>,
    /// What is recommended at most; nothing where the vCPUs are not known.
    cap: Option<u32>,
    options: Options,
}

impl Capacity {
    /// For the audit annotation: `250 pods with prefixes, 100 without`.
    pub fn note(&self, note: &mut String) {
        let capped = |pods: Option<u32>| pods.and_then(|pods| self.capped(pods));
        let secondary = capped(self.secondary());
        let prefix = match self.prefix() {
            PrefixPods::Pods(pods) => capped(Some(pods)),
            PrefixPods::Unknown | PrefixPods::Unsupported => None,
        };
        match (prefix, secondary) {
            (Some(prefix), Some(secondary)) => {
                *note += &prefix.to_string();
                *note += " pods with prefixes, ";
                *note += &secondary.to_string();
                *note += " without";
            }
            (None, Some(secondary)) => {
                *note += &secondary.to_string();
                *note += " pods";
            }
            _ => *note += "unknown",
        }
    }
}

/// What a node takes of its subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Network interfaces, the primary one included.
    pub enis: u32,
    /// Prefixes of 16 addresses.
    pub prefixes: u32,
    /// All addresses, those of the prefixes included.
    pub addresses: u32,
}

impl Capacity {
    /// What a node of this type can hold.
    pub fn of(instance: &InstanceType<'_>, options: &Options) -> Self {
        Self::beside(0, instance, options)
    }

    /// What a node of this type can hold beside so many interfaces of the default card that have no
    /// addresses, as EFA-only ones.
    pub fn beside(taken: u16, instance: &InstanceType<'_>, options: &Options) -> Self {
        let enis = instance.default_card_enis().map(|enis| {
            let enis = options.max_enis.map_or(enis, |most| enis.min(most));
            u32::from(enis.saturating_sub(options.others(instance).saturating_add(taken)))
        });
        let each = instance.ipv4_per_eni().map(|all| u32::from(all.saturating_sub(1)));
        let cap = instance.vcpus().map(|vcpus| if vcpus > 30 { 250 } else { 110 });
        let takes_prefixes = instance.takes_prefixes();
        Self { slots: enis.zip(each), takes_prefixes, cap, options: *options }
    }

    /// Pods by secondary addresses.
    pub fn secondary(&self) -> Option<u32> {
        self.slots.map(|(enis, each)| pods(enis.saturating_mul(each)))
    }

    /// Pods by prefixes.
    pub fn prefix(&self) -> PrefixPods {
        match (self.takes_prefixes, self.slots) {
            (Some(false), _) => PrefixPods::Unsupported,
            (Some(true), Some((enis, each))) => {
                PrefixPods::Pods(pods(enis.saturating_mul(each).saturating_mul(PREFIX)))
            }
            _ => PrefixPods::Unknown,
        }
    }

    /// Pods as far as there are addresses, in the better of the ways that are possible: a type that
    /// takes no prefixes falls back to secondary addresses.
    pub fn addresses(&self) -> Option<u32> {
        match self.prefix() {
            _ if self.options.prefix_delegation == Known::NO => self.secondary(),
            PrefixPods::Pods(pods) => Some(pods),
            PrefixPods::Unknown => None,
            PrefixPods::Unsupported => self.secondary(),
        }
    }

    /// Of these pods those that are recommended.
    pub fn recommended(&self) -> Option<u32> {
        self.capped(self.addresses()?)
    }

    /// `pods`, or what is recommended at most.
    pub fn capped(&self, pods: u32) -> Option<u32> {
        match self.cap {
            _ if !self.options.recommended_cap => Some(pods),
            Some(cap) => Some(pods.min(cap)),
            None => (pods <= 110).then_some(pods),
        }
    }

    /// Pods on a node of EKS Auto Mode, whose settings are its own.
    pub fn auto_mode(instance: &InstanceType<'_>) -> Option<u32> {
        let (enis, all) = (instance.default_card_enis()?, instance.ipv4_per_eni()?);
        Some((u32::from(enis) * u32::from(all.saturating_sub(1))).min(110))
    }

    /// What a node that holds so many pods takes at best. From 1.16.3 on the CNI takes no more once
    /// it has an address for each of max pods, so that no warm target counts on a full node.
    pub fn taken(&self, pods: u32) -> Option<Taken> {
        let (most, each) = self.slots?;
        let slots = most.saturating_mul(each);
        let by_prefixes = match (self.options.prefix_delegation.0, self.takes_prefixes) {
            (Some(false), _) | (_, Some(false)) => false,
            (Some(true), Some(true)) => true,
            _ => return None,
        };
        let for_pods = match by_prefixes {
            true => pods.div_ceil(PREFIX),
            false => pods.saturating_sub(HOST_NETWORK),
        };
        let for_pods = for_pods.min(slots);
        let enis = self.enis(for_pods, each);
        let prefixes = if by_prefixes { for_pods } else { 0 };
        let addresses = if by_prefixes { for_pods.saturating_mul(PREFIX) } else { for_pods };
        Some(Taken { enis, prefixes, addresses: addresses.saturating_add(enis) })
    }

    fn enis(&self, slots: u32, each: u32) -> u32 {
        let for_pods = slots.checked_div(each).map_or(1, |_| slots.div_ceil(each)).max(1);
        for_pods.saturating_add(self.options.custom_networking.into())
    }
}

fn pods(addresses: u32) -> u32 {
    // Without an interface for pods, nothing is left to run.
    if addresses == 0 { 0 } else { addresses.saturating_add(HOST_NETWORK) }
}
