//! Everything that a rule may look at: an object, one of its pods if it has any, the settings, and facts
//! that follow from them, calculated once.

use std::cell::OnceCell;

use crate::{
    capacity,
    cluster::{self, Claims, Cluster},
    cni,
    finding::{Assumption, Assumptions},
    form::Known,
    instances::InstanceType,
    nodes::{Offer, Placement},
    pools::{Aside, Land, Landing, Pools},
    settings::{Provisioning, Settings},
    view::{Body, NodePool, PodView, View},
    workload::Workload,
};

/// The subject of the rules: a pod, or an object that makes none; with its placement, calculated on demand.
pub struct Subject<'c> {
    pod: Option<&'c PodView<'c>>,
    placement: OnceCell<Option<Placement<'c>>>,
}

impl<'c> Subject<'c> {
    /// A pod, or the object itself.
    pub fn new(pod: Option<&'c PodView<'c>>) -> Self {
        Self { pod, placement: OnceCell::new() }
    }
}

/// Everything that a rule may look at.
pub struct Context<'c> {
    /// The object.
    pub view: &'c View<'c>,
    /// The pod, or the template of one.
    pub pod: Option<&'c PodView<'c>>,
    /// The namespace of the object.
    pub namespace: &'c str,
    /// The settings.
    pub settings: &'c Settings<'c>,
    /// The NodePools of the cluster.
    pub pools: &'c Pools<'c>,
    subject: &'c Subject<'c>,
    landing: OnceCell<Option<Landing<'c>>>,
    on_pools: OnceCell<Option<Placement<'c>>>,
    workload: OnceCell<Workload<'c>>,
    claims: OnceCell<Claims>,
    aws_node: OnceCell<Option<cni::DaemonSet<'c>>>,
    mode: OnceCell<Option<capacity::Options>>,
}

/// The result of asking the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<T> {
    /// The settings don't allow asking it.
    NotAsked,
    /// It can't be asked, or its answer can't be read.
    Unreachable,
    /// Its answer.
    Found(T),
}

impl<'c> Context<'c> {
    /// The context for this subject.
    pub fn new(
        view: &'c View<'c>,
        subject: &'c Subject<'c>,
        namespace: &'c str,
        settings: &'c Settings<'c>,
        pools: &'c Pools<'c>,
    ) -> Self {
        Self {
            view,
            pod: subject.pod,
            namespace,
            settings,
            pools,
            subject,
            landing: OnceCell::new(),
            on_pools: OnceCell::new(),
            workload: OnceCell::new(),
            claims: OnceCell::new(),
            aws_node: OnceCell::new(),
            mode: OnceCell::new(),
        }
    }

    /// The cluster.
    pub fn cluster(&self) -> &'c Cluster<'c> {
        self.pools.cluster()
    }

    /// The NodePool, if the object is one.
    pub fn pool(&self) -> Option<&'c NodePool<'c>> {
        if let Body::NodePool(pool) = &self.view.body { Some(pool) } else { None }
    }

