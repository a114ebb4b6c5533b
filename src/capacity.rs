//! How many pods a node can give an address, in every mode of the VPC CNI, and what it takes of
//! its subnet for that.
//!
//! Formulas, with E interfaces of the default card and I addresses of each: secondary addresses
//! E × (I − 1) + 2, prefixes E × (I − 1) × 16 + 2 (the two pods of the CNI itself use the node's
//! own address); awslabs/amazon-eks-ami templates/al2/runtime/max-pods-calculator.sh. EKS Auto Mode:
//! the lesser of 110 and E × (I − 1); EKS User Guide, "Choose an optimal EC2 node instance type".

use std::fmt;

use crate::{form::form, instances::InstanceType};

/// Addresses of a prefix (/28).
pub const PREFIX: u32 = 16;

/// Pods of the CNI and of kube-proxy, which use the address of the node.
const HOST_NETWORK: u32 = 2;

/// `settings.capacity`: how the cluster gives out addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// `prefixDelegation`: the CNI assigns prefixes where the type takes them.
    pub prefix_delegation: bool,
    /// `minimumPodsPerNode`: what a node should hold at least; 0 asks for nothing.
    pub minimum_pods_per_node: u32,
    /// `customNetworking`: pods have subnets of their own, and the node's first interface no pods.
    pub custom_networking: bool,
    /// `reservedEnis`: interfaces that are not for pods.
    pub reserved_enis: u16,
    /// `maxEnis`: the CNI's `MAX_ENI`.
    pub max_enis: Option<u16>,
    /// `recommendedCap`: no more than 110 pods a node, 250 above 30 vCPUs.
    pub recommended_cap: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            prefix_delegation: true,
            minimum_pods_per_node: 0,
            custom_networking: false,
            reserved_enis: 0,
            max_enis: None,
            recommended_cap: true,
        }
    }
}

form! {
    Options {
        "customNetworking" => custom_networking,
        "maxEnis" => max_enis in 1..=16,
        "minimumPodsPerNode" => minimum_pods_per_node in 0..=100_000,
        "prefixDelegation" => prefix_delegation,
        "recommendedCap" => recommended_cap,
        "reservedEnis" => reserved_enis in 0..=16,
    }
}

/// The pods of a node that uses prefixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrefixPods {
    /// Nobody knows.
    Unknown,
    /// The type takes no prefixes: it is neither Nitro nor bare metal.
    Unsupported,
    /// So many.
    Pods(u32),
}

/// What a node of a type can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Interfaces for pods, and pod addresses or prefixes of each.
    slots: Option<(u32, u32)>,
    takes_prefixes: Option<bool>,
    /// What is recommended at most; nothing where the vCPUs are not known.
    cap: Option<u32>,
    options: Options,
}

/// As the audit annotation says it: `250 pods with prefixes, 100 without`.
impl fmt::Display for Capacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let capped = |pods: Option<u32>| pods.and_then(|pods| self.capped(pods));
        let secondary = capped(self.secondary());
        let prefix = match self.prefix() {
            PrefixPods::Pods(pods) => capped(Some(pods)),
            PrefixPods::Unknown | PrefixPods::Unsupported => None,
        };
        match (prefix, secondary) {
            (Some(prefix), Some(secondary)) => {
                write!(f, "{prefix} pods with prefixes, {secondary} without")
            }
            (None, Some(secondary)) => write!(f, "{secondary} pods"),
            _ => f.write_str("unknown"),
        }
    }
}

/// What a node takes of its subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Network interfaces, the primary one included.
    pub enis: u32,
    /// Prefixes of 16 addresses.
    pub prefixes: u32,
    /// All addresses, those of the prefixes included.
    pub addresses: u32,
}

impl Capacity {
    /// What a node of this type can hold.
    pub fn of(instance: &InstanceType<'_>, options: &Options) -> Self {
        let enis = instance.default_card_enis().map(|enis| {
            let own = u16::from(options.custom_networking).saturating_add(options.reserved_enis);
            let enis = options.max_enis.map_or(enis, |most| enis.min(most));
            u32::from(enis.saturating_sub(own))
        });
        let each = instance.ipv4_per_eni().map(|all| u32::from(all.saturating_sub(1)));
        let cap = instance.vcpus().map(|vcpus| if vcpus > 30 { 250 } else { 110 });
        let takes_prefixes = instance.takes_prefixes();
        Self { slots: enis.zip(each), takes_prefixes, cap, options: *options }
    }

    /// Pods by secondary addresses.
    pub fn secondary(&self) -> Option<u32> {
        self.slots.map(|(enis, each)| pods(enis * each))
    }

