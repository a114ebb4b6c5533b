//! The DaemonSets of the EFA device plugin.
//!
//! Source: aws/eks-charts stable/aws-efa-k8s-device-plugin.

use super::Cluster;
use crate::{
    json::RawJson,
    text,
    view::{Kind, View},
};

/// The plugin's image, without its registry and tag.
pub const EFA_PLUGIN: &str = "aws-efa-k8s-device-plugin";

/// The DaemonSets of the cluster with a container of the plugin's image; `None` if they are unknown.
pub fn efa_plugins<'c>(cluster: &'c Cluster<'_>) -> Option<Vec<View<'c>>> {
    const FIELDS: [&str; 6] = [
        "metadata.name",
        "metadata.namespace",
        "spec.template.spec.affinity",
        "spec.template.spec.containers.image",
        "spec.template.spec.nodeSelector",
        "spec.template.spec.tolerations",
    ];
    let items: Vec<RawJson<'_>> = cluster.items("apps/v1", "DaemonSet", &FIELDS)?;
    let plugins = items.iter().filter(|item| text::find(item.0, EFA_PLUGIN).is_some());
    Some(plugins.filter_map(|item| View::read(Kind::DaemonSet, item.0).ok()).collect())
}
