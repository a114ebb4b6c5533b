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

/// How many there are of each extended resource that the policy knows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Amounts([u64; 8]);

impl Amounts {
    /// Where the number of a resource stands; nothing for one that is not known.
    fn position(resource: &str) -> Option<usize> {
        Some(match resource {
            EFA => 0,
            POD_ENI => 1,
            "amd.com/gpu" => 2,
            "aws.amazon.com/neuron" => 3,
            "aws.amazon.com/neuroncore" => 4,
            "aws.amazon.com/neurondevice" => 5,
            "habana.ai/gaudi" => 6,
            "nvidia.com/gpu" => 7,
            _ => return None,
        })
    }

    /// How many there are of a resource.
    pub fn of(&self, resource: &str) -> u64 {
        Self::position(resource).and_then(|at| self.0.get(at)).copied().unwrap_or(0)
    }

    /// The place for how many there are of a resource; nothing for one that is not known.
    pub fn place(&mut self, resource: &str) -> Option<&mut u64> {
        self.0.get_mut(Self::position(resource)?)
    }

    /// Both of each, by `join`.
    #[must_use]
    pub fn joined(mut self, other: &Self, join: impl Fn(u64, u64) -> u64) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(one, other)| *one = join(*one, *other));
        self
    }
}

/// Whether it is one of these.
pub fn is_known(resource: &str) -> bool {
    Amounts::position(resource).is_some()
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
