//! The names of the CNI's variables (aws/amazon-vpc-cni-k8s README.md).

/// `ENABLE_PREFIX_DELEGATION`: prefixes of 16 addresses instead of single ones.
pub const ENABLE_PREFIX_DELEGATION: &str = "ENABLE_PREFIX_DELEGATION";
/// `WARM_PREFIX_TARGET`: prefixes that are kept ready.
pub const WARM_PREFIX_TARGET: &str = "WARM_PREFIX_TARGET";
/// `WARM_IP_TARGET`: addresses that are kept ready.
pub const WARM_IP_TARGET: &str = "WARM_IP_TARGET";
/// `MINIMUM_IP_TARGET`: addresses that a node has at least.
pub const MINIMUM_IP_TARGET: &str = "MINIMUM_IP_TARGET";
/// `WARM_ENI_TARGET`: interfaces that are kept ready.
pub const WARM_ENI_TARGET: &str = "WARM_ENI_TARGET";
/// `MAX_ENI`: interfaces that a node has at most.
pub const MAX_ENI: &str = "MAX_ENI";
/// `ENABLE_IPv4`
pub const ENABLE_IPV4: &str = "ENABLE_IPv4";
/// `ENABLE_IPv6`
pub const ENABLE_IPV6: &str = "ENABLE_IPv6";
/// `AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG`: pods have subnets of their own (custom networking).
pub const CUSTOM_NETWORK_CFG: &str = "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG";
/// `ENABLE_POD_ENI`: security groups for pods, by a trunk interface.
pub const ENABLE_POD_ENI: &str = "ENABLE_POD_ENI";
/// `ENABLE_MULTI_NIC`: an address on every network card.
pub const ENABLE_MULTI_NIC: &str = "ENABLE_MULTI_NIC";
/// `AWS_VPC_K8S_PLUGIN_LOG_FILE`: where the plugin logs.
pub const PLUGIN_LOG_FILE: &str = "AWS_VPC_K8S_PLUGIN_LOG_FILE";
/// `AWS_VPC_K8S_CNI_VETHPREFIX`: the beginning of the names of pods' interfaces.
pub const VETH_PREFIX: &str = "AWS_VPC_K8S_CNI_VETHPREFIX";
/// `POD_SECURITY_GROUP_ENFORCING_MODE`: how security groups for pods are enforced.
pub const ENFORCING_MODE: &str = "POD_SECURITY_GROUP_ENFORCING_MODE";
/// `IP_COOLDOWN_PERIOD`: seconds until an address is given to another pod.
pub const COOLDOWN: &str = "IP_COOLDOWN_PERIOD";
/// `AWS_VPC_ENI_MTU`: the MTU of network interfaces.
pub const ENI_MTU: &str = "AWS_VPC_ENI_MTU";
/// `POD_MTU`: the MTU of pods.
pub const POD_MTU: &str = "POD_MTU";
