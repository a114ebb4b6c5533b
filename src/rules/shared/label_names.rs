//! Finds labels that nothing sets, in a domain of Karpenter's, EKS's or Kubernetes' own.
//!
//! Sources: aws/karpenter-provider-aws pkg/apis/v1/labels.go, and by its release tags;
//! kubernetes-sigs/karpenter pkg/apis/v1/labels.go (what a NodePool may require);
//! EKS User Guide, "Create a Node Pool for EKS Auto Mode".

use crate::{
    instances::Catalog,
    text::{self, Quoted},
};

pub const KARPENTER: &str = "karpenter.k8s.aws";
pub const EKS: &str = "eks.amazonaws.com";
const NODE: &str = "node.kubernetes.io";
const PROVISIONER: &str = "karpenter.sh";

/// Labels of Karpenter's own domain, which has no others.
const OF_PROVISIONER: [&str; 6] = [
    "capacity-type",
    "do-not-sync-taints",
    "initialized",
    "nodepool",
    "registered",
    "unregistered",
];

/// Labels of Karpenter in addition to those derived from the type, which the table has.
const OF_KARPENTER: [&str; 9] = [
    "capacity-reservation-id",
    "capacity-reservation-interruptible",
    "capacity-reservation-type",
    "ec2nodeclass",
    "instance-cpu-sustained-clock-speed-mhz",
    "instance-tenancy",
    "nitro-sandbox",
    "placement-group-id",
    "placement-group-partition",
];

/// Labels of EKS in addition to those derived from the type.
const OF_EKS: [&str; 10] = [
    "capacityType",
    "compute-type",
    "fargate-profile",
    "instance-cpu-sustained-clock-speed-mhz",
    "instance-tenancy",
    "nodeclass",
    "nodegroup",
    "nodegroup-image",
    "sourceLaunchTemplateId",
    "sourceLaunchTemplateVersion",
];

const OF_NODE: [&str; 3] =
    ["exclude-from-external-load-balancers", "instance-type", "windows-build"];

/// Labels that older releases of Karpenter set, and the remedy.
const GONE: [(&str, &str); 2] = [
    ("karpenter.k8s.aws/instance-pods", "remove it: Karpenter has not set it since v0.32"),
    ("karpenter.sh/provisioner-name", "use `karpenter.sh/nodepool`, which replaced it"),
];

/// The most unknown labels of an object for which a similar name is searched; no hand-written one has more.
pub const SEARCHED: u32 = 32;

/// The way in which a label is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Nodes must have it.
    ToHave,
    /// Nodes must not have it, or not with these values.
    NotToHave,
    /// Nodes that have it are preferred.
    ByPreference,
    /// A NodePool requires it of its types.
    OfPool,
    /// A NodeOverlay requires it of its types.
    OfOverlay,
}

/// The problem with a label that nothing sets, and the remedy.
#[inline(never)]
pub fn unknown(key: &str, asked: Asked, search: &mut u32) -> Option<(String, String)> {
    let (domain, name) = key.split_once('/')?;
    let (own, typed): (&[&str], bool) = match domain {
        KARPENTER => (&OF_KARPENTER, true),
        EKS => (&OF_EKS, true),
        NODE => (&OF_NODE, false),
        PROVISIONER => (&OF_PROVISIONER, false),
        _ => return None,
    };
    if own.contains(&name) || (typed && Catalog::label_names().any(|known| known == name)) {
        return None;
    }
    let known: Vec<&str> = match typed {
        true => Catalog::label_names().chain(own.iter().copied()).collect(),
        false => own.to_vec(),
    };
    let near = search.checked_sub(1).and_then(|left| {
        *search = left;
        text::nearest(name, &known).map(|near| (domain, near))
    });
    let elsewhere = match name {
        "instance-type" => Some((NODE, name)),
        _ => Catalog::label_names().find(|known| *known == name).map(|name| (KARPENTER, name)),
    };
    let of_karpenter = matches!(domain, KARPENTER | PROVISIONER);
    if !of_karpenter && near.is_none() && !name.starts_with("instance-") {
        return None;
    }
    let gone = GONE.iter().find(|(label, _)| *label == key).map(|(_, remedy)| *remedy);
    let remedy = match (gone, elsewhere.or(near)) {
        (Some(gone), _) => gone.to_owned(),
        (None, Some((domain, name))) => format!("did you mean `{domain}/{name}`?"),
        (None, None) => "use a label that your nodes have".to_owned(),
    };
    let key = Quoted(key);
    let fact = match asked {
        Asked::OfPool if of_karpenter => {
            format!("Karpenter does not know the label {key}, so it rejects the NodePool")
        }
        Asked::OfPool => format!("{key} is not a label of instance types, so it excludes none"),
        Asked::OfOverlay => {
            format!("nothing sets the label {key}, so the overlay applies to no type")
        }
        Asked::NotToHave if domain == KARPENTER => format!(
            "nothing sets the label {key}, so it excludes nothing, and Karpenter ignores the pod"
        ),
        Asked::ToHave => format!("nothing sets the label {key}, so no node matches"),
        Asked::NotToHave => format!("nothing sets the label {key}, so it excludes nothing"),
        Asked::ByPreference => {
            format!("nothing sets the label {key}, so the preference is never met")
        }
    };
    Some((fact, remedy))
}
