//! A pod or the template of one, and where it stands.

use std::{borrow::Cow, cell::OnceCell};

use super::{ContainerAt, Metadata, NodeSelectorTerm, PodSpec, PreferredTerm, Volume};
use crate::{
    json::List,
    kubernetes::{Amounts, Compute, Resource},
};

/// A pod, or the template of one, and where in the object it stands.
#[derive(Debug)]
pub struct PodView<'a> {
    /// JSON Pointer of the `spec`.
    pub place: Cow<'static, str>,
    /// The `metadata` of the pod or of the template.
    pub metadata: Metadata<'a>,
    /// What the object that makes the pods says of them.
    pub job: Job,
    /// The `spec`.
    pub spec: PodSpec<'a>,
    /// What it asks for of each extended resource.
    pub(super) totals: Amounts,
    /// Whether accelerators are among them.
    pub(super) accelerated: bool,
    /// The least that it takes of CPUs and of memory, once it is asked.
    pub(super) compute: OnceCell<[u64; Compute::ALL.len()]>,
}

/// What a job object says of the pods that it makes; the pods themselves may not show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// The kind of the object, where it makes pods.
    pub kind: Option<super::Kind>,
    /// On how many nodes the pods of one job run, where the object says so.
    pub nodes: Option<u64>,
    /// Whether the pods only help: launchers, parameter servers, downloads.
    pub is_helper: bool,
    /// Whether most of the pod's spec is in another object, so that a missing field proves nothing.
    pub is_partial: bool,
    /// Whether an operator mounts a /dev/shm in memory into the first container, unless that mounts
    /// one (ray-project/kuberay ray-operator/controllers/ray/common/pod.go).
    pub mounts_shm: bool,
    /// How its containers stand in the object.
    pub form: Form,
}

/// How the containers of a pod stand in its object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// In the lists of a pod's `spec`.
    #[default]
    Spec,
    /// As what a TrainJob says of each of its nodes: no `spec` of a pod, but as good as one.
    Trainer,
    /// As a service of Dynamo: the first container beside the lists, with variables and resources of the service.
    Service {
        /// How many of its variables are the container's own; the others are the service's.
        own_env: u16,
        /// Whether its resources are the container's own.
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

    /// The pod's total of an extended resource, as the scheduler counts it: what runs side by
    /// side adds up, and an init container runs on top of the sidecars before it. Containers
    /// whose quantity is no count are left out.
    pub fn total(&self, resource: Resource) -> u64 {
        self.totals.of(resource)
    }

    /// The containers that take accelerators; where none does, those for which devices are claimed.
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

    /// Whether any of its containers takes accelerators, as far as they are counts.
    pub fn takes_accelerators(&self) -> bool {
        self.accelerated
    }
}
