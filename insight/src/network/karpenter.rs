//! Reads the parts of Karpenter's objects that concern nodes and their subnets.

use anyhow::{Context, Result, anyhow};
use eks_aiml_networking::view::{self, Body, Kind, View};
use serde_json::Value;

use super::selector::{Term, Zones};

/// A NodePool.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Its name.
    pub name: String,
    /// The place that it was read from.
    pub place: String,
    /// The object, as JSON: the policy reads the requirements itself.
    pub object: String,
    /// `spec.limits`: names of resources and quantities, as written.
    pub limits: Vec<(String, String)>,
    /// `spec.replicas`: it has this number of nodes, whatever pods need.
    pub replicas: Option<u64>,
    /// Its node class.
    pub class: ClassRef,
    /// Its requirements on zones.
    pub zones: Vec<Zones>,
    /// The types that it lists by name.
    pub named_types: Vec<String>,
}

/// The node class of a NodePool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClassRef {
    /// An EC2NodeClass of this name.
    Ec2(String),
    /// A NodeClass of EKS Auto Mode.
    AutoMode,
    /// A class of another provider, or no class.
    Other,
}

/// An EC2NodeClass.
#[derive(Clone, Debug)]
pub struct NodeClass {
    /// Its name.
    pub name: String,
    /// `spec.subnetSelectorTerms`
    pub terms: Vec<Term>,
    /// The pods of its nodes.
    pub pods: Pods,
    /// `true` if the class shows that its nodes belong to an IPv6 cluster.
    pub is_of_ipv6: bool,
    /// `true` if it lists its network interfaces itself.
    pub has_interfaces: bool,
}

/// The settings of a class for the number of pods on a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pods {
    /// `kubelet.maxPods`
    pub most: MaxPods,
    /// `kubelet.podsPerCore`, if it has an effect.
    pub per_core: Option<u32>,
    /// Interfaces of the default card that are only for EFA.
    pub efa_only: u16,
}

/// The maximum number of pods on a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MaxPods {
    /// As many as its interfaces have addresses, without prefixes.
    #[default]
    Addresses,
    /// This number.
    Number(u32),
    /// An expression, which is not evaluated here.
    Unknown,
}

/// An ENIConfig of the VPC CNI: the subnet of the nodes' pods.
#[derive(Clone, Debug)]
pub struct EniConfig {
    /// Its name.
    pub name: String,
    /// The id of its subnet.
    pub subnet: String,
}

fn name(place: &str, object: &Value) -> Result<String> {
    let name = object.pointer("/metadata/name").and_then(Value::as_str);
    Ok(name.with_context(|| format!("{place} has no `metadata.name`"))?.to_owned())
}

fn list<'v>(object: &'v Value, pointer: &str) -> impl Iterator<Item = &'v Value> {
    object.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

impl Pool {
    /// Reads a NodePool.
    ///
    /// # Errors
    /// If it does not have Karpenter's format.
    pub fn read(place: &str, object: &Value) -> Result<Self> {
        let name = name(place, object)?;
        let text = object.to_string();
        View::read(Kind::NodePool, &text).map_err(|error| anyhow!("{place}: {error}"))?;
        let spec = object.get("spec").unwrap_or(&Value::Null);
        let replicas = match spec.get("replicas") {
            None | Some(Value::Null) => None,
            Some(count) => Some(
                count.as_u64().with_context(|| format!("{place}/spec/replicas is not a number"))?,
            ),
        };
        let limits = spec.get("limits").and_then(Value::as_object).into_iter().flatten();
        let limits = limits.map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (name.clone(), text)
        });
        let requirements = "/spec/template/spec/requirements";
        let named = list(object, requirements).filter(|one| {
            one.get("key").is_some_and(|key| key == "node.kubernetes.io/instance-type")
                && one.get("operator").is_some_and(|operator| operator == "In")
        });
        let named = named.flat_map(|one| list(one, "/values")).filter_map(Value::as_str);
        Ok(Self {
            name,
            place: place.to_owned(),
            limits: limits.collect(),
            replicas,
            class: ClassRef::read(object.pointer("/spec/template/spec/nodeClassRef")),
            zones: list(object, requirements).filter_map(Zones::read).collect(),
            named_types: named.map(str::to_owned).collect(),
            object: text,
        })
    }
}

impl ClassRef {
    fn read(reference: Option<&Value>) -> Self {
        let text = |name| reference.and_then(|one| one.get(name)).and_then(Value::as_str);
        // v1beta1 has `apiVersion` instead of `group`.
        let version = text("apiVersion").and_then(|version| version.split_once('/'));
        let group = text("group").or(version.map(|(group, _)| group));
        match (group, text("kind"), text("name")) {
            (Some("karpenter.k8s.aws"), _, Some(name))
            | (None, Some("EC2NodeClass"), Some(name)) => Self::Ec2(name.to_owned()),
            (Some("eks.amazonaws.com"), ..) => Self::AutoMode,
            _ => Self::Other,
        }
    }
}

impl NodeClass {
    /// Reads an EC2NodeClass.
    ///
    /// # Errors
    /// If it does not have Karpenter's format.
    pub fn read(place: &str, object: &Value) -> Result<Self> {
        let name = name(place, object)?;
        let text = object.to_string();
        let view = View::read(Kind::Ec2NodeClass, &text);
        let view = view.map_err(|error| anyhow!("{place}: {error}"))?;
        let Body::NodeClass(class) = &view.body else {
            return Err(anyhow!("{place} is not an EC2NodeClass"));
        };
        Ok(Self {
            name,
            terms: list(object, "/spec/subnetSelectorTerms").filter_map(Term::read).collect(),
            pods: Pods::of(class),
            is_of_ipv6: class.is_of_ipv6(),
            has_interfaces: list(object, "/spec/networkInterfaces").next().is_some(),
        })
    }
}

impl Pods {
    /// Source: aws/karpenter-provider-aws pkg/providers/instancetype/types.go, `pods`.
    fn of(class: &view::NodeClass<'_>) -> Self {
        let kubelet = class.kubelet.as_ref();
        let most = match kubelet.and_then(|kubelet| kubelet.max_pods.as_ref()) {
            None if class.is_of("windows") => MaxPods::Number(110),
            None => MaxPods::Addresses,
            Some(most) => most.number().map_or(MaxPods::Unknown, MaxPods::Number),
        };
        // Bottlerocket has no `podsPerCore`.
        let per_core = kubelet.and_then(|kubelet| kubelet.pods_per_core.as_ref()?.number());
        let per_core = per_core.filter(|count| *count > 0 && !class.is_of("bottlerocket"));
        Self { most, per_core, efa_only: class.efa_only_on_default_card() }
    }
}

impl EniConfig {
    /// Reads an ENIConfig.
    pub fn read(object: &Value) -> Self {
        let text = |at| object.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { name: text("/metadata/name"), subnet: text("/spec/subnet") }
    }
}
