//! The settings. They come with every request, so reading them is cheap; `validate` is thorough
//! and runs when the policy starts: it names every fault with its path.

mod check;
mod interfaces;
pub mod schema;

pub use interfaces::Interfaces;

use std::cell::OnceCell;

use crate::{
    capacity,
    error::{Error, Fault},
    instances::{self, Allowed, Catalog, Extra},
    json::{self, Lazy, List, Map, RawJson, Read, Reader, Text},
    kubernetes::Pods,
    plan::{self, Network},
    rule::RuleId,
    text::Quoted,
};

/// What an operator wants of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The rule does not run.
    Off,
    /// Its findings are warnings.
    Warn,
    /// Its findings refuse the request.
    Deny,
    /// Its findings are repaired where the remedy is certain.
    Fix,
}

/// `nodeLabels`: the labels that fixes may ask for, because the cluster's nodes carry them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NodeLabels {
    /// Those that the pod itself uses.
    #[default]
    Auto,
    /// `karpenter.k8s.aws/`
    Karpenter,
    /// `eks.amazonaws.com/`
    AutoMode,
    /// Those that the pod uses, else a term for each: nodes of both kinds are there.
    Both,
    /// None.
    None,
}

/// `training`, `inference`: which pods are of the class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signals<'a> {
    /// `namespaces`, `podSelector`
    pub pods: Pods<'a>,
    /// `builtInSignals`: whether what operators show on their pods counts too.
    pub built_in: bool,
}

impl Default for Signals<'_> {
    fn default() -> Self {
        Self { pods: Pods::default(), built_in: true }
    }
}

/// `efa.devicePlugin`: whether the cluster's nodes offer `vpc.amazonaws.com/efa`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DevicePlugin {
    /// Where the pod shows evidence of it.
    #[default]
    Auto,
    /// They do.
    Yes,
    /// They don't: EFA comes by DRA, or not at all.
    No,
}

/// `efa`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Efa<'a> {
    /// `devicePlugin`
    pub device_plugin: DevicePlugin,
    /// `interfaces`: how many the nodes attach.
    pub interfaces: Interfaces<'a>,
    /// `inspectImages`: whether images are looked into.
    pub inspect_images: bool,
    /// `trainingImages`: images that are known to be fit for training, with wildcards.
    pub training_images: List<Text<'a>>,
    /// `refusedImages`: images that are not to be used with accelerators, with wildcards.
    pub refused_images: List<Text<'a>>,
}

/// The settings, valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings<'a> {
    /// `rules`
    choices: Vec<(RuleId, Choice)>,
    /// `mutate`: whether objects may be repaired at all.
    pub mutate: bool,
    /// `exempt`: pods that are not judged.
    pub exempt: Pods<'a>,
    /// `training`
    pub training: Signals<'a>,
    /// `inference`
    pub inference: Signals<'a>,
    /// `efa`
    pub efa: Efa<'a>,
    /// `accelerators.whole`: whether a resource counts whole devices; `None` where that is not known.
    pub whole_devices: Option<bool>,
    /// `clusterContext`: whether the cluster may be asked.
    pub cluster_context: bool,
    /// `nodeLabels`: whose labels fixes write.
    pub node_labels: NodeLabels,
    /// `bandwidth.minimumMbps`, for training that spans nodes.
    pub minimum_mbps: u32,
    /// `prefixDelegation.warmPrefixTarget`, in prefixes of 16 addresses.
    pub warm_prefix_target: u16,
    /// `capacity`
    pub capacity: capacity::Options,
    /// `instanceTypes.unknown`
    pub unknown_instance_type: Choice,
    /// `instanceTypes.allowed`: names with wildcards; empty allows all.
    pub allowed: List<Text<'a>>,
    allowed_types: OnceCell<Allowed>,
    /// The table with `instanceTypes.extra`.
    pub catalog: Catalog,
}

impl<'a> Settings<'a> {
    /// The settings of a request.
    ///
    /// # Errors
    /// Every fault, where they are not valid.
    pub fn read(json: Option<RawJson<'a>>) -> Result<Self, Error> {
        let text = json.map_or("null", |json| json.0);
        let raw: Option<Raw<'_>> = Reader::whole(text).ok();
        raw.and_then(Self::of).ok_or_else(|| {
            let mut faults = validate(text);
            if faults.is_empty() {
                faults.push(Fault { path: String::new(), what: "not readable".to_owned() });
            }
            Error::Settings(faults)
        })
    }

