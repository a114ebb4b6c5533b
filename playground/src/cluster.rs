//! The cluster that manifests are checked against, from a snapshot.

use insight::snapshot::Snapshot;
use serde_json::Value;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// A cluster; if no document describes it, the policy does not query it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Cluster {
    snapshot: Snapshot,
    foreign: Vec<u32>,
}

#[wasm_bindgen]
impl Cluster {
    /// Reads the cluster from these documents, written as a JSON list.
    ///
    /// # Errors
    /// If the text is not a list.
    #[wasm_bindgen(constructor)]
    pub fn of(documents: &str) -> Result<Self, JsError> {
        let documents: Vec<Value> = serde_json::from_str(documents)?;
        let foreign = (0..).zip(&documents).filter(|(_, one)| Snapshot::of([*one]).is_empty());
        let foreign = foreign.map(|(index, _)| index).collect();
        Ok(Self { snapshot: Snapshot::of(&documents), foreign })
    }

    /// The positions of the documents that hold no Kubernetes object.
    #[must_use]
    pub fn foreign(&self) -> Vec<u32> {
        self.foreign.clone()
    }
}

impl Cluster {
    /// The snapshot; `None` if it is empty.
    pub(crate) fn seen(&self) -> Option<&Snapshot> {
        (!self.snapshot.is_empty()).then_some(&self.snapshot)
    }
}
