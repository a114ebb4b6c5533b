//! The components of a DynamoGraphDeployment, in either of its versions.
//!
//! Source: ai-dynamo/dynamo deploy/operator/api/v1alpha1 and api/v1beta1
//! (dynamocomponentdeployment_types.go), internal/dynamo/graph.go: what the operator adds, including
//! /dev/shm.

use super::{Count, Form, Made, PodSpec, PodTemplate, takes_devices, template};
use crate::{
    json::{self, Fields, List, Map, Read, Reader, Slot, Text},
    kubernetes::Quantity,
    view::{Container, EnvVar, Metadata, Resources},
};

/// The `spec`
#[derive(Default)]
struct Graph<'a> {
    /// Of v1alpha1, by their names.
    services: Map<'a, Service<'a>>,
    /// Of v1beta1.
    components: List<Component<'a>>,
}

#[derive(Default)]
struct Component<'a> {
    shared: Shared<'a>,
    template: PodTemplate<'a>,
}

#[derive(Default)]
struct Service<'a> {
    shared: Shared<'a>,
    labels: Map<'a, Text<'a>>,
    env: List<EnvVar<'a>>,
    resources: Option<ServiceResources<'a>>,
    extra: Extra<'a>,
}

/// The parts of a component that both versions have.
#[derive(Default)]
struct Shared<'a> {
    role: Text<'a>,
    sub_role: Text<'a>,
    /// Pods that run one model together.
    nodes: Count,
    /// `sharedMemory.disabled`
    shm_disabled: bool,
    /// `sharedMemorySize`
    shm_size: Text<'a>,
}

/// `resources` of a service: GPUs have a field of their own, other devices are in `custom`.
#[derive(Default)]
struct ServiceResources<'a> {
    limits: Amounts<'a>,
    requests: Amounts<'a>,
}

#[derive(Default)]
struct Amounts<'a> {
    cpu: Option<Quantity<'a>>,
    memory: Option<Quantity<'a>>,
    gpu: Option<Quantity<'a>>,
    gpu_type: Option<Text<'a>>,
    custom: Map<'a, Quantity<'a>>,
}

/// `extraPodSpec`: a pod's spec, with the main container as a field next to the others.
#[derive(Default)]
struct Extra<'a> {
    spec: PodSpec<'a>,
    main: Option<Container<'a>>,
}

json::readable! {
    Graph<'a> { "services" => services, "components" => components }
    Component<'a> {
        "type" => shared.role,
        "multinode": { "nodeCount" => shared.nodes },
        "sharedMemorySize" => shared.shm_size,
        "podTemplate" => template,
    }
    Service<'a> {
        "componentType" => shared.role,
        "subComponentType" => shared.sub_role,
        "multinode": { "nodeCount" => shared.nodes },
        "sharedMemory": { "disabled" => shared.shm_disabled },
        "labels" => labels,
        "envs" => env,
        "resources" => resources,
        "extraPodSpec" => extra,
    }
    ServiceResources<'a> { "limits" => limits, "requests" => requests }
    Amounts<'a> {
        "cpu" => cpu,
        "memory" => memory,
        "gpu" => gpu,
        "gpuType" => gpu_type,
        "custom" => custom,
    }
}

json::read_as! { Object: Extra<'a> }

impl<'a> Fields<'a> for Extra<'a> {
    fn field(&mut self, within: &'static str, key: &str) -> Slot<'_, 'a> {
        match key {
            "mainContainer" => self.main.slot(),
            _ => self.spec.field(within, key),
        }
    }
}

impl Shared<'_> {
    /// `true` if it computes results that other components continue with.
    fn prefills(&self) -> bool {
        &*self.role == "prefill" || &*self.sub_role == "prefill"
    }

    fn nodes(&self) -> u64 {
        self.nodes.0.unwrap_or(1)
    }

    fn mounts_shm(&self) -> bool {
        !self.shm_disabled && &*self.shm_size != "0"
    }
}

impl<'a> Amounts<'a> {
    /// A container's own resources, overridden by these.
    fn over(self, own: Map<'a, Quantity<'a>>) -> Map<'a, Quantity<'a>> {
        let text = |name: &'static str| Text(name.into());
        let gpu = self.gpu_type.unwrap_or_else(|| text("nvidia.com/gpu"));
        let named = [(text("cpu"), self.cpu), (text("memory"), self.memory), (gpu, self.gpu)];
        let named = named.into_iter().filter_map(|(name, amount)| Some((name, amount?)));
        Map::of(own.0.into_iter().chain(self.custom.0).chain(named).collect())
    }
}

impl<'a> Service<'a> {
    /// The pod of the service, and how its containers are written in the object.
    fn pod(self) -> (PodTemplate<'a>, Form) {
        let Extra { mut spec, main } = self.extra;
        let mut main = main.unwrap_or_default();
        let own_env = u16::try_from(main.env.len()).unwrap_or(u16::MAX);
        main.env.0.extend(self.env.0);
        let own_resources = self.resources.is_none();
        if let Some(ServiceResources { limits, requests }) = self.resources {
            let own = main.resources.unwrap_or_default();
            let (limits, requests) = (limits.over(own.limits), requests.over(own.requests));
            main.resources = Some(Resources { limits, requests, ..own });
        }
        spec.containers.0.insert(0, main);
        let metadata = Metadata { labels: self.labels, ..Metadata::default() };
        let form = Form::Service { own_env, own_resources };
        (PodTemplate { metadata, ..template(spec) }, form)
    }
}

pub(super) fn read<'a>(made: &mut Made<'a>, reader: &mut Reader<'a>) -> json::Result<()> {
    let graph: Graph<'a> = made.spec(reader)?;
    let Graph { services, components } = graph;
    let services = services.0.into_iter().map(|(name, mut service)| {
        let shared = std::mem::take(&mut service.shared);
        let (pod, form) = service.pod();
        (json::join("/spec/services", &name) + "/extraPodSpec", shared, pod, form)
    });
    let components = components.0.into_iter().enumerate().map(|(index, one)| {
        (format!("/spec/components/{index}/podTemplate/spec"), one.shared, one.template, Form::Spec)
    });
    let all: Vec<_> = services.chain(components).collect();
    let working = || all.iter().filter(|(_, _, pod, _)| takes_devices(pod));
    // Components that prefill pass their results to those that decode.
    let together = working().any(|(_, shared, ..)| shared.prefills());
    let sum = working().map(|(_, shared, ..)| shared.nodes()).fold(0, u64::saturating_add);
    for (place, shared, pod, form) in all {
        let nodes = if together { sum } else { shared.nodes() };
        made.mounts_shm = shared.mounts_shm();
        made.form = form;
        made.push(pod, place, Some(nodes), false);
    }
    Ok(())
}