    fn of(raw: Raw<'a>) -> Option<Self> {
        let mut choices = Vec::with_capacity(raw.rules.0.len());
        for (id, choice) in &raw.rules.0 {
            let rule = RuleId::of(id)?;
            if *choice == Choice::Fix && !rule.info().fixes {
                return None;
            }
            choices.push((rule, *choice));
        }
        Some(Self {
            choices,
            mutate: raw.mutate.unwrap_or(true),
            exempt: raw.exempt,
            training: raw.training,
            inference: raw.inference,
            efa: raw.efa,
            whole_devices: raw.accelerators.whole.0,
            cluster_context: raw.cluster_context,
            node_labels: raw.node_labels,
            minimum_mbps: Some(raw.bandwidth.minimum_mbps.unwrap_or(100_000))
                .filter(|mbps| schema::MBPS.contains(mbps))?,
            warm_prefix_target: Some(raw.prefix_delegation.warm_prefix_target.unwrap_or(1))
                .filter(|n| schema::WARM_PREFIX_TARGETS.contains(&u32::from(*n)))?,
            capacity: Some(raw.capacity).filter(|options| {
                let enis = u32::from(options.max_enis.unwrap_or(1));
                schema::MAX_ENIS.contains(&enis)
                    && schema::RESERVED_ENIS.contains(&options.reserved_enis.into())
                    && schema::PODS.contains(&options.minimum_pods_per_node)
            })?,
            unknown_instance_type: Some(raw.instance_types.unknown.unwrap_or(Choice::Warn))
                .filter(|choice| *choice != Choice::Fix)?,
            allowed: raw.instance_types.allowed,
            allowed_types: OnceCell::new(),
            catalog: Catalog::with(raw.instance_types.extra.0)?,
        })
    }

    /// What of these settings counts for the address plan.
    pub fn terms(&self) -> plan::Terms<'_> {
        plan::Terms {
            options: self.capacity,
            warm_prefixes: self.warm_prefix_target,
            catalog: &self.catalog,
        }
    }

    /// The types that `instanceTypes.allowed` names; nothing where it allows all.
    pub fn allowed_types(&self) -> Option<&Allowed> {
        if self.allowed.is_empty() {
            return None;
        }
        Some(self.allowed_types.get_or_init(|| Allowed::of(&self.allowed, &self.catalog)))
    }

    /// What the operator wants of a rule, if anything.
    pub fn choice(&self, rule: RuleId) -> Option<Choice> {
        self.choices.iter().find(|(chosen, _)| *chosen == rule).map(|(_, choice)| *choice)
    }
}

/// The settings as they are written.
#[derive(Default)]
struct Raw<'a> {
    rules: Map<'a, Choice>,
    mutate: Option<bool>,
    exempt: Pods<'a>,
    training: Signals<'a>,
    inference: Signals<'a>,
    efa: Efa<'a>,
    accelerators: Accelerators,
    cluster_context: bool,
    node_labels: NodeLabels,
    bandwidth: Bandwidth,
    prefix_delegation: PrefixDelegation,
    capacity: capacity::Options,
    instance_types: InstanceTypes<'a>,
    /// Passed over: the plan is judged when the policy starts.
    network: Lazy<'a>,
}

#[derive(Default)]
struct Accelerators {
    whole: Known,
}

/// `auto`, where it is not known, or a flag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Known(Option<bool>);

#[derive(Default)]
struct Bandwidth {
    minimum_mbps: Option<u32>,
}

#[derive(Default)]
struct PrefixDelegation {
    warm_prefix_target: Option<u16>,
}

#[derive(Default)]
struct InstanceTypes<'a> {
    allowed: List<Text<'a>>,
    unknown: Option<Choice>,
    extra: List<Extra>,
}

