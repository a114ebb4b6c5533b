//! The extended resources that the policy knows.

/// Accelerators that tell of the type: the resource, and whether it counts whole devices.
pub const ACCELERATORS: [(&str, bool); 6] = [
    ("amd.com/gpu", true),
    ("aws.amazon.com/neuron", true),
    ("aws.amazon.com/neuroncore", false),
    ("aws.amazon.com/neurondevice", true),
    ("habana.ai/gaudi", false),
    ("nvidia.com/gpu", true),
];

/// The extended resource of the EFA device plugin.
pub const EFA: &str = "vpc.amazonaws.com/efa";

/// The extended resource of branch network interfaces, for pods with security groups.
pub const POD_ENI: &str = "vpc.amazonaws.com/pod-eni";

/// Whether it is one of these.
pub fn is_known(resource: &str) -> bool {
    matches!(
        resource,
        EFA | POD_ENI
            | "amd.com/gpu"
            | "aws.amazon.com/neuron"
            | "aws.amazon.com/neuroncore"
            | "aws.amazon.com/neurondevice"
            | "habana.ai/gaudi"
            | "nvidia.com/gpu"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_accelerators_are_known() {
        assert!(ACCELERATORS.iter().all(|(resource, _)| is_known(resource)));
        assert!(!is_known("nvidia.com/mig-1g.5gb") && !is_known("cpu"));
    }
}
