//! The ConfigMap by which the VPC CNI is configured for Windows nodes.
//!
//! Source: aws/amazon-vpc-resource-controller-k8s pkg/config/type.go, loader.go.

use super::Case;
use crate::{
    go,
    json::{self, Map, Text},
    view::Kind,
};

/// The ConfigMap `amazon-vpc-cni` in `kube-system`.
pub(super) struct Windows<'c> {
    data: &'c Map<'c, Text<'c>>,
}

impl<'c> Windows<'c> {
    /// The configuration, if the object is it.
    pub(super) fn of(case: &Case<'c>) -> Option<Self> {
        let named = case.view.metadata().name.as_deref() == Some("amazon-vpc-cni");
        let view = case.view;
        let data = view.data.as_ref().filter(|_| view.kind == Kind::ConfigMap);
        data.filter(|_| named && case.namespace == "kube-system").map(|data| Self { data })
    }

    /// The value of a key.
    pub(super) fn value(&self, name: &str) -> Option<&'c str> {
        self.data.get(name).map(|value| &**value)
    }

    /// Whether a key is on, as Go's `strconv.ParseBool` reads it.
    pub(super) fn is_on(&self, name: &str) -> bool {
        self.value(name).and_then(go::parse_bool) == Some(true)
    }

    /// Where a key stands or would stand.
    pub(super) fn place(&self, name: &str) -> String {
        json::join("/data", name)
    }
}
