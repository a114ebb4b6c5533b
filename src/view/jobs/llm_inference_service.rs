//! KServe's LLMInferenceService: pod specs that its presets complete.
//!
//! Source: kserve/kserve pkg/apis/serving/v1alpha2/llm_inference_service_types.go (its templates are in
//! the same places in v1alpha1), llm_inference_service_types_func.go `GetSize`.

use super::{Count, Made, PodSpec, template};
use crate::{
    json::{self, Map, Reader, Text},
    view::{Metadata, PodTemplate},
};

/// The `spec`: a workload that serves by itself, or decodes for another one that prefills.
#[derive(Default)]
struct Service<'a> {
    workload: Workload<'a>,
    prefill: Option<Workload<'a>>,
    scheduler: Option<PodSpec<'a>>,
}

#[derive(Default)]
struct Workload<'a> {
    labels: Map<'a, Text<'a>>,
    template: Option<PodSpec<'a>>,
    /// If present, several nodes serve one model.
    worker: Option<PodSpec<'a>>,
    pipeline: Count,
    data: Count,
    data_local: Count,
}

json::readable! {
    Service<'a> {
        "labels" => workload.labels,
        "template" => workload.template,
        "worker" => workload.worker,
        "parallelism": {
            "pipeline" => workload.pipeline,
            "data" => workload.data,
            "dataLocal" => workload.data_local,
        },
        "prefill" => prefill,
        "router": { "scheduler": { "template" => scheduler } },
    }
    Workload<'a> {
        "labels" => labels,
        "template" => template,
        "worker" => worker,
        "parallelism": { "pipeline" => pipeline, "data" => data, "dataLocal" => data_local },
    }
}

impl<'a> Workload<'a> {
    /// The number of pods in a group.
    fn nodes(&self) -> u64 {
        match (&self.worker, self.data.0.filter(|data| *data > 0)) {
            (None, _) => 1,
            (Some(_), Some(data)) => data / self.data_local.0.unwrap_or(1).max(1),
            (Some(_), None) => self.pipeline.0.unwrap_or(1),
        }
        .max(1)
    }

    fn push(self, made: &mut Made<'a>, place: &str, nodes: u64) {
        let labels = self.labels;
        let with_labels = |spec: PodSpec<'a>| PodTemplate {
            metadata: Metadata { labels: labels.clone(), ..Metadata::default() },
            ..template(spec)
        };
        if let Some(spec) = self.template {
            made.push(with_labels(spec), format!("{place}/template"), Some(nodes), false);
        }
        if let Some(spec) = self.worker {
            made.push(with_labels(spec), format!("{place}/worker"), Some(nodes), false);
        }
    }
}

pub(super) fn read<'a>(made: &mut Made<'a>, reader: &mut Reader<'a>) -> json::Result<()> {
    let service: Service<'a> = made.spec(reader)?;
    let Service { workload, prefill, scheduler } = service;
    // The workload that prefills passes its results to the one that decodes.
    let nodes = workload.nodes().saturating_add(prefill.as_ref().map_or(0, Workload::nodes));
    workload.push(made, "/spec", nodes);
    if let Some(prefill) = prefill {
        prefill.push(made, "/spec/prefill", nodes);
    }
    if let Some(spec) = scheduler {
        made.push(template(spec), "/spec/router/scheduler/template", None, true);
    }
    Ok(())
}
