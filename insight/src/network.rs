//! The network of a cluster as AWS and Karpenter's objects describe it, together with a plan written by
//! hand.
//!
//! [`Described`] collects documents in any order. [`Described::report`] makes one plan of them: the subnets
//! and VPCs of AWS, the planned nodes, and as many nodes of each NodePool as its limits allow. Whatever is
//! unknown is reported in a note, and not counted.

mod aws;
mod karpenter;
mod limits;
mod merged;
mod pool_report;
mod pools;
mod report;
mod selector;
mod types;
mod vpcs;

use anyhow::Result;
use serde_json::Value;

pub use pool_report::PoolReport;
pub use report::{Outcome, Report};

use crate::snapshot;
use karpenter::{EniConfig, NodeClass, Pool};

/// The network as documents describe it.
#[derive(Debug, Default)]
pub struct Described {
    subnets: Vec<aws::Subnet>,
    vpcs: Vec<aws::Vpc>,
    pools: Vec<Pool>,
    classes: Vec<NodeClass>,
    eni_configs: Vec<EniConfig>,
    notes: Vec<String>,
}

/// The kind of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Document {
    /// Part of the description of a network.
    Network,
    /// Settings with a plan, possibly inside the policy that has them.
    Settings(Value),
    /// A Kubernetes object that says nothing about the network.
    Other,
    /// None of these.
    Unknown,
}

impl Described {
    /// Adds a document from the file of this name.
    ///
    /// # Errors
    /// If it is of a known kind but can't be read; with the place.
    pub fn take(&mut self, file: &str, document: &Value) -> Result<Document> {
        if let Some(printed) = aws::read(file, document)? {
            for subnet in printed.subnets {
                put(&mut self.subnets, subnet, |subnet| &subnet.id);
            }
            for vpc in printed.vpcs {
                put(&mut self.vpcs, vpc, |vpc| &vpc.id);
            }
            self.notes.extend(printed.notes);
            return Ok(Document::Network);
        }
        if let Some(settings) = settings(document) {
            return Ok(Document::Settings(settings.clone()));
        }
        let mut is = Document::Unknown;
        for (place, object) in snapshot::objects(document) {
            match self.take_object(format!("{file} {place}").trim_end(), object)? {
                Document::Network => is = Document::Network,
                Document::Other if is == Document::Unknown => is = Document::Other,
                _ => {}
            }
        }
        // An empty list from kubectl has no items to recognise it by.
        let is_empty = document.get("items").and_then(Value::as_array).is_some_and(Vec::is_empty);
        Ok(if is_empty { Document::Other } else { is })
    }

    fn take_object(&mut self, place: &str, object: &Value) -> Result<Document> {
        let text = |name| object.get(name).and_then(Value::as_str);
        let (Some(version), Some(kind)) = (text("apiVersion"), text("kind")) else {
            return Ok(Document::Unknown);
        };
        let group = version.split_once('/').map_or("", |(group, _)| group);
        match (group, kind) {
            ("karpenter.sh", "NodePool") => {
                let pool = Pool::read(place, object)?;
                if put(&mut self.pools, pool, |pool| &pool.name) {
                    let name = object.pointer("/metadata/name").and_then(Value::as_str);
                    let name = name.unwrap_or_default();
                    self.notes.push(format!(
                        "the NodePool `{name}` is described twice; the last description is used"
                    ));
                }
            }
            ("karpenter.k8s.aws", "EC2NodeClass") => {
                put(&mut self.classes, NodeClass::read(place, object)?, |class| &class.name);
            }
            ("crd.k8s.amazonaws.com", "ENIConfig") => {
                put(&mut self.eni_configs, EniConfig::read(object), |config| &config.name);
            }
            _ => return Ok(Document::Other),
        }
        Ok(Document::Network)
    }

    /// `true` if no document described a network.
    pub fn is_empty(&self) -> bool {
        self.subnets.is_empty() && self.vpcs.is_empty() && self.pools.is_empty()
    }
}

/// Adds an item, or replaces the one with the same name; returns `true` if it replaced one.
fn put<T>(items: &mut Vec<T>, item: T, name: impl Fn(&T) -> &String) -> bool {
    match items.iter_mut().find(|other| name(other) == name(&item)) {
        Some(other) => {
            *other = item;
            true
        }
        None => {
            items.push(item);
            false
        }
    }
}

/// The settings in a document, or in the policy that it is; `None` if they have no plan.
fn settings(document: &Value) -> Option<&Value> {
    let policy = document.pointer("/spec/settings");
    let is_object = document.get("apiVersion").is_some();
    let settings = if is_object { policy? } else { document };
    settings.get("network").map(|_| settings)
}
