//! The settings. They come with every request, so reading them is cheap. [`validate`] runs when the
//! policy starts, and also checks for names of types that match none, and the address plan.

mod choice;
mod efa;
mod interfaces;
mod karpenter_version;
mod node_labels;
mod provisioning;
mod rule_pages;
mod signals;
mod types;

use std::cell::OnceCell;

use crate::{
    capacity,
    error::{Error, Fault},
    form::{self, Faults, Field, Form, form},
    instances::{Allowed, Catalog},
    json::{self, List, RawJson, Reader, Text},
    kubernetes::Pods,
    plan::{self, Network},
    rule::RuleId,
};

pub use crate::form::Known;
use choice::Choices;
pub use choice::{Choice, UnknownType, Unrepaired};
pub use efa::Efa;
pub use interfaces::Interfaces;
pub use node_labels::NodeLabels;
pub use provisioning::Provisioning;
pub use rule_pages::RulePages;
pub use signals::Signals;

/// The settings, valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings<'a> {
    /// `rules`
    choices: Choices,
    /// `mutate`: allows repairs.
    pub mutate: bool,
    /// `unrepaired`: the action on a certain fix that must not be made.
    pub unrepaired: Unrepaired,
    /// `annotate`: writes warnings into the pods that controllers make, too.
    pub annotate: bool,
    /// `exceptions`: allows an annotation to except an object from rules.
    pub exceptions: bool,
    /// `exempt`: pods that are not checked.
    pub exempt: Pods<'a>,
    /// `rulePages`: the address of the rules' pages.
    pub rule_pages: RulePages<'a>,
    /// `training`
    pub training: Signals<'a>,
    /// `inference`
    pub inference: Signals<'a>,
    /// `efa`
    pub efa: Efa<'a>,
    /// `accelerators.whole`: says that a resource counts whole devices.
    pub whole_devices: Known,
    /// `clusterContext`: allows asking the cluster.
    pub cluster_context: bool,
    /// `nodeLabels`: the provisioner whose labels fixes write.
    pub node_labels: NodeLabels,
    /// `provisioning`: the source of the nodes that have accelerators.
    pub provisioning: Provisioning,
    /// `bandwidth.minimumMbps`, for training that spans nodes.
    pub minimum_mbps: u32,
    /// `prefixDelegation.warmPrefixTarget`, in prefixes of 16 addresses.
    pub warm_prefix_target: u16,
    /// `capacity`
    pub capacity: capacity::Options,
    /// `instanceTypes.unknown`
    pub unknown_instance_type: UnknownType,
    /// `instanceTypes.allowed`: names with wildcards; empty allows all.
    pub allowed: List<Text<'a>>,
    allowed_types: OnceCell<Allowed>,
    /// The table with `instanceTypes.extra` and `karpenterVersion`.
    pub catalog: Catalog,
    network: UnreadNetwork<'a>,
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Self {
            choices: Choices::default(),
            mutate: true,
            unrepaired: Unrepaired::default(),
            annotate: false,
            exceptions: false,
            exempt: Pods::default(),
            rule_pages: RulePages::default(),
            training: Signals::default(),
            inference: Signals::default(),
            efa: Efa::default(),
            whole_devices: Known::default(),
            cluster_context: false,
            node_labels: NodeLabels::default(),
            provisioning: Provisioning::default(),
            minimum_mbps: 100_000,
            warm_prefix_target: 1,
            capacity: capacity::Options::default(),
            unknown_instance_type: UnknownType::default(),
            allowed: List::default(),
            allowed_types: OnceCell::new(),
            catalog: Catalog::default(),
            network: UnreadNetwork::default(),
        }
    }
}

form! {
    Settings<'a> {
        "accelerators": { "whole" => whole_devices },
        "annotate" => annotate,
        "bandwidth": { "minimumMbps" => minimum_mbps in 0..=100_000_000 },
        "capacity" => capacity,
        "clusterContext" => cluster_context,
        "efa" => efa,
        "exceptions" => exceptions,
        "exempt" => exempt,
        "inference" => inference,
        "instanceTypes": {
            "allowed" => allowed,
            "extra" => catalog,
            "unknown" => unknown_instance_type,
        },
        "karpenterVersion" => catalog.releases,
        "mutate" => mutate,
        "network" => network,
        "nodeLabels" => node_labels,
        // The CNI does not support 0.
        "prefixDelegation": { "warmPrefixTarget" => warm_prefix_target in 1..=1024 },
        "provisioning" => provisioning,
        "rulePages" => rule_pages,
        "rules" => choices,
        "training" => training,
        "unrepaired" => unrepaired,
    }
}

/// `network`, which only [`validate`] reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct UnreadNetwork<'a>(Option<&'a str>);

impl<'a> Field<'a> for UnreadNetwork<'a> {
    const FORM: Form = Network::FORM;

    fn read(&mut self, reader: &mut Reader<'a>, _: &mut Faults<'a>) -> json::Result<()> {
        self.0 = Some(reader.skip()?);
        Ok(())
    }
}

impl<'a> Settings<'a> {
    /// The settings of a request.
    ///
    /// # Errors
    /// All errors of the settings, if they are not valid.
    pub fn read(json: Option<RawJson<'a>>) -> Result<Self, Error> {
        let text = json.map_or("null", |json| json.0);
        // Nothing is set.
        if matches!(text, "null" | "{}") {
            return Ok(Self::default());
        }
        let mut faults = Faults::default();
        let settings = form::read(text, &mut faults);
        if faults.is_empty() { Ok(settings) } else { Err(Error::Settings(validate(text))) }
    }

    /// The settings that count for the address plan.
    pub fn terms(&self) -> plan::Terms<'_> {
        plan::Terms { options: self.capacity, catalog: &self.catalog }
    }

    /// The types that `instanceTypes.allowed` names; `None` if it allows all.
    pub fn allowed_types(&self) -> Option<&Allowed> {
        if self.allowed.is_empty() {
            return None;
        }
        Some(self.allowed_types.get_or_init(|| Allowed::of(&self.allowed, &self.catalog)))
    }

    /// The operator's choice for a rule, if any.
    pub fn choice(&self, rule: RuleId) -> Option<Choice> {
        self.choices.of(rule)
    }
}

/// Every error of the settings in `text`: those of the form in the order of their paths, then names of
/// types that match none, then those of `network`.
pub fn validate(text: &str) -> Vec<Fault> {
    let mut faults = Faults::default();
    let settings: Settings<'_> = form::read(text, &mut faults);
    let mut faults = faults.sorted();
    // The plan's ranges can be checked without the other settings, its nodes can't.
    let terms = faults.is_empty().then(|| settings.terms());
    // If a type can't be read, it may be the one that a name means.
    if !faults.iter().any(|fault| fault.path.starts_with("instanceTypes")) {
        faults.extend(types::unmatched(&settings));
    }
    if let Some(network) = settings.network.0 {
        faults.extend(plan::all_faults(RawJson(network), terms.as_ref()));
    }
    faults
}

#[cfg(test)]
mod tests;
