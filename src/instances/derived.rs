//! Facts that follow from others. Shared with the generator, which applies them to its facts as the
//! policy does to those of the settings.

/// `true` if interfaces can have prefixes, as on Nitro and bare metal (aws/amazon-vpc-cni-k8s
/// pkg/awsutils, IsPrefixDelegationSupported); `None` if neither is known.
pub(crate) fn takes_prefixes(hypervisor: Option<&str>, bare_metal: bool) -> Option<bool> {
    match hypervisor {
        Some("nitro") => Some(true),
        _ if bare_metal => Some(true),
        Some(_) => Some(false),
        None => None,
    }
}

/// `true` if a family's name is that of flex types, such as `m7i-flex`.
pub(crate) fn is_flex(family: &str) -> bool {
    family.contains("-flex")
}
