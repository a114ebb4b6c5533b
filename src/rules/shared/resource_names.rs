//! Finds typos in the names of known extended resources: no node offers them, and the scheduler only
//! reports that there are too few. A name that is merely unknown may be right.
//!
//! Sources: aws/amazon-vpc-resource-controller-k8s pkg/config; NVIDIA/k8s-device-plugin (MIG, shared
//! devices); kubevirt and HAMi for further resources in NVIDIA's domain.

use crate::{kubernetes::Resource, text::nearest, view::PodView};

/// Valid names that look like those that the policy knows.
const OTHERS: [&str; 8] = [
    "nvidia.com/gpu.shared",
    "nvidia.com/gpucores",
    "nvidia.com/gpumem",
    "nvidia.com/pgpu",
    "nvidia.com/vgpu",
    "vpc.amazonaws.com/CIDRBlock",
    "vpc.amazonaws.com/ENI",
    "vpc.amazonaws.com/PrivateIPv4Address",
];

/// The most names of a pod for which a similar one is searched; no hand-written pod has more.
const SEARCHED: usize = 32;

/// A name with a typo.
pub struct Slip<'v> {
    pub name: &'v str,
    pub meant: &'static str,
    /// Its place.
    pub place: String,
}

/// The typos among the resources that a pod's containers request, each once.
pub fn slips<'v>(pod: &'v PodView<'_>) -> Vec<Slip<'v>> {
    let mut seen: Vec<&str> = Vec::new();
    let mut slips = Vec::new();
    for at in pod.containers() {
        let Some(resources) = &at.container.resources else { continue };
        for (list, map) in resources.lists() {
            for (name, quantity) in &map.0 {
                // Resources without a domain are Kubernetes' own, and names with one are longer.
                let unknown = name.len() > 8 && Resource::of(name).is_none() && name.contains('/');
                if !unknown
                    || quantity.is_zero()
                    || seen.len() >= SEARCHED
                    || seen.contains(&&**name)
                {
                    continue;
                }
                seen.push(name);
                if let Some(meant) = meant(name) {
                    slips.push(Slip { name, meant, place: at.listed_place(list, name) });
                }
            }
        }
    }
    slips
}

/// The resource that a name with a typo means.
fn meant(name: &str) -> Option<&'static str> {
    // Administrators choose the names of classes.
    let known = Resource::ALL.iter().filter(|one| **one != Resource::NvidiaGpuClass);
    let known: Vec<&str> = known.map(|resource| resource.name()).collect();
    nearest(name, &known).filter(|_| !OTHERS.contains(&name))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plural("vpc.amazonaws.com/efas", Some("vpc.amazonaws.com/efa"))]
    #[case::of_the_domain("vpc.amazon.com/efa", Some("vpc.amazonaws.com/efa"))]
    #[case::letters_that_changed_places("nvidia.com/gup", Some("nvidia.com/gpu"))]
    #[case::in_capitals("Nvidia.com/gpu", Some("nvidia.com/gpu"))]
    #[case::a_dash("aws.amazon.com/neuron-core", Some("aws.amazon.com/neuroncore"))]
    #[case::mig("nvidia.com/mig-1g.10gb", None)]
    #[case::shared("nvidia.com/gpu.shared", None)]
    #[case::virtual_ones("nvidia.com/pgpu", None)]
    #[case::on_windows("vpc.amazonaws.com/PrivateIPv4Address", None)]
    #[case::of_another_maker("intel.com/gpu", None)]
    #[case::of_the_cluster("example.com/efa", None)]
    #[case::of_dra("deviceclass.resource.kubernetes.io/efa.networking.k8s.aws", None)]
    #[case::another_class("deviceclass.resource.kubernetes.io/gpus.nvidia.com", None)]
    fn names(#[case] name: &str, #[case] expected: Option<&str>) {
        assert_eq!(meant(name), expected);
    }
}
