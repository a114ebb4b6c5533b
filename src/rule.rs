//! The rules by name: the only declaration of each, in the order in which findings are reported. The
//! checks are in `rules/`, their meaning is on the pages in `docs/rules/`.

use std::fmt;

/// The action on a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// The user gets a warning.
    Warn,
    /// The request is refused.
    Deny,
    /// The object is repaired.
    Fix,
}

impl Action {
    /// Its name in settings and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Deny => "deny",
            Self::Fix => "fix",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The facts about a rule that the settings and the documentation need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// The id, for example `efa-count`.
    pub id: &'static str,
    /// What it finds, in a few words.
    pub finds: &'static str,
    /// The default action on its most serious finding.
    pub default: Action,
    /// `true` if any of its findings has a certain remedy, so that `fix` makes sense.
    pub fixes: bool,
}

/// Passes every rule's declaration to a macro: the module of its check, its variant, its info.
#[macro_export]
macro_rules! for_each_rule {
    ($consumer:path) => {
        $consumer! {
            efa_required: EfaRequired {
                id: "efa-required",
                finds: "multi-node training that uses whole nodes with EFA, but requests no EFA",
                default: Fix,
                fixes: true,
            }
            efa_count: EfaCount {
                id: "efa-count",
                finds: "more EFA interfaces than any possible instance type has, or a typo in a resource's name",
                default: Deny,
                fixes: false,
            }
            // The edits of `efa-share` override those of `efa-limits`.
            efa_limits: EfaLimits {
                id: "efa-limits",
                finds: "EFA requests without limits, or different from them",
                default: Fix,
                fixes: true,
            }
            efa_share: EfaShare {
                id: "efa-share",
                finds: "fewer EFA interfaces than match the pod's share of its node's accelerators",
                default: Fix,
                fixes: true,
            }
            efa_environment: EfaEnvironment {
                id: "efa-environment",
                finds: "variables and arguments that turn EFA off or harm it, in a pod that requests EFA",
                default: Warn,
                fixes: false,
            }
            efa_hugepages: EfaHugepages {
                id: "efa-hugepages",
                finds: "huge pages that new nodes don't have, or without memory or CPU",
                default: Warn,
                fixes: false,
            }
            efa_shared_memory: EfaSharedMemory {
                id: "efa-shared-memory",
                finds: "several GPUs without a memory-backed /dev/shm",
                default: Warn,
                fixes: false,
            }
            efa_device_path: EfaDevicePath {
                id: "efa-device-path",
                finds: "a pod that requests EFA and mounts the host's /dev/infiniband",
                default: Warn,
                fixes: false,
            }
            efa_zone: EfaZone {
                id: "efa-zone",
                finds: "training over EFA that is spread across Availability Zones",
                default: Warn,
                fixes: false,
            }
            efa_image: EfaImage {
                id: "efa-image",
                finds: "a training image that is made for inference, is on the refused list, or has no sign of NCCL, MPI or libfabric",
                default: Warn,
                fixes: false,
            }
            efa_inference: EfaInference {
                id: "efa-inference",
                finds: "inference on one node that requests EFA interfaces",
                default: Warn,
                fixes: false,
            }
            efa_serving: EfaServing {
                id: "efa-serving",
                finds: "multi-node serving that uses whole nodes with EFA, but requests no EFA",
                default: Warn,
                fixes: false,
            }
            efa_mechanisms: EfaMechanisms {
                id: "efa-mechanisms",
                finds: "EFA requested from the device plugin and by DRA in one pod",
                default: Warn,
                fixes: false,
            }
            efa_types: EfaTypes {
                id: "efa-types",
                finds: "a job whose pods can run on types that can't talk EFA with each other",
                default: Warn,
                fixes: false,
            }
            efa_device_plugin: EfaDevicePlugin {
                id: "efa-device-plugin",
                finds: "a device plugin or DRA driver that is too old, lacks types, tolerations or devices, or takes the EFA devices",
                default: Warn,
                fixes: false,
            }
            bandwidth_required: BandwidthRequired {
                id: "bandwidth-required",
                finds: "multi-node training that can run on types slower than `bandwidth.minimumMbps`",
                default: Fix,
                fixes: true,
            }
            bandwidth_value: BandwidthValue {
                id: "bandwidth-value",
                finds: "a bandwidth that is not a number of Mbps, that no type has, or that is exact where a minimum was probably meant",
                default: Deny,
                fixes: true,
            }
            node_unsatisfiable: NodeUnsatisfiable {
                id: "node-unsatisfiable",
                finds: "constraints that no single instance type meets",
                default: Deny,
                fixes: false,
            }
            node_pool: NodePool {
                id: "node-pool",
                finds: "a pod for which no NodePool of the cluster can make a node, or a job on pools whose nodes differ",
                default: Deny,
                fixes: false,
            }
            node_class: NodeClass {
                id: "node-class",
                finds: "a node class whose network interfaces no type supports, or a NodePool whose nodes come without EFA",
                default: Deny,
                fixes: false,
            }
            node_label: NodeLabel {
                id: "node-label",
                finds: "a node label that no node has, or labels of Karpenter mixed with those of EKS Auto Mode",
                default: Warn,
                fixes: false,
            }
            node_operator: NodeOperator {
                id: "node-operator",
                finds: "node affinity with an operator or values that can't be evaluated",
                default: Deny,
                fixes: false,
            }
            instance_type_unknown: InstanceTypeUnknown {
                id: "instance-type-unknown",
                finds: "an instance type that is not in the table",
                default: Warn,
                fixes: false,
            }
            prefix_delegation: PrefixDelegation {
                id: "prefix-delegation",
                finds: "a VPC CNI that does not assign prefixes",
                default: Fix,
                fixes: true,
            }
            prefix_warm_targets: PrefixWarmTargets {
                id: "prefix-warm-targets",
                finds: "warm targets of the VPC CNI that don't work with prefix delegation",
                default: Fix,
                fixes: true,
            }
            prefix_cni_version: PrefixCniVersion {
                id: "prefix-cni-version",
                finds: "a VPC CNI that is too old for prefixes",
                default: Deny,
                fixes: false,
            }
            prefix_conflict: PrefixConflict {
                id: "prefix-conflict",
                finds: "VPC CNI variables that conflict, or that leave pods without an IP address",
                default: Deny,
                fixes: false,
            }
            capacity_minimum: CapacityMinimum {
                id: "capacity-minimum",
                finds: "an instance type that holds fewer pods than `capacity.minimumPodsPerNode`",
                default: Warn,
                fixes: false,
            }
            capacity_no_prefix: CapacityNoPrefix {
                id: "capacity-no-prefix",
                finds: "only instance types that can't use prefix delegation, although it is on",
                default: Warn,
                fixes: false,
            }
            capacity_max_pods: CapacityMaxPods {
                id: "capacity-max-pods",
                finds: "an EC2NodeClass with `maxPods` above what its types hold, or far below",
                default: Warn,
                fixes: false,
            }
            capacity_multi_nic: CapacityMultiNic {
                id: "capacity-multi-nic",
                finds: "a pod that wants several network interfaces on types with one network card",
                default: Warn,
                fixes: false,
            }
            capacity_pod_eni: CapacityPodEni {
                id: "capacity-pod-eni",
                finds: "more branch network interfaces (`vpc.amazonaws.com/pod-eni`) than any possible type has",
                default: Deny,
                fixes: false,
            }
        }
    };
}

