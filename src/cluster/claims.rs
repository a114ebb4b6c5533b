//! Requests of a pod by Dynamic Resource Allocation: by claims, or by extended resources that stand for
//! a device class (KEP-5004).
//!
//! Sources: kubernetes/api resource/v1/types.go (in v1beta1 the fields of `exactly` are the request's
//! own; `All` means at least one device; `adminAccess` leaves the devices to others too).

use super::{
    ask::{Cluster, Query},
    device_class::Class,
};
use crate::{
    json::{self, List, Read, Reader, Text},
    view::{Claim, DeviceRequest, Exactly, PodView},
};

/// The beginning of the resource that stands for a class; the name of the class follows.
const CLASS_RESOURCE: &str = "deviceclass.resource.kubernetes.io/";

/// Domains of extended resources that are known to be something other than EFA, apart from EFA's own.
const OTHER_RESOURCES: [&str; 5] =
    ["amd.com/", "aws.amazon.com/", "habana.ai/", "nvidia.com/", "vpc.amazonaws.com/"];

/// The most claims of a pod about which the cluster is asked; no hand-written pod has more.
const ASKED: usize = 16;

/// The known number of devices of one kind that are requested by DRA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// None is requested.
    None,
    /// Unknown; some may be among the devices.
    Unknown,
    /// The cluster could not be asked.
    Unreachable,
    /// At least this many; 0 if only other devices are requested.
    Count(u64),
}

impl Claimed {
    /// `true` if there certainly is none.
    pub fn is_none(self) -> bool {
        matches!(self, Self::None | Self::Count(0))
    }

    /// Both together: unknown if one of them is.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, one) | (one, Self::None) => one,
            (Self::Count(one), Self::Count(other)) => Self::Count(one.saturating_add(other)),
            (Self::Unreachable, _) | (_, Self::Unreachable) => Self::Unreachable,
            _ => Self::Unknown,
        }
    }
}

/// The devices that a pod, or a claim, requests by DRA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    /// EFA interfaces.
    pub efa: Claimed,
    /// Whole GPUs of NVIDIA that no other pod has. Those that a resource for their class requests are
    /// counted with the pod's resources.
    pub gpus: Claimed,
    /// The least number of such GPUs on the node, including those that other pods may share.
    pub node_gpus: u64,
}

impl Claims {
    /// The pod requests nothing by DRA.
    pub const NONE: Self = Self { efa: Claimed::None, gpus: Claimed::None, node_gpus: 0 };
    const OTHER: Self = Self { efa: Claimed::Count(0), gpus: Claimed::Count(0), node_gpus: 0 };
    const UNKNOWN: Self = Self { efa: Claimed::Unknown, gpus: Claimed::Unknown, node_gpus: 0 };
    const UNREACHABLE: Self =
        Self { efa: Claimed::Unreachable, gpus: Claimed::Unreachable, node_gpus: 0 };

    /// Both together.
    fn and(self, other: Self) -> Self {
        Self {
            efa: self.efa.and(other.efa),
            gpus: self.gpus.and(other.gpus),
            node_gpus: self.node_gpus.saturating_add(other.node_gpus),
        }
    }

    /// One of the two: known only if both agree.
    fn or(self, other: Self) -> Self {
        let same = |one, other| if one == other { one } else { Claimed::Unknown };
        Self {
            efa: same(self.efa, other.efa),
            gpus: same(self.gpus, other.gpus),
            node_gpus: self.node_gpus.min(other.node_gpus),
        }
    }

    /// The same for a claim that other pods may share: it is unknown how many of the GPUs are this pod's.
    fn shared(self) -> Self {
        let gpus = if self.gpus.is_none() { self.gpus } else { Claimed::Unknown };
        Self { gpus, ..self }
    }
}

/// `resourceClaims[]`
#[derive(Default)]
struct Entry<'a> {
    template: Option<Text<'a>>,
    /// A claim that already exists in the cluster. Pods may share it; each of them has all its devices.
    standing: Option<Text<'a>>,
}

/// A ResourceClaim or a ResourceClaimTemplate.
#[derive(Default)]
struct Object<'a> {
    spec: Claim<'a>,
}

json::readable! {
    Entry<'a> { "resourceClaimName" => standing, "resourceClaimTemplateName" => template }
    Object<'a> { "spec" => spec }
}

