//! Everything that a rule may look at: an object, one of its pods where it has any, the settings,
//! and what follows from them, worked out once.

use std::cell::OnceCell;

use crate::{
    capacity,
    cluster::{self, Claims},
    cni,
    finding::{Assumption, Assumptions},
    form::Known,
    host::Host,
    nodes::Placement,
    settings::Settings,
    view::{Body, NodePool, PodView, View},
    workload::Workload,
};

/// Everything that a rule may look at.
pub struct Context<'c> {
    /// The object.
    pub view: &'c View<'c>,
    /// The pod, or the template of one.
    pub pod: Option<&'c PodView<'c>>,
    /// The namespace it is in, or goes to.
    pub namespace: &'c str,
    /// The settings.
    pub settings: &'c Settings<'c>,
    /// What the engine offers.
    pub host: &'c dyn Host,
    placement: OnceCell<Placement<'c>>,
    workload: OnceCell<Workload<'c>>,
    claims: OnceCell<Claims>,
    mode: OnceCell<Option<capacity::Options>>,
}

/// What has come of asking the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<T> {
    /// The settings do not let it be asked.
    NotAsked,
    /// It could not be asked, or its answer not be read.
    Unreachable,
    /// Its answer.
    Found(T),
}

impl<'c> Context<'c> {
    /// What a rule may look at of this pod; `None` for an object that makes no pods.
    pub fn new(
        view: &'c View<'c>,
        pod: Option<&'c PodView<'c>>,
        namespace: &'c str,
        settings: &'c Settings<'c>,
        host: &'c dyn Host,
    ) -> Self {
        Self {
            view,
            pod,
            namespace,
            settings,
            host,
            placement: OnceCell::new(),
            workload: OnceCell::new(),
            claims: OnceCell::new(),
            mode: OnceCell::new(),
        }
    }

    /// The host, where the settings let the cluster be asked.
    fn cluster(&self) -> Option<&dyn Host> {
        self.settings.cluster_context.then_some(self.host)
    }

    /// The NodePool that the object is.
    pub fn pool(&self) -> Option<&'c NodePool<'c>> {
        if let Body::NodePool(pool) = &self.view.body { Some(pool) } else { None }
    }

    /// The CNI, if the object is its DaemonSet.
    pub fn aws_node(&self) -> Option<cni::DaemonSet<'c>> {
        cni::DaemonSet::of(self.view, self.pod?, self.namespace)
    }

    /// What the pod's resource claims ask for.
    pub fn claims(&self) -> Claims {
        let Some(pod) = self.pod else { return Claims::None };
        *self.claims.get_or_init(|| cluster::claims(pod, self.namespace, self.cluster()))
    }

    /// The assumption, unless the settings or the cluster discharge it.
    pub fn assumed(&self, one: Assumption) -> Assumptions {
        let known = match one {
            Assumption::Plugin => self.settings.efa.device_plugin.0 == Some(true),
            Assumption::Devices => self.settings.whole_devices.0 == Some(true),
            Assumption::Prefixes => self.capacity().prefix_delegation == Known::YES,
            Assumption::Types
            | Assumption::Labels
            | Assumption::Release
            | Assumption::Interfaces
            | Assumption::Provisioning => false,
        };
        Assumptions::NONE.with_if(!known, one)
    }

    /// How the CNI really gives out addresses.
    pub fn cni_mode(&self) -> Lookup<&capacity::Options> {
        let Some(host) = self.cluster() else { return Lookup::NotAsked };
        let mode = self.mode.get_or_init(|| cni::mode(&self.settings.capacity, host));
        mode.as_ref().map_or(Lookup::Unreachable, Lookup::Found)
    }

    /// How the cluster gives out addresses: as the CNI runs where that is known, else as the
    /// settings say.
    pub fn capacity(&self) -> &capacity::Options {
        match self.cni_mode() {
            Lookup::Found(options) => options,
            Lookup::NotAsked | Lookup::Unreachable => &self.settings.capacity,
        }
    }

    /// What the pod is for.
    pub fn workload(&self) -> Option<&Workload<'c>> {
        let Self { pod, settings, namespace, .. } = *self;
        let pod = pod?;
        Some(self.workload.get_or_init(|| Workload::of(pod, namespace, settings)))
    }

    /// What the pod, or the NodePool, demands of the type of its nodes.
    pub fn placement(&self) -> Option<&Placement<'c>> {
        if let Some(placement) = self.placement.get() {
            return Some(placement);
        }
        let placement = match (self.pod, self.pool()) {
            (Some(pod), _) => Placement::of(pod, self.settings),
            (None, Some(pool)) => Placement::of_pool(pool, self.settings),
            (None, None) => return None,
        };
        Some(self.placement.get_or_init(|| placement))
    }
}
