//! Karpenter's objects: which nodes may be made, and how.
//!
//! Source: aws/karpenter-provider-aws pkg/apis/crds/karpenter.sh_nodepools.yaml and
//! karpenter.k8s.aws_ec2nodeclasses.yaml.

use super::NodeSelectorRequirement;
use crate::json::{self, List, Read, Reader, Text};

/// The `spec` of a NodePool
#[derive(Debug, Default)]
pub struct NodePool<'a> {
    /// `template.spec.requirements`
    pub requirements: List<Requirement<'a>>,
    /// `template.spec.nodeClassRef.group`
    class_group: Option<Text<'a>>,
}

impl NodePool<'_> {
    /// JSON Pointer of the requirements.
    pub const REQUIREMENTS: &'static str = "/spec/template/spec/requirements";

    /// Whether its nodes are those of Karpenter itself.
    pub fn is_of_karpenter(&self) -> bool {
        self.class_group.as_deref() == Some("karpenter.k8s.aws")
    }

    /// Whether its nodes are those of EKS Auto Mode.
    pub fn is_auto_mode(&self) -> bool {
        self.class_group.as_deref() == Some("eks.amazonaws.com")
    }
}

/// A requirement of a NodePool; it knows more operators than a pod's affinity.
#[derive(Debug, Default)]
pub struct Requirement<'a> {
    /// `key`, `operator`, `values`
    pub requirement: NodeSelectorRequirement<'a>,
    /// `minValues`: of how many values types must be left.
    pub min_values: Option<u32>,
}

/// The `spec` of an EC2NodeClass
#[derive(Debug, Default)]
pub struct NodeClass<'a> {
    /// `kubelet`
    pub kubelet: Option<KubeletConfiguration<'a>>,
    /// `amiFamily`
    ami_family: Text<'a>,
    /// `amiSelectorTerms`
    amis: List<AmiTerm<'a>>,
}

impl NodeClass<'_> {
    /// Whether its nodes are of a family of AMIs, such as `bottlerocket`.
    pub fn is_of(&self, family: &str) -> bool {
        let alias = self.amis.iter().next().map_or("", |term| &*term.alias);
        let named = if self.ami_family.is_empty() { alias } else { &*self.ami_family };
        let start = named.get(..family.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(family))
    }
}

/// `amiSelectorTerms[]`
#[derive(Debug, Default)]
struct AmiTerm<'a> {
    alias: Text<'a>,
}

/// `kubelet`
#[derive(Debug, Default)]
pub struct KubeletConfiguration<'a> {
    /// `maxPods`
    pub max_pods: Option<PodLimit<'a>>,
    /// `podsPerCore`
    pub pods_per_core: Option<PodLimit<'a>>,
}

/// A number of pods, or an expression over the type that can't be judged here.
#[derive(Debug)]
pub enum PodLimit<'a> {
    /// A number.
    Pods(u32),
    /// Anything else; Karpenter itself refuses what it can't read.
    Other(&'a str),
}

impl<'a> Read<'a> for PodLimit<'a> {
    fn read(reader: &mut Reader<'a>) -> json::Result<Self> {
        let text = reader.skip()?;
        Ok(text.parse().map_or(Self::Other(text), Self::Pods))
    }
}

impl PodLimit<'_> {
    /// The number, where it is one.
    pub fn pods(&self) -> Option<u32> {
        if let Self::Pods(pods) = self { Some(*pods) } else { None }
    }
}

json::readable! {
    NodePool<'a> {
        "template": {
            "spec": { "requirements" => requirements, "nodeClassRef": { "group" => class_group } },
        },
    }
    Requirement<'a> {
        "key" => requirement.key,
        "operator" => requirement.operator,
        "values" => requirement.values,
        "minValues" => min_values,
    }
    NodeClass<'a> { "kubelet" => kubelet, "amiFamily" => ami_family, "amiSelectorTerms" => amis }
    AmiTerm<'a> { "alias" => alias }
    KubeletConfiguration<'a> { "maxPods" => max_pods, "podsPerCore" => pods_per_core }
}
