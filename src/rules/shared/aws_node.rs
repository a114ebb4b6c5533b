//! Repairs of the VPC CNI's DaemonSet.

use k8s_openapi::api::core::v1::EnvVar;

use crate::{
    cni::DaemonSet,
    finding::{Edit, Edits},
};

/// Gives a variable of `aws-node` a value.
pub fn set(cni: &DaemonSet<'_>, name: &str, value: &str) -> Edits {
    let place = cni.place(name);
    if cni.has(name) {
        return Ok(vec![Edit::set_text(place, value)]);
    }
    let variable =
        EnvVar { name: name.to_owned(), value: Some(value.to_owned()), value_from: None };
    Ok(vec![Edit::set(format!("{place}/-"), &variable)?])
}
