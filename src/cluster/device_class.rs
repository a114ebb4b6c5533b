//! The devices that a device class stands for. A driver's own class is known by its name; administrators
//! make others, whose selectors may show it.
//!
//! Sources: kubernetes/api resource/v1/types.go; aws/eks-charts stable/aws-dranet;
//! NVIDIA/k8s-dra-driver-gpu deployments/helm.

use super::ask::{Cluster, Query};
use crate::{
    json::{self, List, Read, Reader, Text},
    text,
};

/// The device class of EFA's DRA driver.
pub const EFA_CLASS: &str = "efa.networking.k8s.aws";

/// The device class of whole GPUs of NVIDIA, and the driver of all of its GPUs.
pub const GPU_CLASS: &str = "gpu.nvidia.com";

/// Device classes that are known to be something else, including parts of a GPU.
const OTHER_CLASSES: [&str; 4] = [
    "compute-domain-daemon.nvidia.com",
    "compute-domain-default-channel.nvidia.com",
    "mig.nvidia.com",
    "neuron.aws.com",
];

/// The device class of GPUs that a node passes through to a virtual machine.
const PASSED_CLASS: &str = "vfio.gpu.nvidia.com";

/// The devices that a device class stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// EFA interfaces.
    Efa,
    /// Whole GPUs of NVIDIA.
    Gpu,
    /// GPUs of NVIDIA, whole or not.
    SomeGpu,
    /// Neither EFA interfaces nor whole GPUs of NVIDIA.
    Other,
    Unknown,
}

impl Class {
    /// The devices of the class with this name; asks the cluster if the name is unknown.
    pub fn of(name: &str, cluster: &Cluster<'_>) -> Self {
        match name {
            EFA_CLASS => Self::Efa,
            GPU_CLASS => Self::Gpu,
            PASSED_CLASS => Self::SomeGpu,
            _ if OTHER_CLASSES.contains(&name) => Self::Other,
            _ => Self::by_selectors(name, cluster).unwrap_or(Self::Unknown),
        }
    }

    /// Reads the selectors of the class, if the cluster has it. They are CEL, of which only plain
    /// comparisons are understood: a driver's name, EFA's name among PCI devices, the type of a GPU.
    fn by_selectors(name: &str, cluster: &Cluster<'_>) -> Option<Self> {
        let query = Query {
            api_version: "resource.k8s.io/v1",
            kind: "DeviceClass",
            name,
            namespace: None,
            field_masks: &["spec.selectors"],
        };
        let class = DeviceClass::read(&mut Reader::new(cluster.get(&query)?)).ok()?;
        let selectors = class.selectors.iter().map(|one| &*one.expression);
        let says = |part: &str| {
            // `!` and `||` change the meaning.
            let is_plain = |cel: &str| !cel.contains('!') && !cel.contains("||");
            selectors.clone().any(|cel| is_plain(cel) && text::find(cel, part).is_some())
        };
        // With either kind of quotes.
        let is_type =
            |one: &str| says(&format!(".type == '{one}'")) || says(&format!(".type == \"{one}\""));
        match says("dra.net") {
            true if says("Elastic Fabric Adapter (EFA)") => Some(Self::Efa),
            true => None,
            false if says(GPU_CLASS) => Some(match (is_type("gpu"), is_type("mig")) {
                (true, false) => Self::Gpu,
                (false, true) => Self::Other,
                _ => Self::SomeGpu,
            }),
            false => OTHER_CLASSES.iter().any(|driver| says(driver)).then_some(Self::Other),
        }
    }
}

/// A DeviceClass, only the selectors of its devices.
#[derive(Default)]
struct DeviceClass<'a> {
    selectors: List<Selector<'a>>,
}

#[derive(Default)]
struct Selector<'a> {
    expression: Text<'a>,
}

json::readable! {
    DeviceClass<'a> { "spec": { "selectors" => selectors } }
    Selector<'a> { "cel": { "expression" => expression } }
}