    /// Pods by prefixes.
    pub fn prefix(&self) -> PrefixPods {
        match (self.takes_prefixes, self.slots) {
            (Some(false), _) => PrefixPods::Unsupported,
            (Some(true), Some((enis, each))) => {
                PrefixPods::Pods(pods(enis.saturating_mul(each).saturating_mul(PREFIX)))
            }
            _ => PrefixPods::Unknown,
        }
    }

    /// Pods in the configured mode, as far as there are addresses: a type that takes no prefixes
    /// falls back to secondary addresses.
    pub fn addresses(&self) -> Option<u32> {
        match self.prefix() {
            PrefixPods::Pods(pods) if self.options.prefix_delegation => Some(pods),
            PrefixPods::Unknown if self.options.prefix_delegation => None,
            _ => self.secondary(),
        }
    }

    /// Pods that are recommended in the configured mode.
    pub fn recommended(&self) -> Option<u32> {
        self.capped(self.addresses()?)
    }

    /// `pods`, or what is recommended at most.
    pub fn capped(&self, pods: u32) -> Option<u32> {
        match self.cap {
            _ if !self.options.recommended_cap => Some(pods),
            Some(cap) => Some(pods.min(cap)),
            None => (pods <= 110).then_some(pods),
        }
    }

    /// Pods on a node of EKS Auto Mode, whose settings are its own.
    pub fn auto_mode(instance: &InstanceType<'_>) -> Option<u32> {
        let (enis, all) = (instance.default_card_enis()?, instance.ipv4_per_eni()?);
        Some((u32::from(enis) * u32::from(all.saturating_sub(1))).min(110))
    }

    /// What a node with so many pods takes by prefixes; `warm` are kept ready.
    pub fn taken_by_prefixes(&self, pods: u32, warm: u32) -> Option<Taken> {
        let (most, each) = self.slots?;
        let prefixes = pods.div_ceil(PREFIX).saturating_add(warm).min(most.saturating_mul(each));
        let enis = self.enis(prefixes, each);
        Some(Taken {
            enis,
            prefixes,
            addresses: prefixes.saturating_mul(PREFIX).saturating_add(enis),
        })
    }

    /// What a node with so many pods takes by secondary addresses: interfaces with all of their
    /// addresses, and one more that is kept ready (the CNI's default, `WARM_ENI_TARGET` 1).
    pub fn taken_by_secondary(&self, pods: u32) -> Option<Taken> {
        let (most, each) = self.slots?;
        let pods = pods.saturating_sub(HOST_NETWORK).min(most.saturating_mul(each));
        let own = u32::from(self.options.custom_networking);
        let enis = (self.enis(pods, each) - own + 1).min(most.max(1));
        Some(Taken { enis: enis + own, prefixes: 0, addresses: enis * (each + 1) + own })
    }

    fn enis(&self, slots: u32, each: u32) -> u32 {
        let for_pods = slots.checked_div(each).map_or(1, |_| slots.div_ceil(each)).max(1);
        for_pods + u32::from(self.options.custom_networking)
    }
}

