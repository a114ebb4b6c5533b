//! Checks the address plan: ranges against arithmetic on their first and last addresses, and nodes against
//! a placement made node by node. The input is a network in numbers.

mod plot;

use arbitrary::{Arbitrary as _, Unstructured};
use eks_aiml_networking::{
    capacity::Options,
    error::Fault,
    form::Known,
    instances::Catalog,
    json::RawJson,
    plan::{self, Network, Plan, Terms},
    text, validate_settings,
};
use serde_json::json;

use self::plot::{Group, Input, Plotted, Space};

/// Checks the plan of a network.
pub fn address_plan(bytes: &[u8]) {
    let Ok(input) = Input::arbitrary(&mut Unstructured::new(bytes)) else { return };
    let plotted = Plotted::of(&input);
    let network_json = plotted.json();
    let text = network_json.to_string();
    let network = Network::read(RawJson(&text)).expect("a network that can't be read");
    assert!(network.is_whole(), "{text}");

    let options = Options {
        prefix_delegation: Known(Some(input.prefix_delegation)),
        custom_networking: input.custom_networking,
        recommended_cap: input.recommended_cap,
        max_enis: input.max_enis.map(|most| u16::from(most % 16 + 1)),
        reserved_enis: u16::from(input.reserved_enis % 17),
        ..Options::default()
    };
    let catalog = Catalog::default();
    let terms = Terms { options, catalog: &catalog };
    let faults = plan::faults(&network, Some(&terms));

    let settings = json!({
        "network": network_json,
        "capacity": {
            "prefixDelegation": input.prefix_delegation, "maxEnis": options.max_enis,
            "customNetworking": options.custom_networking, "reservedEnis": options.reserved_enis,
            "recommendedCap": options.recommended_cap,
        },
    });
    let answer = validate_settings(settings.to_string().as_bytes());
    assert_eq!(answer == r#"{"valid":true}"#, faults.is_empty(), "{text}: {answer} {faults:?}");
    let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
    assert!(lines.iter().all(|line| !line.contains(text::misleads)), "{lines:?}");

    let faults_with = |prefixes| {
        let terms = Terms { options: options.with_prefixes(prefixes), catalog: &catalog };
        is_short(&plan::faults(&network, Some(&terms)))
    };
    let auto = Options { prefix_delegation: Known(None), ..options };
    let auto = plan::faults(&network, Some(&Terms { options: auto, catalog: &catalog }));
    assert_eq!(is_short(&auto), faults_with(false) && faults_with(true), "{text}: {auto:?}");

    let of_ranges = plan::faults(&network, None);
    assert_eq!(of_ranges.is_empty(), plotted.is_sound(), "{text}: {of_ranges:?}");
    if of_ranges.is_empty() {
        check_nodes(&plotted, &faults, &terms, &text);
    }
    check_spread(&network, &terms, &faults, &text);
}

/// The addresses that a node uses, and the subnets it can be in.
struct Demand {
    subnets: Vec<usize>,
    blocks: u64,
    addresses: u64,
}

/// The demands of a group's nodes; `None` if the group has an error.
fn demands(group: &Group, rooms: &[Space], terms: &Terms<'_>) -> Option<Vec<Demand>> {
    let instance = terms.catalog.named(group.instance_type.trim_start_matches("ml."))?;
    if group.subnets.is_empty() {
        return None;
    }
    let efa = match (group.efa_addresses, terms.options.custom_networking) {
        (true, false) => u64::from(instance.efa_interfaces()?.saturating_sub(1)),
        _ => 0,
    };
    let (v6, v4): (Vec<usize>, Vec<usize>) = group.subnets.iter().partition(|at| rooms[**at].v6);
    if v6.is_empty() {
        let need = plan::of_node(&instance, terms)?;
        let addresses = need.addresses + efa;
        return Some(vec![Demand { subnets: v4, blocks: need.blocks, addresses }]);
    }
    if instance.takes_prefixes() == Some(false) {
        return None;
    }
    let v4 = Demand { subnets: v4, blocks: 0, addresses: 1 + efa };
    let v4 = Some(v4).filter(|demand| !demand.subnets.is_empty());
    Some([Demand { subnets: v6, blocks: 1, addresses: 0 }].into_iter().chain(v4).collect())
}

/// Larger counts are not placed node by node.
const PLACED: u64 = 2_000;

/// Places as many nodes as possible, each into the first subnet with room; returns the number.
fn place(demand: &Demand, count: u64, rooms: &mut [Space]) -> u64 {
    let mut fits = || {
        let mut subnets = demand.subnets.iter();
        subnets.any(|at| rooms[*at].put(demand.blocks, demand.addresses))
    };
    (0..count.min(PLACED)).take_while(|_| fits()).map(|_| 1).sum()
}

/// If a placement exists, the nodes are never refused; if there are fewer addresses than they use, they
/// always are.
fn check_nodes(plotted: &Plotted, faults: &[Fault], terms: &Terms<'_>, text: &str) {
    let rooms = plotted.rooms();
    let mut judged: Vec<(Demand, u64)> = Vec::new();
    for (at, group) in plotted.groups.iter().enumerate() {
        let path = format!("network.nodes[{at}].");
        let is_here =
            |fault: &&Fault| fault.path.starts_with(&path) && !fault.path.ends_with(".count");
        let demands = demands(group, &rooms, terms);
        assert_eq!(faults.iter().any(|fault| is_here(&fault)), demands.is_none(), "{at} of {text}");
        judged.extend(demands.into_iter().flatten().map(|demand| (demand, group.count)));
    }
    let short = is_short(faults);

    let mut left = rooms.clone();
    let placed = judged.iter().all(|(demand, count)| place(demand, *count, &mut left) == *count);
    assert!(!(placed && short), "there is a placement for {text}: {faults:?}");

    for (demand, count) in &judged {
        let fits = place(demand, *count, &mut rooms.clone());
        assert!(short || fits == (*count).min(PLACED), "{fits} of {count} fit: {text}");
    }
    for (at, room) in rooms.iter().enumerate() {
        let here = || judged.iter().filter(|(demand, _)| demand.subnets == [at]);
        let blocks = here().map(|(demand, count)| demand.blocks * count).sum();
        let addresses = here().map(|(demand, count)| demand.addresses * count).sum();
        assert!(short || { *room }.put(blocks, addresses), "s{at} is too small: {text}");
    }
}

fn is_short(faults: &[Fault]) -> bool {
    faults.iter().any(|fault| fault.path.ends_with(".count"))
}

/// The spread that people see adds up, and if all nodes have a place, none is refused for lack of
/// addresses.
fn check_spread(network: &Network<'_>, terms: &Terms<'_>, faults: &[Fault], text: &str) {
    let plan = Plan::of(network, terms);
    let mut unplaced = 0;
    for group in &plan.groups {
        let placed: u64 = group.placed.iter().map(|(_, nodes)| nodes).sum();
        assert_eq!(placed + group.unplaced, group.count, "{text}: {group:?}");
        unplaced += group.unplaced;
    }
    for subnet in &plan.subnets {
        assert!(subnet.room.holds(subnet.taken), "{text}: {subnet:?}");
    }
    assert!(unplaced > 0 || !is_short(faults), "all nodes have a place in {text}: {faults:?}");
}
