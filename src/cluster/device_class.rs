//! What a device class stands for. A class says it by its name only where that is a driver's own;
//! administrators make others, of which the selectors may tell.
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

/// Device classes that are known to be something else, parts of a GPU among them.
const OTHER_CLASSES: [&str; 4] = [
    "compute-domain-daemon.nvidia.com",
    "compute-domain-default-channel.nvidia.com",
    "mig.nvidia.com",
    "neuron.aws.com",
];

/// The device class of GPUs that a virtual machine takes from its node.
const PASSED_CLASS: &str = "vfio.gpu.nvidia.com";

/// What a device class stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// EFA interfaces.
    Efa,
    /// Whole GPUs of NVIDIA.
    Gpu,
    /// GPUs of NVIDIA, whole ones or not.
    SomeGpu,
    /// Neither EFA interfaces nor whole GPUs of NVIDIA.
    Other,
    Unknown,
}

impl Class {
    /// What the class of this name stands for; the cluster is asked of those that have no known name.
    pub fn of(name: &str, cluster: &Cluster<'_>) -> Self {
        match name {
            EFA_CLASS => Self::Efa,
            GPU_CLASS => Self::Gpu,
            PASSED_CLASS => Self::SomeGpu,
            _ if OTHER_CLASSES.contains(&name) => Self::Other,
            _ => Self::by_selectors(name, cluster).unwrap_or(Self::Unknown),
        }
    }

    /// What the selectors of the class say, where the cluster has it. They are CEL, of which only plain
    /// comparisons are understood: the name of a driver, EFA's name among PCI devices, the type of a GPU.
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
            // `!` and `||` mean something else.
            let is_plain = |cel: &str| !cel.contains('!') && !cel.contains("||");
            selectors.clone().any(|cel| is_plain(cel) && text::find(cel, part).is_some())
        };
        // Either quotes.
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

/// A DeviceClass, down to what selects its devices.
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
