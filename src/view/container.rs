//! A pod's containers: their places in the object, and their requests.

use std::{borrow::Cow, cell::OnceCell};

use super::{Container, Form, Job, Metadata, PodSpec, PodView, Resources};
use crate::{
    json::{self, Map},
    kubernetes::{Amounts, Compute, Quantity, Resource, ResourceSet},
};

/// A container with its place.
#[derive(Clone, Copy, Debug)]
pub struct ContainerAt<'v, 'a> {
    /// The container.
    pub container: &'v Container<'a>,
    pod: &'v PodView<'a>,
    list: ContainerList,
    index: usize,
}

/// The list that a container is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ContainerList {
    Init,
    Main,
    Ephemeral,
}

impl ContainerList {
    fn name(self) -> &'static str {
        match self {
            Self::Init => "initContainers",
            Self::Main => "containers",
            Self::Ephemeral => "ephemeralContainers",
        }
    }
}

impl<'v, 'a> ContainerAt<'v, 'a> {
    /// Its JSON Pointer.
    pub fn place(&self) -> String {
        self.place_of("")
    }

    fn place_of(&self, field: &str) -> String {
        let (spec, list) = (&*self.pod.place, self.list.name());
        let mut place = String::with_capacity(spec.len() + list.len() + field.len() + 8);
        place.push_str(spec);
        match self.form() {
            Form::Trainer => {}
            Form::Service { .. } if self.is_first() => place.push_str("/mainContainer"),
            form => {
                // The main container is not in the list of the others.
                let aside = usize::from(form != Form::Spec && self.is_main());
                place.extend(["/", list, "/", &self.index.saturating_sub(aside).to_string()]);
            }
        }
        place.push_str(field);
        place
    }

    /// The place of the service that the container belongs to.
    fn service(&self) -> &'v str {
        self.pod.place.strip_suffix("/extraPodSpec").unwrap_or(&self.pod.place)
    }

    fn form(&self) -> Form {
        self.pod.job.form
    }

    /// JSON Pointer of its resources.
    pub fn resources_place(&self) -> String {
        match self.form() {
            Form::Trainer => self.place_of("/resourcesPerNode"),
            Form::Service { own_resources: false, .. } if self.is_first() => {
                format!("{}/resources", self.service())
            }
            _ => self.place_of("/resources"),
        }
    }

    /// JSON Pointer of one of its variables.
    pub fn env_place(&self, index: usize) -> String {
        match self.form() {
            Form::Service { own_env, .. } if self.is_first() && index >= own_env.into() => {
                format!("{}/envs/{}", self.service(), index - usize::from(own_env))
            }
            _ => format!("{}/env/{index}", self.place()),
        }
    }

    /// `true` if it is one of the pod's `containers`.
    pub fn is_main(&self) -> bool {
        self.list == ContainerList::Main
    }

    /// `true` if it is the first of the pod's `containers`.
    pub fn is_first(&self) -> bool {
        self.is_main() && self.index == 0
    }

    /// `true` if it runs at the same time as the pod's containers, not before them.
    pub fn runs_along(&self) -> bool {
        self.list != ContainerList::Init
            || self.container.restart_policy.as_deref() == Some("Always")
    }

    /// The place where it requests a resource, if it does.
    pub fn resource_place(&self, resource: Resource) -> Option<String> {
        let name = resource.name();
        let mut lists = self.container.resources.as_ref()?.lists().into_iter();
        let asks = |map: &Map<'_, Quantity<'_>>| map.get(name).is_some_and(|one| !one.is_zero());
        lists.find(|(_, map)| asks(map)).map(|(list, _)| self.listed_place(list, name))
    }

    /// The place of a resource in `limits` or `requests`.
    pub fn listed_place(&self, list: &str, resource: &str) -> String {
        let list = json::join(&self.resources_place(), list);
        match self.form() {
            Form::Service { own_resources: false, .. } if self.is_first() => match resource {
                "cpu" | "memory" => json::join(&list, resource),
                _ if Resource::of(resource).is_some_and(is_named_apart) => list + "/gpu",
                _ => json::join(&(list + "/custom"), resource),
            },
            _ => json::join(&list, resource),
        }
    }

    /// Its amount of a resource: its request, or its limit if it has no request.
    pub fn asks(&self, resource: Resource) -> Option<&Quantity<'a>> {
        self.container.resources.as_ref()?.asks(resource.name())
    }

    /// Its amounts of the extended resources; `None` if it has none, as most containers.
    fn amounts(&self) -> Option<Amounts> {
        if self.container.takes.is_empty() {
            return None;
        }
        let mut amounts = Amounts::default();
        for (resource, quantity) in self.container.extended() {
            amounts.set(resource, quantity.count().unwrap_or(0));
        }
        Some(amounts)
    }

    /// `true` if it requests some of a resource.
    pub fn takes(&self, resource: Resource) -> bool {
        self.container.takes.has(resource)
    }

    /// `true` if devices are claimed for it.
    pub fn has_claims(&self) -> bool {
        self.container.resources.as_ref().is_some_and(|resources| resources.claims.is_some())
    }

    /// `true` if it requests accelerators.
    pub fn takes_accelerators(&self) -> bool {
        self.container.takes.has_accelerators()
    }
}

impl<'a> Container<'a> {
    /// Its extended resources; a request, which overrides the limit, comes after it.
    fn extended(&self) -> impl Iterator<Item = (Resource, &Quantity<'a>)> {
        let lists =
            self.resources.iter().flat_map(|one| one.limits.0.iter().chain(&one.requests.0));
        lists.filter_map(|(name, quantity)| Some((Resource::of(name)?, quantity)))
    }

