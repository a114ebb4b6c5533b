//! The cluster that manifests are judged in, as a snapshot shows it.

use insight::snapshot::Snapshot;
use serde_json::Value;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// A cluster; of one that nothing is shown of, nothing is asked.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Cluster {
    snapshot: Snapshot,
    foreign: Vec<u32>,
}

#[wasm_bindgen]
impl Cluster {
    /// The cluster of these documents, written as a list in JSON.
    ///
    /// # Errors
    /// Where it is no list.
    #[wasm_bindgen(constructor)]
    pub fn of(documents: &str) -> Result<Self, JsError> {
        let documents: Vec<Value> = serde_json::from_str(documents)?;
        let foreign = (0..).zip(&documents).filter(|(_, one)| Snapshot::of([*one]).is_empty());
        let foreign = foreign.map(|(index, _)| index).collect();
        Ok(Self { snapshot: Snapshot::of(&documents), foreign })
    }

    /// Which of the documents hold no Kubernetes object, by their positions.
    #[must_use]
    pub fn foreign(&self) -> Vec<u32> {
        self.foreign.clone()
    }
}

impl Cluster {
    /// What is seen of it, if anything is.
    pub(crate) fn seen(&self) -> Option<&Snapshot> {
        (!self.snapshot.is_empty()).then_some(&self.snapshot)
    }
}