json::strictly_readable! {
    Raw<'a> {
        "rules" => rules,
        "mutate" => mutate,
        "exempt" => exempt,
        "training" => training,
        "inference" => inference,
        "efa" => efa,
        "accelerators" => accelerators,
        "clusterContext" => cluster_context,
        "nodeLabels" => node_labels,
        "bandwidth" => bandwidth,
        "prefixDelegation" => prefix_delegation,
        "capacity" => capacity,
        "instanceTypes" => instance_types,
        "network" => network,
    }
    Pods<'a> { "namespaces" => namespaces, "podSelector" => pod_selector }
    Signals<'a> {
        "namespaces" => pods.namespaces,
        "podSelector" => pods.pod_selector,
        "builtInSignals" => built_in,
    }
    Efa<'a> {
        "devicePlugin" => device_plugin,
        "interfaces" => interfaces,
        "inspectImages" => inspect_images,
        "trainingImages" => training_images,
        "refusedImages" => refused_images,
    }
    Accelerators { "whole" => whole }
    Bandwidth { "minimumMbps" => minimum_mbps }
    PrefixDelegation { "warmPrefixTarget" => warm_prefix_target }
    InstanceTypes<'a> { "allowed" => allowed, "unknown" => unknown, "extra" => extra }
}

impl<'a> Read<'a> for Known {
    fn read(reader: &mut Reader<'a>) -> json::Result<Self> {
        let start = *reader;
        match reader.skip()? {
            // Forms that know only texts write flags as texts.
            "true" | r#""true""# => Ok(Self(Some(true))),
            "false" | r#""false""# => Ok(Self(Some(false))),
            r#""auto""# => Ok(Self(None)),
            _ => Err(start.unexpected("`auto`, `true` or `false`")),
        }
    }
}

impl<'a> Read<'a> for DevicePlugin {
    fn read(reader: &mut Reader<'a>) -> json::Result<Self> {
        Ok(match Known::read(reader)? {
            Known(Some(true)) => Self::Yes,
            Known(Some(false)) => Self::No,
            Known(None) => Self::Auto,
        })
    }
}

impl<'a> Read<'a> for Choice {
    fn read(reader: &mut Reader<'a>) -> json::Result<Self> {
        let start = *reader;
        match reader.skip()? {
            // YAML 1.1, which kubectl reads, takes `off` for `false`.
            r#""off""# | "false" => Ok(Self::Off),
            r#""warn""# => Ok(Self::Warn),
            r#""deny""# => Ok(Self::Deny),
            r#""fix""# => Ok(Self::Fix),
            _ => Err(start.unexpected("a known word")),
        }
    }
}

json::words! {
    NodeLabels {
        "auto" => Auto, "karpenter" => Karpenter, "autoMode" => AutoMode, "both" => Both, "none" => None
    }
}

/// Every fault of the settings in `text`; none where they are valid.
pub fn validate(text: &str) -> Vec<Fault> {
    let (mut faults, network) = check::faults(RawJson(text.trim()));
    let raw: Option<Raw<'_>> = Reader::whole(text).ok();
    faults.extend(raw.iter().flat_map(|raw| slips(&raw.instance_types)));
    if let Some(network) = network {
        let settings = raw.and_then(Settings::of);
        faults.extend(network_faults(network, settings.as_ref().map(Settings::terms).as_ref()));
    }
    faults
}

/// Names that are a slip away from those of types: nothing else would tell that they allow nothing.
fn slips(types: &InstanceTypes<'_>) -> Vec<Fault> {
    let extra = |name: &str| types.extra.iter().any(|extra| extra.name() == name);
    let slip = |(index, name): (usize, &Text<'_>)| {
        if name.contains('*') || instances::row(name).is_some() || extra(name) {
            return None;
        }
        let similar = instances::similar(name)?;
        let what = format!(
            "the instance type {} is not known (as of {}); did you mean `{similar}`? Else describe it in `instanceTypes.extra`",
            Quoted(name),
            instances::DATE
        );
        Some(Fault { path: format!("instanceTypes.allowed[{index}]"), what })
    };
    types.allowed.iter().enumerate().filter_map(slip).collect()
}

