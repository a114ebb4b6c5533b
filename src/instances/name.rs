//! Names of types, as labels and settings spell them.

/// The prefix that HyperPod gives to a type's name.
pub const HYPERPOD: &str = "ml.";

/// The EC2 name in a label's value, or in a name or pattern of the settings: HyperPod writes it with
/// `ml.` in front.
pub fn instance_type(value: &str) -> &str {
    value.strip_prefix(HYPERPOD).unwrap_or(value)
}