/// The declarations of all rules, in the order in which their findings are reported.
pub fn infos() -> impl Iterator<Item = RuleInfo> + Clone {
    RuleId::ALL.iter().map(|rule| *rule.info())
}

macro_rules! declare {
    ($($module:ident: $rule:ident {
        id: $id:literal,
        finds: $finds:literal,
        default: $default:ident,
        fixes: $fixes:literal,
    })*) => {
        /// A rule.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum RuleId {
            $(#[doc = concat!("`", $id, "`: ", $finds)] $rule,)*
        }

        impl RuleId {
            /// All rules, in the order in which their findings are reported.
            pub const ALL: &[Self] = &[$(Self::$rule,)*];

            /// Its declaration.
            pub const fn info(self) -> &'static RuleInfo {
                match self {
                    $(Self::$rule => &RuleInfo {
                        id: $id,
                        finds: $finds,
                        default: Action::$default,
                        fixes: $fixes,
                    },)*
                }
            }
        }
    };
}

for_each_rule!(declare);

impl RuleId {
    /// Its name in settings and messages, for example `efa-count`.
    pub fn name(self) -> &'static str {
        self.info().id
    }

    /// How many rules have a certain remedy, or have none.
    pub const fn count(fixes: bool) -> usize {
        let (mut count, mut left) = (0, Self::ALL);
        while let [rule, rest @ ..] = left {
            count += (rule.info().fixes == fixes) as usize;
            left = rest;
        }
        count
    }

    /// The rule of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|rule| rule.name() == name).copied()
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_a_rule_that_fixes_by_default_can() {
        let mut ids: Vec<&str> = RuleId::ALL.iter().map(|rule| rule.name()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), RuleId::ALL.len());
        let mut infos = RuleId::ALL.iter().map(|rule| rule.info());
        assert!(infos.all(|info| info.fixes || info.default != Action::Fix));
        assert!(RuleId::ALL.iter().all(|rule| RuleId::of(rule.name()) == Some(*rule)));
    }
}