fn pods(addresses: u32) -> u32 {
    // Without an interface for pods, nothing is left to run.
    if addresses == 0 { 0 } else { addresses.saturating_add(HOST_NETWORK) }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        instances::{self, Catalog},
        json::RawJson,
        settings::Settings,
    };

    fn capacity(name: &str, options: Options) -> Capacity {
        Capacity::of(&Catalog::default().named(name).unwrap(), &options)
    }

    #[rstest]
    #[case::c5("c5.4xlarge", Some(234), PrefixPods::Pods(3714), Some(110))]
    #[case::small("m5.large", Some(29), PrefixPods::Pods(434), Some(110))]
    #[case::large("p5.48xlarge", Some(100), PrefixPods::Pods(1570), Some(250))]
    #[case::xen("m4.large", Some(20), PrefixPods::Unsupported, Some(20))]
    #[case::metal("m5.metal", Some(737), PrefixPods::Pods(11762), Some(250))]
    #[case::unknown("p6e-gb200.36xlarge", None, PrefixPods::Unknown, None)]
    fn published(
        #[case] name: &str,
        #[case] secondary: Option<u32>,
        #[case] prefix: PrefixPods,
        #[case] recommended: Option<u32>,
    ) {
        let capacity = capacity(name, Options::default());
        assert_eq!(capacity.secondary(), secondary);
        assert_eq!(capacity.prefix(), prefix);
        assert_eq!(capacity.recommended(), recommended);
    }

    #[rstest]
    #[case::custom_networking(Options { custom_networking: true, ..Options::default() }, Some(51))]
    #[case::reserved(Options { reserved_enis: 1, ..Options::default() }, Some(51))]
    #[case::both(Options { reserved_enis: 1, custom_networking: true, ..Options::default() }, Some(0))]
    #[case::more_than_there_are(Options { reserved_enis: 9, ..Options::default() }, Some(0))]
    #[case::max_eni(Options { max_enis: Some(1), ..Options::default() }, Some(51))]
    fn interfaces_that_are_not_for_pods(#[case] options: Options, #[case] secondary: Option<u32>) {
        assert_eq!(capacity("p5.48xlarge", options).secondary(), secondary);
    }

    #[test]
    fn every_type_follows_the_formulas() {
        for options in [
            Options::default(),
            Options { custom_networking: true, ..Options::default() },
            Options { reserved_enis: 2, ..Options::default() },
        ] {
            let own = u32::from(options.reserved_enis) + u32::from(options.custom_networking);
            for instance in instances::all() {
                let capacity = Capacity::of(instance, &options);
                let (Some(e), Some(i)) = (instance.default_card_enis(), instance.ipv4_per_eni())
                else {
                    assert_eq!(capacity.secondary(), None);
                    continue;
                };
                let slots = u32::from(e).saturating_sub(own) * (u32::from(i) - 1);
                let two = if slots == 0 { 0 } else { 2 };
                assert_eq!(capacity.secondary(), Some(slots + two), "{}", instance.name());
                if let PrefixPods::Pods(pods) = capacity.prefix() {
                    assert_eq!(pods, slots * 16 + two, "{}", instance.name());
                }
                let recommended = capacity.recommended();
                assert!(recommended.is_none_or(|pods| pods <= 250), "{}", instance.name());
            }
        }
    }

    /// Types that only the settings know, and what is recommended of them.
    #[rstest]
    #[case::thirty_vcpus(r#"{"name": "x1.a", "vcpus": 30, "hypervisor": "nitro""#, true, Some(110))]
    #[case::more_vcpus(r#"{"name": "x1.a", "vcpus": 31, "hypervisor": "nitro""#, true, Some(250))]
    #[case::prefixes_not_known(r#"{"name": "x1.a", "vcpus": 31"#, true, None)]
    #[case::prefixes_not_asked_for(r#"{"name": "x1.a", "vcpus": 31"#, false, Some(198))]
    fn of_the_settings(
        #[case] facts: &str,
        #[case] prefix_delegation: bool,
        #[case] recommended: Option<u32>,
    ) {
        let settings = format!(
            r#"{{"instanceTypes": {{"extra": [{facts}, "defaultCardEnis": 4, "ipv4PerEni": 50}}]}}}}"#
        );
        let settings = Settings::read(Some(RawJson(&settings))).unwrap();
        let options = Options { prefix_delegation, ..Options::default() };
        let instance = settings.catalog.named("x1.a").unwrap();
        assert_eq!(Capacity::of(&instance, &options).recommended(), recommended);
    }

    #[test]
    fn in_words() {
        let told = |name| capacity(name, Options::default()).to_string();
        assert_eq!(told("p5.48xlarge"), "250 pods with prefixes, 100 without");
        let uncapped = Options { recommended_cap: false, ..Options::default() };
        let uncapped = capacity("p5.48xlarge", uncapped).to_string();
        assert_eq!(uncapped, "1570 pods with prefixes, 100 without");
        assert_eq!(told("m4.large"), "20 pods");
        assert_eq!(told("p6e-gb200.36xlarge"), "unknown");
    }

    #[test]
    fn auto_mode_has_its_own_formula() {
        let auto = |name: &str| Capacity::auto_mode(&Catalog::default().named(name).unwrap());
        assert_eq!(auto("m5.large"), Some(27));
        assert_eq!(auto("p5.48xlarge"), Some(98));
        assert_eq!(auto("c5.4xlarge"), Some(110));
    }

    #[test]
    fn what_a_node_takes() {
        let p5 = capacity("p5.48xlarge", Options::default());
        let taken = |enis, prefixes, addresses| Some(Taken { enis, prefixes, addresses });
        assert_eq!(p5.taken_by_prefixes(250, 1), taken(1, 17, 273));
        assert_eq!(p5.taken_by_prefixes(1570, 1), taken(2, 98, 1570));
        assert_eq!(p5.taken_by_secondary(100), taken(2, 0, 100));
        let m5 = capacity("m5.large", Options::default());
        assert_eq!(m5.taken_by_prefixes(110, 1), taken(1, 8, 129));
        assert_eq!(m5.taken_by_secondary(12), taken(3, 0, 30));
        let custom = Options { custom_networking: true, ..Options::default() };
        assert_eq!(capacity("m5.large", custom).taken_by_prefixes(110, 1), taken(2, 8, 130));
        assert_eq!(capacity("c5.4xlarge", custom).taken_by_secondary(12), taken(3, 0, 61));
    }
}
