//! Helpers of the rules about EFA: a pod's devices, the EFA interfaces that go with them, and signs that
//! a pod does without EFA on purpose.

use std::fmt;

use super::context::Context;
use crate::{
    cluster::{Claimed, GPU_CLASS},
    finding::{Assumption, Assumptions, Edit},
    instances::{Catalog, InstanceType, TypeSet},
    json::List,
    kubernetes::{EFA, Quantity, Resource},
    nodes::Placement,
    text,
    view::{ContainerAt, PodView},
};

/// The accelerators that a pod uses on its node.
pub struct Devices {
    resource: Resource,
    pub taken: u64,
    /// `true` if they are claimed, not counted with the pod's resources.
    pub is_claimed: bool,
}

impl Devices {
    /// The accelerators by resources; `None` if the pod requests none, or several kinds.
    pub fn counted(pod: &PodView<'_>) -> Option<Self> {
        let taken = |resource| Self { resource, taken: pod.total(resource), is_claimed: false };
        let devices = Resource::accelerators().filter(|resource| resource.counts_devices());
        let mut taken = devices.map(taken).filter(|devices| devices.taken > 0);
        taken.next().filter(|_| taken.next().is_none())
    }

    /// The accelerators by resources or by claims of its own; `None` if there are none, or several kinds.
    pub fn of(pod: &PodView<'_>, context: &Context<'_>) -> Option<Self> {
        match context.claims().gpus {
            Claimed::Count(taken) if taken > 0 => {
                let resource = Resource::NvidiaGpuClass;
                (!pod.takes_accelerators()).then_some(Self { resource, taken, is_claimed: true })
            }
            _ => Self::counted(pod),
        }
    }

    /// Those of the types that may have the kind. Claims are not constraints of the placement.
    pub fn hosts(&self, types: &TypeSet, catalog: &Catalog) -> TypeSet {
        let with = if self.is_claimed { self.resource.types_with(catalog) } else { None };
        with.map_or_else(|| types.clone(), |with| types.and(&with))
    }

    /// `true` if nodes may offer each of them several times.
    pub fn may_be_sliced(&self) -> bool {
        !self.resource.is_by_dra()
    }

    /// The number that a type has.
    pub fn on(&self, instance: &InstanceType<'_>) -> Option<u64> {
        self.resource.devices_of(instance).map(u64::from)
    }
}

/// Writes them as messages do: ``8 × `nvidia.com/gpu` ``.
impl fmt::Display for Devices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.is_claimed { GPU_CLASS } else { self.resource.name() };
        write!(f, "{} × `{name}`", self.taken)
    }
}

/// A pod's share of the EFA interfaces of its node.
pub struct Share {
    pub count: u64,
    /// `true` if the pod uses all accelerators of its node.
    pub whole: bool,
    /// The assumptions for the number, and for the part of the node that the pod uses.
    pub assumptions: Assumptions,
}

/// The share of EFA interfaces that goes with the pod's accelerators; `None` unless all types with that
/// many agree.
pub fn share(pod: &PodView<'_>, placement: &Placement<'_>, context: &Context<'_>) -> Option<Share> {
    let devices = Devices::of(pod, context)?;
    let mut agreed: Option<(u64, bool)> = None;
    let mut assumptions = match devices.may_be_sliced() {
        true => context.assumed(Assumption::Devices),
        false => Assumptions::NONE,
    };
    let hosts = devices.hosts(placement.candidates(), placement.catalog);
    for instance in placement.catalog.types(&hosts) {
        // A barely described type is only a candidate because the pod does not name types; it counts
        // like one that is newer than the table.
        if instance.vcpus().is_none() && !placement.is_closed() {
            assumptions = assumptions.with(Assumption::Types);
            continue;
        }
        let (taken, all) = (devices.taken, devices.on(&instance)?);
        let most = instance.efa_interfaces()?;
        let attached = context.attached(&instance).map(|number| number.min(most));
        assumptions = assumptions.with_if(attached.is_none(), Assumption::Interfaces);
        if taken > all {
            // Its nodes would have to offer each device several times.
            assumptions = assumptions.with_if(devices.may_be_sliced(), Assumption::Devices);
            continue;
        }
        let efa = u64::from(attached.unwrap_or(most));
        let one = (efa.checked_mul(taken)?.checked_div(all)?, taken == all);
        if agreed.is_some_and(|agreed| agreed != one) {
            return None;
        }
        agreed = Some(one);
    }
    agreed.map(|(count, whole)| Share { count, whole, assumptions })
}

/// The EFA interfaces of the node, if the pod uses all of its accelerators, whatever its type.
pub fn of_whole_node(
    pod: &PodView<'_>,
    placement: &Placement<'_>,
    context: &Context<'_>,
) -> Option<Share> {
    let share = share(pod, placement, context)?;
    let types = Assumptions::NONE.with_if(!placement.is_closed(), Assumption::Types);
    let is_meant = share.count > 0 && share.whole && !placement.names_unknown();
    is_meant.then(|| Share { assumptions: share.assumptions.and(types), ..share })
}

/// So many interfaces, in words.
pub fn interfaces(count: u64) -> String {
    format!("{count} EFA interface{}", if count == 1 { "" } else { "s" })
}