    /// The CNI, if the object is its DaemonSet.
    pub fn aws_node(&self) -> Option<&cni::DaemonSet<'c>> {
        let of = || cni::DaemonSet::of(self.view, self.pod?, self.namespace);
        self.aws_node.get_or_init(of).as_ref()
    }

    /// The devices that the pod requests by DRA.
    pub fn claims(&self) -> Claims {
        let Some(pod) = self.pod else { return Claims::NONE };
        *self.claims.get_or_init(|| cluster::claims(pod, self.namespace, self.cluster()))
    }

    /// `true` if the pod requests accelerators, by resources or by claims.
    pub fn takes_accelerators(&self) -> bool {
        let by_claims =
            |pod: &PodView<'_>| pod.spec.resource_claims.is_some() && self.claims().node_gpus > 0;
        self.pod.is_some_and(|pod| pod.takes_accelerators() || by_claims(pod))
    }

    /// The assumption, unless the settings or the cluster settle it.
    pub fn assumed(&self, one: Assumption) -> Assumptions {
        let known = match one {
            Assumption::Plugin => {
                let told = self.settings.efa.device_plugin;
                told == Known::YES || (told == Known(None) && self.offers_efa())
            }
            Assumption::Devices => self.settings.whole_devices.0 == Some(true),
            Assumption::Prefixes => self.capacity().prefix_delegation == Known::YES,
            Assumption::Provisioning => self.knows_provisioner(),
            Assumption::Types
            | Assumption::Labels
            | Assumption::Release
            | Assumption::Interfaces => false,
        };
        Assumptions::NONE.with_if(!known, one)
    }

    /// Those of the assumptions that neither the settings nor the cluster settle.
    pub fn open(&self, all: Assumptions) -> Assumptions {
        all.iter().fold(Assumptions::NONE, |open, one| open.and(self.assumed(one)))
    }

    /// The CNI's options, from the cluster.
    pub fn cni_mode(&self) -> Lookup<&capacity::Options> {
        let cluster = self.cluster();
        if !cluster.may_be_asked() {
            return Lookup::NotAsked;
        }
        let mode = self.mode.get_or_init(|| cni::mode(&self.settings.capacity, cluster));
        mode.as_ref().map_or(Lookup::Unreachable, Lookup::Found)
    }

    /// The options by which the cluster assigns addresses: the CNI's own if they are known, otherwise
    /// those of the settings.
    pub fn capacity(&self) -> &capacity::Options {
        match self.cni_mode() {
            Lookup::Found(options) => options,
            Lookup::NotAsked | Lookup::Unreachable => &self.settings.capacity,
        }
    }

    /// The pod's workload: what it is for.
    pub fn workload(&self) -> Option<&Workload<'c>> {
        let Self { pod, settings, namespace, .. } = *self;
        let pod = pod?;
        Some(self.workload.get_or_init(|| Workload::of(pod, namespace, settings)))
    }

    /// The constraints of the pod, or of the NodePool, on the type of its nodes. If the NodePools of the
    /// cluster make all nodes, the pools that can make one for the pod are among the constraints.
    pub fn placement(&self) -> Option<&Placement<'c>> {
        let plain = self.plain_placement()?;
        if !self.cluster().may_be_asked() || self.settings.provisioning == Provisioning::Auto {
            return Some(plain);
        }
        let on_pools = self.on_pools.get_or_init(|| {
            let lands = self.landing()?.lands();
            let land = |one: &Land<'c>| (one.alternative, &*one.pool.name, Offer::of(one.pool));
            let lands: Vec<_> = lands.iter().map(land).collect();
            (!lands.is_empty()).then(|| plain.on_pools(&lands))
        });
        on_pools.as_ref().or(Some(plain))
    }

    /// The same without the NodePools.
    pub fn plain_placement(&self) -> Option<&'c Placement<'c>> {
        let subject = self.subject;
        let placement = subject.placement.get_or_init(|| match (self.pod, self.pool()) {
            (Some(pod), _) => Some(Placement::of(pod, self.settings)),
            (None, Some(pool)) => Some(Placement::of_pool(pool, self.settings)),
            (None, None) => None,
        });
        placement.as_ref()
    }

    /// `true` if the NodePools of the cluster matter for the pod, and may be asked for.
    pub fn asks_for_pools(&self) -> bool {
        let Some(pod) = self.pod.filter(|_| self.cluster().may_be_asked()) else { return false };
        Aside::of(self.view, pod).is_none()
            && self.plain_placement().is_some_and(|one| Aside::of_placement(one).is_none())
    }

    /// The NodePools that can make a node for the pod; `None` if they don't matter, or are unknown.
    pub fn landing(&self) -> Option<&Landing<'c>> {
        let landing = self.landing.get_or_init(|| {
            let pod = self.pod.filter(|_| self.asks_for_pools())?;
            Landing::of(self.view, pod, self.plain_placement()?, self.pools)
        });
        landing.as_ref()
    }

    /// `true` if the EFA device plugin runs, by its DaemonSet, on all nodes that the NodePools can make
    /// for the pod. Nodes of EKS Auto Mode have it built in, and show no DaemonSet.
    fn offers_efa(&self) -> bool {
        if !self.knows_provisioner() {
            return false;
        }
        let lands = self.landing().map_or(&[][..], Landing::lands);
        let is_built_in = |land: &Land<'_>| land.pool.class.is_auto_mode();
        if lands.is_empty() || lands.iter().all(is_built_in) {
            return !lands.is_empty();
        }
        let plugins = cluster::efa_plugins(self.cluster()).unwrap_or_default();
        let mut pods = plugins.iter().flat_map(View::pods);
        pods.any(|plugin| {
            let tolerations = plugin.tolerations();
            let types = Placement::of(plugin, self.settings);
            lands.iter().filter(|land| !is_built_in(land)).all(|land| {
                let mut taints = land.pool.taints().iter().filter(|taint| taint.keeps_away());
                taints.all(|taint| taint.is_tolerated(&tolerations))
                    && land.types.is_within(types.candidates())
            })
        })
    }

    /// `true` if it is known that the NodePools make all nodes for the pod.
    fn knows_provisioner(&self) -> bool {
        self.settings.provisioning == Provisioning::Karpenter
            && self.cluster().may_be_asked()
            && self.pools.all().is_some()
    }

    /// The number of EFA interfaces that the nodes of a type attach; `None` if it is unknown.
    pub fn attached(&self, instance: &InstanceType<'_>) -> Option<u16> {
        if let Some(told) = self.settings.efa.interfaces.of(instance) {
            return Some(told);
        }
        if self.settings.provisioning == Provisioning::Auto {
            return None;
        }
        let row = self.settings.catalog.row(instance.name())?;
        let lands = self.landing()?.lands().iter().filter(|land| land.types.contains(row));
        let mut attached = lands.map(|land| self.pools.attached(land.pool, instance));
        let first = attached.next()??;
        attached.all(|other| other == Some(first)).then_some(first)
    }
}
