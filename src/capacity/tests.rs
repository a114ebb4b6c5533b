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
#[case::trunk(TRUNK, Some(51))]
#[case::trunk_and_custom(Options { custom_networking: true, ..TRUNK }, Some(0))]
fn interfaces_that_are_not_for_pods(#[case] options: Options, #[case] secondary: Option<u32>) {
    assert_eq!(capacity("p5.48xlarge", options).secondary(), secondary);
}

const TRUNK: Options = Options {
    prefix_delegation: Known(None),
    security_groups_for_pods: Known::YES,
    minimum_pods_per_node: 0,
    custom_networking: false,
    reserved_enis: 0,
    max_enis: None,
    recommended_cap: true,
    trunks: Trunks::Able,
    family: Family::V4,
};

#[rstest]
#[case::able("m5.large", Trunks::Able, Some(20))]
#[case::not_able("t3.large", Trunks::Able, Some(35))]
#[case::before_1_20_4("t3.large", Trunks::All, Some(24))]
#[case::not_known_to("hpc6a.48xlarge", Trunks::Able, Some(51))]
fn the_trunk_takes_one_where_there_is_one(
    #[case] name: &str,
    #[case] trunks: Trunks,
    #[case] secondary: Option<u32>,
) {
    assert_eq!(capacity(name, Options { trunks, ..TRUNK }).secondary(), secondary);
    let known = |known| Options { trunks, security_groups_for_pods: known, ..TRUNK };
    let [auto, no] = [Known::default(), Known::NO].map(|one| capacity(name, known(one)));
    assert_eq!(auto.secondary(), no.secondary(), "at best there is none");
}

#[test]
fn an_interface_that_is_only_for_efa_takes_one() {
    let catalog = Catalog::default();
    let p5 = catalog.named("p5.48xlarge").unwrap();
    let beside = |taken| Capacity::beside(taken, &p5, &Options::default());
    assert_eq!(beside(1).secondary(), Some(51));
    assert_eq!(beside(1).prefix(), PrefixPods::Pods(786));
    assert_eq!(beside(2).addresses(), Some(0));
}

#[test]
fn what_is_not_known_is_at_best() {
    let [auto, on, off] = [None, Some(true), Some(false)].map(|known| {
        let options = Options { prefix_delegation: Known(known), ..Options::default() };
        capacity("m5.large", options)
    });
    assert_eq!(auto.addresses(), on.addresses());
    assert_eq!(off.addresses(), Some(29));
    assert_eq!((auto.taken(29), off.taken(29).is_some()), (None, true));
    let ways = |known| Options { prefix_delegation: Known(known), ..Options::default() }.ways();
    assert_eq!((ways(None).count(), ways(Some(true)).count()), (2, 1));
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
            let capacity = Capacity::of(&instance, &options);
            let (Some(e), Some(i)) = (instance.default_card_enis(), instance.ipv4_per_eni()) else {
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
    let options = Options::default().with_prefixes(prefix_delegation);
    let instance = settings.catalog.named("x1.a").unwrap();
    assert_eq!(Capacity::of(&instance, &options).recommended(), recommended);
}

#[test]
fn in_words() {
    let note = |capacity: Capacity| {
        let mut note = String::new();
        capacity.note(&mut note);
        note
    };
    let told = |name| note(capacity(name, Options::default()));
    assert_eq!(told("p5.48xlarge"), "250 pods with prefixes, 100 without");
    let uncapped = Options { recommended_cap: false, ..Options::default() };
    let uncapped = note(capacity("p5.48xlarge", uncapped));
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

#[rstest]
#[case::full_node("p5.48xlarge", true, 250, (1, 16, 257))]
#[case::two_interfaces("p5.48xlarge", true, 1570, (2, 98, 1570))]
#[case::seven_blocks("m5.large", true, 110, (1, 7, 113))]
#[case::secondary("p5.48xlarge", false, 100, (2, 0, 100))]
#[case::secondary_in_part("m5.large", false, 12, (2, 0, 12))]
#[case::no_prefixes("m4.large", true, 20, (2, 0, 20))]
fn what_a_node_takes(
    #[case] name: &str,
    #[case] prefixes: bool,
    #[case] pods: u32,
    #[case] (enis, prefixes_taken, addresses): (u32, u32, u32),
) {
    let options = Options::default().with_prefixes(prefixes);
    let expected = Taken { enis, prefixes: prefixes_taken, addresses };
    assert_eq!(capacity(name, options).taken(pods), Some(expected));
    // The first interface is the node's own.
    let custom = Options { custom_networking: true, ..options };
    let one_more = capacity(name, custom).taken(pods.min(9)).unwrap();
    let taken = capacity(name, options).taken(pods.min(9)).unwrap();
    assert_eq!((one_more.enis, one_more.prefixes), (taken.enis + 1, taken.prefixes));
}
