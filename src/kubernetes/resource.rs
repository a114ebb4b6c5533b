//! The extended resources that the policy knows: the only place that lists accelerators.

use std::fmt;

use crate::instances::{Catalog, InstanceType, Label, TypeSet};

macro_rules! resources {
    ($($(#[$doc:meta])* $resource:ident $name:literal)*) => {
        /// An extended resource that the policy knows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Resource {
            $($(#[$doc])* $resource,)*
        }

        impl Resource {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$resource,)*];

            /// Its name in manifests.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$resource => $name,)*
                }
            }

            /// The resource of this name.
            pub fn of(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$resource),)*
                    _ => None,
                }
            }
        }
    };
}

resources! {
    /// GPUs of AMD.
    AmdGpu "amd.com/gpu"
    /// Neuron devices.
    Neuron "aws.amazon.com/neuron"
    /// Cores of Neuron devices.
    NeuronCore "aws.amazon.com/neuroncore"
    /// Neuron devices, by their older name.
    NeuronDevice "aws.amazon.com/neurondevice"
    /// GPUs of NVIDIA by DRA: the resource that stands for the device class of its driver (KEP-5004).
    NvidiaGpuClass "deviceclass.resource.kubernetes.io/gpu.nvidia.com"
    /// Habana's accelerators.
    Gaudi "habana.ai/gaudi"
    /// GPUs of NVIDIA.
    NvidiaGpu "nvidia.com/gpu"
    /// Interfaces of the EFA device plugin.
    Efa "vpc.amazonaws.com/efa"
    /// Branch network interfaces, for pods with security groups.
    PodEni "vpc.amazonaws.com/pod-eni"
}

/// The extended resource of the EFA device plugin.
pub const EFA: Resource = Resource::Efa;

/// The extended resource of branch network interfaces.
pub const POD_ENI: Resource = Resource::PodEni;

impl Resource {
    /// The resources that compute, in the order of their names.
    pub fn accelerators() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|resource| resource.computes())
    }

    /// `true` if it computes.
    pub const fn computes(self) -> bool {
        match self {
            Self::AmdGpu
            | Self::Neuron
            | Self::NeuronCore
            | Self::NeuronDevice
            | Self::NvidiaGpuClass
            | Self::Gaudi
            | Self::NvidiaGpu => true,
            Self::Efa | Self::PodEni => false,
        }
    }

    /// `true` if it counts whole devices, of which a type has a known number.
    pub const fn counts_devices(self) -> bool {
        match self {
            Self::AmdGpu
            | Self::NvidiaGpu
            | Self::NvidiaGpuClass
            | Self::Neuron
            | Self::NeuronDevice => true,
            Self::NeuronCore | Self::Gaudi | Self::Efa | Self::PodEni => false,
        }
    }

    /// `true` if it is a GPU that runs CUDA or ROCm programs.
    pub const fn is_gpu(self) -> bool {
        matches!(self, Self::AmdGpu | Self::NvidiaGpu | Self::NvidiaGpuClass)
    }

    /// `true` if DRA hands out the devices, none of them twice. Karpenter counts none of them.
    pub const fn is_by_dra(self) -> bool {
        matches!(self, Self::NvidiaGpuClass)
    }

    /// The number of whole devices that a type has; `None` if it is unknown, or if the resource does not
    /// count devices.
    pub fn devices_of(self, instance: &InstanceType<'_>) -> Option<u16> {
        match self {
            Self::AmdGpu | Self::NvidiaGpu | Self::NvidiaGpuClass => instance.gpu_count(),
            Self::Neuron | Self::NeuronDevice => instance.neuron_devices(),
            Self::NeuronCore | Self::Gaudi | Self::Efa | Self::PodEni => None,
        }
    }

    /// The label with the number of whole devices of a type; `None` if there is none, or if the resource
    /// does not count devices.
    pub fn count_label(self, catalog: &Catalog) -> Option<Label<'_>> {
        match self {
            Self::AmdGpu | Self::NvidiaGpu | Self::NvidiaGpuClass | Self::Gaudi => {
                Some(catalog.gpu_count())
            }
            Self::Neuron | Self::NeuronDevice => Some(catalog.neuron()),
            Self::NeuronCore | Self::Efa | Self::PodEni => None,
        }
    }

    /// The label that shows which types have this kind of device.
    pub fn label(self, catalog: &Catalog) -> Option<Label<'_>> {
        match self {
            Self::AmdGpu | Self::NvidiaGpu | Self::NvidiaGpuClass | Self::Gaudi => {
                Some(catalog.gpu_manufacturer())
            }
            Self::Neuron | Self::NeuronCore | Self::NeuronDevice => Some(catalog.neuron()),
            Self::Efa => Some(catalog.efa()),
            Self::PodEni => None,
        }
    }

    /// The types that may have this kind of device; `None` if that is unknown for all types.
    pub fn types_with(self, catalog: &Catalog) -> Option<TypeSet> {
        let label = self.label(catalog)?;
        Some(match self {
            Self::AmdGpu => label.any_of(["amd"]),
            Self::NvidiaGpu | Self::NvidiaGpuClass => label.any_of(["nvidia"]),
            Self::Gaudi => label.any_of(["habana"]),
            _ => label.above(0),
        })
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Some of the resources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResourceSet(u16);

impl ResourceSet {
    const ACCELERATORS: Self = {
        let mut all = Self(0);
        let mut left = Resource::ALL;
        while let [first, rest @ ..] = left {
            all.0 |= (first.computes() as u16) << *first as u16;
            left = rest;
        }
        all
    };

    /// Adds a resource, or takes it away.
    pub fn set(&mut self, resource: Resource, is_one: bool) {
        let bit = 1 << resource as u16;
        self.0 = if is_one { self.0 | bit } else { self.0 & !bit };
    }

    /// `true` if the resource is one of them.
    pub const fn has(self, resource: Resource) -> bool {
        self.0 >> resource as u16 & 1 == 1
    }

    /// `true` if one of them computes.
    pub const fn has_accelerators(self) -> bool {
        self.0 & Self::ACCELERATORS.0 != 0
    }

    /// `true` if there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// A number for each resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct Amounts([u64; Resource::ALL.len()]);

impl Amounts {
    /// The number of a resource.
    pub fn of(&self, resource: Resource) -> u64 {
        self.0.get(resource as usize).copied().unwrap_or(0)
    }

    /// Sets the number of a resource.
    pub fn set(&mut self, resource: Resource, amount: u64) {
        if let Some(place) = self.0.get_mut(resource as usize) {
            *place = amount;
        }
    }

    /// Combines the two numbers of each resource with `join`.
    #[must_use]
    pub fn joined(mut self, other: &Self, join: impl Fn(u64, u64) -> u64) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(one, other)| *one = join(*one, *other));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_known_by_its_name_and_has_its_own_place() {
        for (index, resource) in Resource::ALL.iter().copied().enumerate() {
            assert_eq!(Resource::of(resource.name()), Some(resource));
            assert_eq!(resource as usize, index);
        }
        assert_eq!(Resource::of("nvidia.com/mig-1g.5gb"), None);
        assert!(Resource::accelerators().is_sorted_by_key(|resource| resource.name()));
    }
}
