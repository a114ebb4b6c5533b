//! A pod, or the template of one, with its place.

use std::{borrow::Cow, cell::OnceCell};

use super::{ContainerAt, Metadata, NodeSelectorTerm, PodSpec, PreferredTerm, Volume};
use crate::{
    json::List,
    kubernetes::{Amounts, Compute, Resource},
};

/// A pod, or the template of one, with its place in the object.
#[derive(Debug)]
pub struct PodView<'a> {
    /// JSON Pointer of the `spec`.
    pub place: Cow<'static, str>,
    /// The `metadata` of the pod or of the template.
    pub metadata: Metadata<'a>,
    /// Facts about the pods from the object that makes them.
    pub job: Job,
    /// The `spec`.
    pub spec: PodSpec<'a>,
    /// Its amount of each extended resource.
    pub(super) totals: Amounts,
    /// `true` if it requests accelerators.
    pub(super) accelerated: bool,
    /// The least CPU and memory that it needs, computed on demand.
    pub(super) compute: OnceCell<[u64; Compute::ALL.len()]>,
}

/// Facts about pods from the job object that makes them; the pods themselves may not show them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// The kind of the object, if it makes pods.
    pub kind: Option<super::Kind>,
    /// The number of nodes of one job's pods, if the object shows it.
    pub nodes: Option<u64>,
    /// `true` if the pods only help: launchers, parameter servers, downloads.
    pub is_helper: bool,
    /// `true` if most of the pod's spec is in another object, so that a missing field proves nothing.
    pub is_partial: bool,
    /// `true` if an operator mounts a memory-backed /dev/shm into the first container, unless that
    /// mounts one itself (ray-project/kuberay ray-operator/controllers/ray/common/pod.go).
    pub mounts_shm: bool,
    /// How its containers are written in the object.
    pub form: Form,
}

/// How a pod's containers are written in its object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// In the lists of a pod's `spec`.
    #[default]
    Spec,
    /// As the trainer of a TrainJob, which describes each node: not a pod's `spec`, but equivalent.
    Trainer,
    /// As a service of Dynamo: the first container is outside the lists, and has the variables and
    /// resources of the service.
    Service {
        /// The number of its variables that are the container's own; the others are the service's.
        own_env: u16,
        /// `true` if its resources are the container's own.
        own_resources: bool,
    },
}

impl<'a> PodView<'a> {
    /// The terms of the required node affinity, if the pod has one.
    pub fn required_terms(&self) -> Option<&[NodeSelectorTerm<'a>]> {
        let affinity = self.spec.affinity.as_ref()?.node_affinity.as_ref()?;
        affinity.required.as_ref().map(|required| &*required.node_selector_terms)
    }

    /// `volumes`
    pub fn volumes(&self) -> List<Volume<'a>> {
        self.spec.volumes.get()
    }

    /// The terms of the preferred node affinity.
    pub fn preferred_terms(&self) -> &[PreferredTerm<'a>] {
        let affinity =
            self.spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
        affinity.map_or(&[], |affinity| &affinity.preferred)
    }

    /// The pod's total of an extended resource, as the scheduler counts it: containers that run at the
    /// same time add up, and an init container runs on top of the sidecars before it. Containers whose
    /// quantity is not a count are left out.
    pub fn total(&self, resource: Resource) -> u64 {
        self.totals.of(resource)
    }

    /// The containers that request accelerators; if none does, those for which devices are claimed.
    pub fn working(&self) -> impl Iterator<Item = ContainerAt<'_, 'a>> {
        let counted = self.containers().any(|at| at.takes_accelerators());
        let works = move |at: &ContainerAt<'_, '_>| match counted {
            true => at.takes_accelerators(),
            false => at.has_claims(),
        };
        self.containers().filter(works)
    }

    /// The only container for which devices are claimed.
    pub fn claimant(&self) -> Option<ContainerAt<'_, 'a>> {
        let mut claimants = self.containers().filter(ContainerAt::has_claims);
        claimants.next().filter(|_| claimants.next().is_none())
    }

    /// `true` if any of its containers requests accelerators, in quantities that are counts.
    pub fn takes_accelerators(&self) -> bool {
        self.accelerated
    }
}
