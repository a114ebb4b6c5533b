//! The form of the settings, as data.

use std::ops::RangeInclusive;

/// A key of an object, and what it holds.
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub node: Node,
}

/// What a key may hold; `null` is the same as absent.
pub enum Node {
    /// `true` or `false`.
    Bool,
    /// `auto`, or a flag.
    AutoOrBool,
    /// A whole number.
    Number(RangeInclusive<u32>),
    /// A text.
    Text,
    /// A list of texts.
    Texts,
    /// One of some words.
    OneOf(&'static [&'static str]),
    /// A map of texts.
    TextMap,
    /// A list of expressions of a label selector.
    Expressions,
    /// A list of objects of this form.
    List(&'static [Key]),
    /// A map from rule ids to actions.
    Rules,
    /// A list of types in the columns of the facts.
    Types,
    /// An object with these keys and no others.
    Object(&'static [Key]),
    /// The address plan, which is read once, and by this form only where it has not that.
    Network,
}

/// What may be done about a rule's findings; `fix` where the rule can.
pub const ACTIONS: &[&str] = &["off", "warn", "deny", "fix"];

/// What `prefixDelegation.warmPrefixTarget` may be: 0 is what the CNI does not support.
pub const WARM_PREFIX_TARGETS: RangeInclusive<u32> = 1..=1024;

/// What `bandwidth.minimumMbps` may be.
pub const MBPS: RangeInclusive<u32> = 0..=100_000_000;
/// What `capacity.maxEnis` may be.
pub const MAX_ENIS: RangeInclusive<u32> = 1..=16;
/// What `capacity.reservedEnis` may be.
pub const RESERVED_ENIS: RangeInclusive<u32> = 0..=16;
/// What `capacity.minimumPodsPerNode` may be.
pub const PODS: RangeInclusive<u32> = 0..=100_000;

const fn key(name: &'static str, node: Node) -> Key {
    Key { name, node }
}

const NAMESPACES: Key = key("namespaces", Node::Texts);

const POD_SELECTOR: Key = key(
    "podSelector",
    Node::Object(&[key("matchExpressions", Node::Expressions), key("matchLabels", Node::TextMap)]),
);

const SIGNALS: Node = Node::Object(&[key("builtInSignals", Node::Bool), NAMESPACES, POD_SELECTOR]);

/// An expression of a label selector.
pub const EXPRESSION: &[Key] = &[
    key("key", Node::Text),
    key("operator", Node::OneOf(&["In", "NotIn", "Exists", "DoesNotExist"])),
    key("values", Node::Texts),
];

/// All settings, sorted by name.
pub const SETTINGS: &[Key] = &[
    key("bandwidth", Node::Object(&[key("minimumMbps", Node::Number(MBPS))])),
    key(
        "capacity",
        Node::Object(&[
            key("customNetworking", Node::Bool),
            key("maxEnis", Node::Number(MAX_ENIS)),
            key("minimumPodsPerNode", Node::Number(PODS)),
            key("prefixDelegation", Node::Bool),
            key("recommendedCap", Node::Bool),
            key("reservedEnis", Node::Number(RESERVED_ENIS)),
        ]),
    ),
    key("clusterContext", Node::Bool),
    key(
        "efa",
        Node::Object(&[
            key("devicePlugin", Node::AutoOrBool),
            key("inspectImages", Node::Bool),
            key("refusedImages", Node::Texts),
            key("trainingImages", Node::Texts),
        ]),
    ),
    key("exempt", Node::Object(&[NAMESPACES, POD_SELECTOR])),
    key("inference", SIGNALS),
    key(
        "instanceTypes",
        Node::Object(&[
            key("allowed", Node::Texts),
            key("extra", Node::Types),
            key("unknown", Node::OneOf(&["off", "warn", "deny"])),
        ]),
    ),
    key("mutate", Node::Bool),
    key("network", Node::Network),
    key("nodeLabels", Node::OneOf(&["auto", "karpenter", "autoMode", "both", "none"])),
    key(
        "prefixDelegation",
        Node::Object(&[key("warmPrefixTarget", Node::Number(WARM_PREFIX_TARGETS))]),
    ),
    key("rules", Node::Rules),
    key("training", SIGNALS),
];

/// `network`, sorted by name.
pub const NETWORK: &[Key] = &[
    key(
        "nodes",
        Node::List(&[
            key("count", Node::Number(0..=u32::MAX)),
            key("instanceType", Node::Text),
            key("subnets", Node::Texts),
        ]),
    ),
    key(
        "subnets",
        Node::List(&[
            key("cidr", Node::Text),
            key("name", Node::Text),
            key("prefixReservations", Node::Texts),
            key("vpc", Node::Text),
            key("zone", Node::Text),
        ]),
    ),
    key("vpcs", Node::List(&[key("cidrs", Node::Texts), key("name", Node::Text)])),
];