/// Every fault of `network`; those of its form first.
fn network_faults(json: RawJson<'_>, terms: Option<&plan::Terms<'_>>) -> Vec<Fault> {
    let network = Network::read(json);
    let mut faults = match &network {
        Some(network) if network.is_whole() => Vec::new(),
        _ => check::network_faults(json),
    };
    faults.extend(network.iter().flat_map(|network| plan::faults(network, terms)));
    faults
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn read(json: &str) -> Result<Settings<'_>, Error> {
        Settings::read(Some(RawJson(json)))
    }

    #[rstest]
    #[case::empty("{}")]
    #[case::null("null")]
    #[case::everything(
        r#"{"rules": {"efa-count": "off", "efa-limits": "fix"}, "mutate": false,
            "prefixDelegation": {"warmPrefixTarget": 2}, "nodeLabels": "autoMode",
            "exempt": {"namespaces": ["kube-system"], "podSelector": {"matchLabels": {"a": "b"}}},
            "training": {"podSelector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}},
            "inference": {"namespaces": [], "builtInSignals": false},
            "efa": {"devicePlugin": true, "inspectImages": false, "trainingImages": ["*/train:*"], "refusedImages": []},
            "clusterContext": false,
            "bandwidth": {"minimumMbps": 400000},
            "capacity": {"prefixDelegation": false, "minimumPodsPerNode": 30, "customNetworking": true,
                         "reservedEnis": 1, "maxEnis": null, "recommendedCap": false},
            "instanceTypes": {"unknown": "deny", "allowed": ["p5*", "m5.large"],
                              "extra": [{"name": "p9.48xlarge", "efaInterfaces": 64, "gpuName": "b900",
                                         "bareMetal": false}]}}"#
    )]
    #[case::off_as_kubectl_reads_it(
        r#"{"rules": {"efa-count": false}, "instanceTypes": {"unknown": false}}"#
    )]
    #[case::a_flag_as_a_form_writes_it(r#"{"efa": {"devicePlugin": "true"}}"#)]
    #[case::nulls(r#"{"rules": null, "mutate": null, "prefixDelegation": null}"#)]
    fn accepts(#[case] json: &str) {
        assert_eq!(validate(json), []);
        read(json).unwrap();
    }

    #[rstest]
    #[case::a_type_whose_name_is_none(
        r#"{"instanceTypes": {"extra": [{"name": "p9\n"}]}}"#,
        "instanceTypes.extra[0].name: `p9\\n` is not made of letters, digits, `-`, `_` and `.`"
    )]
    #[case::a_fact_that_no_label_can_hold(
        r#"{"instanceTypes": {"extra": [{"name": "p9.large", "gpuName": "b`1"}]}}"#,
        "instanceTypes.extra[0].gpuName: `b'1` is not made of letters, digits, `-`, `_` and `.`"
    )]
    #[case::unknown_key(r#"{"mutat": true}"#, "mutat: unknown key; did you mean `mutate`?")]
    #[case::letters_that_changed_places(
        r#"{"rulse": {}}"#,
        "rulse: unknown key; did you mean `rules`?"
    )]
    #[case::a_key_that_looks_like_another(
        "{\"rules\u{200b}\": {}}",
        "rules?: unknown key; did you mean `rules`?"
    )]
    #[case::unknown_key_far_from_all(
        r#"{"colour": 1}"#,
        "colour: unknown key; known are `bandwidth`, `capacity`, `clusterContext`, `efa`, `exempt`, `inference`, `instanceTypes`, `mutate`, `network`, `nodeLabels`, `prefixDelegation`, `rules`, `training`"
    )]
    #[case::unknown_rule(
        r#"{"rules": {"efa-limit": "warn"}}"#,
        "rules.efa-limit: no rule has this id; did you mean `efa-limits`?"
    )]
    #[case::unknown_action(
        r#"{"rules": {"efa-limits": "denny"}}"#,
        "rules.efa-limits: `denny` is not one of `off`, `warn`, `deny`, `fix`; did you mean `deny`?"
    )]
    #[case::fix_without_remedy(
        r#"{"rules": {"efa-count": "fix"}}"#,
        "rules.efa-count: this rule has no certain remedy, so it can't be `fix`; use `off`, `warn` or `deny`"
    )]
    #[case::wrong_type(r#"{"mutate": "yes"}"#, "mutate: must be `true` or `false`, not \"yes\"")]
    #[case::nested(
        r#"{"prefixDelegation": {"warmPrefixTarget": 0}}"#,
        "prefixDelegation.warmPrefixTarget: must be a whole number from 1 to 1024, not 0"
    )]
    #[case::fix_of_a_type(
        r#"{"instanceTypes": {"unknown": "fix"}}"#,
        "instanceTypes.unknown: `fix` is not one of `off`, `warn`, `deny`"
    )]
    #[case::number_out_of_range(
        r#"{"capacity": {"reservedEnis": -1}}"#,
        "capacity.reservedEnis: must be a whole number from 0 to 16, not -1"
    )]
    #[case::no_list(
        r#"{"instanceTypes": {"allowed": "p5*"}}"#,
        "instanceTypes.allowed: must be a list of texts, not \"p5*\""
    )]
    #[case::no_text_in_a_list(
        r#"{"instanceTypes": {"allowed": ["p5*", 5]}}"#,
        "instanceTypes.allowed[1]: must be a text, not 5"
    )]
    #[case::a_type_without_name(
        r#"{"instanceTypes": {"extra": [{"vcpus": 4}]}}"#,
        "instanceTypes.extra[0].name: is missing"
    )]
    #[case::a_column_that_is_not_known(
        r#"{"instanceTypes": {"extra": [{"name": "p9.48xlarge", "efaInterface": 4}]}}"#,
        "instanceTypes.extra[0].efaInterface: unknown key; did you mean `efaInterfaces`?"
    )]
    #[case::a_column_of_another_form(
        r#"{"instanceTypes": {"extra": [{"name": "p9.48xlarge", "vcpus": "many"}]}}"#,
        "instanceTypes.extra[0].vcpus: must be a whole number from 0 to 4294967294, not \"many\""
    )]
    #[case::an_operator_of_no_selector(
        r#"{"exempt": {"podSelector": {"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1"]}]}}}"#,
        "exempt.podSelector.matchExpressions[0].operator: `Gt` is not one of `In`, `NotIn`, `Exists`, `DoesNotExist`"
    )]
    #[case::a_label_that_is_no_text(
        r#"{"training": {"podSelector": {"matchLabels": {"a": true}}}}"#,
        "training.podSelector.matchLabels.a: must be a text, not true"
    )]
    #[case::an_expression_that_would_select_all(
        r#"{"exempt": {"podSelector": {"matchExpressions": [{"key": "team", "operator": "NotIn"}]}}}"#,
        "exempt.podSelector.matchExpressions[0].values: is missing"
    )]
    #[case::an_expression_without_key(
        r#"{"exempt": {"podSelector": {"matchExpressions": [{"operator": "Exists"}]}}}"#,
        "exempt.podSelector.matchExpressions[0].key: is missing"
    )]
    #[case::a_type_that_is_there_twice(
        r#"{"instanceTypes": {"extra": [{"name": "p9.48xlarge"}, {"name": "p9.48xlarge"}]}}"#,
        "instanceTypes.extra[1].name: `p9.48xlarge` is there twice"
    )]
    #[case::neither_auto_nor_a_flag(
        r#"{"efa": {"devicePlugin": "yes"}}"#,
        "efa.devicePlugin: must be `auto`, `true` or `false`, not \"yes\""
    )]
    #[case::a_label_domain(
        r#"{"nodeLabels": "automode"}"#,
        "nodeLabels: `automode` is not one of `auto`, `karpenter`, `autoMode`, `both`, `none`; did you mean `autoMode`?"
    )]
    #[case::not_an_object("[]", "must be an object, not []")]
    fn refuses(#[case] json: &str, #[case] message: &str) {
        let faults: Vec<String> = validate(json).iter().map(ToString::to_string).collect();
        assert_eq!(faults, [message]);
        assert!(read(json).is_err(), "a request must refuse what the start refuses");
    }

    /// The start alone looks for slips: a request would have to search the table.
    #[test]
    fn a_slip_in_what_is_allowed() {
        let json = r#"{"instanceTypes": {"allowed": ["p5.48xlarg", "p9.48xlarge", "p5*"]}}"#;
        let faults: Vec<String> = validate(json).iter().map(ToString::to_string).collect();
        assert_eq!(
            faults,
            [
                "instanceTypes.allowed[0]: the instance type `p5.48xlarg` is not known (as of 2026-08-21); \
              did you mean `p5.48xlarge`? Else describe it in `instanceTypes.extra`"
            ]
        );
        read(json).unwrap();
    }

    #[test]
    fn names_all_faults_at_once() {
        let json = r#"{"mutate": 1, "rules": {"x": "warn", "efa-count": 7}, "y": {}}"#;
        let Err(error) = read(json) else { panic!("valid") };
        assert_eq!(
            error.to_string(),
            "the settings are not valid: \
             mutate: must be `true` or `false`, not 1; \
             rules.efa-count: must be one of `off`, `warn`, `deny`, `fix`, not 7; \
             rules.x: no rule has this id; known are `efa-count`, `efa-limits`; \
             y: unknown key; known are `bandwidth`, `capacity`, `clusterContext`, `efa`, `exempt`, `inference`, `instanceTypes`, `mutate`, `network`, `nodeLabels`, `prefixDelegation`, `rules`, `training`"
        );
    }
}
