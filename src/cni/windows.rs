//! The ConfigMap by which the VPC CNI is configured for Windows nodes.
//!
//! Source: aws/amazon-vpc-resource-controller-k8s pkg/config/type.go, loader.go.

use super::variable::parse_bool;
use crate::{
    json::{self, Map, Text},
    view::{Body, View},
};

/// The ConfigMap `amazon-vpc-cni` in `kube-system`.
#[derive(Clone, Copy, Debug)]
pub struct Windows<'c> {
    data: &'c Map<'c, Text<'c>>,
}

impl<'c> Windows<'c> {
    /// The configuration, if the object is that ConfigMap.
    pub fn of(view: &'c View<'c>, namespace: &str) -> Option<Self> {
        let named = view.metadata().name.as_deref() == Some("amazon-vpc-cni");
        match &view.body {
            Body::ConfigMap(data) if named && namespace == "kube-system" => Some(Self { data }),
            _ => None,
        }
    }

    /// The value of a key.
    pub fn value(&self, name: &str) -> Option<&'c str> {
        self.data.get(name).map(|value| &**value)
    }

    /// `true` if a key is on, as Go's `strconv.ParseBool` reads it.
    pub fn is_on(&self, name: &str) -> bool {
        self.value(name).and_then(parse_bool) == Some(true)
    }

    /// The place of a key, or where it would be.
    pub fn place(&self, name: &str) -> String {
        json::join("/data", name)
    }
}