    /// Those of which it requests some.
    fn taken(&self) -> ResourceSet {
        let mut taken = ResourceSet::default();
        for (resource, quantity) in self.extended() {
            taken.set(resource, !quantity.is_zero());
        }
        taken
    }
}

/// `true` if a service of Dynamo has a field of its own for it, outside `custom`.
fn is_named_apart(resource: Resource) -> bool {
    resource.computes() && resource != Resource::NvidiaGpuClass
}

/// Values that follow from its containers.
impl<'a> PodView<'a> {
    /// A pod whose `spec` is at `place`.
    pub fn new(
        place: impl Into<Cow<'static, str>>,
        metadata: Metadata<'a>,
        job: Job,
        spec: PodSpec<'a>,
    ) -> Self {
        let place = place.into();
        let mut spec = spec;
        let PodSpec { init_containers, containers, ephemeral_containers, .. } = &mut spec;
        for list in [init_containers, containers, ephemeral_containers] {
            list.0.iter_mut().for_each(|one| one.takes = one.taken());
        }
        let totals = Amounts::default();
        let mut pod = Self {
            place,
            metadata,
            job,
            spec,
            totals,
            accelerated: false,
            compute: OnceCell::new(),
        };
        pod.totals = pod.sums();
        pod.accelerated = Resource::accelerators().any(|resource| pod.total(resource) > 0);
        pod
    }

    /// The containers of all three lists, in the order in which they start.
    pub fn containers(&self) -> impl Iterator<Item = ContainerAt<'_, 'a>> {
        [
            (ContainerList::Init, &self.spec.init_containers),
            (ContainerList::Main, &self.spec.containers),
            (ContainerList::Ephemeral, &self.spec.ephemeral_containers),
        ]
        .into_iter()
        .flat_map(move |(list, containers)| {
            containers.iter().enumerate().map(move |(index, container)| ContainerAt {
                container,
                pod: self,
                list,
                index,
            })
        })
    }

    /// The names of all resources that its containers request, each once.
    pub fn resources(&self) -> Vec<&str> {
        let resources = self.containers().filter_map(|at| at.container.resources.as_ref());
        let lists = resources.flat_map(|resources| [&resources.limits, &resources.requests]);
        let mut names: Vec<&str> = Vec::new();
        for (name, quantity) in lists.flat_map(|list| &list.0) {
            if !quantity.is_zero() && !names.contains(&&**name) {
                names.push(name);
            }
        }
        names
    }

    /// The first place where it requests a resource; the pod itself if it doesn't.
    pub fn place_asking(&self, resource: Resource) -> String {
        let asking = self.containers().find_map(|at| at.resource_place(resource));
        asking.unwrap_or_else(|| self.place.clone().into_owned())
    }

    /// The least amount of a resource of every node that the pod needs, in the resource's unit;
    /// quantities that can't be read are left out.
    pub fn at_least(&self, compute: Compute) -> u64 {
        let amounts = self.compute.get_or_init(|| self.compute_sums());
        amounts.get(compute as usize).copied().unwrap_or(0)
    }

    fn compute_sums(&self) -> [u64; Compute::ALL.len()] {
        let of = |at: &ContainerAt<'_, '_>| at.container.resources.as_ref().map(Resources::compute);
        let each = |join: fn(u64, u64) -> u64| {
            move |[cpu, memory]: [u64; 2], [more_cpu, more]: [u64; 2]| {
                [join(cpu, more_cpu), join(memory, more)]
            }
        };
        let sums = self.combined(of, each(u64::saturating_add), each(u64::max));
        // The pod's own resources are for all of its containers together.
        match &self.spec.resources {
            Some(own) => each(u64::max)(sums, own.compute()),
            None => sums,
        }
    }

    /// The place where it requests most of a resource of every node.
    pub fn place_asking_most(&self, compute: Compute) -> String {
        let amount = |at: &ContainerAt<'_, '_>| {
            at.container.resources.as_ref()?.asks(compute.name())?.thousandths()
        };
        let most = self.containers().filter(|at| amount(at).is_some()).max_by_key(amount);
        let own = most.zip(most.and_then(|at| at.container.resources.as_ref()));
        let place = |(at, resources): (ContainerAt<'_, '_>, &Resources<'_>)| {
            let requested = resources.requests.get(compute.name()).is_some();
            at.listed_place(if requested { "requests" } else { "limits" }, compute.name())
        };
        own.map_or_else(|| format!("{}/resources", self.place), place)
    }

    /// The totals of all extended resources that the pod requests.
    fn sums(&self) -> Amounts {
        let add = |one: Amounts, other: Amounts| one.joined(&other, u64::saturating_add);
        let max = |one: Amounts, other: Amounts| one.joined(&other, u64::max);
        self.combined(|at| at.amounts(), add, max)
    }

    /// The containers' resources together: those of containers that run at the same time add up, and an
    /// init container runs on top of the sidecars before it.
    fn combined<T: Copy + Default>(
        &self,
        of: impl Fn(&ContainerAt<'_, 'a>) -> Option<T>,
        add: impl Fn(T, T) -> T,
        max: impl Fn(T, T) -> T,
    ) -> T {
        let mut asking = self.containers().filter_map(|at| Some((at, of(&at)?)));
        let Some(first) = asking.next() else { return T::default() };
        // Most pods have one such container.
        let Some(second) = asking.next() else { return first.1 };
        let (mut sidecars, mut peak, mut running) = Default::default();
        for (at, asked) in [first, second].into_iter().chain(asking) {
            if at.runs_along() {
                running = add(asked, running);
                if at.list == ContainerList::Init {
                    sidecars = add(asked, sidecars);
                }
            } else {
                peak = max(add(asked, sidecars), peak);
            }
        }
        max(peak, running)
    }
}
