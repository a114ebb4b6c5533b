//! Calculates the CPUs and memory that Karpenter expects a node to leave for pods.

use crate::{
    capacity::{Capacity, Options},
    instances::InstanceType,
    kubernetes::Compute,
};

/// The CPUs in thousandths, or the memory in bytes, that a node of the type leaves for pods by
/// Karpenter's calculation; `None` if a fact is missing.
///
/// Source: aws/karpenter-provider-aws pkg/providers/instancetype/types.go: `memory`,
/// `kubeReservedResources`, `evictionThreshold`, with the default settings.
pub fn left_for_pods(compute: Compute, instance: &InstanceType<'_>) -> Option<u64> {
    let all = compute.of(instance)?;
    match compute {
        Compute::Cpu => all.checked_sub(reserved_cpu(all)),
        Compute::Memory => {
            // Memory that the virtual machine uses: 7.5 %.
            let seen = all.checked_sub((all * 3).div_ceil(40))?;
            // Karpenter counts pods by secondary addresses, whatever the CNI does.
            let pods = u64::from(Capacity::of(instance, &Options::default()).secondary()?);
            let reserved_mib = 11 * pods + 255 + 100;
            seen.checked_sub(reserved_mib << 20)
        }
    }
}

/// `true` if a node of the type certainly leaves this much. Most pods request less, so this saves the
/// exact calculation.
pub fn leaves(compute: Compute, instance: &InstanceType<'_>, amount: u64) -> bool {
    let Some(all) = compute.of(instance) else { return false };
    match compute {
        // 60 + 10 + 10 thousandths of the first cores, and 0.25 % of all.
        Compute::Cpu => amount + 80 + all / 400 < all,
        // 11 MiB for each of its pods; no type holds more than 1,600.
        Compute::Memory => amount.saturating_add(18 << 30) < all / 40 * 37,
    }
}

/// 6 % of the first core, 1 % of the second, 0.5 % of the next two, 0.25 % of the others.
fn reserved_cpu(thousandths: u64) -> u64 {
    let steps = [(1000, 600), (1000, 100), (2000, 50), (u64::MAX, 25)];
    let (mut left, mut reserved) = (thousandths, 0);
    for (width, share) in steps {
        let part = left.min(width);
        reserved += part * share;
        left -= part;
    }
    reserved / 10_000
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::instances::Catalog;

    /// The figures in Karpenter's documents (website/content/en/v1.14/reference/instance-types.md).
    #[rstest]
    #[case("p4d.24xlarge", 95_690, 1_082_712)]
    #[case("m5.large", 1_930, 6_903)]
    fn as_documented(#[case] name: &str, #[case] cpu: u64, #[case] memory_mib: u64) {
        let catalog = Catalog::default();
        let instance = catalog.named(name).unwrap();
        assert_eq!(left_for_pods(Compute::Cpu, &instance), Some(cpu));
        let memory = left_for_pods(Compute::Memory, &instance).unwrap();
        assert_eq!(memory >> 20, memory_mib);
    }

    #[test]
    fn what_is_left_for_certain_is_left() {
        let catalog = Catalog::default();
        for instance in catalog.types(catalog.all()) {
            for compute in Compute::ALL {
                let Some(left) = left_for_pods(compute, &instance) else { continue };
                assert!(!leaves(compute, &instance, left + 1), "{}", instance.name());
            }
        }
        let p5 = catalog.named("p5.48xlarge").unwrap();
        assert!(leaves(Compute::Cpu, &p5, 180_000) && leaves(Compute::Memory, &p5, 1800 << 30));
    }
}