/// The fact that a workload leaves the EFA interfaces of its nodes unused, and its effect.
pub fn without(who: &str, count: u64) -> String {
    format!("{who} uses slow TCP instead of each node's {count} EFA (fast network) interfaces")
}

/// The remedy to request EFA. A pod that claims GPUs can claim EFA too.
pub fn ask_for(count: u64, pod: &PodView<'_>) -> String {
    let or_claim = if pod.takes_accelerators() { "" } else { ", or claim them" };
    format!("add `{EFA}: {count}` to `limits`{or_claim}")
}

/// The place for a request for EFA: the only container with accelerators, if there is one.
pub fn place_to_ask(pod: &PodView<'_>) -> String {
    let claimant = || pod.claimant().filter(|_| !pod.takes_accelerators());
    worker(pod)
        .or_else(claimant)
        .map_or_else(|| pod.place.clone().into_owned(), |at| at.resources_place())
}

/// `true` if the pod can use EFA without a request, because its containers see the node's devices.
pub fn sees_devices(pod: &PodView<'_>) -> bool {
    pod.containers().any(|at| at.container.security_context.privileged == Some(true))
        || mounts_devices(pod).next().is_some()
}

/// The positions of the volumes that are the node's /dev/infiniband, or contain it.
pub fn mounts_devices(pod: &PodView<'_>) -> impl Iterator<Item = usize> {
    let volumes = match text::find(pod.spec.volumes.text(), "/dev") {
        Some(_) => pod.volumes(),
        None => List::default(),
    };
    volumes.0.into_iter().enumerate().filter_map(|(index, volume)| {
        let path = volume.host_path?;
        let path = path.path.trim_end_matches('/');
        (path == "/dev" || path.starts_with("/dev/infiniband")).then_some(index)
    })
}

/// `true` if the GPUs that the pod claims can only be this container's.
pub fn claims_gpus(context: &Context<'_>, at: &ContainerAt<'_, '_>) -> bool {
    let only = || context.pod.is_some_and(|pod| pod.claimant().is_some());
    at.has_claims() && only() && context.claims().node_gpus > 0
}

/// `true` if its requests for EFA are valid: whole interfaces, as many as the limit. Otherwise
/// `efa-count` and `efa-limits` report it first.
pub fn is_settled(pod: &PodView<'_>) -> bool {
    pod.containers().all(|at| {
        let Some(resources) = &at.container.resources else { return true };
        match (resources.limits.get(EFA.name()), resources.requests.get(EFA.name())) {
            (Some(limit), Some(request)) => limit.count().is_some() && limit.same_as(request),
            (Some(limit), None) => limit.count().is_some(),
            (None, request) => request.is_none(),
        }
    })
}

/// `true` if the pod does without EFA on purpose: a variable of a container with accelerators switches
/// it off, or any container requests 0 of it.
pub fn opts_out(pod: &PodView<'_>) -> bool {
    pod.containers().any(|at| {
        let switches =
            |name: &str| at.container.variable(name).is_some_and(|value| switches_off(name, value));
        let says_so = || ["NCCL_NET_PLUGIN", "NCCL_NET", "FI_PROVIDER"].into_iter().any(switches);
        let works = || at.takes_accelerators() || at.has_claims();
        at.asks(EFA).is_some_and(Quantity::is_zero) || (works() && says_so())
    })
}

/// `true` if a variable with this value keeps NCCL from using EFA.
pub fn switches_off(name: &str, value: &str) -> bool {
    match name {
        "NCCL_NET" => value.eq_ignore_ascii_case("socket"),
        "NCCL_NET_PLUGIN" => value.eq_ignore_ascii_case("none"),
        "FI_PROVIDER" => !value.is_empty() && !names_efa(value),
        _ => false,
    }
}

/// `true` if libfabric's list of providers, which `^` turns into exclusions, includes EFA.
pub fn names_efa(providers: &str) -> bool {
    let is_efa = |provider: &str| provider.trim().eq_ignore_ascii_case("efa");
    match providers.strip_prefix('^') {
        Some(excluded) => !excluded.split(',').any(is_efa),
        None => providers.split([',', ';']).any(is_efa),
    }
}

/// The only container that uses accelerators, if it runs as long as the pod does, and no other container
/// requests EFA.
pub fn worker<'v>(pod: &'v PodView<'_>) -> Option<ContainerAt<'v, 'v>> {
    let Devices { resource, .. } = Devices::counted(pod)?;
    let mut asking = pod.containers().filter(|at| at.takes(resource) || at.takes(EFA));
    let worker = asking.next().filter(|at| at.runs_along() && at.takes(resource))?;
    asking.next().is_none().then_some(worker)
}

/// The edits that give a container this many EFA interfaces, in its requests and its limits.
pub fn give(at: &ContainerAt<'_, '_>, count: u64) -> Vec<Edit> {
    let set = |list| Edit::set_text(at.listed_place(list, EFA.name()), &count.to_string());
    ["requests", "limits"].map(set).into()
}

/// `true` if the pod can land on the type.
pub fn may_be(context: &Context<'_>, name: &str) -> bool {
    let row = context.settings.catalog.row(name);
    row.is_some_and(|row| {
        context.placement().is_some_and(|placement| placement.candidates().contains(row))
    })
}