/// The devices that a claim requests; asks the cluster about classes if allowed.
pub fn claimed(claim: &Claim<'_>, cluster: &Cluster<'_>) -> Claims {
    claim.all().map(|one| asked(one, cluster)).fold(Claims::OTHER, Claims::and)
}

/// The devices that one of its requests asks for; asks the cluster about classes if allowed.
pub fn asked(request: &DeviceRequest<'_>, cluster: &Cluster<'_>) -> Claims {
    match request.alternatives() {
        None => of_devices(request.exactly(), cluster),
        Some(alternatives) => {
            let all = alternatives.iter().map(|one| of_devices(one, cluster));
            all.reduce(Claims::or).unwrap_or(Claims::UNKNOWN)
        }
    }
}

fn of_devices(wanted: &Exactly<'_>, cluster: &Cluster<'_>) -> Claims {
    let count = match (&*wanted.mode, wanted.admin_access) {
        ("" | "ExactCount", None | Some(false)) => Some(wanted.count.unwrap_or(1)),
        _ => None,
    };
    let known = count.map_or(Claimed::Unknown, Claimed::Count);
    match Class::of(&wanted.class, cluster) {
        Class::Efa => Claims { efa: known, ..Claims::OTHER },
        Class::Gpu => Claims { gpus: known, node_gpus: count.unwrap_or(1), ..Claims::OTHER },
        Class::SomeGpu => Claims { gpus: Claimed::Unknown, ..Claims::OTHER },
        Class::Other => Claims::OTHER,
        Class::Unknown => Claims::UNKNOWN,
    }
}

/// The devices that the pod requests by DRA; asks the cluster if allowed.
pub fn claims(pod: &PodView<'_>, namespace: &str, cluster: &Cluster<'_>) -> Claims {
    let efa = by_resources(pod, cluster);
    let claims = by_claims(pod, namespace, cluster);
    Claims { efa: efa.and(claims.efa), ..claims }
}

/// The EFA interfaces among its extended resources.
fn by_resources(pod: &PodView<'_>, cluster: &Cluster<'_>) -> Claimed {
    let limits = pod.containers().filter_map(|at| at.container.resources.as_ref());
    let amounts = limits.flat_map(|resources| resources.limits.0.iter());
    amounts.fold(Claimed::None, |all, (name, quantity)| {
        // Plain resources, for example `cpu`, have no domain.
        let is_other =
            || OTHER_RESOURCES.iter().any(|domain| name.starts_with(domain)) || !name.contains('/');
        let one = match name.strip_prefix(CLASS_RESOURCE).map(|name| Class::of(name, cluster)) {
            None if is_other() => return all,
            None | Some(Class::Unknown) => Claimed::Unknown,
            Some(Class::Efa) => quantity.count().map_or(Claimed::Unknown, Claimed::Count),
            Some(Class::Gpu | Class::SomeGpu | Class::Other) => Claimed::Count(0),
        };
        all.and(one)
    })
}

fn by_claims(pod: &PodView<'_>, namespace: &str, cluster: &Cluster<'_>) -> Claims {
    if !pod.spec.resource_claims.is_some() {
        return Claims::NONE;
    }
    if !cluster.may_be_asked() {
        return Claims::UNKNOWN;
    }
    let entries: List<Entry<'_>> = pod.spec.resource_claims.get();
    if entries.len() > ASKED {
        return Claims::UNKNOWN;
    }
    let mut all = Claims::OTHER;
    let mut counted: Vec<&str> = Vec::new();
    for entry in entries.iter() {
        let (kind, name, mask) = match (&entry.template, &entry.standing) {
            (Some(name), _) => ("ResourceClaimTemplate", name, "spec.spec.devices.requests"),
            // A claim under two names is one claim.
            (None, Some(name)) if counted.contains(&&**name) => continue,
            (None, Some(name)) => ("ResourceClaim", name, "spec.devices.requests"),
            (None, None) => return Claims::UNKNOWN,
        };
        let query = Query {
            api_version: "resource.k8s.io/v1",
            kind,
            name,
            namespace: Some(namespace),
            field_masks: &[mask],
        };
        let Some(answer) = cluster.get(&query) else { return Claims::UNREACHABLE };
        let Ok(object) = Object::read(&mut Reader::new(answer)) else {
            return Claims::UNREACHABLE;
        };
        let asked = claimed(&object.spec, cluster);
        all = all.and(if entry.template.is_some() {
            asked
        } else {
            counted.push(name);
            asked.shared()
        });
    }
    all
}

#[cfg(test)]
mod tests;
