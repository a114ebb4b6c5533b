//! Karpenter's objects: the nodes that can be made, and how.
//!
//! Source: aws/karpenter-provider-aws pkg/apis/crds/karpenter.sh_nodepools.yaml and
//! karpenter.k8s.aws_ec2nodeclasses.yaml.

use super::NodeSelectorRequirement;
use crate::{
    json::{self, Lazy, List, Map, Reader, Text, Value},
    kubernetes::Quantity,
};

/// The `spec` of a NodePool
#[derive(Debug, Default)]
pub struct NodePool<'a> {
    /// `template.spec.requirements`
    pub requirements: List<Requirement<'a>>,
    /// `template.spec.nodeClassRef`
    pub class: ClassRef<'a>,
    /// `replicas`: its number of nodes, whether or not pods request any.
    replicas: Option<Count<'a>>,
}

impl NodePool<'_> {
    /// JSON Pointer of the requirements.
    pub const REQUIREMENTS: &'static str = "/spec/template/spec/requirements";

    /// `true` if its nodes exist whether or not pods request them.
    pub fn is_static(&self) -> bool {
        self.replicas.is_some()
    }
}

/// The `spec` of a NodeOverlay: adds to what Karpenter counts on types, beyond what EC2 reports
#[derive(Debug, Default)]
pub struct NodeOverlay<'a> {
    /// `requirements`
    pub requirements: List<Requirement<'a>>,
    /// `capacity`
    pub capacity: Map<'a, Quantity<'a>>,
}

impl NodeOverlay<'_> {
    /// JSON Pointer of the requirements.
    pub const REQUIREMENTS: &'static str = "/spec/requirements";
}

/// `nodeClassRef`: the class of a pool's nodes; its API group shows who makes them.
#[derive(Debug, Default)]
pub struct ClassRef<'a> {
    /// `group`
    pub group: Text<'a>,
    /// `name`
    pub name: Text<'a>,
}

impl ClassRef<'_> {
    /// `true` if the nodes are those of Karpenter itself.
    pub fn is_of_karpenter(&self) -> bool {
        &*self.group == "karpenter.k8s.aws"
    }

    /// `true` if the nodes are those of EKS Auto Mode.
    pub fn is_auto_mode(&self) -> bool {
        &*self.group == "eks.amazonaws.com"
    }
}

/// A requirement of a NodePool, which can have more operators than a pod's affinity.
#[derive(Debug, Default)]
pub struct Requirement<'a> {
    /// `key`, `operator`, `values`
    pub requirement: NodeSelectorRequirement<'a>,
    /// `minValues`: the number of values of which types must remain.
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
    /// `networkInterfaces`; in Auto Mode's NodeClass `advancedNetworking.networkInterfaces`
    pub interfaces: List<NetworkInterface<'a>>,
    /// `associatePublicIPAddress`; in Auto Mode's NodeClass below `advancedNetworking`
    pub public_address: Option<bool>,
    /// `subnetSelectorTerms`
    pub subnets: Lazy<'a>,
    /// `securityGroupSelectorTerms`
    pub security_groups: Lazy<'a>,
}

impl NodeClass<'_> {
    /// `true` if its nodes are of this family of AMIs, for example `bottlerocket`.
    pub fn is_of(&self, family: &str) -> bool {
        let alias = self.amis.iter().next().map_or("", |term| &*term.alias);
        let named = if self.ami_family.is_empty() { alias } else { &*self.ami_family };
        let start = named.get(..family.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(family))
    }

    /// `true` if the address of its nodes' DNS shows a cluster with IPv6.
    pub fn is_of_ipv6(&self) -> bool {
        let kubelet = self.kubelet.iter();
        kubelet.flat_map(|kubelet| kubelet.dns.iter()).any(|address| address.contains(':'))
    }

    /// The number of its interfaces on the default card that are for EFA only, and so have no addresses.
    pub fn efa_only_on_default_card(&self) -> u16 {
        let only = self.interfaces.iter().filter(|one| one.is_efa() && one.card() == Some(0));
        u16::try_from(only.count()).unwrap_or(u16::MAX)
    }

    /// The number of EFA interfaces that its nodes attach, whatever pods request; `None` if it lists no
    /// interfaces, so that Karpenter decides.
    pub fn attached(&self) -> Option<u16> {
        let efa = self.interfaces.iter().filter(|one| one.is_efa()).count();
        (!self.interfaces.is_empty()).then(|| u16::try_from(efa).unwrap_or(u16::MAX))
    }
}

/// `networkInterfaces[]`
#[derive(Debug, Default)]
pub struct NetworkInterface<'a> {
    card: Option<Count<'a>>,
    kind: Text<'a>,
}

impl NetworkInterface<'_> {
    /// `true` if it is an EFA interface, which then has no addresses.
    pub fn is_efa(&self) -> bool {
        &*self.kind == "efa-only"
    }

    /// `networkCardIndex`
    pub fn card(&self) -> Option<u32> {
        self.card.as_ref()?.number()
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
    pub max_pods: Option<Count<'a>>,
    /// `podsPerCore`
    pub pods_per_core: Option<Count<'a>>,
    /// `clusterDNS`
    dns: List<Text<'a>>,
}

/// A number, or an expression over the type that can't be evaluated here.
#[derive(Debug, Default)]
pub struct Count<'a>(&'a str);

json::read_as! { Value: Count<'a> }

impl<'a> Value<'a> for Count<'a> {
    fn take(&mut self, reader: &mut Reader<'a>) -> json::Result<()> {
        self.0 = reader.skip()?;
        Ok(())
    }
}

impl Count<'_> {
    /// The number, if it is one.
    pub fn number(&self) -> Option<u32> {
        self.0.parse().ok()
    }
}

json::readable! {
    NodePool<'a> {
        "template": {
            "spec": {
                "requirements" => requirements,
                "nodeClassRef" => class,
            },
        },
        "replicas" => replicas,
    }
    NodeOverlay<'a> { "requirements" => requirements, "capacity" => capacity }
    ClassRef<'a> { "group" => group, "name" => name }
    Requirement<'a> {
        "key" => requirement.key,
        "operator" => requirement.operator,
        "values" => requirement.values,
        "minValues" => min_values,
    }
    NodeClass<'a> {
        "kubelet" => kubelet,
        "amiFamily" => ami_family,
        "amiSelectorTerms" => amis,
        "networkInterfaces" => interfaces,
        "advancedNetworking": {
            "networkInterfaces" => interfaces,
            "associatePublicIPAddress" => public_address,
        },
        "associatePublicIPAddress" => public_address,
        "subnetSelectorTerms" => subnets,
        "securityGroupSelectorTerms" => security_groups,
    }
    NetworkInterface<'a> { "networkCardIndex" => card, "interfaceType" => kind }
    AmiTerm<'a> { "alias" => alias }
    KubeletConfiguration<'a> {
        "maxPods" => max_pods,
        "podsPerCore" => pods_per_core,
        "clusterDNS" => dns,
    }
}
